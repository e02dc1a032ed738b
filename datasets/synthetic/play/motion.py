"""A person's whole movement over a stretch of time: gait below, keyed postures above.

The upper body is a list of keyed postures. Between keys every channel moves linearly and is then
smoothed, so hands follow continuous paths with gentle accelerations and rest where a key is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.ndimage import gaussian_filter1d

from datasets.synthetic.play.gait import PelvisTrack
from datasets.synthetic.play.routes import TICK_S
from datasets.synthetic.scene import BodyPose, FloatArray, Keypoint

_SMOOTHING_S = 0.08
_SWING_RAD = 0.42
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

    def skeleton_only(self, pose: BodyPose) -> Skeleton:
        """Solve the limbs without the skin."""


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """The upper body at a key; the person frame and units are those of `BodyPose`.

    Attributes:
        wrist_m: `(2, 3)` where the wrists are.
        swing: `(2,)` how much each arm swings with the stride, 0 to 1.
        drop_m: Sinking of the pelvis on top of the gait's.
    """

    wrist_m: FloatArray
    swing: FloatArray
    finger_curl_rad: FloatArray
    lean_rad: float = 0.04
    drop_m: float = 0.0
    twist_rad: float = 0.0
    head_yaw_rad: float = 0.0
    head_pitch_rad: float = 0.18

    def towards(self, other: "Posture", share: float) -> "Posture":
        """Return the posture a share of the way to another."""
        return _posture_of(self.channels() * (1 - share) + other.channels() * share)

    def channels(self) -> FloatArray:
        """Return all values as one vector `(15,)`."""
        return np.concatenate(
            [
                self.wrist_m.ravel(),
                self.swing,
                self.finger_curl_rad,
                [self.lean_rad, self.drop_m, self.twist_rad, self.head_yaw_rad, self.head_pitch_rad],
            ]
        )


def _posture_of(channels: FloatArray) -> Posture:
    """Undo `Posture.channels`."""
    return Posture(
        channels[:6].reshape(2, 3), channels[6:8], channels[8:10], *(float(value) for value in channels[10:])
    )


@dataclass(frozen=True, slots=True, eq=False)
class Build:
    """Measures of a body standing upright, from its own skeleton.

    Attributes:
        shoulder_m: `(2, 3)` person frame.
        arm_m: Shoulder to wrist, stretched.
        hip_z_m: Height of the hip joints.
        bag_m: `(3,)` where a wrist goes to stow something, person frame.
    """

    height_m: float
    ankle_height_m: float
    foot_offset_m: float
    shoulder_m: FloatArray
    arm_m: float
    hip_z_m: float
    bag_m: FloatArray

    @classmethod
    def of(cls, body: Body) -> "Build":
        """Measure a body."""
        hip, ankle = body.half_hip_width_m, body.ankle_height_m
        side = np.array([[1.0, 0, 0], [-1.0, 0, 0]])
        upright = BodyPose(
            xy_m=np.zeros(2),
            yaw_rad=0.0,
            ankle_m=side * hip * 0.85 + [0, 0, ankle],
            foot_yaw_pitch_rad=np.zeros((2, 2)),
            pelvis_drop_m=0.012 * body.height_m,
            lean_rad=0.0,
            twist_rad=0.0,
            wrist_m=side * 0.3 + [0, -0.1, 0.45 * body.height_m],
            head_yaw_pitch_rad=np.zeros(2),
            finger_curl_rad=np.full(2, 0.35),
        )
        points = body.skeleton_only(upright).keypoints_m
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
        )

    def hanging(self, swing_rad: float = 0.10) -> FloatArray:
        """Return both wrists `(2, 3)` of arms that hang, swung forward by an angle."""
        out = np.array([[0.07, 0, 0], [-0.07, 0, 0]])
        along = np.array([0, -np.sin(swing_rad), -np.cos(swing_rad)]) * _HANGING * self.arm_m
        wrists: FloatArray = self.shoulder_m + out + along
        return wrists

    def at_ease(self) -> Posture:
        """Return the posture of somebody who walks with empty hands."""
        return Posture(self.hanging(), swing=np.ones(2), finger_curl_rad=np.full(2, 0.35))


class UpperBody:
    """Keyed postures, sampled and smoothed."""

    def __init__(self, start_s: float, end_s: float, keys: Sequence[tuple[float, Posture]]) -> None:
        """Sample the keys, which are in order of time, from start to end."""
        self._start_s = start_s
        times = start_s + np.arange(int(np.ceil((end_s - start_s) / TICK_S)) + 2) * TICK_S
        key_times = np.array([at_s for at_s, _ in keys])
        values = np.stack([posture.channels() for _, posture in keys])
        sampled = np.stack([np.interp(times, key_times, column) for column in values.T], axis=1)
        self._samples = gaussian_filter1d(sampled, _SMOOTHING_S / TICK_S, axis=0, mode="nearest")

    def at(self, at_s: float) -> Posture:
        """Return the posture at a time."""
        position = min(max((at_s - self._start_s) / TICK_S, 0.0), len(self._samples) - 1.001)
        below = int(position)
        share = position - below
        return _posture_of(self._samples[below] * (1 - share) + self._samples[below + 1] * share)


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """One person's movement from when they appear to when they are gone."""

    build: Build
    pelvis: PelvisTrack
    upper: UpperBody

    def pose_at(self, at_s: float) -> BodyPose:
        """Return the pose at a time between the start and the end of the pelvis track."""
        keyed = self.upper.at(at_s)
        xy_m, yaw_rad = self.pelvis.xy_m(at_s), self.pelvis.yaw_rad(at_s)
        feet, brisk = self.pelvis.feet(at_s), self.pelvis.briskness(at_s)
        swing_phase = self.pelvis.stride_phase(at_s) + _SWING_LEAD
        swing = np.sin(2 * np.pi * swing_phase) * brisk
        ankle = np.column_stack(
            [to_person_frame(feet.xy_m, xy_m, yaw_rad), self.build.ankle_height_m + feet.lift_m]
        )
        turn = (feet.yaw_rad - yaw_rad + np.pi) % (2 * np.pi) - np.pi
        bob = 0.012 * brisk * (1 + np.cos(4 * np.pi * swing_phase))
        return BodyPose(
            xy_m=xy_m,
            yaw_rad=yaw_rad,
            ankle_m=ankle,
            foot_yaw_pitch_rad=np.column_stack([turn, feet.pitch_rad]),
            pelvis_drop_m=0.012 * self.build.height_m + bob + keyed.drop_m,
            lean_rad=keyed.lean_rad + 0.04 * brisk,
            twist_rad=keyed.twist_rad + 0.14 * swing,
            wrist_m=keyed.wrist_m + self._arm_swing(swing, brisk) * keyed.swing[:, None],
            head_yaw_pitch_rad=np.array([keyed.head_yaw_rad, keyed.head_pitch_rad]),
            finger_curl_rad=keyed.finger_curl_rad,
        )

    def _arm_swing(self, swing: float, brisk: float) -> FloatArray:
        """Return `(2, 3)` how far each wrist is from where it hangs at rest."""
        left = self.build.hanging(0.10 - _SWING_RAD * swing)[0]
        right = self.build.hanging(0.10 + _SWING_RAD * swing)[1]
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
    """Return the pose of somebody who stands with the feet side by side."""
    side = np.array([[1.0, 0, 0], [-1.0, 0, 0]])
    return BodyPose(
        xy_m=xy_m,
        yaw_rad=yaw_rad,
        ankle_m=side * build.foot_offset_m + [0, 0, build.ankle_height_m],
        foot_yaw_pitch_rad=np.zeros((2, 2)),
        pelvis_drop_m=0.012 * build.height_m + posture.drop_m,
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
