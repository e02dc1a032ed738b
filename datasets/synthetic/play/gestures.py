"""What hands do at a shelf: reach, take, look, stow, bring out, put back, touch.

A gesture is a list of keyed postures relative to its start. It is planned for one body that stands still
at one place, so that at the moment of contact the unit in the hand is exactly where it stands in the slot.
"""

from dataclasses import dataclass, replace

import numpy as np

from datasets.synthetic.play.motion import (
    Body,
    Build,
    Posture,
    Skeleton,
    still_pose,
    to_person_frame,
    with_hand,
)
from datasets.synthetic.scene import FloatArray, UnitPose

# A hand enters and leaves a slot this far from the shelf's front, and this high over its way in.
_CLEAR_M = 0.09
_LIFT_M = 0.03
_GRIP_HEIGHT = 0.55  # of the unit's height
# The palm does not always face sideways; towards the middle of the body is where units are held then.
_MEDIAL_SHARE = 0.3
_REACH_TOLERANCE_M = 0.004
_CURL_OPEN_RAD, _CURL_HOLD_RAD, _CURL_REST_RAD = 0.12, 0.6, 0.35
# Hands cross the air at about this speed when shopping; the peak stays below 3 m/s.
_HAND_SPEED_M_S = 1.0


class OutOfReachError(Exception):
    """A body cannot get its hand where a gesture needs it from where it stands."""


@dataclass(frozen=True, slots=True)
class Grip:
    """How a unit sits in a hand: its size, and its heading relative to the hand's."""

    size_m: tuple[float, float, float]
    turn_rad: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Durations a person takes for the parts of a gesture, seconds."""

    look_s: float
    grip_s: float
    inspect_s: float
    haste: float


@dataclass(frozen=True, slots=True, eq=False)
class Stance:
    """A body that stands before a shelf.

    Attributes:
        inward_xy: `(2,)` unit vector into the shelf.
        front_m: Distance of the pelvis from the shelf's front plane.
    """

    body: Body
    build: Build
    xy_m: FloatArray
    yaw_rad: float
    inward_xy: FloatArray
    front_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """A hand's way into a slot: postures before the shelf, at the contact, and before the shelf again."""

    hand: int
    before: Posture
    contact: Posture
    after: Posture


def held_unit_xyz_yaw(
    skeleton: Skeleton, hand: int, heading_rad: float, grip: Grip
) -> tuple[FloatArray, float]:
    """Return where a unit in a hand is: centre of its base `(3,)` and its yaw."""
    medial = np.array([np.cos(heading_rad), np.sin(heading_rad)]) * (1.0 if hand == 1 else -1.0)
    towards = skeleton.palm_normal[hand, :2] + _MEDIAL_SHARE * medial
    towards = towards / max(float(np.hypot(*towards)), 1e-6)
    width, _, height = grip.size_m
    xyz = skeleton.palm_m[hand] + np.array([*(towards * width / 2), -_GRIP_HEIGHT * height])
    return xyz, float(np.arctan2(towards[1], towards[0])) + grip.turn_rad


def grip_of(
    skeleton: Skeleton, hand: int, heading_rad: float, unit: UnitPose, size_m: tuple[float, float, float]
) -> Grip:
    """Return the grip in which a unit that stands there keeps its heading when it is taken."""
    _, yaw = held_unit_xyz_yaw(skeleton, hand, heading_rad, Grip(size_m, 0.0))
    return Grip(size_m, unit.yaw_rad - yaw)


