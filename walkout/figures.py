"""The figures of an evaluation: counts pooled over recordings, rates with intervals, the figures file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datasets.metrics.events import EventPair
from datasets.metrics.floor import FloorScore, pool_floor
from datasets.metrics.quantiles import p95
from datasets.metrics.rates import Rate, f1, rate, share_of
from walkout.comparison import RecordingComparison
from walkout.expectations import is_as_expected
from walkout.run_result import StageCpu

JsonValue = int | float | None | dict[str, "JsonValue"]

# Order and names are an interface: the figures file is compared between versions.
FIGURE_KEYS = (
    "n_recordings",
    "n_baskets",
    "n_events",
    "baskets_exact",
    "item_precision",
    "item_recall",
    "item_f1",
    "event_f1",
    "event_f1_pick",
    "event_f1_put",
    "person_accuracy",
    "overcharge",
    "undercharge",
    "true_total",
    "money_error",
    "auto_wrong_rate",
    "review_rate",
    "idf1",
    "hota",
    "wrong_account_s",
    "receipt_latency_p95_s",
    "cart_latency_p95_s",
    "cpu_s_per_camera_frame",
    "realtime_factor",
    "peak_memory_mb",
    "as_expected",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What an evaluation found, over one or many recordings.

    Attributes:
        baskets_exact: Baskets that hold exactly what was taken, lines in review included.
        baskets_exact_final: The same for receipts as charged (review settles for the shopper).
        item_precision: Recognised units that are the right product at the right shopper.
        event_f1: Picks and put-backs matched within one second.
        person_accuracy: Matched events given to the right account.
        overcharge: Minor units charged for what was not taken.
        undercharge: Minor units taken and not charged.
        money_error: (overcharge + undercharge) / true_total; None if nothing was taken.
        auto_wrong_rate: Baskets charged without a person, and wrongly, among all baskets.
        review_rate: Baskets with at least one line for a person, among all baskets.
        idf1: Interval as if on as many trials as there were people: positions of one person in
            successive frames are not independent.
        hota: Interval as for `idf1`.
        wrong_account_s: Seconds that bodies spent under the account of somebody else.
        body_s: Seconds that bodies spent in the store.
        cpu_s_per_camera_frame: All stages together; None for a replay from a journal.
        stage_cpu_s: The same stage by stage.
        realtime_factor: Length of the recordings over the time the runs took; None for a replay.
        as_expected: Recordings that ended as their scenario expects, among those that expect something.
    """

    n_recordings: int
    n_baskets: int
    n_events: int
    baskets_exact: Rate
    baskets_exact_final: Rate
    item_precision: Rate
    item_recall: Rate
    item_f1: Rate
    event_f1: Rate
    event_f1_pick: Rate
    event_f1_put: Rate
    person_accuracy: Rate
    overcharge: int
    undercharge: int
    true_total: int
    money_error: float | None
    auto_wrong_rate: Rate
    review_rate: Rate
    idf1: Rate
    hota: Rate
    wrong_account_s: float
    body_s: float
    receipt_latency_p95_s: float | None
    cart_latency_p95_s: float | None
    cpu_s_per_camera_frame: float | None
    stage_cpu_s: tuple[StageCpu, ...]
    camera_frames: int
    realtime_factor: float | None
    peak_memory_mb: float | None
    as_expected: Rate

    def flat(self) -> dict[str, JsonValue]:
        """Return the values under `FIGURE_KEYS`, rates without their intervals."""
        values = {key: getattr(self, key) for key in FIGURE_KEYS}
        return {key: value.value if isinstance(value, Rate) else value for key, value in values.items()}


def figures_file(overall: Figures, per_scenario: Mapping[str, Figures]) -> dict[str, JsonValue]:
    """Return the document that `walkout evaluate --json` writes."""
    return overall.flat() | {"per_scenario": {name: figures.flat() for name, figures in per_scenario.items()}}


