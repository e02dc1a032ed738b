"""One body that works out errand after errand, remembering what is in its hands."""

from dataclasses import replace

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.play import acts_alone, acts_door, acts_pair, acts_shelf, acts_wear
from datasets.synthetic.play.acts import Action, Errand, Into, Manner, Routine, Spot
from datasets.synthetic.play.acts_reach import stand_before
from datasets.synthetic.play.acts_stage import SETTLE_S, Act, ActStage, Held, Pace
from datasets.synthetic.play.gait import GaitStyle, draw_gait
from datasets.synthetic.play.gestures import GestureScore, Stance, glance, side_of
from datasets.synthetic.play.motion import Body, Build, Posture, forward, still_pose
from datasets.synthetic.scene import FloatArray, Keypoint, UnitPose

_ACTS: dict[Action, Act] = {
    Action.PICK: acts_shelf.pick,
    Action.PUT: acts_shelf.put,
    Action.TOUCH: acts_shelf.touch,
    Action.TURN: acts_shelf.turn,
    Action.PUSH: acts_shelf.push,
    Action.HOLD: acts_shelf.hold,
    Action.RESTOCK: acts_shelf.restock,
    Action.RELABEL: acts_shelf.relabel,
    Action.SIP: acts_alone.sip,
    Action.TAKE_OFF: acts_wear.take_off,
    Action.PUT_ON: acts_wear.put_on,
    Action.FOLD_UMBRELLA: acts_wear.fold_umbrella,
    Action.BROWSE: acts_alone.browse,
    Action.WAIT: acts_alone.wait,
    Action.TALK: acts_alone.talk,
    Action.PHONE: acts_alone.phone,
    Action.LOOK: acts_alone.look,
    Action.EAT: acts_alone.eat,
    Action.DROP: acts_alone.drop,
    Action.PICK_UP: acts_alone.pick_up,
    Action.LEAVE_BAG: acts_alone.leave_bag,
    Action.TAKE_BAG: acts_alone.take_bag,
    Action.GIVE: acts_pair.give,
    Action.RECEIVE: acts_pair.receive,
    Action.SWAP: acts_pair.swap,
    Action.LIFT: acts_pair.lift,
    Action.LIFTED: acts_pair.lifted,
    Action.OPEN_DOOR: acts_door.open_door,
    Action.CLOSE_DOOR: acts_door.close_door,
}
# Nobody looks about before these: hands of two meet on time, or something is held high already.
_AT_ONCE = (
    Action.GIVE,
    Action.RECEIVE,
    Action.SWAP,
    Action.LIFT,
    Action.LIFTED,
    Action.FOLD_UMBRELLA,
)
_LEFT_HANDED = 0.3  # more than among people, so that both hands are seen often
_REACHING_SIDEWAYS_M = 0.12
_JITTER_M = 0.03
_CLOSER_TO_HIDE_M = 0.12
_CROUCH_M = 0.40  # pelvis to something on the floor in front
APART_M = 0.75  # of two people who hand something over
_TO_BAG_M = 0.62  # of two people when one puts something into the other's bag
_BEHIND_CHILD_M = 0.34
_CARTON_BESIDE_M, _CRATE_M = 0.50, 0.30