def plan_reach(
    stance: Stance, base: Posture, hand: int, base_xyz_m: FloatArray, size_m: tuple[float, float, float]
) -> Reach:
    """Plan a hand's way to a unit of some size whose base is (or shall be) at a place in a slot.

    Args:
        stance: Who stands where.
        base: What the rest of the body does; the other arm keeps its place relative to its shoulder.
        hand: Which hand reaches.
        base_xyz_m: `(3,)` centre of the unit's base, store frame.
        size_m: The unit's width, depth and height.

    Raises:
        OutOfReachError: If no bend of the body brings the palm there.
    """
    target_z = float(base_xyz_m[2]) + _GRIP_HEIGHT * size_m[2]
    for bend in np.linspace(_least_bend(stance.build, target_z), 1.0, 9):
        bent = _bent(stance, base, hand, target_z, float(bend))
        wrist = _solve_wrist(stance, bent, hand, base_xyz_m, size_m)
        if wrist is not None:
            contact = with_hand(bent, hand, wrist, 0.0, _CURL_HOLD_RAD)
            break
    else:
        raise OutOfReachError(f"a body of {stance.build.height_m:.2f} m cannot reach {base_xyz_m.round(2)}")
    depth = float((base_xyz_m[:2] - stance.xy_m) @ stance.inward_xy) - stance.front_m
    out = np.array([*(-stance.inward_xy * (depth + _CLEAR_M)), _LIFT_M])
    over = _rotated(out, stance.yaw_rad)
    before = with_hand(contact, hand, contact.wrist_m[hand] + over, 0.0, _CURL_OPEN_RAD)
    after = with_hand(contact, hand, contact.wrist_m[hand] + over, 0.0, _CURL_HOLD_RAD)
    return Reach(hand, before, contact, after)


def _least_bend(build: Build, target_z: float) -> float:
    """Nobody bends for what is at the height of the chest, and everybody does for what is at the shins."""
    return float(np.clip((0.62 * build.height_m - target_z) / (0.75 * build.height_m), 0.0, 0.8))


def _bent(stance: Stance, base: Posture, hand: int, target_z: float, bend: float) -> Posture:
    build = stance.build
    is_low = float(np.clip((0.8 * build.height_m - target_z) / (0.3 * build.height_m), 0.0, 1.0))
    posture = replace(
        base,
        lean_rad=0.08 + (0.25 + 0.65 * is_low) * bend,
        drop_m=0.24 * build.height_m * is_low * bend**1.3,
        twist_rad=(0.12 + 0.25 * bend) * (1 if hand == 1 else -1),
        head_pitch_rad=0.18 + 0.3 * is_low * bend - 0.3 * (1 - is_low),
        head_yaw_rad=0.0,
    )
    # The other arm comes along with its shoulder; a carried unit keeps its place under it.
    other = 1 - hand
    pose = still_pose(build, np.zeros(2), 0.0, posture)
    shoulder = stance.body.skeleton_only(pose).keypoints_m[1:3][other]
    moved = base.wrist_m[other] + (shoulder - build.shoulder_m[other]) * [1, 1, 0.85]
    return with_hand(posture, other, moved, 0.0, float(base.finger_curl_rad[other]))


def _solve_wrist(
    stance: Stance, bent: Posture, hand: int, base_xyz_m: FloatArray, size_m: tuple[float, float, float]
) -> FloatArray | None:
    """Move the wrist until the unit in the hand is where it shall be; None if the arm is too short."""
    grip = Grip(size_m, 0.0)
    goal_xy = to_person_frame(base_xyz_m[None, :2], stance.xy_m, stance.yaw_rad)[0]
    wrist = np.array([goal_xy[0], goal_xy[1] + 0.08, base_xyz_m[2] + size_m[2] / 2 + 0.02])
    for _ in range(12):
        posture = with_hand(bent, hand, wrist, 0.0, _CURL_HOLD_RAD)
        pose = still_pose(stance.build, stance.xy_m, stance.yaw_rad, posture)
        held, _ = held_unit_xyz_yaw(stance.body.skeleton_only(pose), hand, stance.yaw_rad, grip)
        error = _rotated(base_xyz_m - held, stance.yaw_rad)
        if np.linalg.norm(error) < _REACH_TOLERANCE_M:
            return wrist
        wrist = wrist + 0.9 * error
    return None


def _rotated(vector_m: FloatArray, yaw_rad: float) -> FloatArray:
    """Turn a store vector `(3,)` into the person frame."""
    xy = to_person_frame(vector_m[None, :2], np.zeros(2), yaw_rad)[0]
    return np.array([*xy, vector_m[2]])


def _side(hand: int) -> float:
    return 1.0 if hand == 0 else -1.0


