"""One run of the store beside the truth of its recording: baskets, events and floor, matched up.

Everything later (figures, tables, report, clips) reads this and decides nothing about right or wrong
on its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import StoreMap
from datasets.metrics.baskets import (
    MoneyDifference,
    UnitCounts,
    are_equal,
    compare_money,
    compare_units,
    value_of,
)
from datasets.metrics.events import EventPair, TimedEvent, match_events
from datasets.metrics.floor import FloorScore, FloorTracks, resample, score_floor
from datasets.recording import EventTruth, Expectation, RecordingTruth
from walkout.accounts import labels_of, told_by_account
from walkout.run_result import LineDecision, RecognisedEvent, StoreRun, VisitResult

JUDGED = ("pick", "put")  # a touch moves nothing


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A product of which a basket holds more or fewer units than were taken."""

    shopper: str
    product_id: str
    true_units: int
    seen_units: int


@dataclass(frozen=True, slots=True)
class BasketComparison:
    """One visit's basket beside what everybody on its code took.

    Attributes:
        shopper: Label of the visit: its account, with a number where that comes again.
        has_come: A body with this account was in the store. An account without one that is given a
            basket, even an empty one, is a wrong basket.
        visit: How the visit ended; None for a shopper whom the store missed, a wrong basket too.
        true: Product -> units taken.
        seen: Product -> units recognised: charged or waiting for review.
        charged: Product -> units on the receipt.
        true_minor: What is owed.
        is_exact: Somebody came, was noticed, and `seen` equals `true`.
        is_exact_final: The same for `charged`.
        money: What was charged too much and too little.
        receipt_latency_s: From the last step out of the store to the receipt, or, in a run without a
            checkout, to the closed visit; None without both ends.
    """

    shopper: str
    has_come: bool
    visit: VisitResult | None
    true: Mapping[str, int]
    seen: Mapping[str, int]
    charged: Mapping[str, int]
    true_minor: int
    is_exact: bool
    is_exact_final: bool
    units: UnitCounts
    money: MoneyDifference
    receipt_latency_s: float | None

    @property
    def is_auto_wrong(self) -> bool:
        """Money was taken without a person looking, and not the right amount for the right things."""
        return (
            self.visit is not None
            and self.visit.is_auto_charged
            and (self.money.over > 0 or self.money.under > 0)
        )

    @property
    def wrong_lines(self) -> tuple[WrongLine, ...]:
        """Products with a wrong number of units, by id."""
        return tuple(
            WrongLine(self.shopper, product, self.true.get(product, 0), self.seen.get(product, 0))
            for product in sorted({*self.true, *self.seen})
            if self.true.get(product, 0) != self.seen.get(product, 0)
        )


@dataclass(frozen=True, slots=True, eq=False)
class RecordingComparison:
    """Everything there is to say about one run on one recording.

    Attributes:
        baskets: Every visit that was or that the store believes in, by label.
        expectations: What the scenario expects of the store.
        labels: Visit id to label, for the truth's visits.
        true_events: Picks and put-backs that happened, in order of time.
        seen_events: Recognised ones, in order of time.
        pairs: Indices of those that are the same event.
        cart_latency_s: For every event recognised with the right person and product: from the hand
            leaving the shelf to the cart showing it.
    """

    name: str
    scenario: str
    seed: int
    store_map: StoreMap
    run: StoreRun
    baskets: tuple[BasketComparison, ...]
    expectations: tuple[Expectation, ...]
    labels: Mapping[str, str]
    true_events: tuple[EventTruth, ...]
    seen_events: tuple[RecognisedEvent, ...]
    pairs: tuple[EventPair, ...]
    true_floor: FloorTracks
    seen_floor: FloorTracks
    floor: FloorScore
    cart_latency_s: tuple[float, ...]


