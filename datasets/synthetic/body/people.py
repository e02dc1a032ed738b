"""Random dressed people that can be posed.

A person is a blend of baked bodies of one pool, sex and stage of life, scaled to a height, with an outfit.
Posing is linear blend skinning of the dressed mesh; joints and wrists are exact by construction.
"""

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from datasets.synthetic.body.bodies import body_library
from datasets.synthetic.body.complexion import SKIN_TONES, Wearer
from datasets.synthetic.body.dressing import dress
from datasets.synthetic.body.outfits import random_outfit, without_coat
from datasets.synthetic.body.pushed import (
    FOOT_REST_M,
    PRAM_HANDLE_M,
    RIM_M,
    SEAT_HEIGHT_M,
    TROLLEY_HANDLE_M,
    SeatedPosture,
    mirrored_pair,
    pram,
    trolley,
    wheelchair,
)
from datasets.synthetic.body.skeleton import Joints, Skeleton
from datasets.synthetic.body.stature import MAX_HEIGHT_M, MIN_HEIGHT_M, random_age_years, random_stature
from datasets.synthetic.body.tailor import DressedBody
from datasets.synthetic.body.wardrobe import Bag, Outfit, Pushed, Rgb
from datasets.synthetic.compiled import compiled
from datasets.synthetic.mesh import Int32Array, Mesh, accumulate_normals
from datasets.synthetic.pools import Pool, pool_rng
from datasets.synthetic.scene import BodyPose, Float32Array, FloatArray

__all__ = [
    "ANYBODY",
    "MAX_HEIGHT_M",
    "MIN_HEIGHT_M",
    "Person",
    "PersonLooks",
    "PersonWish",
    "PosedPerson",
]

STEP_PER_HEIGHT = 0.36  # a shopper's step at about 1 m/s; gait tables give 0.41 at 1.3 m/s
UNIFORM_RGB: Rgb = (0.02, 0.13, 0.06)
_BUTTOCK_M = 0.11  # hip joint over the seat, over height 1.70 m
# Spheres that stand for a body where light is blocked: bone, radius in metres at a height of 1.70 m.
OCCLUDERS = (
    ("foot.L", 0.10),
    ("foot.R", 0.10),
    ("lowerleg01.L", 0.08),
    ("lowerleg01.R", 0.08),
    ("root", 0.19),
    ("spine02", 0.20),
    ("head", 0.12),
    ("wrist.L", 0.06),
    ("wrist.R", 0.06),
)


@dataclass(frozen=True, slots=True)
class PersonWish:
    """What a script asks of a person; the rest is drawn.

    Attributes:
        age_years: From and to; None for anybody who shops alone.
        is_staff: Wears the store's uniform.
        pushes: What is pushed or sat in.
        bag: What is carried; None for any that goes with the rest.
        uniform_rgb: Colour of the store's uniform, linear.
        has_coat: Wears a coat, jacket or cardigan that can be taken off.
    """

    age_years: tuple[float, float] | None = None
    is_staff: bool = False
    pushes: Pushed = Pushed.NOTHING
    bag: Bag | None = None
    uniform_rgb: Rgb = UNIFORM_RGB
    has_coat: bool = False


ANYBODY = PersonWish()


@dataclass(frozen=True, slots=True)
class PersonLooks:
    """How a person looks, in words, for scores by group.

    Attributes:
        age_years: Age.
        height_m: Standing height.
        skin_tone: One of six groups from "very-light" to "dark".
        garment: Name of the outfit's `Cut`.
        headwear: Name of a `Headwear`.
        bag: Name of a `Bag`, lower case.
        pushes: Name of a `Pushed`, lower case.
        is_staff: Wears the store's uniform.
        is_masked: Wears a face mask.
    """

    age_years: float
    height_m: float
    skin_tone: str
    garment: str
    headwear: str
    bag: str
    pushes: str
    is_staff: bool
    is_masked: bool


@dataclass(frozen=True, slots=True, eq=False)
class PosedPerson:
    """One person's surface at one time, store frame, metres.

    Attributes:
        joints: Bones, keypoints, wrists and palms.
        vertices_m: `(n, 3)` float32.
        normals: `(n, 3)` float32, unit.
        occluders_m: `(k, 4)` float64: centre and radius of the spheres that block ambient light.
    """

    joints: Joints
    vertices_m: Float32Array
    normals: Float32Array
    occluders_m: FloatArray

    @property
    def keypoints_m(self) -> FloatArray:
        """`(11, 3)` in `Keypoint` order."""
        return self.joints.keypoints_m

    @property
    def palm_m(self) -> FloatArray:
        """`(2, 3)` centre of each palm: where a held unit touches the hand."""
        return self.joints.palm_m

    @property
    def wrist_m(self) -> FloatArray:
        """`(2, 3)`."""
        return self.joints.wrist_m

    @property
    def forearm(self) -> FloatArray:
        """`(2, 3)` unit vectors, elbow to wrist."""
        return self.joints.forearm


