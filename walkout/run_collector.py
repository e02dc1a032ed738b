"""Gather what the tracker says during one run into the `StoreRun` that evaluation reads."""

import resource
import sys
from dataclasses import dataclass, field

import numpy as np

from cart_tracker.observations import VisitId
from cart_tracker.store_map import ProductId
from cart_tracker.visits import CartChanged, EventKind, ShoppersMoved, TrackerOutput, VisitClosed
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


@dataclass(slots=True)
class RunCollector:
    """Remembers carts, floor positions and closed visits under the labels of the gate's log."""

    _shopper_of: dict[VisitId, str] = field(default_factory=dict)
    _visits: list[VisitResult] = field(default_factory=list)
    _events: list[RecognisedEvent] = field(default_factory=list)
    _cart_updates: list[CartUpdate] = field(default_factory=list)
    _carts: dict[VisitId, dict[ProductId, int]] = field(default_factory=dict)
    _floor: list[tuple[float, float, float, int]] = field(default_factory=list)

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
            labels = list(self._shopper_of)
            self._floor += [
                (output.at_s, x, y, labels.index(visit_id))
                for visit_id, (x, y) in zip(output.visit_id, output.xy_m.tolist(), strict=True)
                if visit_id is not None
            ]

    def settled(self, visit: VisitClosed, settlement: Settlement, closed_at_s: float) -> None:
        """Take in a closed visit and what became of it; `closed_at_s` is when the tracker said so."""
        shopper = self._shopper_of[visit.visit_id]
        self._visits.append(
            VisitResult(
                visit_id=visit.visit_id,
                shopper=shopper,
                lines=tuple(
                    VisitLine(
                        line.product_id, line.quantity, line.confidence, LineDecision(line.decision.value)
                    )
                    for line in visit.lines
                ),
                closed_at_s=closed_at_s,
                receipt_wait_s=settlement.wait_s,
                charged_minor=settlement.charged_minor,
                is_auto_charged=settlement.is_settled,
                is_in_review=waits_for_person(visit),
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
        rows = np.asarray(self._floor, dtype=np.float64).reshape(-1, 4)
        return StoreRun(
            visits=tuple(self._visits),
            events=tuple(sorted(self._events, key=lambda event: event.at_s)),
            cart_updates=tuple(self._cart_updates),
            floor=FloorSamples(
                at_s=rows[:, 0],
                xy_m=rows[:, 1:3],
                shopper_index=rows[:, 3].astype(np.int64),
                shoppers=tuple(self._shopper_of.values()),
            ),
            stages=stages,
            camera_frames=camera_frames,
            media_s=media_s,
            wall_s=wall_s,
            peak_memory_mb=peak_memory_mb(),
        )

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
