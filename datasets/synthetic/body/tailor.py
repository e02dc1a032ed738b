"""Measures of one body at rest and the ways to add a part of it: cut from a surface, solid, or flat.

A garment is the part of a surface where a field (signed distance to its hems, metres) is positive, moved
outward along the normals by its looseness. Hems are cut through triangles, so that they are straight however
coarse the surface is. Fields combine by minimum (both) and maximum (either).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.bodies import BodyLibrary
from datasets.synthetic.body.skeleton import Skeleton
from datasets.synthetic.body.surface_cut import SurfaceCut
from datasets.synthetic.body.wardrobe import Cloth, Print, Rgb
from datasets.synthetic.mesh import Int32Array, Material, vertex_normals
from datasets.synthetic.scene import Float32Array, FloatArray

BoolArray = npt.NDArray[np.bool_]
_TOE_PASSES = 8
REFERENCE_HEIGHT_M = 1.70  # sizes of clothes are meant for this height and scale with it


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
        fabric_of_face: `(m,)` int32, row of `fabrics`.
        fabrics: `(k, 6)` patterns as `picture.surface` knows them; row 0 is plain.
    """

    vertices_m: Float32Array
    texture: Float32Array
    colour: Float32Array
    bone_index: Int32Array
    bone_weight: Float32Array
    faces: Int32Array
    material: Int32Array
    fabric_of_face: Int32Array
    fabrics: FloatArray


