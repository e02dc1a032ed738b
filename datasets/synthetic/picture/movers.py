"""Everything that moves at one time as one mesh, lit once for all cameras."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.people import Person, PosedPerson
from datasets.synthetic.body.wardrobe import Outfit
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Int32Array, Mesh
from datasets.synthetic.picture.lighting import MAP_HALF_TAN, StaticLight
from datasets.synthetic.picture.raster import fill_light_map
from datasets.synthetic.picture.shading import ambient_light, disc_taps, light_movers, mark_occupied
from datasets.synthetic.scene import Float32Array, FloatArray, SceneState

MAP_PX = 320  # about 2.5 cm on the floor under a lamp at 3 m
TILE_PX = 16
MOVER_TAPS = disc_taps(5)


@dataclass(frozen=True, slots=True, eq=False)
class Movers:
    """Lit movers: people in the order of the state, then units, then props.

    Attributes:
        posed: The people.
        first_vertex: `(movers + 1,)` where each mover's vertices start.
        first_face: `(movers + 1,)` where its faces start.
        vertices_m: `(n, 3)` float32.
        texture: `(n, 3)` float32.
        colour: `(n, 3)` float32.
        light: `(n, 3)` float32 irradiance.
        faces: `(m, 3)` int32.
        material: `(m,)` int32.
        pattern_of_face: `(m,)` int32 row of `patterns`.
        patterns: `(people + 1, 6)` see `surface.surface_colour`.
        occluders_m: `(k, 4)` spheres.
        shadow_maps: `(l, r, r)` float32.
        occupied: `(l, q, q)` uint8 tiles of the maps with something in or beside them.
    """

    posed: tuple[PosedPerson, ...]
    first_vertex: tuple[int, ...]
    first_face: tuple[int, ...]
    vertices_m: Float32Array
    texture: Float32Array
    colour: Float32Array
    light: Float32Array
    faces: Int32Array
    material: Int32Array
    pattern_of_face: Int32Array
    patterns: FloatArray
    occluders_m: FloatArray
    shadow_maps: Float32Array
    occupied: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def light_state(
    state: SceneState,
    people: Sequence[Person],
    assortment: Assortment,
    props: Sequence[Mesh],
    light: StaticLight,
) -> Movers | None:
    """Pose, gather and light everything that moves; None where nothing does."""
    persons = [people[index] for index, _ in state.people]
    posed = tuple(person.posed(pose) for person, (_, pose) in zip(persons, state.people, strict=True))
    meshes = [
        Mesh(body.vertices_m, body.normals, p.body.texture, p.body.colour, p.body.faces, p.body.material)
        for p, body in zip(persons, posed, strict=True)
    ]
    meshes += [
        assortment.unit_mesh(unit.product_index).placed(unit.xyz_m, unit.yaw_rad, unit.tilt_rad)
        for unit in state.moving_units
    ]
    meshes += [props[prop.prop_index].placed(prop.xyz_m, prop.yaw_rad) for prop in state.props]
    if not meshes:
        return None
    first_vertex = np.cumsum([0, *(len(mesh.vertices_m) for mesh in meshes)])
    first_face = np.cumsum([0, *(len(mesh.faces) for mesh in meshes)])
    vertices = np.concatenate([mesh.vertices_m for mesh in meshes])
    normals = np.ascontiguousarray(np.concatenate([mesh.normals for mesh in meshes]), dtype=np.float32)
    faces = np.concatenate(
        [mesh.faces + np.int32(start) for mesh, start in zip(meshes, first_vertex[:-1], strict=True)]
    )
    owner = np.repeat(np.arange(len(meshes), dtype=np.int32), np.diff(first_vertex))
    pattern_row = np.minimum(np.arange(len(meshes)), len(persons)).astype(np.int32)
    occluders = np.concatenate([body.occluders_m for body in posed]) if posed else np.empty((0, 4))
    per_person = [len(body.occluders_m) for body in posed]
    occluder_owner = np.repeat(np.arange(len(posed), dtype=np.float64), per_person)

    lamps = light.lamps
    maps = np.zeros((len(lamps.places), MAP_PX, MAP_PX), dtype=np.float32)
    for lamp, shadow_map in zip(lamps.places, maps, strict=True):
        fill_light_map(vertices, faces, lamp[:3], MAP_HALF_TAN, shadow_map)
    occupied = np.empty((len(maps), MAP_PX // TILE_PX, MAP_PX // TILE_PX), dtype=np.uint8)
    mark_occupied(maps, occupied)
    irradiance = np.zeros_like(vertices)
    ambient_light(vertices, normals, light.grid, light.grid_origin_m, light.grid_cell_m, irradiance)
    light_movers(
        vertices,
        normals,
        owner,
        lamps.places,
        lamps.rgb,
        light.maps,
        maps,
        MAP_HALF_TAN,
        MOVER_TAPS,
        occluders,
        occluder_owner,
        irradiance,
    )
    return Movers(
        posed=posed,
        first_vertex=tuple(int(start) for start in first_vertex),
        first_face=tuple(int(start) for start in first_face),
        vertices_m=vertices,
        texture=np.concatenate([mesh.texture for mesh in meshes]),
        colour=np.concatenate([mesh.colour for mesh in meshes]),
        light=irradiance,
        faces=faces,
        material=np.concatenate([mesh.material for mesh in meshes]),
        pattern_of_face=np.repeat(pattern_row, np.diff(first_face)),
        patterns=np.array([*(_pattern(p.outfit, p) for p in persons), np.zeros(6)]),
        occluders_m=occluders,
        shadow_maps=maps,
        occupied=occupied,
    )


def _pattern(outfit: Outfit, person: Person) -> FloatArray:
    chest_z = person.skeleton.head_m[person.skeleton.bone["spine02"], 2]
    return np.array([outfit.pattern, outfit.repeats_per_m, *outfit.print_colour, chest_z])
