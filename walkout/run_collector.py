"""Gather what the tracker says during one run into the `StoreRun` that evaluation reads."""

import resource
import sys
from dataclasses import dataclass, field

import numpy as np

from cart_tracker.observations import VisitId
from cart_tracker.store_map import ProductId
from cart_tracker.visits import (
    Alert,
    CartChanged,
    EventKind,
    ShoppersMerged,
    ShoppersMoved,
    TrackerOutput,
    VisitClosed,
)
from walkout.checkout import Settlement, waits_for_person
from walkout.run_result import (
    CartUpdate,
    FloorSamples,
    LineDecision,
    RecognisedEvent,
    StageCpu,
    StoreRun,
    VisitLine,
    VisitResult,
)

SAMPLE_S = 0.1  # somebody who left within a frame's time was still there


@dataclass(slots=True)
class RunCollector:
    """Remembers carts, floor positions and closed visits under the labels of the gate's log.

    Positions belong to people; under which name each person walked is known in the end: a person who is bound
    to a visit was that visit's from the gate on, and nobody is anywhere after they have left.
    """

    _shopper_of: dict[VisitId, str] = field(default_factory=dict)
    _visits: list[VisitResult] = field(default_factory=list)
    _events: list[RecognisedEvent] = field(default_factory=list)
    _cart_updates: list[CartUpdate] = field(default_factory=list)
    _carts: dict[VisitId, dict[ProductId, int]] = field(default_factory=dict)
    _floor: list[tuple[float, float, float, int]] = field(default_factory=list)
    _visit_of: dict[int, VisitId] = field(default_factory=dict)
    _believed: set[int] = field(default_factory=set)
    _merged: dict[int, int] = field(default_factory=dict)
    _left_s: dict[VisitId, float] = field(default_factory=dict)
    _alerts: list[str] = field(default_factory=list)

    def admitted(self, visit_id: VisitId, shopper: str) -> None:
        """Remember whose visit this is."""
        self._shopper_of[visit_id] = shopper

    def shopper_of(self, visit_id: VisitId) -> str:
        """Return the label of the account behind a visit."""
        return self._shopper_of[visit_id]

    def heard(self, output: TrackerOutput) -> None:
        """Take in carts and floor positions; closed visits come through `settled`."""
        if isinstance(output, CartChanged):
            self._cart_changed(output)
        elif isinstance(output, ShoppersMoved):
            self._moved(output)
        elif isinstance(output, ShoppersMerged):
            self._merged[output.gone] = output.kept
        elif isinstance(output, Alert):
            self._alerts.append(output.kind.value)

    def _moved(self, moved: ShoppersMoved) -> None:
        rows = zip(
            moved.shopper_id, moved.visit_id, moved.xy_m.tolist(), moved.is_believed.tolist(), strict=True
        )
        for shopper_id, visit_id, (x, y), is_believed in rows:
            self._floor.append((moved.at_s, x, y, shopper_id))
            if visit_id is not None:
                # The first on a code walks under its name; others on it under their own.
                self._visit_of.setdefault(shopper_id, visit_id)
            if is_believed:
                self._believed.add(shopper_id)

    def settled(self, visit: VisitClosed, settlement: Settlement, closed_at_s: float) -> None:
        """Take in a closed visit and what became of it; `closed_at_s` is when the tracker said so."""
        shopper = self._shopper_of[visit.visit_id]
        self._left_s[visit.visit_id] = visit.left_s
        self._visits.append(
            VisitResult(
                visit_id=visit.visit_id,
                shopper=shopper,
                lines=tuple(
                    VisitLine(
                        line.product_id,
                        line.quantity,
                        line.confidence,
                        LineDecision(line.decision.value),
                        line.margin_nats,
                    )
                    for line in visit.lines
                ),
                closed_at_s=closed_at_s,
                receipt_wait_s=settlement.wait_s,
                charged_minor=settlement.charged_minor,
                is_auto_charged=settlement.is_settled,
                is_in_review=waits_for_person(visit),
                features=visit.features,
            )
        )
        self._events += [
            RecognisedEvent(
                kind=event.kind.value,
                product_id=event.product_id,
                slot_id=event.slot_id,
                shopper=shopper,
                at_s=event.at_s,
                confidence=event.confidence,
            )
            for event in visit.events
            if event.kind is not EventKind.TOUCH
        ]

    def run(
        self, *, stages: tuple[StageCpu, ...], camera_frames: int, media_s: float, wall_s: float
    ) -> StoreRun:
        """Return everything gathered."""
        return StoreRun(
            visits=tuple(self._visits),
            events=tuple(sorted(self._events, key=lambda event: event.at_s)),
            cart_updates=tuple(self._cart_updates),
            floor=self._floor_samples(),
            stages=stages,
            camera_frames=camera_frames,
            media_s=media_s,
            wall_s=wall_s,
            peak_memory_mb=peak_memory_mb(),
            alerts=tuple(self._alerts),
        )

    def _floor_samples(self) -> FloorSamples:
        """Everybody's positions under the names that they turned out to have."""
        names: dict[int, str] = {}
        leaders: dict[VisitId, int] = {}
        for shopper_id, visit_id in self._visit_of.items():
            leaders.setdefault(visit_id, shopper_id)
        for shopper_id in sorted({row[3] for row in self._floor}):
            person = self._person(shopper_id)
            own = self._visit_of.get(person)
            if own is not None and leaders[own] == person:
                names[shopper_id] = self._shopper_of[own]
            elif person in self._believed:
                names[shopper_id] = f"person {person}"
        shoppers = tuple(dict.fromkeys(names.values()))
        index = {name: row for row, name in enumerate(shoppers)}
        rows = [
            (at_s, x, y, index[names[one]])
            for at_s, x, y, one in self._floor
            if one in names and at_s <= self._last_s(self._person(one)) + SAMPLE_S
        ]
        table = np.asarray(rows, dtype=np.float64).reshape(-1, 4)
        return FloorSamples(table[:, 0], table[:, 1:3], table[:, 3].astype(np.int64), shoppers)

    def _person(self, shopper_id: int) -> int:
        while shopper_id in self._merged:
            shopper_id = self._merged[shopper_id]
        return shopper_id

    def _last_s(self, person: int) -> float:
        visit_id = self._visit_of.get(person)
        return np.inf if visit_id is None else self._left_s.get(visit_id, np.inf)

    def _cart_changed(self, change: CartChanged) -> None:
        before = self._carts.get(change.visit_id, {})
        now = {line.product_id: line.quantity for line in change.lines}
        shopper = self._shopper_of[change.visit_id]
        self._cart_updates += [
            CartUpdate(change.at_s, shopper, product_id, now.get(product_id, 0))
            for product_id in sorted(before.keys() | now.keys())
            if before.get(product_id, 0) != now.get(product_id, 0)
        ]
        self._carts[change.visit_id] = now


def peak_memory_mb() -> float:
    """Return the largest resident memory this process ever had, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)  # macOS counts bytes, Linux KiB