class Tailor:
    """Measures one body and collects the parts of its dressed mesh.

    Attributes:
        library: Topology and weights.
        skeleton: Of this body.
        shape_m: `(n, 3)` float32 the body and its helper surfaces at rest.
        normals: `(n, 3)` float32.
        scale: Height over `REFERENCE_HEIGHT_M`.
        is_arm: `(n,)`; likewise `is_leg`, `is_head`, `is_neck`, `is_foot`.
        along_arm: `(n,)` 0 at the shoulder joint, 1 at the wrist.
        above_neck_m: `(n,)` signed distance to the plane in which a collar lies.
        is_front: `(n,)` before the spine.
    """

    def __init__(
        self, library: BodyLibrary, skeleton: Skeleton, shape_m: Float32Array, rng: np.random.Generator
    ) -> None:
        """Measure a body; `rng` draws its wrinkles."""
        self.library, self.skeleton = library, skeleton
        self._parts: list[DressedBody] = []
        self._fabrics: list[FloatArray] = [np.zeros(6)]
        strongest = library.bone_index[np.arange(len(shape_m)), library.bone_weight.argmax(1)]
        self._bone_of = np.array(library.bone_name)[strongest]
        self.scale = float(skeleton.head_top_m[2]) / REFERENCE_HEIGHT_M
        self.hip_z = float(self.head_of("upperleg01.L")[2])
        self.knee_z = float(self.head_of("lowerleg01.L")[2])
        self.ankle_z = float(self.head_of("foot.L")[2])
        self.waist_z = float(self.head_of("spine04")[2])
        self.chest_z = float(self.head_of("spine02")[2])
        self.neck_m: FloatArray = self.head_of("neck01")
        self.is_arm = self.dominated_by("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
        self.is_leg = self.dominated_by("upperleg", "lowerleg", "foot", "toe")
        self.is_foot = self.dominated_by("foot", "toe")
        shape_m = _without_toes(shape_m, library.skin_faces, self.dominated_by("toe"))
        self.shape_m = shape_m
        self.is_head = self.dominated_by("head", "eye")
        self.is_neck = self.dominated_by("neck")
        shoulder, wrist = self.head_of("upperarm01.L"), self.head_of("wrist.L")
        reach = wrist - shoulder
        self.arm_length = float(np.linalg.norm(reach))
        direction = reach / self.arm_length
        mirrored = np.column_stack([np.abs(shape_m[:, 0]), shape_m[:, 1:]]) - shoulder
        self.along_arm: FloatArray = mirrored @ direction / self.arm_length
        collar_normal = np.array([0.0, -0.45, 0.89])
        self.above_neck_m: FloatArray = (shape_m - self.neck_m) @ collar_normal
        self.is_front: BoolArray = shape_m[:, 1] < self.head_of("spine03")[1]
        tights = np.unique(library.tights_faces)
        self._trunk = tights[~self.is_arm[tights] & ~self.is_leg[tights] & ~self.is_neck[tights]]
        self._texture = shape_m.copy()
        across = np.array([-direction[2], 0.0, direction[0]])
        self._texture[self.is_arm, 0] = shoulder[0] + (mirrored @ across)[self.is_arm]
        self._texture[self.is_arm, 2] = (shoulder[2] - self.along_arm * self.arm_length)[self.is_arm]
        self.normals = np.zeros_like(shape_m)
        for faces in (library.skin_faces, library.tights_faces, library.skirt_faces, library.hair_faces):
            used = np.unique(faces)
            self.normals[used] = vertex_normals(shape_m, faces)[used]
        self.wrinkles: FloatArray = self._drawn_wrinkles(rng)
        self.hair_lumps: FloatArray = smooth_noise(rng, shape_m, 75.0 / self.scale)

    def _drawn_wrinkles(self, rng: np.random.Generator) -> FloatArray:
        """Unit wrinkles `(n,)`: shallow everywhere, deep where joints bend the cloth."""
        wide = smooth_noise(rng, self.shape_m * [1.0, 1.0, 1.5], 26.0 / self.scale)
        fine = smooth_noise(rng, self.shape_m * [0.6, 0.6, 1.6], 48.0 / self.scale)
        z, scale = self.shape_m[:, 2], self.scale
        bends = np.exp(-(((z - self.knee_z) / (0.09 * scale)) ** 2)) * self.is_leg
        bends += np.exp(-(((z - self.ankle_z - 0.05) / (0.07 * scale)) ** 2)) * self.is_leg
        bends += np.exp(-(((self.along_arm - 0.5) / 0.13) ** 2)) * self.is_arm
        bends += 0.6 * np.exp(-(((z - self.waist_z) / (0.08 * scale)) ** 2)) * ~self.is_arm
        wrinkles: FloatArray = wide + (0.5 + 0.9 * bends) * fine
        return wrinkles

    def head_of(self, bone: str) -> FloatArray:
        """Return where a bone starts at rest `(3,)`."""
        place: FloatArray = self.skeleton.head_m[self.skeleton.bone[bone]]
        return place

    def dominated_by(self, *prefixes: str) -> BoolArray:
        """Tell vertices whose strongest bone has a name that starts like this."""
        return np.array([name.startswith(prefixes) for name in self._bone_of])

    def surface_point(self, x: float, z: float, *, front: bool = True) -> FloatArray:
        """Return the point `(3,)` of the trunk's front or back at x, z, from the vertices around it."""
        used = self._trunk[self.is_front[self._trunk] == front]
        away = (self.shape_m[used, 0] - x) ** 2 + (self.shape_m[used, 2] - z) ** 2
        nearest = np.argsort(away, kind="stable")[:4]
        weight = 1 / (away[nearest] + 1e-4)
        return np.array([x, float(weight @ self.shape_m[used[nearest], 1] / weight.sum()), z])

    def shoulder_top_z(self, x: float) -> float:
        """Return how high the shoulder is at x, beside the neck."""
        beside = self._trunk[np.abs(self.shape_m[self._trunk, 0] - x) < 0.025 * self.scale]
        return float(self.shape_m[beside, 2].max())

    def add_cut(
        self,
        faces: Int32Array,
        lift_m: float | FloatArray,
        colour: Rgb | FloatArray,
        keep: FloatArray | None = None,
        *,
        material: Material = Material.CLOTH,
        cloth: Cloth | None = None,
    ) -> None:
        """Add the triangles of a surface where `keep` `(n,)` is positive, or all.

        Args:
            faces: The surface.
            lift_m: How far to move it outwards, one or `(n,)`.
            colour: One or `(n, 3)`.
            keep: Signed distance to the hems.
            material: Of the triangles; a printed cloth overrides it.
            cloth: Adds its pattern.
        """
        cut = SurfaceCut.along(faces, keep if keep is not None else np.ones(len(self.shape_m)))
        if len(cut.faces) == 0:
            return
        lift = np.broadcast_to(np.asarray(lift_m, dtype=np.float32), len(self.shape_m))
        place = self.shape_m + lift[:, None] * self.normals
        index, weight = cut.blended_weights(self.library)
        painted = np.broadcast_to(np.asarray(colour, dtype=np.float32), self.shape_m.shape)
        fabric = 0
        if cloth is not None and cloth.pattern != Print.PLAIN:
            material, fabric = Material.PATTERNED_CLOTH, self._fabric_row(cloth)
        self._add(
            cut.blended(place), cut.blended(self._texture), cut.blended(painted), index, weight, cut.faces,
            material, fabric,
        )  # fmt: skip

    def _fabric_row(self, cloth: Cloth) -> int:
        self._fabrics.append(
            np.array([int(cloth.pattern), cloth.repeats_per_m, *cloth.print_colour, self.chest_z])
        )
        return len(self._fabrics) - 1

    def add_solid(
        self,
        centre_m: FloatArray,
        radii_m: tuple[float, float, float],
        colour: Rgb,
        bone: str | int,
        exponent: float = 2.0,
        *,
        material: Material = Material.CLOTH,
        rings: int = 4,
    ) -> None:
        """Add a superellipsoid (2 an ellipsoid, 5 nearly a box) that moves with one bone."""
        columns = 2 * rings
        across, upward = np.meshgrid(
            np.linspace(0, 2 * np.pi, columns + 1), np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
        )

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
        step = columns + 1
        corner = (np.arange(rings)[:, None] * step + np.arange(columns)).ravel()
        faces = np.concatenate(
            [
                np.stack([corner, corner + 1, corner + step + 1], 1),
                np.stack([corner, corner + step + 1, corner + step], 1),
            ]
        )
        self.add_rigid(unit * radii_m + centre_m, faces, colour, bone, material)

    def add_patch(self, corners_m: npt.ArrayLike, colour: Rgb, bone: str | int) -> None:
        """Add a flat patch with four corners in order around it."""
        faces = np.array([[0, 1, 2], [0, 2, 3]])
        self.add_rigid(np.asarray(corners_m, dtype=np.float64), faces, colour, bone, Material.CLOTH)

    def add_rigid(
        self,
        place_m: FloatArray,
        faces: npt.NDArray[np.int64],
        colour: Rgb,
        bone: str | int,
        material: Material,
    ) -> None:
        """Add triangles that move with one bone."""
        index = np.zeros((len(place_m), 4), dtype=np.int32)
        index[:, 0] = self.skeleton.bone[bone] if isinstance(bone, str) else bone
        weight = np.zeros((len(place_m), 4), dtype=np.float32)
        weight[:, 0] = 1.0
        place = place_m.astype(np.float32)
        painted = np.tile(np.asarray(colour, dtype=np.float32), (len(place), 1))
        self._add(place, place, painted, index, weight, faces.astype(np.int32), material, 0)

    def _add(
        self,
        place_m: Float32Array,
        texture: Float32Array,
        colour: Float32Array,
        bone_index: Int32Array,
        bone_weight: Float32Array,
        faces: Int32Array,
        material: Material,
        fabric: int,
    ) -> None:
        self._parts.append(
            DressedBody(
                place_m,
                texture,
                colour,
                bone_index,
                bone_weight,
                faces,
                np.full(len(faces), int(material), dtype=np.int32),
                np.full(len(faces), fabric, dtype=np.int32),
                np.empty((0, 6)),
            )
        )

    def finished(self) -> DressedBody:
        """Put the parts into one mesh."""
        parts = self._parts
        starts = np.cumsum([0, *(len(part.vertices_m) for part in parts[:-1])])
        return DressedBody(
            vertices_m=np.concatenate([part.vertices_m for part in parts]),
            texture=np.concatenate([part.texture for part in parts]),
            colour=np.concatenate([part.colour for part in parts]),
            bone_index=np.concatenate([part.bone_index for part in parts]),
            bone_weight=np.concatenate([part.bone_weight for part in parts]),
            faces=np.concatenate([p.faces + np.int32(s) for p, s in zip(parts, starts, strict=True)]),
            material=np.concatenate([part.material for part in parts]),
            fabric_of_face=np.concatenate([part.fabric_of_face for part in parts]),
            fabrics=np.stack(self._fabrics),
        )


def _without_toes(shape_m: Float32Array, faces: Int32Array, is_toe: BoolArray) -> Float32Array:
    """Smooth the toes away (uniform Laplacian): nobody is barefoot, and shoes are cut from feet."""
    smooth = shape_m.copy()
    start, end = np.concatenate([faces, faces[:, [1, 2, 0]], faces[:, [2, 0, 1]]])[:, :2].T
    count = np.maximum(np.bincount(start, minlength=len(shape_m)), 1)[:, None]
    for _ in range(_TOE_PASSES):
        total = np.zeros_like(smooth)
        np.add.at(total, start, smooth[end])
        smooth[is_toe] = 0.5 * smooth[is_toe] + 0.5 * (total / count)[is_toe]
    return smooth.astype(np.float32)


def smooth_noise(
    rng: np.random.Generator, points_m: FloatArray | Float32Array, frequency: float
) -> FloatArray:
    """Sum six random waves `(n,)` in [-1, 1]."""
    total = np.zeros(len(points_m))
    for _ in range(6):
        total += np.sin(points_m @ (rng.normal(0, 1, 3) * frequency) + rng.uniform(0, 2 * np.pi))
    return total / 6
