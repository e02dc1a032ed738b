"""How units sit in hands, the postures of people who do something, and keyed postures one after another.

Postures are for one body, in its person frame; reaching to a place in the store is `acts_reach`'s job.
"""

from dataclasses import dataclass, replace

import numpy as np

from datasets.synthetic.play.motion import Body, Build, Posture, Skeleton, with_hand
from datasets.synthetic.scene import FloatArray

GRIP_HEIGHT = 0.55  # of the unit's height
# The palm does not always face sideways; towards the middle of the body is where units are held then.
_MEDIAL_SHARE = 0.3
# A skeleton's palm lies this far over the skin (7 to 9 mm, measured on posed bodies), and flesh gives way.
_PALM_OVER_SKIN_M = 0.010
CURL_OPEN_RAD, CURL_REST_RAD = 0.12, 0.35
_LEAST_CURL_RAD, _MOST_CURL_RAD = 0.25, 1.0
# Hands cross the air at about this speed when shopping; the peak is half as much again.
_HAND_SPEED_M_S = 1.0
_HEAD_PITCH_RAD = 0.18
# When half of the time of a movement is over, spine and head have gone further than the hands.
_MIDWAY, _TRUNK_MIDWAY, _HEAD_MIDWAY = 0.5, 0.68, 0.85


class OutOfReachError(Exception):
    """A body cannot get its hand where a gesture needs it from where it stands."""


@dataclass(frozen=True, slots=True)
class Grip:
    """How a unit sits in a hand.

    Attributes:
        size_m: Width, depth and height.
        turn_rad: Its heading relative to the hand's.
        offset_m: From where it lies snugly to where it is, in the hand's heading.
        tilt_rad: As of a `UnitPose`.
        height_share: Where the palm is, of the unit's height.
        is_between: Both palms press it from its sides; the hand it is in only names it.
    """

    size_m: tuple[float, float, float]
    turn_rad: float = 0.0
    offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tilt_rad: float = 0.0
    height_share: float = GRIP_HEIGHT
    is_between: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Stance:
    """A body that stands somewhere, before a shelf or not.

    Attributes:
        inward_xy: `(2,)` unit vector into the shelf, or to the front of somebody away from shelves.
        front_m: Distance of the pelvis from the shelf's front plane.
    """

    body: Body
    build: Build
    xy_m: FloatArray
    yaw_rad: float
    inward_xy: FloatArray
    front_m: float


def held_unit_xyz_yaw(
    skeleton: Skeleton, hand: int, heading_rad: float, grip: Grip
) -> tuple[FloatArray, float]:
    """Return where a unit in a hand is: centre of its base `(3,)` and its yaw.

    A palm that faces sideways has the unit beside it, one that faces down has it below.
    """
    anchor, snug, angle, share = _seat(skeleton, hand, heading_rad, grip)
    yaw = angle + grip.turn_rad
    up = np.array(
        [np.sin(grip.tilt_rad) * np.sin(yaw), -np.sin(grip.tilt_rad) * np.cos(yaw), np.cos(grip.tilt_rad)]
    )
    x, y, z = grip.offset_m
    cos, sin = np.cos(angle), np.sin(angle)
    xyz = anchor + snug - share * grip.size_m[2] * up + np.array([cos * x - sin * y, sin * x + cos * y, z])
    return xyz, float(yaw)


def _seat(
    skeleton: Skeleton, hand: int, heading_rad: float, grip: Grip
) -> tuple[FloatArray, FloatArray, float, float]:
    """Return where a grip starts, the way to the unit's axis, the hand's heading, and the share of height."""
    if grip.is_between:
        across = skeleton.palm_m[0] - skeleton.palm_m[1]
        angle = float(np.arctan2(across[1], across[0]))
        return skeleton.palm_m.mean(axis=0), np.zeros(3), angle, grip.height_share
    medial = np.array([np.cos(heading_rad), np.sin(heading_rad)]) * (1.0 if hand == 1 else -1.0)
    towards = skeleton.palm_normal[hand, :2] + _MEDIAL_SHARE * medial
    length = float(np.hypot(*towards))
    angle = float(np.arctan2(towards[1], towards[0]))
    width, depth, _ = grip.size_m
    # Half of an oval as wide and deep as the unit, seen along the palm's direction.
    half = float(np.hypot(width / 2 * np.cos(grip.turn_rad), depth / 2 * np.sin(grip.turn_rad)))
    beside = min(1.0, length) * max(0.0, half - _PALM_OVER_SKIN_M)
    below = float(np.clip(-skeleton.palm_normal[hand, 2], 0.0, 1.0)) ** 3
    snug = np.array([np.cos(angle) * beside, np.sin(angle) * beside, 0.0])
    return skeleton.palm_m[hand], snug, angle, grip.height_share + (1.0 - grip.height_share) * below


