"""From a `BodyPose` to bone transforms: world-aligned forward kinematics with two-bone limb solving.

Angles of the spine, neck and fingers are given; hips, knees, shoulders and elbows follow from where ankles
and wrists shall be (law of cosines, the joint bends towards a fixed side). The hand turns about the forearm
so that its palm faces inward, which is how an arm hangs and how it reaches. The shoulder girdle follows the
arm: it rises when the hand goes up and comes forward when it reaches far.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.bodies import BodyLibrary
from datasets.synthetic.compiled import compiled
from datasets.synthetic.scene import BodyPose, Float32Array, FloatArray

SIDES = ("L", "R")
FINGERS = ("finger1", "finger2", "finger3", "finger4", "finger5")
SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03", "head")
FULL_STRETCH = 0.997  # a limb stretched to the last millimetre flips its joint between frames
MAX_PALM_TURN_RAD = 1.7  # about what a forearm can do
# How far the collar bone follows an arm that is raised to the vertical, or stretched forward
# (Inman et al., 1944, give about 0.6 rad of elevation for a fully raised arm).
GIRDLE_RISE_RAD, GIRDLE_FORWARD_RAD = 0.50, 0.32
# Curl of each finger's joints over the given curl: the small finger of a relaxed hand curls most.
FINGER_CURL = (0.55, 0.9, 1.0, 1.1, 1.2)
JOINT_CURL = (0.8, 1.15, 0.9)
# The baked hands are spread; this part of it is taken back, so that fingers lie side by side.
FINGERS_TOGETHER = 0.75
PALM_ABOVE_SKIN_M = 0.028  # from the bones of the hand to the surface of the palm, by eye


class _Role(IntEnum):
    """What decides a bone's rotation."""

    LOCAL = 0
    THIGH = 1
    UPPER_ARM = 2
    SHIN = 3
    FOREARM = 4
    FOREARM_TWIST = 5
    HAND = 6
    FOOT = 7
    GIRDLE = 8


class UprightBone(IntEnum):
    """Extra bones after the body's own: frames that keep upright, for what dangles."""

    LEFT_HAND = 0
    RIGHT_HAND = 1
    SHOULDER = 2


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """A posed skeleton, store frame, metres. Index 0 of a pair is the left side.

    Attributes:
        bone_matrix: `(bones + 3, 3, 4)` float32, rest to store; the last three are `UprightBone`.
        keypoints_m: `(11, 3)`, rows in `Keypoint` order.
        wrist_m: `(2, 3)`.
        palm_m: `(2, 3)` centre of each palm's surface: where a held unit touches the hand.
        palm_normal: `(2, 3)` unit, out of the palm.
        forearm: `(2, 3)` unit, elbow to wrist.
        bone_head_m: `(bones, 3)`.
    """

    bone_matrix: Float32Array
    keypoints_m: FloatArray
    wrist_m: FloatArray
    palm_m: FloatArray
    palm_normal: FloatArray
    forearm: FloatArray
    bone_head_m: FloatArray