def inspecting(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture of somebody who looks at a unit before the chest."""
    scale = build.height_m / 1.75
    wrist = np.array([_side(hand) * 0.13, -0.21 * scale, build.shoulder_m[hand, 2] - 0.22 * scale])
    posture = with_hand(base, hand, wrist, 0.0, _CURL_HOLD_RAD)
    return replace(posture, lean_rad=0.06, drop_m=0.0, twist_rad=0.0, head_yaw_rad=0.0, head_pitch_rad=0.5)


def stowing(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture of somebody whose hand is at the opening of the bag."""
    posture = with_hand(base, hand, build.bag_m, 0.0, _CURL_HOLD_RAD)
    side = float(np.sign(build.bag_m[0]))
    return replace(
        posture,
        lean_rad=0.12,
        drop_m=0.0,
        twist_rad=0.2 * side,
        head_yaw_rad=0.35 * side,
        head_pitch_rad=0.55,
    )


def carrying(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture of somebody who carries a unit at the waist."""
    wrist = np.array([_side(hand) * 0.22, -0.26, build.hip_z_m + 0.13])
    return _upright(with_hand(base, hand, wrist, 0.12, _CURL_HOLD_RAD))


def resting(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture with that arm hanging."""
    return _upright(with_hand(base, hand, build.hanging()[hand], 1.0, _CURL_REST_RAD))


def _upright(posture: Posture) -> Posture:
    return replace(posture, lean_rad=0.04, drop_m=0.0, twist_rad=0.0, head_yaw_rad=0.0, head_pitch_rad=0.18)


class GestureScore:
    """Keyed postures written one after another, with the time they take."""

    def __init__(self, start_s: float, posture: Posture) -> None:
        """Start at a time in a posture."""
        self.now_s = start_s
        self.posture = posture
        self.keys: list[tuple[float, Posture]] = [(start_s, posture)]

    def move(self, posture: Posture, at_least_s: float) -> None:
        """Go to a posture, in this time or as long as the hands need."""
        distance = np.linalg.norm(posture.wrist_m - self.posture.wrist_m, axis=1).max()
        bend = (
            abs(posture.drop_m - self.posture.drop_m) / 0.4
            + abs(posture.lean_rad - self.posture.lean_rad) / 1.2
        )
        self.now_s += max(at_least_s, float(distance) / _HAND_SPEED_M_S, bend)
        self.posture = posture
        self.keys.append((self.now_s, posture))

    def hold(self, duration_s: float) -> None:
        """Stay as one is."""
        self.now_s += duration_s
        self.keys.append((self.now_s, self.posture))

    def reach_in(self, reach: Reach, grip_s: float, haste: float, brings_unit: bool) -> float:
        """Go into the slot and out again; returns the moment of contact."""
        before = with_hand(
            reach.before, reach.hand, reach.before.wrist_m[reach.hand], 0.0,
            _CURL_HOLD_RAD if brings_unit else _CURL_OPEN_RAD,
        )  # fmt: skip
        self.move(before, 0.5 / haste)
        self.move(reach.contact, 0.3 / haste)
        contact_s = self.now_s + grip_s / 2
        self.hold(grip_s)
        self.move(reach.after, 0.3 / haste)
        return contact_s


def glance(base: Posture, head_yaw_rad: float, head_pitch_rad: float) -> Posture:
    """Return the posture with the head turned."""
    return replace(base, head_yaw_rad=head_yaw_rad, head_pitch_rad=head_pitch_rad)


def stand_before(
    body: Body,
    build: Build,
    front_xy_m: FloatArray,
    inward_xy: FloatArray,
    target_z: float,
    sideways_m: float,
) -> Stance:
    """Return where somebody stands to reach for a point.

    Args:
        body: Who.
        build: Their measures.
        front_xy_m: `(2,)` the point's projection onto the shelf's front plane.
        inward_xy: `(2,)` unit vector into the shelf.
        target_z: Height of the point.
        sideways_m: How far the point is to the right of the middle of the body.
    """
    is_low = float(np.clip((0.55 * build.height_m - target_z) / (0.4 * build.height_m), 0.0, 1.0))
    front_m = 0.46 + 0.12 * is_low
    right = np.array([inward_xy[1], -inward_xy[0]])
    xy = front_xy_m - inward_xy * front_m - right * sideways_m
    yaw = float(np.arctan2(inward_xy[0], -inward_xy[1]))
    return Stance(body, build, xy, yaw, inward_xy, front_m)
