"""One errand while it is being worked out: the postures, what is in the hands, and what has changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.play.acts import (
    Action,
    CoatMove,
    Errand,
    InBag,
    InHand,
    InSlot,
    Into,
    Move,
    Place,
    PropMove,
    PropPlace,
    Routine,
    RoutineEvent,
)
from datasets.synthetic.play.acts_reach import CLEAR_M, Reach, Target, plan_reach, side_targets, unit_target
from datasets.synthetic.play.gestures import (
    GestureScore,
    Grip,
    Stance,
    between_hands,
    carrying,
    curl_for,
    grip_that_keeps,
    held_unit_xyz_yaw,
    inspecting,
    stowing,
    under_jacket,
)
from datasets.synthetic.play.motion import Body, Build, Posture, Skeleton, still_pose
from datasets.synthetic.scene import FloatArray, UnitPose

# Nobody turns and reaches at once: this long after arriving the feet are quiet.
SETTLE_S = 0.75
# Feet, pelvis and heading are still this long after arriving, and from this long before leaving.
STILL_AFTER_S, STILL_BEFORE_S = 1.55, 1.1
# Units that a hand slides or packs move in steps as short as this.
STEP_S = 0.025
_WIDE_M = 0.17  # wider than a hand spans: both hands
_PACK_S = 0.3
# Done before some shelf, no matter which: no hand is in it.
_BEFORE_A_SHELF = (Action.SIP, Action.TAKE_OFF, Action.PUT_ON)


@dataclass(frozen=True, slots=True)
class Held:
    """A unit in a hand."""

    unit_id: int
    product_index: int
    hand: int
    grip: Grip


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations a person takes for the parts of a gesture, seconds."""

    look_s: float
    grip_s: float
    inspect_s: float
    haste: float