class Skeleton:
    """One person's bones at rest, ready to be posed.

    Attributes:
        head_m: `(bones, 3)` bone heads at rest, person frame, soles on the floor.
        head_top_m: `(3,)` top of the skull at rest.
    """

    def __init__(
        self, library: BodyLibrary, head_m: FloatArray, head_top_m: FloatArray, stoop_rad: float = 0.0
    ) -> None:
        """Prepare the bones of one body.

        Args:
            library: Names and parents of the bones.
            head_m: `(bones, 3)`.
            head_top_m: `(3,)`.
            stoop_rad: Bend of an old back that stays in every pose; the neck makes up for half of it.
        """
        self._stoop_rad = stoop_rad
        self.head_m = np.ascontiguousarray(head_m, dtype=np.float64)
        self.head_top_m = np.asarray(head_top_m, dtype=np.float64)
        self.bone = {name: index for index, name in enumerate(library.bone_name)}
        self._parent = library.bone_parent
        self._spine = [self.bone[name] for name in SPINE]
        self._neck = [self.bone[name] for name in NECK]
        self._role = np.full(len(library.bone_name), int(_Role.LOCAL), dtype=np.int64)
        self._side = np.full(len(library.bone_name), -1, dtype=np.int64)
        self._middle_end = np.zeros((2, 2, 2), dtype=np.int64)
        for side, letter in enumerate(SIDES):
            for name, role in (
                ("upperleg01", _Role.THIGH),
                ("lowerleg01", _Role.SHIN),
                ("foot", _Role.FOOT),
                ("upperarm01", _Role.UPPER_ARM),
                ("lowerarm01", _Role.FOREARM),
                ("lowerarm02", _Role.FOREARM_TWIST),
                ("wrist", _Role.HAND),
                ("clavicle", _Role.GIRDLE),
            ):
                self._role[self.bone[f"{name}.{letter}"]] = int(role)
                self._side[self.bone[f"{name}.{letter}"]] = side
            self._middle_end[0, side] = self.bone[f"lowerleg01.{letter}"], self.bone[f"foot.{letter}"]
            self._middle_end[1, side] = self.bone[f"lowerarm01.{letter}"], self.bone[f"wrist.{letter}"]
        self._shoulders = np.array([self.bone[f"upperarm01.{letter}"] for letter in SIDES])
        self._wrists = [self.bone[f"wrist.{letter}"] for letter in SIDES]
        self._elbows = [self.bone[f"lowerarm01.{letter}"] for letter in SIDES]
        self._keypoint_bones = [
            self.bone[f"{name}.{letter}"]
            for name in ("upperarm01", "lowerarm01", "wrist", "upperleg01", "foot")
            for letter in SIDES
        ]
        self._rest_palm_normal = np.stack([self._palm_normal_at_rest(letter) for letter in SIDES])
        self._rest_palm = np.stack(
            [
                self._palm_at_rest(letter, normal)
                for letter, normal in zip(SIDES, self._rest_palm_normal, strict=True)
            ]
        )
        self._finger_axes = [self._finger_axes_at_rest(side) for side in range(2)]
        self._spread = [self._spread_at_rest(side) for side in range(2)]

    def length_m(self, start: str, end: str) -> float:
        """Distance between the heads of two bones at rest."""
        return float(np.linalg.norm(self.head_m[self.bone[start]] - self.head_m[self.bone[end]]))

    def posed(self, pose: BodyPose) -> Joints:
        """Solve one pose (about 0.2 ms)."""
        local = np.zeros((len(self._parent), 3))
        local[self._spine] = [pose.lean_rad / len(SPINE), 0.0, pose.twist_rad / len(SPINE)]
        local[self._spine[-2:], 0] += self._stoop_rad / 2
        yaw, pitch = pose.head_yaw_pitch_rad
        local[self._neck] = [(pitch - self._stoop_rad / 2) / len(NECK), 0.0, yaw / len(NECK)]
        for side, (finger_bones, axes) in enumerate(self._finger_axes):
            local[finger_bones] = axes * pose.finger_curl_rad[side]
            knuckles, together = self._spread[side]
            local[knuckles] += together
        bones = len(self._parent)
        rotation = np.empty((bones, 3, 3))
        head = np.empty((bones, 3))
        # The pelvis goes back when the spine leans forward, or the figure would fall over.
        back_m = 0.05 * np.sin(pose.lean_rad) * self.head_top_m[2]
        solve_bones(
            self.head_m,
            self._parent,
            self._role,
            self._side,
            self._middle_end,
            self._shoulders,
            local,
            np.array([0.0, back_m, -pose.pelvis_drop_m]),
            np.ascontiguousarray(pose.ankle_m, dtype=np.float64),
            np.ascontiguousarray(pose.wrist_m, dtype=np.float64),
            np.ascontiguousarray(pose.foot_yaw_pitch_rad, dtype=np.float64),
            self._rest_palm_normal,
            rotation,
            head,
        )
        cos, sin = np.cos(pose.yaw_rad), np.sin(pose.yaw_rad)
        turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        rotation = turn @ rotation
        head = head @ turn.T
        head[:, :2] += pose.xy_m
        return self._joints(rotation, head, turn)

    def _joints(self, rotation: FloatArray, head: FloatArray, turn: FloatArray) -> Joints:
        moved = head - np.einsum("bij,bj->bi", rotation, self.head_m)
        skull, wrists = self.bone["head"], self._wrists
        keypoints = np.empty((11, 3))
        keypoints[0] = rotation[skull] @ self.head_top_m + moved[skull]
        keypoints[1:] = head[self._keypoint_bones]
        forearm = head[wrists] - head[self._elbows]
        matrix = np.empty((len(head) + len(UprightBone), 3, 4), dtype=np.float32)
        matrix[: len(head), :, :3] = rotation
        matrix[: len(head), :, 3] = moved
        for upright, anchor in (
            (UprightBone.LEFT_HAND, self.bone["metacarpal2.L"]),
            (UprightBone.RIGHT_HAND, self.bone["metacarpal2.R"]),
            (UprightBone.SHOULDER, self.bone["clavicle.L"]),
        ):
            matrix[len(head) + upright, :, :3] = turn
            matrix[len(head) + upright, :, 3] = head[anchor] - turn @ self.head_m[anchor]
        return Joints(
            bone_matrix=matrix,
            keypoints_m=keypoints,
            wrist_m=head[wrists],
            palm_m=np.einsum("sij,sj->si", rotation[wrists], self._rest_palm) + moved[wrists],
            palm_normal=np.einsum("sij,sj->si", rotation[wrists], self._rest_palm_normal),
            forearm=forearm / np.linalg.norm(forearm, axis=1, keepdims=True),
            bone_head_m=head,
        )

    def _palm_normal_at_rest(self, letter: str) -> FloatArray:
        """Relaxed fingers bend towards the palm: the bend of the middle finger shows where it is."""
        first, second, third = (self.head_m[self.bone[f"finger3-{k}.{letter}"]] for k in (1, 2, 3))
        along, further = second - first, third - second
        bend = further - along * (further @ along) / (along @ along)
        knuckles = (
            self.head_m[self.bone[f"finger5-1.{letter}"]] - self.head_m[self.bone[f"finger2-1.{letter}"]]
        )
        across = np.cross(first - self.head_m[self.bone[f"wrist.{letter}"]], knuckles)
        normal: FloatArray = across * np.sign(across @ bend) / np.linalg.norm(across)
        return normal

    def _palm_at_rest(self, letter: str, normal: FloatArray) -> FloatArray:
        knuckles = [self.head_m[self.bone[f"finger{k}-1.{letter}"]] for k in (2, 3, 4, 5)]
        middle: FloatArray = 0.3 * self.head_m[self.bone[f"wrist.{letter}"]] + 0.7 * np.mean(knuckles, axis=0)
        return middle + PALM_ABOVE_SKIN_M * normal

    def _finger_axes_at_rest(self, side: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Bones of one hand's fingers and the axes about which they curl, as long as they curl far."""
        bones, axes = [], []
        for finger, curl in zip(FINGERS, FINGER_CURL, strict=True):
            start, following = (self.head_m[self.bone[f"{finger}-{k}.{SIDES[side]}"]] for k in (1, 2))
            axis = np.cross(following - start, self._rest_palm_normal[side])
            axis *= curl / np.linalg.norm(axis)
            for joint, share in enumerate(JOINT_CURL, start=1):
                bones.append(self.bone[f"{finger}-{joint}.{SIDES[side]}"])
                axes.append(share * axis)
        return np.array(bones), np.array(axes)

    def _spread_at_rest(self, side: int) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """First joints of the four fingers and rotation vectors that lay them beside the middle one."""
        normal = self._rest_palm_normal[side]

        def direction(finger: int) -> FloatArray:
            first, third = (self.head_m[self.bone[f"finger{finger}-{k}.{SIDES[side]}"]] for k in (1, 3))
            flat: FloatArray = third - first - normal * ((third - first) @ normal)
            return flat / np.linalg.norm(flat)

        middle = direction(3)
        bones = np.array([self.bone[f"finger{k}-1.{SIDES[side]}"] for k in (2, 3, 4, 5)])
        angles = [
            np.arctan2(normal @ np.cross(direction(k), middle), direction(k) @ middle) for k in (2, 3, 4, 5)
        ]
        return bones, FINGERS_TOGETHER * np.outer(angles, normal)


@compiled(fast=False)
def _rotate_about(axis: FloatArray, angle: float) -> FloatArray:
    """Rodrigues: the `(3, 3)` rotation by `angle` about a unit axis."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = axis[0], axis[1], axis[2]
    rest = 1.0 - cos
    out = np.empty((3, 3))
    out[0, 0], out[0, 1], out[0, 2] = cos + x * x * rest, x * y * rest - z * sin, x * z * rest + y * sin
    out[1, 0], out[1, 1], out[1, 2] = y * x * rest + z * sin, cos + y * y * rest, y * z * rest - x * sin
    out[2, 0], out[2, 1], out[2, 2] = z * x * rest - y * sin, z * y * rest + x * sin, cos + z * z * rest
    return out


@compiled(fast=False)
def _align(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return the smallest rotation `(3, 3)` that turns the direction `start` into `end`."""
    a = start / np.sqrt(start @ start)
    b = end / np.sqrt(end @ end)
    axis = np.cross(a, b)
    sine = np.sqrt(axis @ axis)
    if sine < 1e-9:
        return np.eye(3) if a @ b > 0 else _rotate_about(np.array([1.0, 0.0, 0.0]), np.pi)
    return _rotate_about(axis / sine, float(np.arctan2(sine, a @ b)))


@compiled(fast=False)
def _palm_turn(direction: FloatArray, palm_normal: FloatArray, side: int) -> float:
    """Angle about the forearm that brings the palm to face inward and a little down."""
    wanted = np.array([1.0 if side == 1 else -1.0, 0.0, -0.35])
    wanted -= direction * (wanted @ direction)
    normal = palm_normal - direction * (palm_normal @ direction)
    angle = float(np.arctan2(direction @ np.cross(normal, wanted), normal @ wanted))
    return min(max(angle, -MAX_PALM_TURN_RAD), MAX_PALM_TURN_RAD)


@compiled(fast=False)
def _girdle(to_target: FloatArray, arm_m: float, side: int) -> FloatArray:
    """Rotation of the collar bone that follows an arm; `to_target` from the resting shoulder, chest frame."""
    outward = 1.0 if side == 0 else -1.0
    up = min(max((to_target[2] / arm_m + 0.25) / 1.25, 0.0), 1.0)
    ahead = min(max((-to_target[1] / arm_m - 0.45) / 0.55, 0.0), 1.0)
    rise = _rotate_about(np.array([0.0, 1.0, 0.0]), -outward * GIRDLE_RISE_RAD * up * up * (3 - 2 * up))
    forth = _rotate_about(
        np.array([0.0, 0.0, 1.0]), -outward * GIRDLE_FORWARD_RAD * ahead * ahead * (3 - 2 * ahead)
    )
    return rise @ forth


@compiled(fast=False)
def solve_bones(
    rest: FloatArray,
    parent: npt.NDArray[np.int64],
    role: npt.NDArray[np.int64],
    side_of: npt.NDArray[np.int64],
    middle_end: npt.NDArray[np.int64],
    shoulder: npt.NDArray[np.int64],
    local: FloatArray,
    root_shift: FloatArray,
    ankle: FloatArray,
    wrist: FloatArray,
    foot_yaw_pitch: FloatArray,
    palm_normal: FloatArray,
    rotation: FloatArray,
    head: FloatArray,
) -> None:
    """Fill `rotation` `(bones, 3, 3)` and `head` `(bones, 3)` in the person frame.

    `local` `(bones, 3)` holds rotation vectors of the freely given joints, `middle_end` the knee and foot
    bones, then the elbow and wrist bones, of each side; `shoulder` `(2,)` the upper arms.
    """
    joint = np.zeros((2, 2, 3))
    limb_end = np.zeros((2, 2, 3))
    turn = np.zeros(2)
    untwisted = np.zeros((2, 3, 3))
    for i in range(len(parent)):
        p = parent[i]
        side = side_of[i]
        if p < 0:
            rotation[i] = np.eye(3)
            head[i] = rest[i] + root_shift
            continue
        head[i] = head[p] + rotation[p] @ (rest[i] - rest[p])
        if role[i] == 1 or role[i] == 2:
            limb = role[i] - 1
            middle, end = middle_end[limb, side, 0], middle_end[limb, side, 1]
            target = ankle[side] if limb == 0 else wrist[side]
            first, second = rest[middle] - rest[i], rest[end] - rest[middle]
            a, b = np.sqrt(first @ first), np.sqrt(second @ second)
            to_target = target - head[i]
            distance = max(np.sqrt(to_target @ to_target), 1e-6)
            direction = to_target / distance
            distance = min(max(distance, abs(a - b) + 0.02), (a + b) * FULL_STRETCH)
            outward = 1.0 if side == 0 else -1.0
            if limb == 0:
                pole = np.array([0.05 * outward, -1.0, 0.1])
            else:
                pole = np.array([0.55 * outward, 0.8, -0.6])
            pole -= direction * (pole @ direction)
            pole /= max(np.sqrt(pole @ pole), 1e-6)
            cos = (a * a + distance * distance - b * b) / (2 * a * distance)
            sin = np.sqrt(max(0.0, 1 - cos * cos))
            joint[limb, side] = head[i] + a * (cos * direction + sin * pole)
            limb_end[limb, side] = head[i] + distance * direction
            rotation[i] = _align(rotation[p] @ first, joint[limb, side] - head[i]) @ rotation[p]
        elif role[i] == 3 or role[i] == 4:
            limb = role[i] - 3
            along = rotation[p] @ (rest[middle_end[limb, side, 1]] - rest[i])
            straight = _align(along, limb_end[limb, side] - head[i]) @ rotation[p]
            rotation[i] = straight
            if limb == 1:
                direction = limb_end[limb, side] - head[i]
                direction /= np.sqrt(direction @ direction)
                turn[side] = _palm_turn(direction, straight @ palm_normal[side], side)
                untwisted[side] = straight
                rotation[i] = _rotate_about(direction, 0.25 * turn[side]) @ straight
        elif role[i] == 5 or role[i] == 6:
            direction = limb_end[1, side] - joint[1, side]
            direction /= np.sqrt(direction @ direction)
            share = 0.65 if role[i] == 5 else 1.0
            rotation[i] = _rotate_about(direction, share * turn[side]) @ untwisted[side]
        elif role[i] == 8:
            upper, elbow, hand = shoulder[side], middle_end[1, side, 0], middle_end[1, side, 1]
            above, below = rest[elbow] - rest[upper], rest[hand] - rest[elbow]
            arm_m = np.sqrt(above @ above) + np.sqrt(below @ below)
            resting = head[i] + rotation[p] @ (rest[upper] - rest[i])
            rotation[i] = rotation[p] @ _girdle(rotation[p].T @ (wrist[side] - resting), arm_m, side)
        elif role[i] == 7:
            rotation[i] = _rotate_about(np.array([0.0, 0.0, 1.0]), foot_yaw_pitch[side, 0]) @ _rotate_about(
                np.array([1.0, 0.0, 0.0]), foot_yaw_pitch[side, 1]
            )
        else:
            angle = np.sqrt(local[i] @ local[i])
            if angle < 1e-9:
                rotation[i] = rotation[p]
            else:
                rotation[i] = rotation[p] @ _rotate_about(local[i] / angle, angle)
