"""Light in a store where nothing moves: lamps, their shadow maps, and what surfaces throw back.

Bounced light is ray traced (embree) against the static mesh: for every camera at its visible points, and
once per store on a grid of ambient cubes that lights whatever moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.goods.panels import LINEAR_OF_TEXEL
from datasets.synthetic.mesh import Material, Mesh
from datasets.synthetic.picture.raster import fill_light_map
from datasets.synthetic.picture.shading import disc_taps, lamp_light
from datasets.synthetic.scene import Float32Array, FloatArray
from datasets.synthetic.store.fixtures import LAMP_BELOW_CEILING_M, Decor
from datasets.synthetic.store.layout_types import CeilingLight

MAP_HALF_TAN = 2.6  # lamps see 69 degrees to every side; light beyond is too weak to cast a visible shadow
STATIC_MAP_PX = 1024
LAMP_RADIANCE = 6.0  # of the lamp itself: far beyond white
LAMP_STRENGTH = 1.15  # six lamps in a room of 20 m2 then give an irradiance of about one
SECOND_BOUNCE = 0.10  # stands for all light that has bounced twice or more; closed rooms measured 0.08-0.13
GRID_CELL_M = (0.22, 0.22, 0.2)
GRID_POINTS = 14_000  # at most; a room of 50 m2 still has cells of GRID_CELL_M
GRID_RAYS = 64
MAX_BACKFACE_SHARE = 0.25  # a grid point that sees more backs than this is inside something
BAKE_TAPS = disc_taps(16)
HIT_TAPS = disc_taps(1)


@dataclass(frozen=True, slots=True, eq=False)
class Lamps:
    """All lamps.

    Attributes:
        places: `(l, 5)` centre and half sizes, metres.
        rgb: `(l, 3)` strength and colour.
    """

    places: FloatArray
    rgb: FloatArray


def lamps_of(lights: Sequence[CeilingLight], room_height_m: float, decor: Decor, seed: int) -> Lamps:
    """Hang the lamps; strength is shared so that few lamps are not a dark store."""
    rng = np.random.default_rng([seed, 3])
    places = [
        [*light.xy_m, room_height_m - LAMP_BELOW_CEILING_M - 0.008, *light.half_size_m] for light in lights
    ]
    strength = LAMP_STRENGTH * decor.lamp_strength * rng.uniform(0.8, 1.2, len(places))
    rgb = np.array([light.rgb for light in lights]) * np.array(decor.lamp_rgb)
    return Lamps(np.array(places, dtype=np.float64), strength[:, None] * rgb)


class StaticLight:
    """Answers how much light reaches places in a store without movers.

    Attributes:
        lamps: The lamps.
        maps: `(l, r, r)` float32 shadow maps of the static mesh.
        grid: `(nx, ny, nz, 6, 3)` float32 ambient cubes.
        grid_origin_m: `(3,)` place of the first.
        grid_cell_m: `(3,)` spacing.
    """

    def __init__(
        self, mesh: Mesh, atlas: Atlas, lamps: Lamps, room_size_m: tuple[float, float, float]
    ) -> None:
        """Draw the shadow maps and trace the grid (about half a second)."""
        self.lamps = lamps
        self.maps: Float32Array = np.zeros(
            (len(lamps.places), STATIC_MAP_PX, STATIC_MAP_PX), dtype=np.float32
        )
        first = mesh.faces[:, 0]
        casts = (mesh.material != Material.LAMP) & (mesh.vertices_m[first, 2] < room_size_m[2] - 0.05)
        casting = np.ascontiguousarray(mesh.faces[casts])
        for lamp, shadow_map in zip(lamps.places, self.maps, strict=True):
            fill_light_map(mesh.vertices_m, casting, lamp[:3], MAP_HALF_TAN, shadow_map)
        solid = mesh.material != Material.LAMP
        self._face_normal = np.ascontiguousarray(mesh.normals[first[solid]])
        self._face_albedo = _mean_albedo(mesh, atlas)[solid]
        self._scene = EmbreeScene()
        self._triangles = TriangleMesh(self._scene, np.ascontiguousarray(mesh.vertices_m[mesh.faces[solid]]))
        self.grid_origin_m: FloatArray = np.full(3, 0.08)
        inner = np.asarray(room_size_m) - 0.16
        wider = max(1.0, float(np.prod(inner / GRID_CELL_M) / GRID_POINTS) ** (1 / 3))
        counts = np.maximum(np.ceil(inner / (wider * np.array(GRID_CELL_M))).astype(int) + 1, 2)
        self.grid_cell_m: FloatArray = inner / (counts - 1)
        self.grid: Float32Array = self._traced_grid(counts)

    def direct(self, points_m: Float32Array, normals: Float32Array) -> Float32Array:
        """Return what each lamp of unit strength gives, `(n, l)`, with the shadows of static things."""
        out = np.zeros((len(points_m), len(self.lamps.places)), dtype=np.float32)
        lamp_light(points_m, normals, self.lamps.places, self.maps, MAP_HALF_TAN, BAKE_TAPS, 0.1, out)
        return out

    def bounced(
        self, points_m: Float32Array, normals: Float32Array, rays: int, rng: np.random.Generator
    ) -> Float32Array:
        """Return bounced irradiance `(n, 3)`, from `rays` cosine-weighted rays per point (noisy)."""
        helper = np.where(np.abs(normals[:, 2:3]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]).astype(
            np.float32
        )
        first = np.cross(normals, helper)
        first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-9
        second = np.cross(normals, first)
        lifted = points_m + 0.004 * normals
        total = np.zeros((len(points_m), 3), dtype=np.float32)
        for _ in range(rays):
            chance, turn = rng.random((2, len(points_m)), dtype=np.float32)
            radius, angle = np.sqrt(chance)[:, None], 2 * np.pi * turn[:, None]
            direction = radius * (first * np.cos(angle) + second * np.sin(angle))
            direction += normals * np.sqrt(1 - chance)[:, None]
            total += self._radiance(lifted, direction.astype(np.float32))[0]
        mean: Float32Array = total / np.float32(rays)
        return mean

    def _radiance(
        self, start_m: Float32Array, direction: Float32Array
    ) -> tuple[Float32Array, npt.NDArray[np.bool_]]:
        """Follow rays to the next surface: its radiance `(n, 3)` and whether its back was hit."""
        hits = self._scene.run(start_m, direction, output=True)
        face = hits["primID"]
        hit = face >= 0
        face = face[hit]
        normal = self._face_normal[face]
        is_back = np.zeros(len(start_m), dtype=bool)
        is_back[hit] = (normal * direction[hit]).sum(1) > 0
        place = start_m[hit] + direction[hit] * hits["tfar"][hit, None]
        given = np.zeros((len(place), len(self.lamps.places)), dtype=np.float32)
        lamp_light(place, normal, self.lamps.places, self.maps, MAP_HALF_TAN, HIT_TAPS, 0.0, given)
        light = given @ self.lamps.rgb.astype(np.float32) + np.float32(SECOND_BOUNCE) * self.lamps.rgb.mean(
            0
        ).astype(np.float32)
        radiance = np.zeros_like(start_m)
        radiance[hit] = self._face_albedo[face] * light
        radiance[is_back] = 0.0
        return radiance, is_back

    def _traced_grid(self, counts: npt.NDArray[np.int64]) -> Float32Array:
        axes = [
            self.grid_origin_m[axis] + self.grid_cell_m[axis] * np.arange(counts[axis]) for axis in range(3)
        ]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float32)
        k = np.arange(GRID_RAYS)
        height, angle = 1 - (2 * k + 1) / GRID_RAYS, k * 2.39996
        circle = np.sqrt(1 - height**2)
        directions = np.stack([circle * np.cos(angle), circle * np.sin(angle), height], axis=1).astype(
            np.float32
        )
        cubes = np.zeros((len(points), 6, 3), dtype=np.float32)
        backs = np.zeros(len(points))
        for direction in directions:
            radiance, is_back = self._radiance(points, np.broadcast_to(direction, points.shape).copy())
            backs += is_back
            for axis in range(3):
                side = 2 * axis + int(direction[axis] < 0)
                cubes[:, side] += (4 / GRID_RAYS * abs(direction[axis])) * radiance
        grid = cubes.reshape(*counts, 6, 3)
        return _filled(grid, (backs > MAX_BACKFACE_SHARE * GRID_RAYS).reshape(tuple(counts)))


def _filled(grid: Float32Array, is_inside: npt.NDArray[np.bool_]) -> Float32Array:
    """Give points inside solids the mean of their outside neighbours, working inwards."""
    known = ~is_inside
    grid = grid * known[..., None, None]
    for _ in range(3):
        padded = np.pad(grid, [(1, 1)] * 3 + [(0, 0)] * 2)
        weight = np.pad(known.astype(np.float32), 1)
        total, count = np.zeros_like(grid), np.zeros(known.shape, dtype=np.float32)
        for axis in range(3):
            for shift in (0, 2):
                window = tuple(
                    slice(shift, shift + n) if a == axis else slice(1, 1 + n)
                    for a, n in enumerate(known.shape)
                )
                total += padded[window]
                count += weight[window]
        fill = ~known & (count > 0)
        grid[fill] = total[fill] / count[fill][:, None, None]
        known |= fill
    return np.ascontiguousarray(grid)


def _mean_albedo(mesh: Mesh, atlas: Atlas) -> Float32Array:
    """Return one albedo per face `(m, 3)`; prints are looked up in the coarsest level of the atlas."""
    albedo = mesh.colour[mesh.faces[:, 0]].copy()
    printed = mesh.material == Material.PRINTED
    width, height = atlas.level_size[-1]
    uv = mesh.texture[mesh.faces[printed]].mean(1)
    column = np.clip((uv[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip((uv[:, 1] * height).astype(int), 0, height - 1)
    albedo[printed] *= LINEAR_OF_TEXEL[atlas.texels[atlas.level_start[-1] + row * width + column]]
    return np.ascontiguousarray(albedo)