def grip_that_keeps(
    skeleton: Skeleton, hand: int, heading_rad: float, xyz_yaw: tuple[FloatArray, float], grip: Grip
) -> Grip:
    """Return a grip in which a unit is exactly where and as it stands; size, tilt and kind as of `grip`."""
    _, _, angle, _ = _seat(skeleton, hand, heading_rad, grip)
    xyz, yaw = xyz_yaw
    turned = replace(grip, turn_rad=yaw - angle, offset_m=(0.0, 0.0, 0.0))
    snug, _ = held_unit_xyz_yaw(skeleton, hand, heading_rad, turned)
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = xyz - snug
    return replace(turned, offset_m=(float(cos * x + sin * y), float(cos * y - sin * x), float(z)))


def curl_for(width_m: float) -> float:
    """Return how far fingers bend around something: a lot around little."""
    return float(np.clip(1.15 - 7.5 * width_m, _LEAST_CURL_RAD, _MOST_CURL_RAD))


def side_of(hand: int) -> float:
    """Return 1 for the left hand and -1 for the right: the sign of its x."""
    return 1.0 if hand == 0 else -1.0


def _scale(build: Build) -> float:
    return build.height_m / 1.75


def _upright(build: Build, posture: Posture, head_pitch_rad: float = _HEAD_PITCH_RAD) -> Posture:
    return replace(
        posture,
        lean_rad=0.04 + build.gait.stoop_rad,
        drop_m=0.0,
        twist_rad=0.0,
        head_yaw_rad=0.0,
        head_pitch_rad=head_pitch_rad,
    )


def inspecting(build: Build, base: Posture, hand: int, curl_rad: float = 0.6) -> Posture:
    """Return the posture of somebody who looks at a unit before the chest."""
    scale = _scale(build)
    wrist = np.array([side_of(hand) * 0.13 * scale, -0.23 * scale, build.shoulder_m[hand, 2] - 0.22 * scale])
    return _upright(build, with_hand(base, hand, wrist, 0.0, curl_rad), 0.5)


def carrying(build: Build, base: Posture, hand: int, curl_rad: float = 0.6) -> Posture:
    """Return the posture of somebody who carries a unit at the waist."""
    scale = _scale(build)
    ahead = 0.34 if build.is_seated else 0.26
    wrist = np.array([side_of(hand) * 0.22 * scale, -ahead * scale, build.hip_z_m + 0.13 * scale])
    return _upright(build, with_hand(base, hand, wrist, 0.12 * (not build.is_seated), curl_rad))


def between_hands(build: Build, base: Posture, width_m: float, is_close: bool) -> Posture:
    """Return the posture of somebody with something wide between both palms: looked at, or carried."""
    scale = _scale(build)
    z = build.shoulder_m[:, 2].mean() - (0.26 if is_close else 0.38) * scale
    posture = base
    for hand in (0, 1):
        # The palm is about this far towards the middle from the wrist when forearms point ahead.
        wrist = np.array([side_of(hand) * (width_m / 2 + 0.03), -0.27 * scale, z])
        posture = with_hand(posture, hand, wrist, 0.0, 0.3)
    return _upright(build, posture, 0.5 if is_close else 0.25)


def stowing(build: Build, base: Posture, hand: int, curl_rad: float = 0.6) -> Posture:
    """Return the posture of somebody whose hand is at the opening of the bag."""
    posture = with_hand(base, hand, build.bag_m, 0.0, curl_rad)
    side = float(np.sign(build.bag_m[0]))
    return replace(
        _upright(build, posture, 0.55), lean_rad=0.12, twist_rad=0.2 * side, head_yaw_rad=0.35 * side
    )


