"""Single moments of people who do something: one person or two, at a time drawn from an act.

What they have in their hands is invented for the moment; products take turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.play.acts import (
    Action,
    Errand,
    InHand,
    InSlot,
    Into,
    Manner,
    OnFloor,
    Place,
    Routine,
    Spot,
)
from datasets.synthetic.play.acts_stage import Held
from datasets.synthetic.play.gait import PelvisTrack, draw_gait, headings, smooth_walk
from datasets.synthetic.play.gestures import (
    Grip,
    OutOfReachError,
    at_ear,
    carrying,
    curl_for,
    held_unit_xyz_yaw,
    inspecting,
    reading,
    side_of,
    stowing,
)
from datasets.synthetic.play.motion import Build, Performance, Posture, UpperBody, forward, with_hand
from datasets.synthetic.play.routes import TICK_S, WALL_CLEARANCE_M, RoutePlanner, Traffic
from datasets.synthetic.play.shopping import Shopper, face_to_face, hand_over
from datasets.synthetic.scene import BodyPose, FloatArray, UnitPose
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.planogram import Facing, place_unit

_PAUSE_TICKS = 30
_WALK_TICKS = 600
_LEAST_WAY_M = 0.8
_HOLDING_SHARE = 0.7
_IN_HAND_SHARE = 0.8
_FRONT_M, _BEHIND_M = 0.04, 0.012
# What people at a shelf do, and how often.
_AT_SHELF = (
    (Action.PICK, Manner(into=Into.BAG), 0.44),
    (Action.PICK, Manner(into=Into.HAND), 0.16),
    (Action.PICK, Manner(into=Into.JACKET, is_hidden=True), 0.06),
    (Action.PUT, Manner(), 0.18),
    (Action.HOLD, Manner(hold_s=2.0, is_lifted=True), 0.08),
    (Action.BROWSE, Manner(hold_s=3.0), 0.08),
)
_STANDING = (
    (Action.LOOK, Manner(hold_s=3.0, into=Into.HAND), 0.34),
    (Action.EAT, Manner(hold_s=3.0), 0.06),
    (Action.EAT, Manner(hold_s=3.0, is_drink=True), 0.06),
    (Action.PHONE, Manner(hold_s=4.0), 0.2),
    (Action.PICK_UP, Manner(), 0.2),
    (Action.DROP, Manner(), 0.06),
    (Action.WAIT, Manner(hold_s=3.0), 0.08),
)
_AT_ONCE = (0.7, 0.2, 0.1)  # probability of one, two, three units in one reach
_FROM_HINGE_M = 0.3  # an open door stands out from its hinge, and nobody stands in it
_PUSHED_AHEAD_M = 0.75  # how far before the pelvis trolleys and prams reach


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Somebody at one time.

    Attributes:
        pushed_yaw_rad: Heading of what is pushed, which stands where the person does.
        door: Row of the store's doors that is open for the hand.
        units: Near or in the hands of this person.
        in_hand: Which of the units are in which hand.
    """

    person: int
    pose: BodyPose
    pushed_yaw_rad: float
    units: tuple[UnitPose, ...] = ()
    in_hand: tuple[tuple[int, int], ...] = ()
    door: int | None = None

    def footprint_xy_m(self, person: Person) -> FloatArray:
        """Return points `(n, 2)` that others, and shelves, keep away from."""
        if person.pushed is None or person.is_seated:
            return self.pose.xy_m[None]
        ahead = forward(self.pushed_yaw_rad)
        return self.pose.xy_m + np.outer([0.0, _PUSHED_AHEAD_M / 2, _PUSHED_AHEAD_M], ahead)