def figures_of(comparisons: Sequence[RecordingComparison]) -> Figures:
    """Pool the counts of recordings, then divide: every basket, unit and event weighs the same."""
    baskets = [basket for comparison in comparisons for basket in comparison.baskets]
    right = sum(basket.units.right for basket in baskets)
    extra = sum(basket.units.extra for basket in baskets)
    missing = sum(basket.units.missing for basket in baskets)
    over = sum(basket.money.over for basket in baskets)
    under = sum(basket.money.under for basket in baskets)
    owed = sum(basket.true_minor for basket in baskets)
    floor = pool_floor([comparison.floor for comparison in comparisons])
    matched = [
        (comparison.true_events[pair.true].shopper_id == comparison.seen_events[pair.seen].shopper)
        for comparison in comparisons
        for pair in comparison.pairs
    ]
    played = [comparison.run for comparison in comparisons if comparison.run.camera_frames > 0]
    wall_s = sum(run.wall_s for run in played)
    stages, frames = _pool_stages(comparisons), sum(run.camera_frames for run in played)
    return Figures(
        n_recordings=len(comparisons),
        n_baskets=len(baskets),
        n_events=sum(len(comparison.true_events) for comparison in comparisons),
        baskets_exact=rate(sum(basket.is_exact for basket in baskets), len(baskets)),
        baskets_exact_final=rate(sum(basket.is_exact_final for basket in baskets), len(baskets)),
        item_precision=rate(right, right + extra),
        item_recall=rate(right, right + missing),
        item_f1=f1(right, extra, missing),
        event_f1=_event_f1(comparisons, ("pick", "put")),
        event_f1_pick=_event_f1(comparisons, ("pick",)),
        event_f1_put=_event_f1(comparisons, ("put",)),
        person_accuracy=rate(sum(matched), len(matched)),
        overcharge=over,
        undercharge=under,
        true_total=owed,
        money_error=(over + under) / owed if owed else None,
        auto_wrong_rate=rate(sum(basket.is_auto_wrong for basket in baskets), len(baskets)),
        review_rate=rate(
            sum(basket.visit is not None and basket.visit.is_in_review for basket in baskets), len(baskets)
        ),
        idf1=_floor_rate(floor.idf1, floor),
        hota=_floor_rate(floor.hota, floor),
        wrong_account_s=floor.wrong_account_s,
        body_s=floor.body_s,
        receipt_latency_p95_s=p95(
            [basket.receipt_latency_s for basket in baskets if basket.receipt_latency_s is not None]
        ),
        cart_latency_p95_s=p95([late for comparison in comparisons for late in comparison.cart_latency_s]),
        cpu_s_per_camera_frame=sum(stage.cpu_s for stage in stages) if stages else None,
        stage_cpu_s=stages,
        camera_frames=frames,
        realtime_factor=sum(run.media_s for run in played) / wall_s if wall_s else None,
        peak_memory_mb=max(
            (run.peak_memory_mb for run in (c.run for c in comparisons) if run.peak_memory_mb is not None),
            default=None,
        ),
        as_expected=_as_expected(comparisons),
    )


def figures_per_scenario(comparisons: Sequence[RecordingComparison]) -> dict[str, Figures]:
    """Return the figures of each scenario, by name."""
    names = sorted({comparison.scenario for comparison in comparisons})
    return {name: figures_of([c for c in comparisons if c.scenario == name]) for name in names}


def _event_f1(comparisons: Sequence[RecordingComparison], kinds: tuple[str, ...]) -> Rate:
    def is_wanted(comparison: RecordingComparison, pair: EventPair) -> bool:
        return comparison.true_events[pair.true].kind in kinds

    matched = sum(is_wanted(c, pair) for c in comparisons for pair in c.pairs)
    true = sum(event.kind in kinds for c in comparisons for event in c.true_events)
    seen = sum(event.kind in kinds for c in comparisons for event in c.seen_events)
    return f1(matched, seen - matched, true - matched)


def _as_expected(comparisons: Sequence[RecordingComparison]) -> Rate:
    expecting = [comparison for comparison in comparisons if comparison.expectations]
    return rate(sum(is_as_expected(comparison) for comparison in expecting), len(expecting))


def _floor_rate(value: float | None, floor: FloorScore) -> Rate:
    return share_of(value, floor.bodies)


def _pool_stages(comparisons: Sequence[RecordingComparison]) -> tuple[StageCpu, ...]:
    """CPU seconds per camera frame, stage by stage, in the order of first appearance."""
    total: dict[str, float] = {}
    frames = 0
    for comparison in comparisons:
        if comparison.run.camera_frames == 0:
            continue
        frames += comparison.run.camera_frames
        for stage in comparison.run.stages:
            total[stage.stage] = total.get(stage.stage, 0.0) + stage.cpu_s
    return tuple(StageCpu(stage, cpu_s / frames) for stage, cpu_s in total.items())
