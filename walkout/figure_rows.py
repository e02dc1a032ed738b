"""Figures as rows for people: title, value, count, interval. The console and the page share them."""

from dataclasses import dataclass

from datasets.metrics.rates import Rate
from walkout.figures import Figures

NO_VALUE = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
# ISO 4217 currencies without minor units; all others here have two decimals.
CURRENCIES_WITHOUT_MINOR = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of the table of figures.

    Attributes:
        key: Name in the figures file.
        value: The figure, formatted.
        count: What it was counted on.
        interval: 95 % interval, or "" where the figure is not a share.
        note: What it means, one sentence.
        rate: The share behind it, for a bar; None if it is not one.
        is_share_of_errors: Lower is better.
    """

    key: str
    title: str
    value: str
    count: str
    interval: str
    note: str
    rate: Rate | None = None
    is_share_of_errors: bool = False


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Rows under one heading."""

    title: str
    rows: tuple[FigureRow, ...]


def money(minor_units: int, currency: str) -> str:
    """Format an amount: `money(1234, "EUR")` is "12.34 EUR"."""
    if currency in CURRENCIES_WITHOUT_MINOR:
        return f"{minor_units} {currency}"
    return f"{minor_units / 100:.2f} {currency}"


def percent(share: float | None) -> str:
    """Format a share; a dash where there was nothing to count."""
    return NO_VALUE if share is None else f"{100 * share:.1f} %"


def interval(rate: Rate) -> str:
    """Format the 95 % interval of a rate; empty without one."""
    if rate.low is None or rate.high is None:
        return ""
    return f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"


def seconds(value: float | None, digits: int = 2) -> str:
    """Format seconds; a dash for None."""
    return NO_VALUE if value is None else f"{value:.{digits}f} s"


def figure_groups(figures: Figures, currency: str) -> tuple[FigureGroup, ...]:
    """Return every figure, grouped."""
    return (
        FigureGroup("Baskets and money", _basket_rows(figures, currency)),
        FigureGroup("Events", _event_rows(figures)),
        FigureGroup("People on the floor", _floor_rows(figures)),
        FigureGroup("Waiting and computing", _effort_rows(figures)),
    )


def _basket_rows(f: Figures, currency: str) -> tuple[FigureRow, ...]:
    return (
        _rate_row(
            "baskets_exact",
            "Exact baskets",
            f.baskets_exact,
            "baskets",
            "Right products, right quantities, right shopper; lines that wait for a person included.",
        ),
        _rate_row(
            "baskets_exact_final",
            "Exact receipts",
            f.baskets_exact_final,
            "baskets",
            "The same for what was charged: a line nobody confirms is settled for the shopper.",
        ),
        _rate_row(
            "item_precision",
            "Item precision",
            f.item_precision,
            "recognised units",
            "Recognised units that the right shopper really took.",
        ),
        _rate_row(
            "item_recall", "Item recall", f.item_recall, "units taken", "Units taken that were recognised."
        ),
        _rate_row(
            "item_f1",
            "Item F1",
            f.item_f1,
            "units taken or recognised",
            "Harmonic mean of the two above.",
        ),
        _rate_row(
            "auto_wrong_rate",
            "Auto-charged and wrong",
            f.auto_wrong_rate,
            "baskets",
            "Charged without a person looking, and not for what was taken.",
            is_error=True,
        ),
        _rate_row(
            "review_rate",
            "Sent to review",
            f.review_rate,
            "baskets",
            "At least one line waits for a person.",
            is_error=True,
        ),
        _rate_row(
            "as_expected",
            "As expected",
            f.as_expected,
            "recordings",
            "Everything its scenario expects of the store came true; see each recording.",
        ),
        FigureRow(
            "money_error",
            "Money error",
            percent(f.money_error),
            f"of {money(f.true_total, currency)}",
            "",
            f"Charged too much {money(f.overcharge, currency)}, too little {money(f.undercharge, currency)}.",
        ),
    )


def _event_rows(f: Figures) -> tuple[FigureRow, ...]:
    within = "events true or recognised"
    return (
        _rate_row(
            "event_f1", "Event F1 at 1 s", f.event_f1, within, "Picks and put-backs found within a second."
        ),
        _rate_row("event_f1_pick", "… picks", f.event_f1_pick, within, "Picks alone."),
        _rate_row("event_f1_put", "… put-backs", f.event_f1_put, within, "Put-backs alone."),
        _rate_row(
            "person_accuracy",
            "Right person",
            f.person_accuracy,
            "found events",
            "Found events that were given to the shopper whose hand it was.",
        ),
    )


def _floor_rows(f: Figures) -> tuple[FigureRow, ...]:
    share = f" ({100 * f.wrong_account_s / f.body_s:.2f} %)" if f.body_s else ""
    return (
        _rate_row("idf1", "IDF1", f.idf1, "people", "Positions within 0.5 m under the right identity."),
        _rate_row(
            "hota", "HOTA", f.hota, "people", "Detection and association together, over 5 cm to 95 cm."
        ),
        FigureRow(
            "wrong_account_s",
            "Wrong account",
            seconds(f.wrong_account_s, 1),
            f"of {f.body_s:.0f} s of people in the store{share}",
            "",
            "Time a body spent under the account of somebody else.",
        ),
    )


def _effort_rows(f: Figures) -> tuple[FigureRow, ...]:
    cpu = NO_VALUE if f.cpu_s_per_camera_frame is None else f"{1000 * f.cpu_s_per_camera_frame:.1f} ms"
    factor = NO_VALUE if f.realtime_factor is None else f"{f.realtime_factor:.2f} {TIMES}"
    memory = NO_VALUE if f.peak_memory_mb is None else f"{f.peak_memory_mb:.0f} MB"
    return (
        FigureRow(
            "receipt_latency_p95_s",
            "Receipt, 95th percentile",
            seconds(f.receipt_latency_p95_s),
            "",
            "",
            "From the last step out of the store to the receipt; without a checkout, to the closed visit.",
        ),
        FigureRow(
            "cart_latency_p95_s",
            "Cart, 95th percentile",
            seconds(f.cart_latency_p95_s),
            "",
            "",
            "From the hand leaving the shelf to the cart showing it.",
        ),
        FigureRow(
            "cpu_s_per_camera_frame",
            "CPU per camera frame",
            cpu,
            f"{f.camera_frames} camera frames",
            "",
            "All stages together; by stage below.",
        ),
        FigureRow(
            "realtime_factor",
            "Speed",
            factor,
            "",
            "",
            "Length of the recordings over the time they took.",
        ),
        FigureRow("peak_memory_mb", "Peak memory", memory, "", "", "Largest resident memory of one run."),
    )


def _rate_row(key: str, title: str, rate: Rate, what: str, note: str, *, is_error: bool = False) -> FigureRow:
    return FigureRow(
        key, title, percent(rate.value), f"{rate.n} {what}", interval(rate), note, rate, is_error
    )