class MomentDrawer:
    """Draws moments in one store."""

    def __init__(self, store: GeneratedStore, people: Sequence[Person], rng: np.random.Generator) -> None:
        """Prepare a store and the people who may be in it."""
        self._store, self._people, self._rng = store, people, rng
        self._builds = [Build.of(p, draw_gait(rng, p.looks.age_years)) for p in people]
        self._planner = RoutePlanner(store.obstacles)
        self._shelf = {shelf.shelf_id: shelf for shelf in store.store_map.shelves}
        self._next_unit = 1 + max((unit.pose.unit_id for unit in store.units), default=0)
        self._products: list[int] = []

    def walking(self, person: int) -> Moment | None:
        """Draw a moment of somebody on the way; None if there is no way."""
        rng, build = self._rng, self._builds[person]
        start, goal = self._planner.random_point(rng), self._planner.random_point(rng)
        nobody = Traffic(np.empty((0, _WALK_TICKS, 2)))
        speed = float(rng.uniform(0.6, 1.3)) * build.gait.pace
        track = self._planner.plan(start, 0, goal, goal[None], speed, nobody)
        if track is None or np.hypot(*(goal - start)) < _LEAST_WAY_M:
            return None
        still = np.repeat(track[[0, -1]], _PAUSE_TICKS, axis=0)
        track = smooth_walk(np.concatenate([still[:_PAUSE_TICKS], track, still[_PAUSE_TICKS:]]))
        yaw = headings(track, np.full(len(track), np.nan))
        pelvis = PelvisTrack(0.0, track, yaw, build.height_m, build.foot_offset_m, build.gait)
        hands = self._draw_hands(person)
        posture = self._on_the_way(person, hands)
        performance = Performance(build, pelvis, UpperBody(0.0, pelvis.end_s, [(0.0, posture)]))
        at_s = float(rng.uniform(_PAUSE_TICKS * TICK_S, pelvis.end_s - _PAUSE_TICKS * TICK_S))
        pose = performance.pose_at(at_s)
        places: dict[int, tuple[int, Place]] = {
            item.unit_id: (item.product_index, InHand(0, item.hand, item.grip)) for item in hands
        }
        return self._moment(person, pose, pose.yaw_rad, places)

    def at_shelf(self, person: int) -> Moment | None:
        """Draw a moment of an act at a shelf; None if it does not work out there."""
        rng = self._rng
        action, manner = self._one_of(_AT_SHELF)
        product = self._next_product()
        size = self._store.assortment[product].size_m
        fitting = [
            f
            for f in self._store.facings
            if not f.unit_ids and size[0] <= f.width_m and size[2] + 0.03 <= f.headroom_m
        ]
        if not fitting:
            return None
        facing = fitting[int(rng.integers(len(fitting)))]
        units = self._standing(facing, product, 1 + int(rng.choice(len(_AT_ONCE), p=_AT_ONCE)))
        if action is not Action.PICK or manner.is_hidden:
            units = units[:1]
        door = self._door_before(facing)
        if door is not None and abs(facing.along_m - self._hinge_along_m(door)) < _FROM_HINGE_M:
            return None
        hand = int(rng.choice([h for h in (0, 1) if h != self._people[person].bag_hand]))
        moment = self._perform(person, Errand(action, facing, units, replace(manner, hand=hand)), ())
        return None if moment is None else replace(moment, door=door)

    def standing(self, person: int) -> Moment | None:
        """Draw a moment of somebody who stands anywhere and does something."""
        rng = self._rng
        action, manner = self._one_of(_STANDING)
        xy, yaw = self._planner.random_point(rng), float(rng.uniform(-np.pi, np.pi))
        spot = Spot((float(xy[0]), float(xy[1])), yaw)
        held: tuple[Held, ...] = ()
        units: tuple[UnitPose, ...] = ()
        if action in (Action.LOOK, Action.EAT, Action.DROP):
            held = (self._held(person, int(rng.integers(2))),)
            units = (UnitPose(held[0].unit_id, held[0].product_index, (0.0, 0.0, 0.0), 0.0),)
        elif action is Action.PICK_UP:
            units = (self._lying(xy + forward(yaw) * 0.4),)
        return self._perform(person, Errand(action, None, units, manner, spot=spot), held)

    def pair(self, first: int, second: int) -> tuple[Moment, Moment]:
        """Draw a moment of two who face each other: they talk, or one hands something over."""
        rng = self._rng
        middle, yaw = self._planner.random_point(rng), float(rng.uniform(-np.pi, np.pi))
        one, other = self._shopper(first, 0), self._shopper(second, 1)
        spots = face_to_face(middle, yaw, float(rng.uniform(0.75, 1.1)))
        manner = Manner(hold_s=6.0)
        errands = tuple(Errand(Action.TALK, spot=spot, manner=manner) for spot in spots)
        if rng.random() < 0.5:
            one.held = (self._held(first, int(rng.integers(2))),)
            item = one.held[0]
            unit = UnitPose(item.unit_id, item.product_index, (0.0, 0.0, 0.0), 0.0)
            errands = hand_over(
                one, other, Errand(Action.GIVE, units=(unit,)), Errand(Action.RECEIVE), middle, yaw
            )
        held = one.held
        mine, theirs = one.perform(errands[0]), other.perform(errands[1])
        shift = float(rng.uniform(-1.0, 1.2))
        moments = (
            self._at(first, 0, mine, mine.contact_s + shift, held),
            self._at(second, 1, theirs, theirs.contact_s + shift, ()),
        )
        # At the moment of the contact and later the unit is the receiver's.
        if errands[0].action is Action.GIVE and shift >= 0.0:
            moments = replace(moments[0], units=(), in_hand=()), moments[1]
        elif errands[0].action is Action.GIVE:
            moments = moments[0], replace(moments[1], units=(), in_hand=())
        return moments

    def is_free(self, moment: Moment) -> bool:
        """Tell whether a person, and what is pushed, stand in nothing."""
        points = moment.footprint_xy_m(self._people[moment.person])
        least = np.full(len(points), WALL_CLEARANCE_M - 0.03)
        return bool((self._planner.obstacles.clearance_m(points) >= least).all())

    def _door_before(self, facing: Facing) -> int | None:
        for row, door in enumerate(self._store.doors):
            low, high = door.along_m
            if door.shelf_id == facing.shelf_id and low <= facing.along_m <= high:
                return row
        return None

    def _hinge_along_m(self, row: int) -> float:
        door = self._store.doors[row]
        hinge = np.array([*door.hinge_xy_m, 0.0])
        return float(self._shelf[door.shelf_id].to_shelf(hinge)[0])

    def _perform(self, person: int, errand: Errand, held: tuple[Held, ...]) -> Moment | None:
        shopper = self._shopper(person, 0)
        shopper.held = held
        shelf = None if errand.facing is None else self._shelf[errand.facing.shelf_id]
        try:
            routine = shopper.perform(errand, shelf)
        except OutOfReachError:
            return None
        at_s = self._when(routine)
        return self._at(person, 0, routine, at_s, held)

    def _when(self, routine: Routine) -> float:
        """Draw a time around the contact, mostly while something is in a hand."""
        rng = self._rng
        taken = [move.at_s for move in routine.moves if isinstance(move.place, InHand)]
        if taken and rng.random() < _IN_HAND_SHARE:
            gone = [move.at_s for move in routine.moves if not isinstance(move.place, InHand)]
            until = min([at_s for at_s in gone if at_s > taken[0]], default=routine.duration_s)
            return float(rng.uniform(taken[0], until))
        return float(
            rng.uniform(min(0.6, routine.contact_s), min(routine.contact_s + 1.5, routine.duration_s))
        )

    def _at(self, person: int, index: int, routine: Routine, at_s: float, held: Sequence[Held]) -> Moment:
        build, stance = self._builds[person], routine.stance
        ticks = int(routine.duration_s / TICK_S) + 2
        track = np.repeat(stance.xy_m[None], ticks, axis=0)
        pelvis = PelvisTrack(
            0.0, track, np.full(ticks, stance.yaw_rad), build.height_m, build.foot_offset_m, build.gait
        )
        pose = Performance(build, pelvis, UpperBody(0.0, pelvis.end_s, routine.keys)).pose_at(at_s)
        if not build.is_seated and routine.errand.action is not Action.PICK_UP:
            # Nobody's feet are quite side by side.
            pose.ankle_m[:, :2] += self._rng.normal(0, 0.03, (2, 2))
            pose.foot_yaw_pitch_rad[:, 0] += self._rng.normal(0, 0.12, 2)
        places: dict[int, tuple[int, Place]] = {}
        for unit in routine.errand.units:
            if routine.errand.action in (Action.PICK, Action.HOLD):
                places[unit.unit_id] = (unit.product_index, InSlot("", unit))
            elif routine.errand.action is Action.PICK_UP:
                places[unit.unit_id] = (unit.product_index, OnFloor(unit))
        products = {unit.unit_id: unit.product_index for unit in routine.errand.units}
        for item in held:
            places[item.unit_id] = (item.product_index, InHand(index, item.hand, item.grip))
        for move in routine.moves:
            if move.at_s <= at_s:
                places[move.unit_id] = (products[move.unit_id], move.place)
        parked = stance.yaw_rad
        meets = routine.errand.action in (Action.TALK, Action.GIVE, Action.RECEIVE)
        if (routine.errand.facing is not None or meets) and not build.is_seated:
            parked += float(self._rng.choice((-1.0, 1.0))) * np.pi / 2  # beside, out of the way
        return self._moment(person, pose, parked, places)

    def _moment(
        self, person: int, pose: BodyPose, pushed_yaw_rad: float, places: dict[int, tuple[int, Place]]
    ) -> Moment:
        skeleton = self._people[person].skeleton_only(pose)
        units: list[UnitPose] = []
        in_hand: list[tuple[int, int]] = []
        for unit_id, (product, place) in places.items():
            if isinstance(place, (InSlot, OnFloor)):
                units.append(place.pose)
            elif isinstance(place, InHand):
                xyz, yaw = held_unit_xyz_yaw(skeleton, place.hand, pose.yaw_rad, place.grip)
                where = (float(xyz[0]), float(xyz[1]), float(xyz[2]))
                units.append(UnitPose(unit_id, product, where, yaw, place.grip.tilt_rad))
                in_hand.append((unit_id, place.hand))
        return Moment(person, pose, pushed_yaw_rad, tuple(units), tuple(in_hand))

    def _shopper(self, person: int, index: int) -> Shopper:
        shopper = Shopper(index, self._people[person], self._store.assortment, self._rng)
        shopper.build = self._builds[person]
        return shopper

    def _draw_hands(self, person: int) -> list[Held]:
        bound = self._people[person].bag_hand
        hands = [h for h in (0, 1) if h != bound and self._rng.random() < _HOLDING_SHARE]
        if self._builds[person].push_hands_m is not None:
            hands = hands[:1] if self._rng.random() < 0.4 else []
        return [self._held(person, hand) for hand in hands]

    def _held(self, person: int, hand: int) -> Held:
        if hand == self._people[person].bag_hand:
            hand = 1 - hand
        product = self._next_product()
        # In a hand the front faces anywhere, most often up the arm's side.
        turn = float(self._rng.normal(np.pi / 2 * side_of(hand), 0.7))
        return Held(self._new_unit(), product, hand, Grip(self._store.assortment[product].size_m, turn))

    def _on_the_way(self, person: int, hands: Sequence[Held]) -> Posture:
        """Draw what the arms of somebody do who walks."""
        build, rng = self._builds[person], self._rng
        posture = build.at_ease()
        holding = {item.hand: item for item in hands}
        for hand in (0, 1):
            if hand == self._people[person].bag_hand:
                continue
            item = holding.get(hand)
            if item is None and (build.push_hands_m is not None or rng.random() < 0.6):
                continue
            curl = 0.5 if item is None else curl_for(item.grip.size_m[0])
            kind = int(rng.choice(6, p=(0.35, 0.25, 0.12, 0.13, 0.1, 0.05)))
            if kind == 0:
                posture = carrying(build, posture, hand, curl)
            elif kind == 1:
                posture = inspecting(build, posture, hand, curl)
            elif kind == 2:
                posture = stowing(build, posture, hand, curl)
            elif kind == 3 or item is not None:
                posture = with_hand(posture, hand, self._anywhere(build, hand), 0.3, curl)
            else:
                posture = (reading if kind == 4 else at_ear)(build, posture, hand)
        return posture

    def _anywhere(self, build: Build, hand: int) -> FloatArray:
        """Draw a wrist in front of the body, where hands of busy people are."""
        away = self._rng.uniform([-0.15, -0.75, -0.9], [0.5, -0.05, 0.5]) * build.arm_m
        wrist: FloatArray = build.shoulder_m[hand] + away * [side_of(hand), 1.0, 1.0]
        return wrist

    def _standing(self, facing: Facing, product: int, count: int) -> tuple[UnitPose, ...]:
        """Invent units that stand in a gap, one behind the other."""
        depth = self._store.assortment[product].size_m[1]
        shelf = self._shelf[facing.shelf_id]
        fitting = max(1, min(count, int((shelf.depth_m - 2 * _FRONT_M) / (depth + _BEHIND_M))))
        return tuple(
            place_unit(
                shelf,
                self._new_unit(),
                product,
                facing.along_m,
                _FRONT_M + depth / 2 + row * (depth + _BEHIND_M),
                facing.board_m,
                float(self._rng.normal(0, 0.1)),
            )
            for row in range(fitting)
        )

    def _lying(self, xy_m: FloatArray) -> UnitPose:
        product = self._next_product()
        lying_z = self._store.assortment[product].size_m[1] / 2
        yaw = float(self._rng.uniform(-np.pi, np.pi))
        where = (float(xy_m[0]), float(xy_m[1]), lying_z)
        return UnitPose(self._new_unit(), product, where, yaw, np.pi / 2)

    def _next_product(self) -> int:
        if not self._products:
            self._products = self._rng.permutation(len(self._store.assortment)).tolist()
        return self._products.pop()

    def _new_unit(self) -> int:
        self._next_unit += 1
        return self._next_unit - 1

    def _one_of(self, choices: tuple[tuple[Action, Manner, float], ...]) -> tuple[Action, Manner]:
        action, manner, _ = choices[int(self._rng.choice(len(choices), p=[c[2] for c in choices]))]
        return action, manner