def under_jacket(build: Build, base: Posture, hand: int, curl_rad: float = 0.6) -> Posture:
    """Return the posture of somebody whose hand is inside the jacket, at the other side of the chest."""
    scale = _scale(build)
    wrist = np.array([-side_of(hand) * 0.04 * scale, -0.15 * scale, build.shoulder_m[hand, 2] - 0.24 * scale])
    return replace(_upright(build, with_hand(base, hand, wrist, 0.0, curl_rad), 0.45), lean_rad=0.12)


def resting(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture with that arm at rest."""
    idle = build.idle()
    return _upright(build, with_hand(base, hand, idle.wrist_m[hand], float(idle.swing[hand]), CURL_REST_RAD))


def at_mouth(build: Build, base: Posture, hand: int, palm_drop_m: float, tips_back: bool) -> Posture:
    """Return the posture of somebody who bites or drinks; the palm is that far under the mouth."""
    scale = _scale(build)
    z = build.shoulder_m[hand, 2] + 0.17 * scale - palm_drop_m  # the mouth is so far over the shoulders
    wrist = np.array([side_of(hand) * 0.09 * scale, -0.22 * scale, z])
    return _upright(build, with_hand(base, hand, wrist, 0.0, 0.6), -0.25 if tips_back else 0.2)


def at_ear(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture of somebody on the phone."""
    scale = _scale(build)
    wrist = np.array([side_of(hand) * 0.15 * scale, -0.13 * scale, build.shoulder_m[hand, 2] + 0.08 * scale])
    posture = _upright(build, with_hand(base, hand, wrist, 0.0, 0.8), 0.12)
    return replace(posture, head_yaw_rad=0.15 * side_of(hand))


def reading(build: Build, base: Posture, hand: int) -> Posture:
    """Return the posture of somebody who looks into the phone."""
    scale = _scale(build)
    wrist = np.array([side_of(hand) * 0.10 * scale, -0.25 * scale, build.shoulder_m[hand, 2] - 0.16 * scale])
    return _upright(build, with_hand(base, hand, wrist, 0.0, 0.7), 0.55)


def glance(base: Posture, head_yaw_rad: float, head_pitch_rad: float) -> Posture:
    """Return the posture with the head turned."""
    return replace(base, head_yaw_rad=head_yaw_rad, head_pitch_rad=head_pitch_rad)


class GestureScore:
    """Keyed postures written one after another, with the time they take."""

    def __init__(self, start_s: float, posture: Posture) -> None:
        """Start at a time in a posture."""
        self.now_s = start_s
        self.posture = posture
        self.keys: list[tuple[float, Posture]] = [(start_s, posture)]

    def move(self, posture: Posture, at_least_s: float) -> None:
        """Go to a posture, in this time or as long as the hands need; the spine leads, the head before it."""
        duration_s = max(at_least_s, _least_time_s(self.posture, posture))
        midway = self.posture.towards(posture, _MIDWAY)
        trunk = self.posture.towards(posture, _TRUNK_MIDWAY)
        head = self.posture.towards(posture, _HEAD_MIDWAY)
        midway = replace(
            midway,
            lean_rad=trunk.lean_rad,
            twist_rad=trunk.twist_rad,
            drop_m=trunk.drop_m,
            head_yaw_rad=head.head_yaw_rad,
            head_pitch_rad=head.head_pitch_rad,
        )
        self.keys.append((self.now_s + _MIDWAY * duration_s, midway))
        self._arrive(posture, duration_s)

    def slide(self, posture: Posture, duration_s: float) -> None:
        """Go to a posture in exactly this time, all of the body at once; smoothly from hold to hold."""
        self._arrive(posture, duration_s)

    def hold(self, duration_s: float) -> None:
        """Stay as one is."""
        self._arrive(self.posture, duration_s)

    def _arrive(self, posture: Posture, duration_s: float) -> None:
        self.now_s += duration_s
        self.posture = posture
        self.keys.append((self.now_s, posture))


def _least_time_s(start: Posture, end: Posture) -> float:
    distance = np.linalg.norm(end.wrist_m - start.wrist_m, axis=1).max()
    bend = abs(end.drop_m - start.drop_m) / 0.4 + abs(end.lean_rad - start.lean_rad) / 1.2
    return max(float(distance) / _HAND_SPEED_M_S, bend)