@dataclass(slots=True)
class ActStage:
    """Everything an act works on: who does what where, and what has come of it so far.

    Attributes:
        index: Who.
        held: What is in the hands.
        preferred_hand: The one that is used if both are free.
    """

    index: int
    assortment: Assortment
    rng: np.random.Generator
    errand: Errand
    shelf: Shelf | None
    stance: Stance
    pace: Pace
    score: GestureScore
    held: list[Held]
    moves: list[Move]
    events: list[RoutineEvent]
    prop_moves: list[PropMove]
    preferred_hand: int
    coat_moves: list[CoatMove] = field(default_factory=list)

    @property
    def build(self) -> Build:
        """Measures of who acts."""
        return self.stance.build

    @property
    def body(self) -> Body:
        """Who acts."""
        return self.stance.body

    @property
    def posture(self) -> Posture:
        """The posture at the moment."""
        return self.score.posture

    @property
    def base(self) -> Posture:
        """The posture to come back to: hands that hold something carry it, the others rest."""
        posture = self.build.idle()
        for item in self.held:
            posture = self.carrying(posture, item)
        return posture

    def size(self, unit: UnitPose) -> tuple[float, float, float]:
        """Return width, depth and height of a unit."""
        return self.assortment[unit.product_index].size_m

    def skeleton(self, posture: Posture) -> Skeleton:
        """Solve the limbs of somebody who stands at the stance in a posture."""
        return self.body.skeleton_only(still_pose(self.build, self.stance.xy_m, self.stance.yaw_rad, posture))

    def holding(self, unit: UnitPose) -> Held | None:
        """Return how a unit is held, if it is."""
        return next((item for item in self.held if item.unit_id == unit.unit_id), None)

    def in_hand(self, hand: int) -> list[Held]:
        """Return what is in a hand."""
        return [item for item in self.held if item.hand == hand or item.grip.is_between]

    def free_hand(self) -> int:
        """Return the hand to use: as asked for, else a free one, else the one that is not bound."""
        free = [h for h in (0, 1) if h != self.body.bag_hand and not self.in_hand(h)]
        wanted = self.errand.manner.hand
        if wanted is not None and (wanted in free or not free):
            return wanted
        if not free:
            return 1 if self.body.bag_hand == 0 else 0
        return free[0] if len(free) == 1 else self.preferred_hand

    def carrying(self, posture: Posture, item: Held) -> Posture:
        """Return the posture with a unit carried."""
        if item.grip.is_between:
            return between_hands(self.build, posture, item.grip.size_m[0], is_close=False)
        return carrying(self.build, posture, item.hand, curl_for(item.grip.size_m[0]))

    def held_pose(self, posture: Posture, item: Held) -> UnitPose:
        """Return where a held unit is when this person is in a posture."""
        xyz, yaw = held_unit_xyz_yaw(self.skeleton(posture), item.hand, self.stance.yaw_rad, item.grip)
        where = (float(xyz[0]), float(xyz[1]), float(xyz[2]))
        return UnitPose(item.unit_id, item.product_index, where, yaw, item.grip.tilt_rad)

    def reach_in(self, reach: Reach, brings: bool, grip_s: float | None = None) -> float:
        """Go into the slot up to the contact; returns its moment. The hand is then still at the unit."""
        pace, manner = self.pace, self.errand.manner
        before, way_s, hold_s = (reach.after if brings else reach.before), 0.3 / pace.haste, pace.grip_s
        if manner.inside_s is not None:
            hold_s, way_s = 0.25 * manner.inside_s, 0.375 * manner.inside_s / _share_inside(reach)
        is_quick = manner.inside_s is not None and manner.inside_s < 1.0
        self.score.move(before, 0.25 if is_quick else 0.5 / pace.haste)
        self._wait_until_still(way_s)
        self._rest_if_slow()
        if brings:
            self._through(reach.lifted, 0.75 * way_s)
            self._through(reach.contact, 0.25 * way_s)
        else:
            self._through(reach.contact, way_s)
        hold_s = hold_s if grip_s is None else grip_s
        contact = self.score.now_s + hold_s / 2
        self.score.hold(hold_s)
        return contact

    def come_out(self, reach: Reach, lifts: bool) -> None:
        """Leave the slot again."""
        way_s, manner = 0.3 / self.pace.haste, self.errand.manner
        if manner.inside_s is not None:
            share = _share_inside(reach)
            way_s = 0.375 * manner.inside_s / (0.25 + 0.75 * share if lifts else share)
        if lifts:
            self._through(reach.lifted, 0.25 * way_s)
            self._through(reach.after, 0.75 * way_s)
        else:
            self._through(reach.before, way_s)
        self._rest_if_slow()

    def _rest_if_slow(self) -> None:
        """Keep a hand that takes its time from being hurried by what comes before and after."""
        inside_s = self.errand.manner.inside_s
        if inside_s is not None and inside_s >= 1.0:
            self.score.hold(0.1)

    def _through(self, posture: Posture, duration_s: float) -> None:
        self.score.slide(posture, duration_s)

    def _wait_until_still(self, way_s: float) -> None:
        missing = STILL_AFTER_S - self.score.now_s - way_s
        if missing > 0:
            self.score.hold(missing)

    def take(self, contact_s: float, unit: UnitPose, hand: int, grip: Grip) -> Held:
        """Let a unit be in a hand from now on, exactly where it is at the contact posture."""
        snug = grip_that_keeps(
            self.skeleton(self.posture), hand, self.stance.yaw_rad, (np.array(unit.xyz_m), unit.yaw_rad), grip
        )
        item = Held(unit.unit_id, unit.product_index, hand, snug)
        self.held.append(item)
        self.note(contact_s, unit.unit_id, InHand(self.index, hand, snug))
        return item

    def settle(self, items: Sequence[Held], start_s: float) -> None:
        """Let units slip to where they lie snugly in the hand: upright, side by side, against the palm."""
        rows = sorted(items, key=lambda item: (item.grip.offset_m[0], item.grip.offset_m[1]))
        wide = 0.0
        for number, item in enumerate(rows):
            grip = item.grip
            x = 0.0 if len(rows) == 1 else wide
            if grip.is_between and len(rows) > 1:
                x = (number - (len(rows) - 1) / 2) * grip.size_m[0] * 1.02
            wide += grip.size_m[0] * 1.02
            upright = replace(grip, offset_m=(x, 0.0, 0.0), tilt_rad=0.0)
            self.regrip(item, upright, start_s, _PACK_S)

    def regrip(self, item: Held, grip: Grip, start_s: float, duration_s: float) -> Held:
        """Change the grip of a unit little by little; returns it as it is then."""
        old = item.grip
        steps = max(1, round(duration_s / STEP_S))
        for step in range(1, steps + 1):
            share = smooth(step / steps)
            offset = tuple(a + (b - a) * share for a, b in zip(old.offset_m, grip.offset_m, strict=True))
            mixed = replace(
                grip,
                turn_rad=old.turn_rad + (grip.turn_rad - old.turn_rad) * share,
                offset_m=(offset[0], offset[1], offset[2]),
                tilt_rad=old.tilt_rad + (grip.tilt_rad - old.tilt_rad) * share,
            )
            self.note(start_s + step * STEP_S, item.unit_id, InHand(self.index, item.hand, mixed))
        changed = replace(item, grip=grip)
        self.held[self.held.index(item)] = changed
        return changed

    def release(self, item: Held, at_s: float, place: Place) -> None:
        """Let go of a unit."""
        self.held.remove(item)
        self.note(at_s, item.unit_id, place)

    def note(self, at_s: float, unit_id: int, place: Place) -> None:
        """Write down a change of place."""
        self.moves.append(Move(at_s, unit_id, place))

    def note_prop(self, at_s: float, prop_index: int, place: PropPlace) -> None:
        """Write down where a prop is."""
        self.prop_moves.append(PropMove(at_s, prop_index, place))

    def tell(self, action: Action, unit: UnitPose | None, hand: int | None, contact_s: float) -> None:
        """Write down an event; slot, partner and misplacement are the errand's."""
        errand = self.errand
        is_at_slot = errand.facing is not None and action not in _BEFORE_A_SHELF
        slot_id = errand.place.slot_id if is_at_slot else None
        self.events.append(
            RoutineEvent(action, unit, slot_id, hand, contact_s, errand.manner.is_misplaced, errand.partner)
        )

    def examine(self, items: Sequence[Held], duration_s: float) -> None:
        """Look at what is in the hands, before the chest."""
        posture = self.base
        for item in items:
            if item.grip.is_between:
                posture = between_hands(self.build, posture, item.grip.size_m[0], is_close=True)
            else:
                posture = inspecting(self.build, posture, item.hand, curl_for(item.grip.size_m[0]))
        self.score.move(posture, 0.5 / self.pace.haste)
        self.score.hold(duration_s)

    def put_away(self, items: Sequence[Held], into: Into) -> None:
        """Stow what is in the hands, or carry it on."""
        if into is Into.HAND:
            self.score.move(self.base, 0.4)
            return
        is_jacket = into is Into.JACKET
        for item in list(items):
            opening = (under_jacket if is_jacket else stowing)(
                self.build, self.base, item.hand, curl_for(item.grip.size_m[0])
            )
            self.score.move(opening, 0.6 / self.pace.haste)
            self.score.hold(0.3)
            self.release(item, self.score.now_s - 0.1, InBag(self.index, is_jacket))
        self.score.move(self.base, 0.5)

    def bring_out(self, unit: UnitPose, hand: int) -> Held:
        """Take a unit out of the bag."""
        self.score.move(stowing(self.build, self.base, hand), 0.6 / self.pace.haste)
        self.score.hold(0.35)
        item = Held(unit.unit_id, unit.product_index, hand, self.front_out(self.size(unit), hand))
        self.held.append(item)
        self.note(self.score.now_s - 0.15, unit.unit_id, InHand(self.index, hand, item.grip))
        return item

    def front_out(self, size_m: tuple[float, float, float], hand: int) -> Grip:
        """Return a grip in which a unit shows its front to the shopper when the hand reaches forward."""
        return Grip(size_m, float(self.rng.normal(np.pi if hand == 1 else 0.0, 0.12)))

    def unit_reach(self, units: Sequence[UnitPose], hand: int, both: bool) -> tuple[Reach, Target]:
        """Plan the way to units that stand side by side: one hand at the first, or both around all.

        Returns:
            The way, and the target that says how they are held.
        """
        sizes = [self.size(unit) for unit in units]
        if not both:
            target = unit_target(hand, np.array(units[0].xyz_m), sizes[0], curl_for(sizes[0][0]))
            return plan_reach(self.stance, self.base, [target]), target
        yaw = self.stance.yaw_rad
        across = np.array([np.cos(yaw), np.sin(yaw)])
        spread = [float(np.array(unit.xyz_m[:2]) @ across) for unit in units]
        middle: FloatArray = np.mean([unit.xyz_m for unit in units], axis=0)
        width = max(spread) - min(spread) + max(size[0] for size in sizes)
        whole = (width, sizes[0][1], max(size[2] for size in sizes))
        turn = units[0].yaw_rad - yaw if len(units) == 1 else 0.0
        targets = side_targets(self.stance, middle, whole, turn)
        grip = Grip(sizes[0], is_between=True)
        return plan_reach(self.stance, self.base, targets), Target(hand, middle, grip)

    def needs_both(self, units: Sequence[UnitPose]) -> bool:
        """Tell whether units are too much for one hand and both are free."""
        if self.errand.manner.both_hands:
            return True
        width = sum(self.size(unit)[0] for unit in units)
        return width > _WIDE_M and self.body.bag_hand is None and not self.held

    def routine(self, contact_s: float, rests: Posture, walks_on: Posture) -> Routine:
        """Finish: come to rest in a posture, and say in which one goes on."""
        contacts = [*(move.at_s for move in self.moves), *(event.contact_s for event in self.events)]
        last = max([contact_s, *contacts])
        self.score.hold(max(0.25, last + STILL_BEFORE_S - self.score.now_s - 0.4))
        self.score.move(rests, 0.4)
        self.moves.sort(key=lambda move: move.at_s)
        return Routine(
            self.errand,
            self.stance,
            tuple(self.score.keys),
            self.score.now_s,
            contact_s,
            tuple(self.moves),
            tuple(self.events),
            tuple(self.prop_moves),
            walks_on,
            tuple(self.coat_moves),
        )


Act = Callable[[ActStage], float]


def smooth(share: float) -> float:
    """Return 0 to 1 with rest at both ends, as hands move between two keys."""
    return share * share * (3.0 - 2.0 * share)


def when_smooth(share: float) -> float:
    """Invert `smooth` by bisection: when a movement from rest to rest has got so far."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if smooth(middle) < share else (low, middle)
    return (low + high) / 2


def _share_inside(reach: Reach) -> float:
    """Return which part of the time of its way a hand is behind the shelf's front."""
    return 1.0 - when_smooth(CLEAR_M / (reach.depth_m + CLEAR_M))


def slot_place(stage: ActStage, pose: UnitPose) -> InSlot:
    """Return the place of a unit that stands in the errand's slot."""
    return InSlot(stage.errand.place.slot_id, pose)