class Person:
    """One random person; the same pool, seed and wish give the same person.

    Everything at rest is in the person frame of `BodyPose`, standing upright.

    Attributes:
        height_m: Sole to top of the skull.
        arm_reach_m: Shoulder joint to wrist, stretched.
        leg_length_m: Hip joint to ankle, stretched.
        rest_shoulder_m: `(2, 3)` shoulder joints.
        rest_hip_height_m: Hip joints above the floor.
        ankle_height_m: Ankle joints above the floor, foot flat.
        half_hip_width_m: Hip joint to the middle.
        step_length_m: One comfortable step, from foot to foot.
        rest_bag_m: `(3,)` opening of the bag (or pocket): where a wrist goes to stow something.
        bag_hand: 0 if the left hand is bound to carry the bag, else None.
        outfit: Clothes, hair and bag.
        looks: The same in words.
        body: The dressed mesh at rest, as the person comes in.
        pushed: Trolley, pram or wheelchair in the person frame: placed at the person's xy, on the floor, with
            the person's yaw; None for nothing.
        push_hands_m: `(2, 3)` wrists on the handle of a trolley or pram, person frame; else None.
        seated: How to sit in the wheelchair; None for who walks.
    """

    def __init__(self, pool: Pool, seed: int, wish: PersonWish = ANYBODY) -> None:
        """Draw a person of a pool who is as wished."""
        rng = pool_rng(pool, seed, 0xB0D)
        library = body_library()
        is_male = bool(rng.integers(2))
        age = random_age_years(rng) if wish.age_years is None else float(rng.uniform(*wish.age_years))
        tones = list(SKIN_TONES)
        wearer = Wearer(is_male, age, tones[int(rng.integers(len(tones)))])
        stature = random_stature(rng, library, pool, age, is_male)
        self.height_m = stature.height_m
        heads = stature.bone_head_m
        skull_y = float(heads[library.bone_name.index("head"), 1])
        head_top = np.array([0.0, skull_y, self.height_m])
        self.skeleton = Skeleton(library, heads, head_top, stature.stoop_rad)
        uniform = wish.uniform_rgb if wish.is_staff else None
        self.outfit: Outfit = random_outfit(rng, wearer, uniform, _bag_for(wish, rng), wish.has_coat)
        self._shape_m, self._dressing = stature.shape_m, deepcopy(rng)
        self.body: DressedBody = dress(library, self.skeleton, stature.shape_m, self.outfit, rng)
        self.looks = _looks(wish, wearer, self.height_m, self.outfit)

        bone = self.skeleton.bone
        self.arm_reach_m = self.skeleton.length_m("upperarm01.L", "lowerarm01.L") + self.skeleton.length_m(
            "lowerarm01.L", "wrist.L"
        )
        self.leg_length_m = self.skeleton.length_m("upperleg01.L", "lowerleg01.L") + self.skeleton.length_m(
            "lowerleg01.L", "foot.L"
        )
        self.rest_shoulder_m: FloatArray = heads[[bone["upperarm01.L"], bone["upperarm01.R"]]]
        self.rest_hip_height_m = float(heads[bone["upperleg01.L"], 2])
        self.ankle_height_m = float(heads[bone["foot.L"], 2])
        self.half_hip_width_m = float(abs(heads[bone["upperleg01.L"], 0]))
        self.step_length_m = STEP_PER_HEIGHT * self.height_m
        self.bag_hand = 0 if self.outfit.bag == Bag.HAND_TOTE else None
        self.pushed = _pushed_mesh(wish.pushes, rng)
        self.push_hands_m = _push_hands(wish.pushes)
        self.seated = self._seated() if wish.pushes == Pushed.WHEELCHAIR else None
        self.rest_bag_m: FloatArray = self._rest_bag()
        self._occluder_bones = [bone[name] for name, _ in OCCLUDERS]
        self._occluder_radii = np.array([radius for _, radius in OCCLUDERS]) * self.height_m / 1.70

    @property
    def is_seated(self) -> bool:
        """Whether the person sits in a wheelchair."""
        return self.seated is not None

    @cached_property
    def body_without_coat(self) -> DressedBody:
        """The dressed mesh at rest after the coat was taken off; wrinkles and hair are the same."""
        outfit = without_coat(self.outfit)
        return dress(body_library(), self.skeleton, self._shape_m, outfit, deepcopy(self._dressing))

    def dressed(self, pose: BodyPose) -> DressedBody:
        """Return the dressed mesh at rest in what is worn in a pose."""
        return self.body_without_coat if pose.is_coat_off else self.body

    def skeleton_only(self, pose: BodyPose) -> Joints:
        """Return joints and wrists without the surface (fast: every tick of a script needs them)."""
        return self.skeleton.posed(pose)

    def posed(self, pose: BodyPose) -> PosedPerson:
        """Return joints and surface."""
        joints, body = self.skeleton.posed(pose), self.dressed(pose)
        vertices = np.empty_like(body.vertices_m)
        normals = np.empty_like(vertices)
        skin_vertices(body.vertices_m, body.bone_index, body.bone_weight, joints.bone_matrix, vertices)
        accumulate_normals(vertices, body.faces, normals)
        occluders = np.column_stack([joints.bone_head_m[self._occluder_bones], self._occluder_radii])
        return PosedPerson(joints, vertices, normals, occluders)

    def _seated(self) -> SeatedPosture:
        hip_over_seat = _BUTTOCK_M * self.height_m / 1.70
        return SeatedPosture(
            seat_height_m=SEAT_HEIGHT_M,
            pelvis_drop_m=self.rest_hip_height_m - SEAT_HEIGHT_M - hip_over_seat,
            ankle_m=mirrored_pair(FOOT_REST_M),
            wrist_m=mirrored_pair(RIM_M),
        )

    def _rest_bag(self) -> FloatArray:
        hip = self.rest_hip_height_m
        if self.seated is not None:  # on the lap
            return np.array([0.06, -0.26, SEAT_HEIGHT_M + 0.24])
        if self.outfit.bag == Bag.SHOULDER_TOTE:
            return np.array([self.half_hip_width_m + 0.16, -0.03, hip + 0.26])
        if self.outfit.bag == Bag.HAND_TOTE:
            return np.array([self.half_hip_width_m + 0.12, -0.14, hip - 0.05])
        return np.array([self.half_hip_width_m + 0.02, -0.14, hip + 0.10])


