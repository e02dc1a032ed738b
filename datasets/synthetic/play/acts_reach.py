"""Where somebody stands to reach for something, and how hand and body get there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from datasets.synthetic.play.gestures import (
    CURL_OPEN_RAD,
    GRIP_HEIGHT,
    Grip,
    OutOfReachError,
    Stance,
    held_unit_xyz_yaw,
    side_of,
)
from datasets.synthetic.play.motion import Body, Build, Posture, still_pose, to_person_frame, with_hand
from datasets.synthetic.scene import FloatArray

# A hand enters and leaves a slot this far from the shelf's front, and this high over its way in.
CLEAR_M = 0.09
LIFT_M = 0.03
_TOLERANCE_M = 0.001
_BENDS, _MOST_BEND = 11, 1.1
# Pelvis to the shelf's front: standing close enough for the arm, further away to bend down.
_STAND_M, _STEP_BACK_M = 0.46, 0.12
_WHEELCHAIR_M = 0.47  # half of its width, and room for knuckles
_FLOOR_BELOW = 0.25  # of the height: lower than this one goes down on the heels
_EASY_RAD = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Where a hand shall be: where the base of a unit held in a grip shall be.

    Attributes:
        base_xyz_m: `(3,)` store frame.
        curl_rad: Of the fingers that hold it.
    """

    hand: int
    base_xyz_m: FloatArray
    grip: Grip
    curl_rad: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A way into a slot: postures before the shelf, at the contact, lifted, and before the shelf again.

    Attributes:
        depth_m: How far behind the front plane the farthest target is.
    """

    hands: tuple[int, ...]
    before: Posture
    contact: Posture
    lifted: Posture
    after: Posture
    depth_m: float


def stand_before(
    body: Body,
    build: Build,
    front_xy_m: FloatArray,
    inward_xy: FloatArray,
    target_z: float,
    sideways_m: float,
    hand: int = 1,
    closeness_m: float = 0.0,
) -> Stance:
    """Return where somebody stands to reach for a point; who sits has the shelf at the side of the hand.

    Args:
        body: Who.
        build: Their measures.
        front_xy_m: `(2,)` the point's projection onto the shelf's front plane.
        inward_xy: `(2,)` unit vector into the shelf.
        target_z: Height of the point.
        sideways_m: How far the point is to the right of the middle of the body.
        hand: Which hand reaches.
        closeness_m: How much nearer than usual.
    """
    yaw = float(np.arctan2(inward_xy[0], -inward_xy[1]))
    right = np.array([inward_xy[1], -inward_xy[0]])
    if build.is_seated:
        # Turned by a quarter, so that the hand's side is at the shelf; a little behind the point.
        ahead = right * side_of(hand)
        xy = front_xy_m - inward_xy * _WHEELCHAIR_M - ahead * 0.10
        return Stance(body, build, xy, yaw - np.pi / 2 * side_of(hand), inward_xy, _WHEELCHAIR_M)
    reach = build.reach_height_m
    is_low = float(np.clip((0.55 * reach - target_z) / (0.4 * reach), 0.0, 1.0))
    front_m = (_STAND_M + _STEP_BACK_M * is_low - closeness_m) * float(np.clip(reach / 1.6, 0.75, 1.0))
    return Stance(body, build, front_xy_m - inward_xy * front_m - right * sideways_m, yaw, inward_xy, front_m)


def plan_reach(stance: Stance, base: Posture, targets: Sequence[Target]) -> Reach:
    """Plan the way of one or both hands to targets behind a shelf's front.

    Args:
        stance: Who stands where.
        base: What the rest of the body does; an idle arm keeps its place relative to its shoulder.
        targets: One for each hand that reaches.

    Raises:
        OutOfReachError: If no bend of the body brings the hands there.
    """
    contact = reach_posture(stance, base, targets)
    depth = max(float((t.base_xyz_m[:2] - stance.xy_m) @ stance.inward_xy) - stance.front_m for t in targets)
    depth = max(depth, 0.03)
    hands = tuple(target.hand for target in targets)
    up = np.array([0.0, 0.0, LIFT_M])
    out = rotated(np.array([*(-stance.inward_xy * (depth + CLEAR_M)), LIFT_M]), stance.yaw_rad)
    after = shifted(contact, hands, out)
    before = after
    for target in targets:
        before = with_hand(before, target.hand, before.wrist_m[target.hand], 0.0, CURL_OPEN_RAD)
    return Reach(hands, before, contact, shifted(contact, hands, up), after, depth)


def reach_posture(stance: Stance, base: Posture, targets: Sequence[Target]) -> Posture:
    """Return the posture with the hands at their targets, bent no more than needed.

    Raises:
        OutOfReachError: If there is none.
    """
    lowest = min(float(t.base_xyz_m[2]) + t.grip.height_share * t.grip.size_m[2] for t in targets)
    lowest -= base.raise_m
    hands = tuple(target.hand for target in targets)
    aside = _aside_rad(stance, targets)
    for bend in np.linspace(_least_bend(stance.build, lowest), _MOST_BEND, _BENDS):
        posture: Posture | None = _bent(stance, base, hands, lowest, float(bend), aside)
        for target in targets:
            posture = None if posture is None else with_target(stance, posture, target)
        if posture is not None:
            return posture
    where = targets[0].base_xyz_m.round(2)
    raise OutOfReachError(f"a body of {stance.build.height_m:.2f} m cannot reach {where}")


def with_target(stance: Stance, posture: Posture, target: Target) -> Posture | None:
    """Move one wrist until what it holds is where it shall be; None if the arm is too short."""
    hand, goal = target.hand, target.base_xyz_m
    goal_xy = to_person_frame(goal[None, :2], stance.xy_m, stance.yaw_rad)[0]
    wrist = np.array([goal_xy[0], goal_xy[1] + 0.08, goal[2] + target.grip.size_m[2] / 2 + 0.02])
    for _ in range(14):
        tried = with_hand(posture, hand, wrist, 0.0, target.curl_rad)
        pose = still_pose(stance.build, stance.xy_m, stance.yaw_rad, tried)
        held, _ = held_unit_xyz_yaw(stance.body.skeleton_only(pose), hand, stance.yaw_rad, target.grip)
        error = rotated(goal - held, stance.yaw_rad)
        if np.linalg.norm(error) < _TOLERANCE_M:
            return tried
        wrist = wrist + 0.9 * error
    return None


def shifted(posture: Posture, hands: Sequence[int], by_m: FloatArray) -> Posture:
    """Return the posture with wrists moved by `(3,)`, person frame."""
    for hand in hands:
        posture = with_hand(
            posture, hand, posture.wrist_m[hand] + by_m, 0.0, float(posture.finger_curl_rad[hand])
        )
    return posture


def rotated(vector_m: FloatArray, yaw_rad: float) -> FloatArray:
    """Turn a store vector `(3,)` into the person frame."""
    xy = to_person_frame(vector_m[None, :2], np.zeros(2), yaw_rad)[0]
    return np.array([*xy, vector_m[2]])


def point_target(hand: int, xyz_m: FloatArray, curl_rad: float = 0.5) -> Target:
    """Return the target of a palm that shall be at a point `(3,)`."""
    return Target(hand, xyz_m, Grip((0.0, 0.0, 0.0)), curl_rad)


def unit_target(
    hand: int, base_xyz_m: FloatArray, size_m: tuple[float, float, float], curl_rad: float
) -> Target:
    """Return the target of a hand at a unit that stands there with its front to the shopper."""
    return Target(hand, base_xyz_m, Grip(size_m), curl_rad)


def side_targets(
    stance: Stance, base_xyz_m: FloatArray, size_m: tuple[float, float, float], turn_rad: float = 0.0
) -> tuple[Target, Target]:
    """Return targets of both palms at the sides of something wide.

    Args:
        stance: Who stands where.
        base_xyz_m: `(3,)` centre of its base.
        size_m: Of all of it.
        turn_rad: Its yaw relative to the person's.
    """
    middle = base_xyz_m + np.array([0.0, 0.0, GRIP_HEIGHT * size_m[2]])
    yaw = stance.yaw_rad + float(np.clip(turn_rad, -0.3, 0.3))
    across = np.array([np.cos(yaw), np.sin(yaw), 0.0]) * size_m[0] / 2
    return point_target(0, middle + across, 0.25), point_target(1, middle - across, 0.25)


def _least_bend(build: Build, target_z: float) -> float:
    """Nobody bends for what is at the height of the chest, and everybody does for what is at the shins."""
    reach = build.reach_height_m
    return float(np.clip((0.62 * reach - target_z) / (0.75 * reach), 0.0, 0.8))


def _aside_rad(stance: Stance, targets: Sequence[Target]) -> float:
    """Return how far targets are to the left (positive) of where shoulders turn without effort."""
    middle = np.mean([target.base_xyz_m[:2] for target in targets], axis=0)
    x, y = to_person_frame(middle[None], stance.xy_m, stance.yaw_rad)[0]
    left = float(np.arctan2(x, -y))
    return float(np.sign(left) * np.clip(abs(left) - _EASY_RAD, 0.0, 1.2))


def _bent(
    stance: Stance, base: Posture, hands: Sequence[int], target_z: float, bend: float, aside_rad: float
) -> Posture:
    """Return the posture of somebody who bends for something at a height, by 0 to 1."""
    build = stance.build
    reach = build.reach_height_m
    is_low = float(np.clip((0.8 * reach - target_z) / (0.3 * reach), 0.0, 1.0))
    # Who picks something up from the floor goes down on the heels.
    is_floor = float(np.clip((_FLOOR_BELOW * reach - target_z) / (_FLOOR_BELOW * reach), 0.0, 1.0))
    twist = 0.0 if len(hands) == 2 else -side_of(hands[0]) * (0.12 + 0.25 * bend)
    twist += 0.6 * aside_rad
    lean = 0.08 + (0.25 + 0.65 * is_low + 0.3 * is_floor) * bend
    drop = (0.24 + 0.09 * is_floor) * build.height_m * is_low * bend**1.3
    if build.is_seated:
        lean, drop = 0.05 + 0.5 * is_low * bend, 0.0
    posture = replace(
        base,
        lean_rad=lean,
        drop_m=drop,
        twist_rad=twist,
        head_pitch_rad=0.18 + 0.3 * is_low * bend - 0.3 * (1 - is_low),
        head_yaw_rad=0.6 * aside_rad,
    )
    return _with_idle_arms(stance, base, posture, [hand for hand in (0, 1) if hand not in hands])


def _with_idle_arms(stance: Stance, base: Posture, posture: Posture, idle: Sequence[int]) -> Posture:
    """Let arms come along with their shoulders; a carried unit keeps its place under it."""
    if not idle:
        return posture
    build = stance.build
    straight = stance.body.skeleton_only(still_pose(build, np.zeros(2), 0.0, base)).keypoints_m[1:3]
    bent = stance.body.skeleton_only(still_pose(build, np.zeros(2), 0.0, posture)).keypoints_m[1:3]
    for hand in idle:
        moved = base.wrist_m[hand] + (bent[hand] - straight[hand]) * [1, 1, 0.85]
        posture = with_hand(posture, hand, moved, 0.0, float(base.finger_curl_rad[hand]))
    return posture
