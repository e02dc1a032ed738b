"""The store's tracker: observations in, outputs out. The only stateful door of this package.

    tracker = StoreTracker(store_map)
    for observation in ...: outputs = tracker.handle(observation)
    outputs = tracker.finish(end_s)

Deterministic: the same calls give the same outputs, bit for bit.
"""

import logging
import math
from collections.abc import Callable, Sequence

import numpy as np

from cart_tracker.carts import Carts, Reading
from cart_tracker.closing import alerts_of, closed_lines, events_of, live_lines, visit_decision
from cart_tracker.confidence import ASSUMED, ConfidenceSettings, basket_probability
from cart_tracker.errors import ObservationError
from cart_tracker.hands3d import Wrists
from cart_tracker.identity import Identities, Newcomer, ShopperId
from cart_tracker.interactions import Interaction, InteractionDetector
from cart_tracker.meetings import MeetingDetector
from cart_tracker.observations import (
    CameraHealthChanged,
    CameraId,
    GateCrossed,
    GateScanned,
    Hand,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotChanged,
    SlotsWatched,
    VisitId,
)
from cart_tracker.open_visit import OpenVisit
from cart_tracker.ordering import REORDER_S, ReorderBuffer
from cart_tracker.outages import Outages
from cart_tracker.people import Departed
from cart_tracker.questions import review_questions
from cart_tracker.shoppers import LOST_AFTER_S, Roster
from cart_tracker.store_map import StoreMap
from cart_tracker.tick_frames import tracklets_where, wrist_rays
from cart_tracker.visits import (
    Alert,
    AlertKind,
    CartChanged,
    CartLine,
    Decision,
    ShoppersMerged,
    ShoppersMoved,
    TrackerOutput,
    VisitClosed,
    VisitOpened,
)

logger = logging.getLogger(__name__)

TICK_S = 0.05  # frames captured within this time are one tick; half a frame period at 10 fps
READ_AFTER_S = (0.45, 2.5)  # after the hand has left: with the hand's evidence, and with the shelf's
READ_TOGETHER_S = 0.5  # readings due so soon after each other are one
KEPT_S = 60.0  # before the oldest open visit: people come in a little before their code, with neighbours


OnRead = Callable[[VisitId, Reading], None]