def _bag_for(wish: PersonWish, rng: np.random.Generator) -> Bag | None:
    """Choose a bag that leaves both hands for what is pushed, and none that a wheelchair is in the way of."""
    if wish.bag is not None or wish.pushes == Pushed.NOTHING:
        return wish.bag
    if wish.pushes == Pushed.WHEELCHAIR:
        return Bag.POCKETS
    return Bag(rng.choice([Bag.SHOULDER_TOTE, Bag.BACKPACK, Bag.POCKETS]))


def _looks(wish: PersonWish, wearer: Wearer, height_m: float, outfit: Outfit) -> PersonLooks:
    return PersonLooks(
        age_years=round(wearer.age_years, 1),
        height_m=round(height_m, 3),
        skin_tone=wearer.skin_tone,
        garment=str(outfit.cut),
        headwear=str(outfit.headwear),
        bag=outfit.bag.name.lower().replace("_", "-"),
        pushes=wish.pushes.name.lower(),
        is_staff=wish.is_staff,
        is_masked=outfit.mask is not None,
    )


def _pushed_mesh(pushes: Pushed, rng: np.random.Generator) -> Mesh | None:
    if pushes == Pushed.NOTHING:
        return None
    build = {Pushed.TROLLEY: trolley, Pushed.PRAM: pram, Pushed.WHEELCHAIR: wheelchair}[pushes]
    return build(rng)


def _push_hands(pushes: Pushed) -> FloatArray | None:
    if pushes == Pushed.TROLLEY:
        return mirrored_pair(TROLLEY_HANDLE_M)
    return mirrored_pair(PRAM_HANDLE_M) if pushes == Pushed.PRAM else None


@compiled()
def skin_vertices(
    rest_m: Float32Array,
    bone_index: Int32Array,
    bone_weight: Float32Array,
    bone_matrix: Float32Array,
    out: Float32Array,
) -> None:
    """Linear blend skinning: `out` `(n, 3)` is the weighted mean of four bones' transforms."""
    for i in range(rest_m.shape[0]):
        x, y, z = rest_m[i, 0], rest_m[i, 1], rest_m[i, 2]
        a = np.float32(0.0)
        b = np.float32(0.0)
        c = np.float32(0.0)
        for k in range(4):
            weight = bone_weight[i, k]
            if weight > 0:
                m = bone_matrix[bone_index[i, k]]
                a += weight * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3])
                b += weight * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3])
                c += weight * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        out[i, 0], out[i, 1], out[i, 2] = a, b, c
