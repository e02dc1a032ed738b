"""A person's whole movement over a stretch of time: gait below, keyed postures above.

The upper body is a list of keyed postures. Between keys every channel follows a monotone cubic, so hands
pass through every key exactly, never overshoot, and rest where a key is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.interpolate import PchipInterpolator

from datasets.synthetic.mesh import Mesh
from datasets.synthetic.play.gait import PLAIN_GAIT, GaitStyle, PelvisTrack
from datasets.synthetic.scene import BodyPose, FloatArray, Keypoint

_SWING_RAD = 0.42
_SAME_TIME_S = 1e-4
# Where the hands of somebody rest who sits: on the thighs, from the hips.
_LAP_M = (0.14, -0.20, 0.14)
_SHOULDER_OVER_HEIGHT = 0.82  # of somebody who stands
# The arm swings, and the spine counters, this part of a stride before the left foot lands.
_SWING_LEAD = 0.19
_HANGING = 0.945  # of the arm's length: nobody's elbow is straight


class Skeleton(Protocol):
    """Joints of a posed body, store frame."""

    @property
    def keypoints_m(self) -> FloatArray:
        """`(11, 3)` in the order of `Keypoint`."""

    @property
    def palm_m(self) -> FloatArray:
        """`(2, 3)` middle of each palm's skin."""

    @property
    def palm_normal(self) -> FloatArray:
        """`(2, 3)` unit vectors out of the palms."""


class Looks(Protocol):
    """What motion needs to know of somebody's looks."""

    @property
    def age_years(self) -> float:
        """How old."""


class Seated(Protocol):
    """How somebody sits in a wheelchair, person frame."""

    @property
    def pelvis_drop_m(self) -> float:
        """Sinking of the pelvis from standing upright."""

    @property
    def ankle_m(self) -> FloatArray:
        """`(2, 3)` on the foot rests."""

    @property
    def wrist_m(self) -> FloatArray:
        """`(2, 3)` on the rims of the wheels."""


class Body(Protocol):
    """What motion needs to know of a person."""

    @property
    def height_m(self) -> float:
        """Standing height."""

    @property
    def ankle_height_m(self) -> float:
        """Ankle joint over the floor."""

    @property
    def half_hip_width_m(self) -> float:
        """Hip joint from the middle."""

    @property
    def rest_bag_m(self) -> FloatArray:
        """`(3,)` where a wrist goes to stow something, person frame."""

    @property
    def bag_hand(self) -> int | None:
        """The hand that carries the bag and can do nothing else, if one does."""

    @property
    def seated(self) -> Seated | None:
        """How this one sits in a wheelchair; None for who walks."""

    @property
    def push_hands_m(self) -> FloatArray | None:
        """`(2, 3)` wrists on the handle of what is pushed, person frame; None without one."""

    @property
    def pushed(self) -> Mesh | None:
        """What is pushed or sat in, person frame."""

    @property
    def looks(self) -> Looks:
        """Of this, the age."""

    def skeleton_only(self, pose: BodyPose) -> Skeleton:
        """Solve the limbs without the skin."""


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """The upper body at a key; the person frame and units are those of `BodyPose`.

    Attributes:
        wrist_m: `(2, 3)` where the wrists are.
        swing: `(2,)` how much each arm swings with the stride, 0 to 1.
        drop_m: Sinking of the pelvis on top of the gait's.
        raise_m: How far somebody is lifted off the floor, feet and all; the wrists are given as lifted.
    """

    wrist_m: FloatArray
    swing: FloatArray
    finger_curl_rad: FloatArray
    lean_rad: float = 0.04
    drop_m: float = 0.0
    twist_rad: float = 0.0
    head_yaw_rad: float = 0.0
    head_pitch_rad: float = 0.18
    raise_m: float = 0.0

    def towards(self, other: "Posture", share: float) -> "Posture":
        """Return the posture a share of the way to another."""
        return _posture_of(self.channels() * (1 - share) + other.channels() * share)

    def channels(self) -> FloatArray:
        """Return all values as one vector `(16,)`."""
        return np.concatenate(
            [
                self.wrist_m.ravel(),
                self.swing,
                self.finger_curl_rad,
                [self.lean_rad, self.drop_m, self.twist_rad, self.head_yaw_rad, self.head_pitch_rad],
                [self.raise_m],
            ]
        )


def _posture_of(channels: FloatArray) -> Posture:
    """Undo `Posture.channels`."""
    return Posture(
        channels[:6].reshape(2, 3), channels[6:8], channels[8:10], *(float(value) for value in channels[10:])
    )


