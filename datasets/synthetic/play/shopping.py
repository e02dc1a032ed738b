"""What a shopper wants to do and how each errand at a shelf goes, second by second."""

from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.play.acts import (
    Action,
    Errand,
    InBag,
    InHand,
    InSlot,
    Move,
    Routine,
    RoutineEvent,
)
from datasets.synthetic.play.gestures import (
    GestureScore,
    Grip,
    Pace,
    Stance,
    carrying,
    glance,
    grip_of,
    held_unit_xyz_yaw,
    inspecting,
    plan_reach,
    resting,
    stand_before,
    stowing,
)
from datasets.synthetic.play.motion import Body, Build, still_pose
from datasets.synthetic.scene import UnitPose
from datasets.synthetic.store.planogram import place_unit

# Nobody turns and reaches at once: this long after arriving the feet are quiet.
_SETTLE_S = 0.55
_INSET_M = 0.04


@dataclass(frozen=True, slots=True)
class Holding:
    """What a shopper carries in the hands: the hand and the grip, or nothing."""

    hand: int
    unit_id: int
    grip: Grip


class Shopper:
    """Works out errands one after another for one body, remembering what is in the hands."""

    def __init__(self, index: int, body: Body, assortment: Assortment, rng: np.random.Generator) -> None:
        """Start with empty hands."""
        self.index = index
        self.body = body
        self._assortment = assortment
        self.build = Build.of(body)
        self.posture = self.build.at_ease()
        self.holding: Holding | None = None
        self._rng = rng
        self._haste = float(rng.uniform(0.85, 1.25))

    def perform(self, errand: Errand, shelf: Shelf) -> Routine:
        """Work out one errand.

        Raises:
            OutOfReachError: If the body cannot reach there.
        """
        facing = errand.place
        product = errand.unit.product_index if errand.unit else facing.product_index
        size = self._assortment[product].size_m
        hand = self._free_hand(errand)
        target_z = facing.board_m + size[2] * 0.5
        sideways = 0.0 if errand.action is Action.BROWSE else (0.12 if hand == 1 else -0.12)
        front = shelf.to_store(np.array([facing.along_m, 0.0, 0.0]))[:2]
        jitter = float(self._rng.normal(0, 0.03))
        stance = stand_before(
            self.body, self.build, front, np.asarray(shelf.inward_xy), target_z, sideways + jitter
        )
        pace = self._pace()
        score = GestureScore(0.0, self.posture)
        low = float(np.clip((1.3 - target_z) * 0.5, -0.1, 0.6))
        score.move(glance(self.posture, float(self._rng.normal(0, 0.2)), low), _SETTLE_S)
        score.hold(pace.look_s)
        if errand.action is Action.BROWSE:
            score.move(glance(self.posture, float(self._rng.normal(0, 0.5)), low), 0.5)
            score.hold(pace.inspect_s)
            score.move(self.posture, 0.3)
            return self._routine(errand, stance, score, None, 0.0, ())
        if errand.action is Action.PICK:
            return self._pick(errand, stance, score, hand, pace)
        if errand.action is Action.PUT:
            return self._put(errand, stance, score, hand, pace, shelf)
        return self._touch(errand, stance, score, hand, pace, shelf)

    def _pick(self, errand: Errand, stance: Stance, score: GestureScore, hand: int, pace: Pace) -> Routine:
        unit = _unit_of(errand)
        size = self._assortment[unit.product_index].size_m
        reach = plan_reach(stance, self.posture, hand, np.array(unit.xyz_m), size)
        contact = score.reach_in(reach, pace.grip_s, pace.haste, brings_unit=False)
        skeleton = self.body.skeleton_only(still_pose(self.build, stance.xy_m, stance.yaw_rad, reach.contact))
        grip = grip_of(skeleton, hand, stance.yaw_rad, unit, size)
        moves = [Move(contact, unit.unit_id, InHand(self.index, hand, grip))]
        score.move(inspecting(self.build, self.posture, hand), 0.5 / pace.haste)
        score.hold(pace.inspect_s)
        if errand.keeps_in_hand:
            score.move(carrying(self.build, self.posture, hand), 0.4)
            self.holding = Holding(hand, unit.unit_id, grip)
        else:
            score.move(stowing(self.build, self.posture, hand), 0.6 / pace.haste)
            score.hold(0.3)
            moves.append(Move(score.now_s - 0.1, unit.unit_id, InBag(self.index)))
            score.move(resting(self.build, self.posture, hand), 0.5)
        return self._routine(errand, stance, score, hand, contact, tuple(moves))

    def _put(
        self, errand: Errand, stance: Stance, score: GestureScore, hand: int, pace: Pace, shelf: Shelf
    ) -> Routine:
        unit, facing = _unit_of(errand), errand.place
        size = self._assortment[unit.product_index].size_m
        inward = _INSET_M + size[1] / 2
        turn = float(self._rng.normal(0, 0.08))
        spot = place_unit(
            shelf,
            unit.unit_id,
            unit.product_index,
            facing.along_m,
            inward,
            facing.board_m,
            turn,
        )
        reach = plan_reach(stance, self.posture, hand, np.array(spot.xyz_m), size)
        skeleton = self.body.skeleton_only(still_pose(self.build, stance.xy_m, stance.yaw_rad, reach.contact))
        moves = []
        if self.holding is None:
            grip = grip_of(skeleton, hand, stance.yaw_rad, spot, size)
            score.move(stowing(self.build, self.posture, hand), 0.6 / pace.haste)
            score.hold(0.35)
            moves.append(Move(score.now_s - 0.15, unit.unit_id, InHand(self.index, hand, grip)))
        else:
            grip = self.holding.grip
        score.move(inspecting(self.build, self.posture, hand), 0.5 / pace.haste)
        score.hold(0.6 * pace.inspect_s)
        contact = score.reach_in(reach, pace.grip_s, pace.haste, brings_unit=True)
        _, yaw = held_unit_xyz_yaw(skeleton, hand, stance.yaw_rad, grip)
        left = UnitPose(unit.unit_id, unit.product_index, spot.xyz_m, yaw)
        moves.append(Move(contact, unit.unit_id, InSlot(facing.slot_id, left)))
        score.move(resting(self.build, self.posture, hand), 0.5)
        self.holding = None
        return self._routine(errand, stance, score, hand, contact, tuple(moves))

    def _touch(
        self, errand: Errand, stance: Stance, score: GestureScore, hand: int, pace: Pace, shelf: Shelf
    ) -> Routine:
        facing = errand.place
        size = self._assortment[facing.product_index].size_m
        inward = _INSET_M + size[1] / 2
        spot = shelf.to_store(np.array([facing.along_m, inward, facing.board_m]))
        reach = plan_reach(stance, self.posture, hand, spot, size)
        contact = score.reach_in(reach, pace.grip_s + pace.inspect_s / 2, pace.haste, brings_unit=False)
        score.move(resting(self.build, self.posture, hand), 0.5)
        return self._routine(errand, stance, score, hand, contact, ())

    def _routine(
        self,
        errand: Errand,
        stance: Stance,
        score: GestureScore,
        hand: int | None,
        contact_s: float,
        moves: tuple[Move, ...],
    ) -> Routine:
        score.hold(0.25)
        self.posture = score.posture
        events = ()
        if hand is not None:
            events = (
                RoutineEvent(
                    errand.action,
                    errand.unit,
                    errand.place.slot_id,
                    hand,
                    contact_s,
                    errand.manner.is_misplaced,
                ),
            )
        return Routine(
            errand, stance, tuple(score.keys), score.now_s, contact_s, moves, events, (), score.posture
        )

    def _free_hand(self, errand: Errand) -> int:
        """Return the hand for an errand: the one that holds the unit, or one that is free."""
        if self.holding is not None:
            is_same = errand.unit is not None and errand.unit.unit_id == self.holding.unit_id
            return self.holding.hand if is_same else 1 - self.holding.hand
        if self.body.bag_hand is not None:
            return 1 - self.body.bag_hand
        return int(self._rng.integers(2))

    def _pace(self) -> Pace:
        rng = self._rng
        return Pace(
            look_s=float(rng.uniform(0.2, 1.3)),
            grip_s=float(rng.uniform(0.3, 0.5)),
            inspect_s=float(rng.uniform(0.6, 1.5)),
            haste=self._haste * float(rng.uniform(0.9, 1.1)),
        )


def _unit_of(errand: Errand) -> UnitPose:
    if errand.unit is None:
        raise ValueError(f"a {errand.action} needs a unit")
    return errand.unit