class StoreTracker:
    """Follows everybody in one store and says what is in whose cart."""

    def __init__(
        self,
        store_map: StoreMap,
        settings: ConfidenceSettings = ASSUMED,
        on_read: OnRead | None = None,
    ) -> None:
        """Start with nobody inside.

        Args:
            store_map: The store.
            settings: How sure a line must be to be charged.
            on_read: Told the evidence of every visit that is closed.
        """
        self._settings = settings
        self._on_read = on_read
        self._map = store_map
        self._slot_ids = {slot.slot_id for slot in store_map.slots}
        self._buffer = ReorderBuffer()
        self._newest_s = -math.inf
        self._now_s = -math.inf
        self._frames: list[PeopleSeen] = []
        self._facts: list[Observation] = []
        self._roster = Roster(store_map)
        self._wrists = Wrists()
        self._detector = InteractionDetector(store_map)
        self._meetings = MeetingDetector()
        self._identities = Identities()
        self._carts = Carts(store_map)
        self._outages = Outages()
        self._visits: dict[VisitId, OpenVisit] = {}
        self._holder_of: dict[ShopperId, str] = {}
        self._swapped: set[tuple[CameraId, int]] = set()
        self.n_dropped_late = 0

    def handle(self, observation: Observation) -> list[TrackerOutput]:
        """Take in one observation; returns what is decided now (about 0.15-0.2 s behind the newest).

        Frames that arrive later than that are dropped and counted in `n_dropped_late`.

        Raises:
            ObservationError: If its time is not finite.
        """
        if not math.isfinite(observation.at_s):
            raise ObservationError(
                f"{type(observation).__name__}: at_s is {observation.at_s}, expected seconds"
            )
        self._buffer.push(observation)
        self._newest_s = max(self._newest_s, observation.at_s)
        return self._release(self._newest_s - REORDER_S)

    def advance(self, at_s: float) -> list[TrackerOutput]:
        """Tell the tracker the time when nothing is seen, so that visits can close."""
        self._newest_s = max(self._newest_s, at_s)
        return self._release(self._newest_s - REORDER_S)

    def restart(self, at_s: float) -> list[TrackerOutput]:
        """Go on after the program was started again: carts are kept, people are found again by elimination.

        Cameras number people anew, so what was known of their tracklets is forgotten.
        """
        outputs = self.advance(at_s)
        outputs += self._release(at_s)
        self._roster.forget_tracklets()
        self._swapped = set()
        return outputs

    def finish(self, at_s: float) -> list[TrackerOutput]:
        """End of the footage: decide everything; who is still inside is closed for review, never charged."""
        self._newest_s = max(self._newest_s, at_s)
        outputs = self._release(math.inf)
        for interaction in self._detector.close_all():
            self._note(interaction)
        for visit in list(self._visits.values()):
            outputs += self._close(visit, at_s)
        for scan in self._identities.give_up(math.inf, is_gate_empty=True):
            outputs.append(_empty_visit(scan, at_s))
        return outputs

    def _release(self, until_s: float) -> list[TrackerOutput]:
        outputs: list[TrackerOutput] = []
        for observation in self._buffer.release(until_s):
            if isinstance(observation, PeopleSeen):
                if self._is_next_tick(observation):
                    outputs += self._tick()
                if observation.at_s < self._now_s or not self._add_frame(observation):
                    self.n_dropped_late += 1
            else:
                if self._frames and observation.at_s >= self._frames[0].at_s + TICK_S:
                    outputs += self._tick()
                self._facts.append(observation)
        if not self._frames or until_s >= self._frames[0].at_s + TICK_S:
            outputs += self._tick()
            if math.isfinite(self._newest_s):
                outputs += self._pass_time(min(until_s, self._newest_s))
        return outputs

    def _is_next_tick(self, frame: PeopleSeen) -> bool:
        return bool(self._frames) and frame.at_s >= self._frames[0].at_s + TICK_S

    def _add_frame(self, frame: PeopleSeen) -> bool:
        """Add a frame to the open tick; a camera's second frame in one tick is a duplicate."""
        if any(other.camera_id == frame.camera_id for other in self._frames):
            return False
        self._frames.append(frame)
        return True

    def _tick(self) -> list[TrackerOutput]:
        outputs: list[TrackerOutput] = []
        frames, self._frames = self._frames, []
        if frames:
            outputs += self._fuse(frames)
        facts, self._facts = self._facts, []
        for fact in facts:
            self._take(fact)
        return outputs

    def _fuse(self, frames: Sequence[PeopleSeen]) -> list[TrackerOutput]:
        at_s = max(frame.at_s for frame in frames)
        self._now_s = at_s
        outputs: list[TrackerOutput] = []
        result = self._roster.observe(frames)
        for mixed in result.mixed:
            self._identities.mix(mixed.one, mixed.other, mixed.doubt)
        for merge in result.merged:
            self._detector.merge(merge.gone, merge.kept)
            self._meetings.merge(merge.gone, merge.kept)
            self._carts.merge(merge.gone, merge.kept)
            outputs.append(ShoppersMerged(int(merge.gone), int(merge.kept)))
        ids = [person.shopper_id for person in self._roster.people]
        self._carts.add_places(at_s, ids, self._roster.filter.mean)
        rays = wrist_rays(frames, result, at_s)
        hands, is_swapped = self._wrists.update(at_s, ids, self._roster.filter.mean, rays)
        self._swapped = tracklets_where(frames, is_swapped)
        for interaction in self._detector.update(at_s, hands):
            self._note(interaction)
        for meeting in self._meetings.update(at_s, hands):
            self._carts.add_meeting(meeting)
            self._read_soon(meeting.people, meeting.to_s)
        for departed in result.departed:
            self._depart(departed)
        outputs += self._bind(at_s)
        people = self._roster.people
        outputs.append(
            ShoppersMoved(
                at_s,
                tuple(int(person.shopper_id) for person in people),
                tuple(self._identities.visit_of(person.shopper_id) for person in people),
                self._roster.filter.mean[:, :2].copy(),
                np.array([at_s - person.last_seen_s <= LOST_AFTER_S for person in people], np.bool_),
                np.array([person.is_shopper for person in people], np.bool_),
            )
        )
        return outputs

    def _take(self, fact: Observation) -> None:
        match fact:
            case HandSeen():
                owner = self._roster.owner_of(fact.camera_id, fact.tracklet_id)
                if owner is not None:
                    is_swapped = (fact.camera_id, int(fact.tracklet_id)) in self._swapped
                    self._carts.add_look(owner, Hand(fact.hand ^ is_swapped), fact)
            case SlotChanged():
                if fact.slot_id in self._slot_ids and math.isfinite(
                    fact.log_ratio + fact.since_s + fact.units
                ):
                    self._carts.add_change(fact)
                    concerned = self._carts.concerned(
                        fact, [person.shopper_id for person in self._roster.people]
                    )
                    for visit in self._visits.values():
                        if concerned.intersection(visit.members):
                            visit.read_at_s.append(fact.at_s)
            case SlotsWatched():
                self._carts.watch(fact)
            case GateScanned():
                if self._identities.scanned(fact):
                    self._roster.doors.learn_entrance(fact.gate_id)
                else:
                    self._shown_again(fact)
            case GateCrossed():
                self._roster.crossed(fact)
            case CameraHealthChanged():
                logger.info("camera %s: usable %s, %s", fact.camera_id, fact.is_usable, fact.reason)
                self._outages.changed(fact)
            case PeopleSeen():
                raise ObservationError("a frame is not a fact")

    def _shown_again(self, scan: GateScanned) -> None:
        """A code of somebody inside is shown at the exit: whoever stands there alone is that visit.

        If two people were taken for each other, both get back what was theirs: moves belong to people, and
        people to visits only as long as nothing better is known. Receipts that are closed stay as they are.
        """
        at_exit = [
            one.shopper_id
            for one in self._roster.at_exit(scan.at_s)
            if self._identities.scan_of(one.shopper_id) is not None
        ]
        if self._roster.doors.is_entrance(scan.gate_id) or len(at_exit) != 1:
            return
        changed = self._identities.prove(at_exit[0], scan.visit_id)
        left = {one: departed for visit in self._visits.values() for one, departed in visit.left.items()}
        for shopper_id, own in changed.items():
            visit = self._visits[own.visit_id]
            visit.members[0] = shopper_id
            visit.left = {one: left[one] for one in visit.members if one in left}
            visit.read_at_s.append(scan.at_s)
            self._holder_of[shopper_id] = own.visit_id

    def _pass_time(self, now_s: float) -> list[TrackerOutput]:
        outputs: list[TrackerOutput] = []
        for departed in self._roster.let_go(now_s):
            self._depart(departed)
        outputs += self._bind(now_s)
        is_empty = all(one.passed_s is not None for one in self._roster.people if one.came_in)
        given_up = self._identities.give_up(now_s, is_gate_empty=is_empty)
        outputs += [_empty_visit(scan, now_s) for scan in given_up]
        for visit in list(self._visits.values()):
            if visit.may_settle(now_s):
                outputs += self._close(visit, now_s)
            elif visit.read_at_s and min(visit.read_at_s) <= now_s:
                visit.read_at_s = [at_s for at_s in visit.read_at_s if at_s > now_s + READ_TOGETHER_S]
                outputs += self._tell_cart(visit, now_s)
        return outputs

    def _bind(self, now_s: float) -> list[TrackerOutput]:
        newcomers = [
            Newcomer(person.shopper_id, person.first_seen_s, person.passed_s)
            for person in self._roster.people
            if person.came_in and self._identities.scan_of(person.shopper_id) is None
        ]
        outputs: list[TrackerOutput] = []
        for binding in self._identities.bind(newcomers, now_s):
            visit_id, shopper_id = binding.scan.visit_id, binding.shopper_id
            visit = self._visits.get(visit_id)
            if binding.is_follower and visit is None:
                continue
            self._holder_of[shopper_id] = visit_id
            if visit is None:
                self._visits[visit_id] = OpenVisit(binding.scan, [shopper_id], read_at_s=[now_s])
                outputs.append(VisitOpened(visit_id, binding.scan.at_s))
            else:
                visit.members.append(shopper_id)
                text = "somebody came in on this code without one of their own"
                outputs.append(Alert(AlertKind.TAILGATING, now_s, visit_id, text))
        return outputs

    def _note(self, interaction: Interaction) -> None:
        self._carts.add_interaction(interaction)
        self._holder_of.setdefault(interaction.shopper_id, f"nobody known, person {interaction.shopper_id}")
        self._read_soon((interaction.shopper_id,), interaction.reach.out_s)

    def _read_soon(self, people: Sequence[ShopperId], out_s: float) -> None:
        for visit in self._visits.values():
            if any(one in visit.members for one in people):
                visit.read_at_s += [out_s + delay_s for delay_s in READ_AFTER_S]

    def _depart(self, departed: Departed) -> None:
        for interaction in self._detector.close(departed.shopper_id):
            self._note(interaction)
        for visit in self._visits.values():
            if departed.shopper_id in visit.members:
                visit.left[departed.shopper_id] = departed

    def _doubt(self, visit: OpenVisit) -> float:
        """Probability that somebody of a visit was taken for somebody else on the way."""
        return max(self._identities.doubt(one) for one in visit.members)

    def _tell_cart(self, visit: OpenVisit, now_s: float) -> list[TrackerOutput]:
        visit_id = visit.scan.visit_id
        reading = self._carts.read(visit_id, self._holder_of, self._doubt(visit), with_margins=False)
        self._carts.remember(visit_id, reading, is_final=False)
        outputs: list[TrackerOutput] = []
        for event, key in events_of(visit_id, reading):
            if key not in visit.told_events:
                visit.told_events.add(key)
                outputs.append(event)
        lines = live_lines(reading)
        if _counts(lines) != _counts(visit.told):
            visit.told = lines
            outputs.append(CartChanged(visit_id, now_s, lines))
        return outputs

    def _forget(self, now_s: float) -> None:
        """Drop what is older than every open visit, and who was not seen since."""
        self._carts.forget(min([now_s, *(one.scan.at_s for one in self._visits.values())]) - KEPT_S)
        self._holder_of = {one: name for one, name in self._holder_of.items() if self._carts.knows(one)}

    def _close(self, visit: OpenVisit, now_s: float) -> list[TrackerOutput]:
        visit_id = visit.scan.visit_id
        reading = self._carts.read(visit_id, self._holder_of, self._doubt(visit), with_margins=True)
        self._carts.remember(visit_id, reading, is_final=True)
        if self._on_read is not None:
            self._on_read(visit_id, reading)
        for member in visit.members:
            self._identities.forget(member)
        del self._visits[visit_id]
        self._forget(now_s)
        is_settled = visit.left_s is not None
        left_s = now_s if visit.left_s is None else visit.left_s
        doubt = self._outages.doubt(visit.scan.at_s, left_s)
        lines = closed_lines(
            reading, visit.members[1:], doubt, is_settled=is_settled, settings=self._settings
        )
        decision, reason = visit_decision(lines, doubt, is_settled=is_settled)
        return [
            *alerts_of(visit_id, now_s, reading, self._carts),
            VisitClosed(
                visit_id,
                visit.scan.at_s,
                left_s,
                lines,
                tuple(event for event, _ in events_of(visit_id, reading)),
                decision,
                basket_probability(reading.features, self._settings),
                reason,
                reading.features,
                review_questions(reading, visit_id, lines, self._settings),
            ),
        ]


def _empty_visit(scan: GateScanned, now_s: float) -> VisitClosed:
    reason = "nobody came in after the code was scanned"
    return VisitClosed(scan.visit_id, scan.at_s, now_s, (), (), Decision.CHARGE, 1.0, reason)


def _counts(lines: Sequence[CartLine]) -> list[tuple[str, int]]:
    return [(line.product_id, line.quantity) for line in lines]