@dataclass(frozen=True, slots=True, eq=False)
class Build:
    """Measures of a body at rest, standing or seated, from its own skeleton.

    Attributes:
        shoulder_m: `(2, 3)` person frame.
        arm_m: Shoulder to wrist, stretched.
        hip_z_m: Height of the hip joints.
        bag_m: `(3,)` where a wrist goes to stow something, person frame.
        rest_drop_m: How far the pelvis is below where it is when standing straight.
        rest_ankle_m: `(2, 3)` of somebody who does not walk, person frame.
        push_hands_m: `(2, 3)` wrists on the handle of what is pushed (or on the rims of a wheelchair); None
            without one.
        is_seated: Sits in a wheelchair: rolls instead of walking, does not crouch.
        gait: How this one walks.
    """

    height_m: float
    ankle_height_m: float
    foot_offset_m: float
    shoulder_m: FloatArray
    arm_m: float
    hip_z_m: float
    bag_m: FloatArray
    rest_drop_m: float
    rest_ankle_m: FloatArray
    push_hands_m: FloatArray | None = None
    is_seated: bool = False
    gait: GaitStyle = PLAIN_GAIT

    @classmethod
    def of(cls, body: Body, gait: GaitStyle = PLAIN_GAIT) -> "Build":
        """Measure a body."""
        hip, ankle = body.half_hip_width_m, body.ankle_height_m
        side = np.array([[1.0, 0, 0], [-1.0, 0, 0]])
        seated = body.seated
        ankles: FloatArray = side * hip * 0.9 + [0, 0, ankle] if seated is None else seated.ankle_m
        drop = 0.012 * body.height_m if seated is None else seated.pelvis_drop_m
        at_rest = BodyPose(
            xy_m=np.zeros(2),
            yaw_rad=0.0,
            ankle_m=ankles,
            foot_yaw_pitch_rad=np.zeros((2, 2)),
            pelvis_drop_m=drop,
            lean_rad=0.0,
            twist_rad=0.0,
            wrist_m=side * 0.3 + [0, -0.1, 0.45 * body.height_m],
            head_yaw_pitch_rad=np.zeros(2),
            finger_curl_rad=np.full(2, 0.35),
        )
        points = body.skeleton_only(at_rest).keypoints_m
        shoulder = points[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]]
        elbow = points[[Keypoint.LEFT_ELBOW, Keypoint.RIGHT_ELBOW]]
        wrist = points[[Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST]]
        arm = np.linalg.norm(shoulder - elbow, axis=1) + np.linalg.norm(elbow - wrist, axis=1)
        return cls(
            height_m=body.height_m,
            ankle_height_m=ankle,
            foot_offset_m=hip * 0.9,
            shoulder_m=shoulder,
            arm_m=float(arm.mean()),
            hip_z_m=float(points[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP], 2].mean()),
            bag_m=np.asarray(body.rest_bag_m),
            rest_drop_m=drop,
            rest_ankle_m=ankles,
            push_hands_m=body.push_hands_m if seated is None else seated.wrist_m,
            is_seated=seated is not None,
            gait=gait,
        )

    @property
    def reach_height_m(self) -> float:
        """Height of somebody who stands with the shoulders where this one has them."""
        return float(self.shoulder_m[:, 2].mean()) / _SHOULDER_OVER_HEIGHT

    def hanging(self, swing_rad: float = 0.10) -> FloatArray:
        """Return both wrists `(2, 3)` of arms that hang, swung forward by an angle."""
        out = np.array([[0.07, 0, 0], [-0.07, 0, 0]])
        along = np.array([0, -np.sin(swing_rad), -np.cos(swing_rad)]) * _HANGING * self.arm_m
        wrists: FloatArray = self.shoulder_m + out + along
        return wrists

    def resting(self) -> FloatArray:
        """Return both wrists `(2, 3)` of somebody who does nothing and pushes nothing."""
        if not self.is_seated:
            return self.hanging()
        side = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
        lap: FloatArray = side * _LAP_M + [0.0, 0.0, self.hip_z_m]
        return lap

    def idle(self) -> Posture:
        """Return the posture of somebody who stands (or sits) with empty hands."""
        swing = np.zeros(2) if self.is_seated else np.ones(2)
        return Posture(self.resting(), swing, np.full(2, 0.35), lean_rad=0.04 + self.gait.stoop_rad)

    def at_ease(self) -> Posture:
        """Return the posture of somebody on the way with nothing in the hands but a handle."""
        if self.push_hands_m is None:
            return self.idle()
        lean = (0.02 if self.is_seated else 0.12) + self.gait.stoop_rad
        return Posture(self.push_hands_m, np.zeros(2), np.full(2, 0.7), lean_rad=lean)


