"""The HTML report: one self-contained page; only the clips lie beside it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from walkout.comparison import BasketComparison, RecordingComparison
from walkout.confusions import Confusion, confusions
from walkout.errors import OutputError
from walkout.expectations import Verdict, verdicts_on
from walkout.figure_rows import FigureRow, figure_groups, money, percent
from walkout.figures import Figures, figures_of, figures_per_scenario
from walkout.plots.bars import rate_bar, stage_bars
from walkout.plots.floor import floor_plan
from walkout.plots.timeline import timeline
from walkout.run_result import LineDecision

TILES = ("baskets_exact", "item_f1", "event_f1", "auto_wrong_rate", "idf1", "realtime_factor")
OPEN_RECORDINGS = 3  # a page with all of twenty recordings unfolded is not read


@dataclass(frozen=True, slots=True)
class ReportClip:
    """A clip of one wrong line.

    Attributes:
        recording: Name of the recording.
        path: The file; inside the folder of the report.
        caption: What it shows.
    """

    recording: str
    path: Path
    caption: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One product of a receipt beside the truth."""

    product_id: str
    true_units: int
    seen_units: int
    remark: str

    @property
    def is_right(self) -> bool:
        """Recognised as often as taken."""
        return self.true_units == self.seen_units


@dataclass(frozen=True, slots=True, eq=False)
class _ReportedRecording:
    comparison: RecordingComparison
    exact: int
    is_open: bool
    clips: tuple["_LinkedClip", ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class _LinkedClip:
    href: str
    caption: str


def write_report(
    out_dir: Path, comparisons: Sequence[RecordingComparison], clips: Sequence[ReportClip] = ()
) -> Path:
    """Write `index.html` into `out_dir` and return its path.

    Args:
        out_dir: Created if missing.
        comparisons: At least one.
        clips: Linked by their path relative to `out_dir`.

    Raises:
        ValueError: Without any comparison.
        OutputError: If the page cannot be written.
    """
    if not comparisons:
        raise ValueError("a report needs at least one recording")
    page = _render(out_dir, comparisons, clips)
    path = out_dir / "index.html"
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"report {path} cannot be written ({error.strerror}); choose another folder"
        ) from error
    return path


def headline(figures: Figures) -> str:
    """Say the result in one sentence."""
    n, exact = figures.n_baskets, round((figures.baskets_exact.value or 0.0) * figures.n_baskets)
    if n == 0:
        return "Nobody came: there is no receipt to judge."
    if exact == n:
        return f"All {n} receipts are exactly right." if n > 1 else "The receipt is exactly right."
    return f"{exact} of {n} receipts are exactly right."


def summary(figures: Figures, currency: str) -> str:
    """Say who was judged and what the mistakes cost, in plain words."""
    wrong = round((figures.auto_wrong_rate.value or 0.0) * figures.n_baskets)
    charged = {0: "No wrong receipt was", 1: "One wrong receipt was"}.get(
        wrong, f"{wrong} wrong receipts were"
    )
    review = round((figures.review_rate.value or 0.0) * figures.n_baskets)
    asked = {0: "none waits", 1: "one waits"}.get(review, f"{review} wait")
    return (
        f"{_count(figures.n_recordings, 'recording')}, {_count(figures.n_baskets, 'shopper')},"
        f" {_count(figures.n_events, 'pick or put-back', 'picks and put-backs')}."
        f" {charged} charged without a person looking; {asked} for review."
        f" Of goods worth {money(figures.true_total, currency)}, {money(figures.overcharge, currency)} were"
        f" charged too much and {money(figures.undercharge, currency)} too little."
    )


def receipt_lines(basket: BasketComparison) -> tuple[ReceiptLine, ...]:
    """Return the products that were taken or recognised, dropped lines included, by id."""
    remarks: dict[str, str] = {}
    for line in basket.visit.lines if basket.visit else ():
        doubt = "" if line.decision is LineDecision.CHARGE else f"{line.decision} "
        remarks[line.product_id] = f"{doubt}{line.confidence:.0%}"
    return tuple(
        ReceiptLine(
            product, basket.true.get(product, 0), basket.seen.get(product, 0), remarks.get(product, "")
        )
        for product in sorted({*basket.true, *basket.seen, *remarks})
    )


def _render(out_dir: Path, comparisons: Sequence[RecordingComparison], clips: Sequence[ReportClip]) -> str:
    environment = Environment(
        loader=PackageLoader("walkout"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    figures = figures_of(comparisons)
    currency = comparisons[0].store_map.currency
    groups = figure_groups(figures, currency)
    rows: dict[str, FigureRow] = {row.key: row for group in groups for row in group.rows}
    names = _product_names(comparisons)
    return environment.get_template("report.html").render(
        headline=headline(figures),
        summary=summary(figures, currency),
        tiles=[rows[key] for key in TILES],
        groups=groups,
        figures=figures,
        per_scenario=figures_per_scenario(comparisons),
        mistakes=_mistakes(comparisons),
        recordings=_reported(out_dir, comparisons, clips),
        product_name=lambda product: names.get(product, product),
        basket_lines=receipt_lines,
        money=money,
        percent=percent,
        rate_bar=rate_bar,
        stage_bars=stage_bars,
        timeline=timeline,
        floor_plan=floor_plan,
    )


def _mistakes(comparisons: Sequence[RecordingComparison]) -> list[tuple[Confusion, int]]:
    total: Counter[Confusion] = Counter()
    for comparison in comparisons:
        total += confusions(comparison)
    return total.most_common()


def _reported(
    out_dir: Path, comparisons: Sequence[RecordingComparison], clips: Sequence[ReportClip]
) -> list[_ReportedRecording]:
    """Put recordings with wrong baskets first and unfold the first few."""
    ordered = sorted(comparisons, key=lambda c: (all(basket.is_exact for basket in c.baskets), c.name))
    return [
        _ReportedRecording(
            comparison=comparison,
            exact=sum(basket.is_exact for basket in comparison.baskets),
            is_open=index < OPEN_RECORDINGS,
            clips=tuple(
                _LinkedClip(clip.path.relative_to(out_dir).as_posix(), clip.caption)
                for clip in clips
                if clip.recording == comparison.name
            ),
            verdicts=verdicts_on(comparison),
        )
        for index, comparison in enumerate(ordered)
    ]


def _product_names(comparisons: Sequence[RecordingComparison]) -> Mapping[str, str]:
    return {
        str(product.product_id): product.name
        for comparison in comparisons
        for product in comparison.store_map.products
    }


def _count(n: int, singular: str, plural: str | None = None) -> str:
    return f"{n} {singular if n == 1 else plural or singular + 's'}"
