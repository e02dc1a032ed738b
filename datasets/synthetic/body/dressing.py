"""Cut clothes, shoes, hair and bags for one body out of the helper surfaces, at rest.

A garment is the part of a surface where a field (signed distance to its hems, metres) is positive, moved
outward along the normals by its looseness. Hems are cut through triangles, so that they are straight however
coarse the surface is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.bodies import BodyLibrary
from datasets.synthetic.body.skeleton import Skeleton, UprightBone
from datasets.synthetic.body.surface_cut import SurfaceCut
from datasets.synthetic.body.wardrobe import Bag, Hair, Outfit, Rgb
from datasets.synthetic.mesh import Int32Array, Material, vertex_normals
from datasets.synthetic.scene import Float32Array, FloatArray

EYE_WHITE: Rgb = (0.5, 0.5, 0.5)
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class DressedBody:
    """A skinned mesh at rest.

    Attributes:
        vertices_m: `(n, 3)` float32 at rest, person frame.
        texture: `(n, 3)` float32 place on the cloth, metres; third runs along sleeves.
        colour: `(n, 3)` float32 linear RGB.
        bone_index: `(n, 4)` int32.
        bone_weight: `(n, 4)` float32.
        faces: `(m, 3)` int32.
        material: `(m,)` int32.
    """

    vertices_m: Float32Array
    texture: Float32Array
    colour: Float32Array
    bone_index: Int32Array
    bone_weight: Float32Array
    faces: Int32Array
    material: Int32Array


def dress(
    library: BodyLibrary, skeleton: Skeleton, shape_m: Float32Array, outfit: Outfit, rng: np.random.Generator
) -> DressedBody:
    """Dress one body.

    Args:
        library: Topology and weights.
        skeleton: Of this body.
        shape_m: `(n, 3)` its vertices at rest, soles on the floor.
        outfit: What to put on.
        rng: Draws the wrinkles.
    """
    tailor = _Tailor(library, skeleton, shape_m, outfit, rng)
    tailor.add_skin()
    tailor.add_clothes()
    tailor.add_hair()
    tailor.add_bag()
    return tailor.finished()


class _Tailor:
    """Collects the parts of one dressed body."""

    def __init__(
        self,
        library: BodyLibrary,
        skeleton: Skeleton,
        shape_m: Float32Array,
        outfit: Outfit,
        rng: np.random.Generator,
    ) -> None:
        self._library, self._skeleton, self._shape, self._outfit = library, skeleton, shape_m, outfit
        self._parts: list[DressedBody] = []
        strongest = library.bone_index[np.arange(len(shape_m)), library.bone_weight.argmax(1)]
        self._bone_of = np.array(library.bone_name)[strongest]
        heads = skeleton.head_m
        bone = skeleton.bone
        self._hip_z = float(heads[bone["upperleg01.L"], 2])
        self._knee_z = float(heads[bone["lowerleg01.L"], 2])
        self._ankle_z = float(heads[bone["foot.L"], 2])
        self._is_arm = self._dominated_by("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
        self._is_leg = self._dominated_by("upperleg", "lowerleg", "foot", "toe")
        self._is_head = self._dominated_by("head", "eye")
        shoulder, wrist = heads[bone["upperarm01.L"]], heads[bone["wrist.L"]]
        mirrored = np.column_stack([np.abs(shape_m[:, 0]), shape_m[:, 1:]]) - shoulder
        reach = wrist - shoulder
        self._arm_length = float(np.linalg.norm(reach))
        self._along_arm = mirrored @ reach / self._arm_length**2
        self._texture = shape_m.copy()
        self._texture[self._is_arm, 2] = (shoulder[2] - self._along_arm * self._arm_length)[self._is_arm]
        self._normals = np.zeros_like(shape_m)
        for faces in (library.skin_faces, library.tights_faces, library.skirt_faces, library.hair_faces):
            used = np.unique(faces)
            self._normals[used] = vertex_normals(shape_m, faces)[used]
        self._wrinkles = (
            0.006 * _smooth_noise(rng, shape_m, 28.0) + 0.003 * _smooth_noise(rng, shape_m, 60.0)
        ).astype(np.float32)
        self._hair_lumps = (0.004 * _smooth_noise(rng, shape_m, 90.0)).astype(np.float32)

    def add_skin(self) -> None:
        """Keep only the skin that clothes leave bare; put shoes over the feet."""
        outfit, z = self._outfit, self._shape[:, 2]
        leg_end = self._knee_z + 0.12 if outfit.is_dress else self._leg_end_z + 0.04
        bare = self._is_head | self._dominated_by("neck")
        bare |= self._is_arm & (self._along_arm > outfit.sleeve - 0.08)
        bare |= self._is_leg & (z < leg_end)
        neck_z = self._skeleton.head_m[self._skeleton.bone["neck01"], 2]
        bare |= (z > neck_z - 0.06) & ~self._is_arm
        is_shoe = self._dominated_by("foot", "toe") & (z < self._ankle_z + 0.02)
        place = self._shape + np.where(is_shoe, 0.010, 0.0)[:, None].astype(np.float32) * self._normals
        colour = np.where(is_shoe[:, None], np.array(outfit.shoe_colour), np.array(outfit.skin))
        faces = self._library.skin_faces
        bare_faces = faces[bare[faces].all(1)]
        shoe_face = is_shoe[bare_faces].all(1)
        self._add(bare_faces[~shoe_face], place, colour, Material.SKIN)
        self._add(bare_faces[shoe_face], place, colour, Material.CLOTH)
        self._add(self._library.eye_faces, self._shape, EYE_WHITE, Material.SKIN)

    def add_clothes(self) -> None:
        """Cut the top and the trousers or dress from the tights."""
        outfit, z = self._outfit, self._shape[:, 2]
        tights = self._library.tights_faces
        hem_z = self._hip_z - outfit.hem_below_hip_m
        if not outfit.is_dress:
            legs = np.where(self._is_arm, -1.0, np.minimum(z - self._leg_end_z, self._hip_z + 0.16 - z))
            lift = 0.55 * outfit.looseness_m + 0.35 * self._wrinkles
            self._add(tights, self._moved_out(lift), outfit.trouser_colour, Material.CLOTH, keep=legs)
        top = np.where(self._is_arm, (outfit.sleeve - self._along_arm) * self._arm_length, z - hem_z)
        top[self._is_head | self._dominated_by("neck02", "neck03")] = -1.0
        waist_z = self._skeleton.head_m[self._skeleton.bone["spine03"], 2]
        flare = np.clip((waist_z - z) / 0.5, 0, 1) * (0.05 if outfit.is_coat else 0.018)
        flare[self._is_arm] = 0.0
        self._add(
            tights,
            self._moved_out(outfit.looseness_m + self._wrinkles + flare),
            outfit.top_colour,
            Material.PATTERNED_CLOTH,
            keep=top,
        )
        if outfit.is_dress:
            colour = tuple(0.9 * channel for channel in outfit.top_colour)
            self._add(self._library.skirt_faces, self._moved_out(0.012), colour, Material.PATTERNED_CLOTH)

    def add_hair(self) -> None:
        """Lift the scalp by the thickness of the hair or hat; add what a style needs besides."""
        outfit = self._outfit
        if outfit.hair == Hair.BALD:
            return
        head = self._skeleton.head_m[self._skeleton.bone["head"]]
        skull = self._shape[
            np.unique(self._library.skin_faces[self._is_head[self._library.skin_faces].all(1)])
        ]
        height = float(skull[:, 2].max() - head[2])
        front, back = float(skull[:, 1].min()), float(skull[:, 1].max())
        up = (self._shape[:, 2] - head[2]) / height
        backward = (self._shape[:, 1] - front) / (back - front)
        line = np.interp(backward, [0, 0.18, 0.35, 0.55, 0.75, 1], [0.88, 0.80, 0.62, 0.42, 0.22, 0.08])
        if outfit.hair in (Hair.HAT, Hair.CAP, Hair.BEANIE):
            line = np.interp(backward, [0, 1], [0.74, 0.50])
        is_hat = outfit.hair in (Hair.HAT, Hair.CAP, Hair.BEANIE)
        thick = 0.010 if outfit.hair == Hair.SHORT else 0.024
        lift = thick * (0.35 + 0.65 * np.clip(up - line, 0, 0.3) / 0.3) + (0 if is_hat else self._hair_lumps)
        keep = np.where(self._is_head, (up - line) * height, -1.0)
        colour, material = (
            (outfit.hat_colour, Material.CLOTH) if is_hat else (outfit.hair_colour, Material.HAIR)
        )
        self._add(self._library.skin_faces, self._moved_out(lift), colour, material, keep=keep)
        middle = np.array([0.0, (front + back) / 2, head[2]])
        half = 0.5 * (back - front)
        if outfit.hair == Hair.LONG:
            self._add(self._library.hair_faces, self._moved_out(0.006), outfit.hair_colour, Material.HAIR)
            fall = middle + np.array([0.0, 0.55 * half, 0.22 * height])
            self._add_solid(fall, (0.72 * half, 0.5 * half, 0.75 * height), outfit.hair_colour, "neck03", 2.6)
        if outfit.hair == Hair.BUN:
            bun = middle + np.array([0.0, half + 0.03, 0.75 * height])
            self._add_solid(bun, (0.045, 0.04, 0.04), outfit.hair_colour, "head", 2.0, Material.HAIR)
        if outfit.hair == Hair.HAT:
            brim = middle + np.array([0.0, 0.0, 0.66 * height])
            self._add_solid(brim, (1.45 * half, 1.5 * half, 0.008), outfit.hat_colour, "head", 2.0)
        if outfit.hair == Hair.CAP:
            visor = middle + np.array([0.0, -0.9 * half, 0.72 * height])
            self._add_solid(visor, (0.75 * half, 0.7 * half, 0.008), outfit.hat_colour, "head", 2.0)

    def add_bag(self) -> None:
        """Hang the bag where its kind is carried."""
        outfit, size = self._outfit, self._outfit.bag_size
        heads, bone = self._skeleton.head_m, self._skeleton.bone
        half_width = float(np.abs(self._shape[self._dominated_by("pelvis", "upperleg01"), 0]).max())
        upright = len(self._library.bone_name)
        if outfit.bag == Bag.SHOULDER_TOTE:
            body = np.array([half_width + 0.09, 0.05, self._hip_z + 0.06])
            self._add_solid(
                body,
                (0.055 * size, 0.17 * size, 0.17 * size),
                outfit.bag_colour,
                UprightBone.SHOULDER + upright,
                5,
            )
            shoulder = heads[bone["upperarm01.L"]]
            top = np.array([0.8 * shoulder[0], shoulder[1] + 0.01, shoulder[2] + 0.06])
            low = body + np.array([0.0, 0.0, 0.15 * size])
            self._add_strap(top, low, UprightBone.SHOULDER + upright)
        elif outfit.bag == Bag.HAND_TOTE:
            hand = np.mean([heads[bone[f"finger{k}-2.L"]] for k in (2, 3, 4, 5)], axis=0)
            low = hand + np.array([0.0, 0.0, -0.09 - 0.13 * size])
            index = UprightBone.LEFT_HAND + upright
            self._add_solid(low, (0.06 * size, 0.16 * size, 0.13 * size), outfit.bag_colour, index, 5)
            self._add_strap(hand, low + np.array([0.0, 0.0, 0.11 * size]), index)
        elif outfit.bag == Bag.BACKPACK:
            spine = self._shape[self._dominated_by("spine")]
            back = np.array([0.0, spine[:, 1].max() + 0.08, heads[bone["spine02"], 2] - 0.02])
            self._add_solid(back, (0.15 * size, 0.10 * size, 0.21 * size), outfit.bag_colour, "spine02", 4)

    def finished(self) -> DressedBody:
        """Put the parts into one mesh."""
        starts = np.cumsum([0, *(len(part.vertices_m) for part in self._parts[:-1])])
        return DressedBody(
            vertices_m=np.concatenate([part.vertices_m for part in self._parts]),
            texture=np.concatenate([part.texture for part in self._parts]),
            colour=np.concatenate([part.colour for part in self._parts]),
            bone_index=np.concatenate([part.bone_index for part in self._parts]),
            bone_weight=np.concatenate([part.bone_weight for part in self._parts]),
            faces=np.concatenate([p.faces + np.int32(s) for p, s in zip(self._parts, starts, strict=True)]),
            material=np.concatenate([part.material for part in self._parts]),
        )

    @property
    def _leg_end_z(self) -> float:
        return self._ankle_z + self._outfit.leg_above_ankle_m

    def _dominated_by(self, *prefixes: str) -> BoolArray:
        """Tell vertices whose strongest bone has a name that starts like this."""
        return np.array([name.startswith(prefixes) for name in self._bone_of])

    def _moved_out(self, lift_m: float | FloatArray | Float32Array) -> Float32Array:
        lift = np.broadcast_to(np.asarray(lift_m, dtype=np.float32), len(self._shape))
        return self._shape + lift[:, None] * self._normals

    def _add(
        self,
        faces: Int32Array,
        place_m: Float32Array,
        colour: Rgb | tuple[float, ...] | FloatArray,
        material: Material,
        keep: FloatArray | None = None,
    ) -> None:
        """Add the triangles of a surface where `keep` `(n,)` is positive, or all."""
        cut = SurfaceCut.along(faces, keep if keep is not None else np.ones(len(self._shape)))
        if len(cut.faces) == 0:
            return
        index, weight = cut.blended_weights(self._library)
        painted = np.broadcast_to(np.asarray(colour, dtype=np.float32), self._shape.shape)
        self._parts.append(
            DressedBody(
                cut.blended(place_m),
                cut.blended(self._texture),
                cut.blended(painted),
                index,
                weight,
                cut.faces,
                np.full(len(cut.faces), int(material), dtype=np.int32),
            )
        )

    def _add_solid(
        self,
        centre_m: FloatArray,
        radii_m: tuple[float, float, float],
        colour: Rgb,
        bone: str | int,
        exponent: float,
        material: Material = Material.CLOTH,
    ) -> None:
        """Add a superellipsoid (2 an ellipsoid, 5 nearly a box) that moves with one bone."""
        across, upward = np.meshgrid(np.linspace(0, 2 * np.pi, 13), np.linspace(-np.pi / 2, np.pi / 2, 8))

        def bent(values: FloatArray) -> FloatArray:
            return np.sign(values) * np.abs(values) ** (2 / exponent)

        unit = np.stack(
            [
                bent(np.cos(upward)) * bent(np.cos(across)),
                bent(np.cos(upward)) * bent(np.sin(across)),
                bent(np.sin(upward)),
            ],
            axis=-1,
        ).reshape(-1, 3)
        corner = (np.arange(7)[:, None] * 13 + np.arange(12)).ravel()
        faces = np.concatenate(
            [np.stack([corner, corner + 1, corner + 14], 1), np.stack([corner, corner + 14, corner + 13], 1)]
        )
        self._add_rigid(unit * radii_m + centre_m, faces, colour, bone, material)

    def _add_strap(self, top_m: FloatArray, low_m: FloatArray, bone: int) -> None:
        """Add two flat bands from the bag's front and back to where it hangs."""
        half_band = np.array([0.012, 0.0, 0.0])
        for side in (-0.09, 0.09):
            foot = low_m + np.array([0.0, side, 0.0])
            corners = [
                top_m - half_band,
                top_m + half_band,
                foot + half_band,
                foot - half_band,
            ]
            self._add_rigid(
                np.array(corners),
                np.array([[0, 1, 2], [0, 2, 3]]),
                self._outfit.bag_colour,
                bone,
                Material.CLOTH,
            )

    def _add_rigid(
        self,
        place_m: FloatArray,
        faces: npt.NDArray[np.int64],
        colour: Rgb,
        bone: str | int,
        material: Material,
    ) -> None:
        index = np.zeros((len(place_m), 4), dtype=np.int32)
        index[:, 0] = self._skeleton.bone[bone] if isinstance(bone, str) else bone
        weight = np.zeros((len(place_m), 4), dtype=np.float32)
        weight[:, 0] = 1.0
        place = place_m.astype(np.float32)
        self._parts.append(
            DressedBody(
                place,
                place,
                np.tile(np.asarray(colour, dtype=np.float32), (len(place), 1)),
                index,
                weight,
                faces.astype(np.int32),
                np.full(len(faces), int(material), dtype=np.int32),
            )
        )


def _smooth_noise(rng: np.random.Generator, points_m: Float32Array, frequency: float) -> FloatArray:
    """Sum six random waves `(n,)` in [-1, 1]."""
    total = np.zeros(len(points_m))
    for _ in range(6):
        total += np.sin(points_m @ (rng.normal(0, 1, 3) * frequency) + rng.uniform(0, 2 * np.pi))
    return total / 6