class Shopper:
    """Works out errands one after another for one body.

    Attributes:
        index: Number of the person in the script.
        held: What is in the hands after the errands so far.
    """

    def __init__(self, index: int, body: Body, assortment: Assortment, rng: np.random.Generator) -> None:
        """Start with empty hands; how this one walks is drawn here, too."""
        self.index = index
        self.body = body
        self.build = Build.of(body, _gait(body, rng))
        self.held: tuple[Held, ...] = ()
        self._assortment = assortment
        self._rng = rng
        self.preferred_hand = 0 if rng.random() < _LEFT_HANDED else 1
        self._haste = float(rng.uniform(0.85, 1.25)) * self.build.gait.pace

    def fork(self, rng: np.random.Generator) -> "Shopper":
        """Return the same person with the same hands, to try something with."""
        other = object.__new__(Shopper)
        other.index, other.body, other.build, other.held = self.index, self.body, self.build, self.held
        other.preferred_hand = self.preferred_hand
        other._assortment, other._rng, other._haste = self._assortment, rng, self._haste
        return other

    @property
    def parks(self) -> bool:
        """Whether this one pushes something that is let go of for every errand."""
        return self.build.push_hands_m is not None and not self.build.is_seated

    def perform(self, errand: Errand, shelf: Shelf | None = None) -> Routine:
        """Work out one errand; what is in the hands afterwards counts for the next.

        Besides `facing` and its `shelf` (or a `spot`, or a `door`), an action needs: pick, hold, turn, push,
        pick-up, lifted: `units` as they stand; put: `units`, also from the bag; look, eat, drop, give:
        `units` in the hands; receive: `units` as offered; swap: `units` and `receives`; give, receive, swap,
        lift: `meeting_xyz_m`; restock: `units`, `places` and the carton `prop`; bags, labels, coats and
        umbrellas: `prop`; sip: `units` in the bag.

        Raises:
            OutOfReachError: If the body cannot reach there.
            ValueError: If the errand lacks what its action needs.
        """
        stage = self._stage(errand, shelf, self.stance(errand, shelf))
        if errand.action not in _AT_ONCE:
            self._look_at_it_first(stage)
        contact = _ACTS[errand.action](stage)
        routine = stage.routine(contact, self._waiting(stage), self._going_on(stage))
        self.held = tuple(stage.held)
        return routine

    def offered(self, errand: Errand) -> tuple[UnitPose, ...]:
        """Return where the units of a give or a swap are at the moment they are handed over."""
        return acts_pair.offer(self._stage(errand, None, self.stance(errand, None)))

    def stance(self, errand: Errand, shelf: Shelf | None) -> Stance:
        """Return where this errand is done.

        Raises:
            OutOfReachError: If a door cannot be worked from anywhere.
            ValueError: If the errand says nothing about where.
        """
        if errand.spot is not None:
            return self._at_spot(errand.spot, errand, shelf)
        if errand.door is not None and errand.action in (Action.OPEN_DOOR, Action.CLOSE_DOOR):
            return acts_door.stand_at_door(
                self.body, self.build, errand.door, errand.action is Action.OPEN_DOOR
            )
        if errand.facing is None or shelf is None:
            raise ValueError(f"a {errand.action} needs a spot, a door, or a place on a shelf")
        return self._before_shelf(errand, shelf)

    def crouch_spot(self, unit: UnitPose, yaw_rad: float) -> Spot:
        """Return where to stand to pick a unit up from the floor, coming with a heading."""
        xy = np.array(unit.xyz_m[:2]) - forward(yaw_rad) * _CROUCH_M
        return Spot((float(xy[0]), float(xy[1])), yaw_rad)

    def bag_xyz_m(self, spot: Spot) -> tuple[float, float, float]:
        """Return where this person's bag opens, store frame, when standing somewhere."""
        cos, sin = np.cos(spot.yaw_rad), np.sin(spot.yaw_rad)
        x, y, z = self.build.bag_m
        return (
            float(spot.xy_m[0] + cos * x - sin * y),
            float(spot.xy_m[1] + sin * x + cos * y),
            float(z),
        )

    def armpits_xyz_m(self, stance: Stance) -> tuple[float, float, float]:
        """Return the middle between this person's armpits, store frame: where to take hold of a child."""
        pose = still_pose(self.build, stance.xy_m, stance.yaw_rad, self.build.idle())
        points = self.body.skeleton_only(pose).keypoints_m
        middle = points[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
        hips = points[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
        x, y, z = 0.75 * middle + 0.25 * hips
        return float(x), float(y), float(z)

    def _before_shelf(self, errand: Errand, shelf: Shelf) -> Stance:
        facing = errand.place
        stage_hand = self._likely_hand(errand)
        front = [shelf.to_shelf(np.array(pose.xyz_m)) for pose in (errand.places or _standing(errand))]
        along = float(np.mean([point[0] for point in front])) if front else facing.along_m
        product = errand.unit.product_index if errand.unit else facing.product_index
        size = self._assortment[product].size_m
        board = float(np.mean([point[2] for point in front])) if front else facing.board_m
        sideways = 0.0
        if errand.action is not Action.BROWSE and not errand.manner.both_hands:
            sideways = -side_of(stage_hand) * _REACHING_SIDEWAYS_M
        jitter = float(np.clip(self._rng.normal(0, _JITTER_M), -0.06, 0.06))
        return stand_before(
            self.body,
            self.build,
            shelf.to_store(np.array([along, 0.0, 0.0]))[:2],
            np.asarray(shelf.inward_xy),
            board + size[2] * 0.5,
            sideways + jitter,
            stage_hand,
            _CLOSER_TO_HIDE_M if errand.manner.is_hidden else 0.0,
        )

    def _at_spot(self, spot: Spot, errand: Errand, shelf: Shelf | None) -> Stance:
        xy = np.array(spot.xy_m)
        if errand.facing is None or shelf is None:
            return self._still(xy, spot.yaw_rad)
        depth = float(shelf.to_shelf(np.array([*spot.xy_m, 0.0]))[1])
        return Stance(self.body, self.build, xy, spot.yaw_rad, np.asarray(shelf.inward_xy), -depth)

    def _still(self, xy_m: FloatArray, yaw_rad: float) -> Stance:
        return Stance(self.body, self.build, xy_m, yaw_rad, forward(yaw_rad), np.inf)

    def _stage(self, errand: Errand, shelf: Shelf | None, stance: Stance) -> ActStage:
        stage = ActStage(
            self.index,
            self._assortment,
            self._rng,
            errand,
            shelf,
            stance,
            self._pace(errand.manner),
            GestureScore(0.0, self.build.idle()),
            list(self.held),
            [],
            [],
            [],
            self.preferred_hand,
        )
        stage.score = GestureScore(0.0, self._waiting(stage))
        return stage

    def _waiting(self, stage: ActStage) -> Posture:
        """Return the posture when an errand begins and ends: what is pushed is parked meanwhile."""
        return stage.base if self.parks else self._going_on(stage)

    def _going_on(self, stage: ActStage) -> Posture:
        posture = self.build.at_ease()
        for item in stage.held:
            posture = stage.carrying(posture, item)
        return posture

    def _look_at_it_first(self, stage: ActStage) -> None:
        facing = stage.errand.facing
        low = 0.15 if facing is None else float(np.clip((1.3 - facing.board_m) * 0.5, -0.1, 0.6))
        stage.score.move(glance(stage.base, float(self._rng.normal(0, 0.2)), low), SETTLE_S)
        stage.score.hold(stage.pace.look_s)

    def _likely_hand(self, errand: Errand) -> int:
        """Return the hand that will reach, to stand a little beside it; the act takes the same one."""
        unit = errand.unit
        for item in self.held:
            if unit is not None and item.unit_id == unit.unit_id:
                return item.hand
        if errand.manner.hand is not None:
            return errand.manner.hand
        taken = {item.hand for item in self.held} | {self.body.bag_hand}
        free = [hand for hand in (0, 1) if hand not in taken]
        if len(free) == 1:
            return free[0]
        return self.preferred_hand if free else 1

    def _pace(self, manner: Manner) -> Pace:
        rng = self._rng
        return Pace(
            look_s=float(rng.uniform(0.2, 1.3)) / manner.haste,
            grip_s=float(rng.uniform(0.3, 0.5)),
            inspect_s=float(rng.uniform(0.6, 1.5)) / manner.haste,
            haste=self._haste * manner.haste * float(rng.uniform(0.9, 1.1)),
        )


def _gait(body: Body, rng: np.random.Generator) -> GaitStyle:
    """Draw how somebody walks; what is pushed does not sway with the hips."""
    gait = draw_gait(rng, body.looks.age_years)
    return gait if body.push_hands_m is None else replace(gait, sway_m=0.0)


def _standing(errand: Errand) -> tuple[UnitPose, ...]:
    """Return units that stand on the shelf when the errand begins."""
    at_shelf = (Action.PICK, Action.TOUCH, Action.TURN, Action.PUSH, Action.HOLD, Action.LIFTED)
    return errand.units if errand.action in at_shelf else ()


def hand_over(
    giver: Shopper, receiver: Shopper, give: Errand, receive: Errand, middle_xy_m: FloatArray, yaw_rad: float
) -> tuple[Errand, Errand]:
    """Complete two errands so that two people face each other and the giver's units change hands.

    Args:
        giver: Has `give.units` in a hand when the errand comes; performs first.
        receiver: The other one.
        give: With `units`; `Into.PARTNER_BAG` puts them into the receiver's bag (let the receiver wait then).
        receive: With `manner.into`, at the same `at_s`.
        middle_xy_m: `(2,)` between the two.
        yaw_rad: Heading of the giver.
    """
    is_bag = give.manner.into is Into.PARTNER_BAG
    mine, theirs = face_to_face(middle_xy_m, yaw_rad, _TO_BAG_M if is_bag else APART_M)
    meeting = _meeting(giver, receiver, middle_xy_m)
    if is_bag:
        meeting = receiver.bag_xyz_m(theirs)
    given = replace(give, spot=mine, partner=receiver.index, meeting_xyz_m=meeting)
    taken = replace(
        receive, spot=theirs, partner=giver.index, meeting_xyz_m=meeting, units=giver.offered(given)
    )
    return given, taken


def exchange(
    first: Shopper, second: Shopper, errands: tuple[Errand, Errand], middle_xy_m: FloatArray, yaw_rad: float
) -> tuple[Errand, Errand]:
    """Complete two swaps so that two people face each other and give at the same time; see `hand_over`."""
    spots = face_to_face(middle_xy_m, yaw_rad)
    x, y, z = _meeting(first, second, middle_xy_m)
    done = []
    for one, spot, errand, other in zip((first, second), spots, errands, (second, first), strict=True):
        hand = next(item.hand for item in one.held if item.unit_id == errand.units[0].unit_id)
        # Each gives beside the middle, on the side of the own hand.
        beside = 0.11 * side_of(hand) * np.array([np.cos(spot.yaw_rad), np.sin(spot.yaw_rad)])
        point = (float(x + beside[0]), float(y + beside[1]), z)
        done.append(replace(errand, spot=spot, partner=other.index, meeting_xyz_m=point))
    offers = first.offered(done[0]), second.offered(done[1])
    return replace(done[0], receives=offers[1]), replace(done[1], receives=offers[0])


def lifting(
    adult: Shopper, child: Shopper, lift: Errand, lifted: Errand, shelf: Shelf
) -> tuple[Errand, Errand]:
    """Complete the errands of an adult who raises a child, and of the child who takes something meanwhile."""
    stance = child.stance(lifted, shelf)
    back = stance.xy_m - forward(stance.yaw_rad) * _BEHIND_CHILD_M
    child_spot = Spot((float(stance.xy_m[0]), float(stance.xy_m[1])), stance.yaw_rad)
    spot = Spot((float(back[0]), float(back[1])), stance.yaw_rad)
    return (
        replace(lift, spot=spot, partner=child.index, meeting_xyz_m=child.armpits_xyz_m(stance)),
        replace(
            lifted,
            spot=child_spot,
            partner=adult.index,
            manner=replace(lifted.manner, lift_m=lift.manner.lift_m),
        ),
    )


def face_to_face(middle_xy_m: FloatArray, yaw_rad: float, apart_m: float = APART_M) -> tuple[Spot, Spot]:
    """Return where two people stand who face each other; the first has the heading."""
    half = forward(yaw_rad) * apart_m / 2
    first, second = middle_xy_m - half, middle_xy_m + half
    return (
        Spot((float(first[0]), float(first[1])), yaw_rad),
        Spot((float(second[0]), float(second[1])), yaw_rad + np.pi),
    )


def _meeting(first: Shopper, second: Shopper, middle_xy_m: FloatArray) -> tuple[float, float, float]:
    """Return where hands meet: in the middle, at the height of the smaller one's chest."""
    z = 0.68 * min(first.build.reach_height_m, second.build.reach_height_m)
    return float(middle_xy_m[0]), float(middle_xy_m[1]), z
