"""What the console shows at the end: receipts beside the truth, figures, the accuracy line."""

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from walkout.comparison import BasketComparison, RecordingComparison
from walkout.expectations import verdicts_on
from walkout.figure_rows import TIMES, figure_groups, interval, money, percent
from walkout.figures import Figures
from walkout.run_result import LineDecision

DECISION_TEXT = {
    LineDecision.CHARGE: "",
    LineDecision.REVIEW: " (review)",
    LineDecision.DROP: " (dropped)",
}


def receipts_table(comparison: RecordingComparison) -> Table:
    """Return every receipt of one recording beside what was really taken."""
    table = Table(
        title=f"Receipts beside the truth: {comparison.name}", title_justify="left", show_lines=True
    )
    table.add_column("shopper", no_wrap=True)
    table.add_column("taken")
    table.add_column("recognised")
    table.add_column("charged", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for basket in comparison.baskets:
        charged = basket.visit.charged_minor if basket.visit else 0
        table.add_row(
            basket.shopper,
            _true_lines(basket, comparison),
            _seen_lines(basket, comparison),
            money(charged, comparison.store_map.currency),
            _verdict(basket),
        )
    return table


def expectations_table(comparison: RecordingComparison) -> Table | None:
    """Return what the scenario expects and what came of it; None if it expects nothing."""
    verdicts = verdicts_on(comparison)
    if not verdicts:
        return None
    table = Table(title=f"Expected of {comparison.scenario}: {comparison.name}", title_justify="left")
    table.add_column("expectation")
    table.add_column("", no_wrap=True)
    table.add_column("instead")
    for verdict in verdicts:
        mark = Text("✓ met", style="bold green") if verdict.is_met else Text("✗ missed", style="bold red")
        table.add_row(verdict.text, mark, verdict.remark)
    return table


def figures_table(figures: Figures, currency: str) -> Table:
    """Return every figure with its count and interval."""
    table = Table(title="Figures (simulator score)", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("counted on")
    for group in figure_groups(figures, currency):
        table.add_section()
        for row in group.rows:
            table.add_row(row.title, Text(row.value, style="bold"), row.interval, row.count)
    return table


def scenarios_table(per_scenario: Mapping[str, Figures]) -> Table:
    """Return the headline figures scenario by scenario."""
    table = Table(title="By scenario", title_justify="left")
    table.add_column("scenario")
    for title in ("recordings", "exact baskets", "item F1", "event F1", "auto wrong", "IDF1", "as expected"):
        table.add_column(title, justify="right")
    for name, f in per_scenario.items():
        rates = (f.baskets_exact, f.item_f1, f.event_f1, f.auto_wrong_rate, f.idf1, f.as_expected)
        table.add_row(name, str(f.n_recordings), *(percent(rate.value) for rate in rates))
    return table


def accuracy_line(figures: Figures) -> str:
    """Return the result in one line."""
    exact = figures.baskets_exact
    if exact.value is None:
        return "no basket to judge"
    count = round(exact.value * exact.n)
    return (
        f"{count} of {exact.n} baskets exact ({percent(exact.value)}, 95 % interval {interval(exact)}), "
        f"item F1 {percent(figures.item_f1.value)}, event F1 {percent(figures.event_f1.value)}, "
        f"auto-charged and wrong {percent(figures.auto_wrong_rate.value)} (simulator score)"
    )


def _true_lines(basket: BasketComparison, comparison: RecordingComparison) -> Text:
    if not basket.has_come:
        return Text("(nobody came)", style="red")
    return _lines(basket.true, basket.seen, comparison, {})


def _seen_lines(basket: BasketComparison, comparison: RecordingComparison) -> Text:
    if basket.visit is None:
        return Text("(not noticed)", style="red")
    remarks = {line.product_id: DECISION_TEXT[line.decision] for line in basket.visit.lines}
    return _lines(basket.seen, basket.true, comparison, remarks)


def _lines(
    basket: Mapping[str, int],
    other: Mapping[str, int],
    comparison: RecordingComparison,
    remarks: Mapping[str, str],
) -> Text:
    names = {str(product.product_id): product.name for product in comparison.store_map.products}
    text = Text()
    for product in sorted(basket):
        style = "green" if basket[product] == other.get(product, 0) else "red"
        text.append("\n" if text else "")
        text.append(
            f"{basket[product]} {TIMES} {names.get(product, product)}{remarks.get(product, '')}", style
        )
    return text or Text("(empty)", style="dim")


def _verdict(basket: BasketComparison) -> Text:
    if basket.is_exact:
        return Text("✓ right" if basket.is_exact_final else "✓ right, in review", style="bold green")
    return Text("✗ wrong", style="bold red")