class UpperBody:
    """Keyed postures and everything in between."""

    def __init__(self, start_s: float, end_s: float, keys: Sequence[tuple[float, Posture]]) -> None:
        """Take keys in order of time; the first and last posture last from start to end.

        Of keys at the same time the last one counts. Source of the curve: Fritsch and Butland, A method for
        constructing local monotone piecewise cubic interpolants, SIAM J. Sci. Stat. Comput. 1984.
        """
        times: list[float] = []
        values: list[FloatArray] = []
        for at_s, posture in [(start_s, keys[0][1]), *keys, (end_s, keys[-1][1])]:
            if times and at_s - times[-1] < _SAME_TIME_S:
                values[-1] = posture.channels()
            else:
                times.append(at_s)
                values.append(posture.channels())
        if len(times) == 1:
            times.append(times[0] + 1.0)
            values.append(values[0])
        self._span_s = times[0], times[-1]
        self._curve = PchipInterpolator(np.array(times), np.stack(values), axis=0)

    def at(self, at_s: float) -> Posture:
        """Return the posture at a time."""
        return _posture_of(self._curve(min(max(at_s, self._span_s[0]), self._span_s[1])))


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """One person's movement from when they appear to when they are gone."""

    build: Build
    pelvis: PelvisTrack
    upper: UpperBody

    def pose_at(self, at_s: float) -> BodyPose:
        """Return the pose at a time between the start and the end of the pelvis track."""
        keyed, gait = self.upper.at(at_s), self.build.gait
        xy_m, yaw_rad = self.pelvis.xy_m(at_s), self.pelvis.yaw_rad(at_s)
        if self.build.is_seated:
            return still_pose(self.build, xy_m, yaw_rad, keyed)
        feet, brisk = self.pelvis.feet(at_s), self.pelvis.briskness(at_s)
        swing_phase = self.pelvis.stride_phase(at_s) + _SWING_LEAD
        swing = np.sin(2 * np.pi * swing_phase) * brisk
        # The pelvis is over the foot that carries: to the left in the middle of the left foot's stance.
        sway = gait.sway_m * brisk * np.sin(2 * np.pi * self.pelvis.stride_phase(at_s))
        xy_m = xy_m + sway * np.array([np.cos(yaw_rad), np.sin(yaw_rad)])
        ankle = np.column_stack(
            [to_person_frame(feet.xy_m, xy_m, yaw_rad), self.build.ankle_height_m + feet.lift_m]
        )
        ankle[:, 2] += keyed.raise_m
        turn = (feet.yaw_rad - yaw_rad + np.pi) % (2 * np.pi) - np.pi
        turn = turn + gait.toe_out_rad * np.array([1.0, -1.0])
        bob = 0.007 * self.build.height_m * brisk * (1 + np.cos(4 * np.pi * swing_phase))
        return BodyPose(
            xy_m=xy_m,
            yaw_rad=yaw_rad,
            ankle_m=ankle,
            foot_yaw_pitch_rad=np.column_stack([turn, feet.pitch_rad]),
            pelvis_drop_m=self.build.rest_drop_m + bob + keyed.drop_m - keyed.raise_m,
            lean_rad=keyed.lean_rad + 0.04 * brisk,
            twist_rad=keyed.twist_rad + 0.14 * gait.arm_swing * swing,
            wrist_m=keyed.wrist_m + self._arm_swing(swing, brisk) * keyed.swing[:, None],
            head_yaw_pitch_rad=np.array([keyed.head_yaw_rad, keyed.head_pitch_rad]),
            finger_curl_rad=keyed.finger_curl_rad,
        )

    def _arm_swing(self, swing: float, brisk: float) -> FloatArray:
        """Return `(2, 3)` how far each wrist is from where it hangs at rest."""
        swing_rad = _SWING_RAD * self.build.gait.arm_swing * swing
        left = self.build.hanging(0.10 - swing_rad)[0]
        right = self.build.hanging(0.10 + swing_rad)[1]
        offset: FloatArray = np.stack([left, right]) - self.build.hanging() + [0.0, -0.02 * brisk, 0.0]
        return offset


def to_person_frame(xy_m: FloatArray, pelvis_xy_m: FloatArray, yaw_rad: float) -> FloatArray:
    """Turn store points `(n, 2)` into the person frame."""
    offset = xy_m - pelvis_xy_m
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.stack(
        [cos * offset[:, 0] + sin * offset[:, 1], -sin * offset[:, 0] + cos * offset[:, 1]], axis=1
    )


def forward(yaw_rad: float) -> FloatArray:
    """Return the unit vector `(2,)` a person with this heading faces."""
    return np.array([np.sin(yaw_rad), -np.cos(yaw_rad)])


def still_pose(build: Build, xy_m: FloatArray, yaw_rad: float, posture: Posture) -> BodyPose:
    """Return the pose of somebody who stands with the feet side by side, or sits."""
    return BodyPose(
        xy_m=xy_m,
        yaw_rad=yaw_rad,
        ankle_m=build.rest_ankle_m + np.array([0.0, 0.0, posture.raise_m]),
        foot_yaw_pitch_rad=np.zeros((2, 2)),
        pelvis_drop_m=build.rest_drop_m + posture.drop_m - posture.raise_m,
        lean_rad=posture.lean_rad,
        twist_rad=posture.twist_rad,
        wrist_m=posture.wrist_m,
        head_yaw_pitch_rad=np.array([posture.head_yaw_rad, posture.head_pitch_rad]),
        finger_curl_rad=posture.finger_curl_rad,
    )


def with_hand(posture: Posture, hand: int, wrist_m: FloatArray, swing: float, curl_rad: float) -> Posture:
    """Return the posture with one arm changed."""
    wrists, swings, curls = posture.wrist_m.copy(), posture.swing.copy(), posture.finger_curl_rad.copy()
    wrists[hand], swings[hand], curls[hand] = wrist_m, swing, curl_rad
    return replace(posture, wrist_m=wrists, swing=swings, finger_curl_rad=curls)