def compare(name: str, truth: RecordingTruth, store_map: StoreMap, run: StoreRun) -> RecordingComparison:
    """Match a run with the truth of the same recording."""
    truth = told_by_account(truth)
    true_events = tuple(sorted((e for e in truth.events if e.kind in JUDGED), key=lambda e: e.contact_s))
    seen_events = tuple(sorted((e for e in run.events if e.kind in JUDGED), key=lambda e: e.at_s))
    pairs = match_events([_timed_truth(e) for e in true_events], [_timed(e) for e in seen_events])
    baskets = _baskets(truth, store_map, run)
    true_floor = FloorTracks(truth.ticks_s, dict(truth.floor_xy_m))
    seen_floor = FloorTracks(
        truth.ticks_s,
        {shopper: resample(*run.floor.of(shopper), truth.ticks_s) for shopper in run.floor.shoppers},
    )
    return RecordingComparison(
        name=name,
        scenario=truth.scenario,
        seed=truth.seed,
        store_map=store_map,
        run=run,
        baskets=baskets,
        expectations=truth.expectations,
        labels=labels_of(truth.visits),
        true_events=true_events,
        seen_events=seen_events,
        pairs=pairs,
        true_floor=true_floor,
        seen_floor=seen_floor,
        floor=score_floor(true_floor, seen_floor, {basket.shopper for basket in baskets}),
        cart_latency_s=_cart_latencies(true_events, seen_events, pairs, run),
    )


def _baskets(truth: RecordingTruth, store_map: StoreMap, run: StoreRun) -> tuple[BasketComparison, ...]:
    prices = {str(product.product_id): product.price_minor for product in store_map.products}
    labels = labels_of(truth.visits)
    stays = {labels[stay.visit_id]: stay for stay in truth.visits}
    visits = {visit.shopper: visit for visit in run.visits}
    baskets = []
    for label in sorted({*stays, *visits}):
        stay, visit = stays.get(label), visits.get(label)
        true = {product: units for product, units in stay.cart.items() if units} if stay else {}
        seen = visit.units(LineDecision.CHARGE, LineDecision.REVIEW) if visit else {}
        charged = visit.units(LineDecision.CHARGE) if visit else {}
        is_known = stay is not None and visit is not None
        baskets.append(
            BasketComparison(
                shopper=label,
                has_come=stay is not None,
                visit=visit,
                true=true,
                seen=seen,
                charged=charged,
                true_minor=value_of(true, prices),
                is_exact=is_known and are_equal(true, seen),
                is_exact_final=is_known and are_equal(true, charged),
                units=compare_units(true, seen),
                money=compare_money(true, charged, visit.charged_minor if visit else 0, prices),
                receipt_latency_s=_receipt_latency(stay.left_s if stay else None, visit),
            )
        )
    return tuple(baskets)


def _receipt_latency(left_s: float | None, visit: VisitResult | None) -> float | None:
    if left_s is None or visit is None or visit.closed_at_s is None:
        return None
    return max(0.0, visit.closed_at_s - left_s) + (visit.receipt_wait_s or 0.0)


def _cart_latencies(
    true_events: tuple[EventTruth, ...],
    seen_events: tuple[RecognisedEvent, ...],
    pairs: tuple[EventPair, ...],
    run: StoreRun,
) -> tuple[float, ...]:
    latencies = []
    for pair in pairs:
        true, seen = true_events[pair.true], seen_events[pair.seen]
        if (true.shopper_id, true.product_id) != (seen.shopper, seen.product_id):
            continue
        # The next event of the same hand and product answers for the updates after it.
        until = min(
            (
                later.start_s
                for later in true_events
                if (later.shopper_id, later.product_id) == (true.shopper_id, true.product_id)
                and later.start_s > true.start_s
            ),
            default=np.inf,
        )
        shown = [
            update.shown_at_s
            for update in run.cart_updates
            if (update.shopper, update.product_id) == (true.shopper_id, true.product_id)
            and true.start_s <= update.shown_at_s < max(until, true.end_s)
        ]
        if shown:
            latencies.append(max(0.0, min(shown) - true.end_s))
    return tuple(latencies)


def _timed_truth(event: EventTruth) -> TimedEvent:
    return TimedEvent(event.kind, event.product_id, event.slot_id, event.shopper_id, event.contact_s)


def _timed(event: RecognisedEvent) -> TimedEvent:
    return TimedEvent(event.kind, event.product_id, event.slot_id, event.shopper, event.at_s)
