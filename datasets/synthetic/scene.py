"""What passes between the scripted world and the renderer: plain arrays, no behaviour.

The world decides where everything is at a time; the renderer draws it. Neither needs to know how the
other works.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Keypoint(IntEnum):
    """Rows of keypoint arrays; left and right are the person's own."""

    HEAD_TOP = 0
    LEFT_SHOULDER = 1
    RIGHT_SHOULDER = 2
    LEFT_ELBOW = 3
    RIGHT_ELBOW = 4
    LEFT_WRIST = 5
    RIGHT_WRIST = 6
    LEFT_HIP = 7
    RIGHT_HIP = 8
    LEFT_ANKLE = 9
    RIGHT_ANKLE = 10


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """Where a body is and what its limbs do; joint angles follow by inverse kinematics.

    "Person frame": origin on the floor under the pelvis, x to the person's left, y backward, z up.
    Index 0 of a pair is the left limb, 1 the right.

    Attributes:
        xy_m: `(2,)` the pelvis over the floor, store frame.
        yaw_rad: Heading; 0 faces the store's -y, counter-clockwise.
        ankle_m: `(2, 3)` targets of the ankles, person frame.
        foot_yaw_pitch_rad: `(2, 2)` of each foot, relative to the person's heading.
        pelvis_drop_m: How far the pelvis sinks from standing upright.
        lean_rad: Forward lean of the spine.
        twist_rad: Spine about z, positive to the left.
        wrist_m: `(2, 3)` targets of the wrists, person frame (clamped to reach).
        head_yaw_pitch_rad: `(2,)`.
        finger_curl_rad: `(2,)` per finger joint; 0 is flat.
        is_coat_off: What was worn over everything else when coming in is not worn now.
    """

    xy_m: FloatArray
    yaw_rad: float
    ankle_m: FloatArray
    foot_yaw_pitch_rad: FloatArray
    pelvis_drop_m: float
    lean_rad: float
    twist_rad: float
    wrist_m: FloatArray
    head_yaw_pitch_rad: FloatArray
    finger_curl_rad: FloatArray
    is_coat_off: bool = False


@dataclass(frozen=True, slots=True)
class UnitPose:
    """Where one unit of a product is.

    Attributes:
        unit_id: Unique in the world; positive.
        product_index: Row of the catalogue.
        xyz_m: Centre of the unit's base.
        yaw_rad: About z; 0 shows the front towards -y.
        tilt_rad: Forward tilt about the unit's own x axis (in a hand).
    """

    unit_id: int
    product_index: int
    xyz_m: tuple[float, float, float]
    yaw_rad: float
    tilt_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class PropPose:
    """Where something is that moves and is neither a person nor for sale: a door, a trolley, somebody's bag.

    Attributes:
        prop_index: Row of the world's props.
        xyz_m: Where the origin of its mesh is.
        yaw_rad: About z.
        fog: How fogged its glass is, 0 to 1.
    """

    prop_index: int
    xyz_m: tuple[float, float, float]
    yaw_rad: float
    fog: float = 0.0


@dataclass(frozen=True, slots=True)
class SceneState:
    """Everything that can move, at one time.

    Attributes:
        people: Index into the world's people -> pose, only those inside the room.
        moving_units: Units that are not where the static bake has them: every unit that ever moves in
            the script, wherever it is now (on a shelf, in a hand); units in a bag are left out.
        props: Everything else that moves in the script.
    """

    at_s: float
    people: tuple[tuple[int, BodyPose], ...]
    moving_units: tuple[UnitPose, ...]
    props: tuple[PropPose, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PersonTruth:
    """What one camera sees of one person in one frame; pixels, after distortion.

    Attributes:
        person: Index into the world's people.
        amodal_xyxy: `(4,)` box of the whole body, not clipped.
        visible_xyxy: `(4,)` box of the visible pixels, inside the picture.
        visibility: Visible pixels over the pixels the body would cover if nothing were in front, within
            the picture.
        truncation: Part of the amodal box outside the picture.
        keypoint_uv: `(11, 2)` projections, also when hidden or outside.
        keypoint_visible: `(11,)` int: 0 outside the picture, 1 hidden, 2 seen.
    """

    person: int
    amodal_xyxy: FloatArray
    visible_xyxy: FloatArray
    visibility: float
    truncation: float
    keypoint_uv: FloatArray
    keypoint_visible: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class UnitTruth:
    """What one camera sees of one moving unit: visible box and share of it visible."""

    unit_id: int
    visible_xyxy: FloatArray
    visibility: float


@dataclass(frozen=True, slots=True, eq=False)
class InstanceMask:
    """Which pixels show most of a person or of a moving unit.

    Attributes:
        person: Index into the world's people; None for a unit.
        unit_id: None for a person.
        pixels: `(h, w)` bool.
    """

    person: int | None
    unit_id: int | None
    pixels: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class RenderedFrame:
    """One picture and its exact truth, which holds for the middle of the exposure.

    Attributes:
        image: `(h, w, 3)` uint8 BGR.
        brightness: Mean display value, 0 to 255.
        masks: Of whoever and whatever can be seen; empty unless asked for.
    """

    image: npt.NDArray[np.uint8]
    people: tuple[PersonTruth, ...]
    units: tuple[UnitTruth, ...]
    brightness: float = 0.0
    masks: tuple[InstanceMask, ...] = ()
