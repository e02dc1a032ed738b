"""Everything that moves at one time as one mesh, lit once for all cameras."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.body.people import Person, PosedPerson
from datasets.synthetic.body.tailor import DressedBody
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.mesh import Int32Array, Mesh, see_through_faces
from datasets.synthetic.picture.lighting import MAP_HALF_TAN, StaticLight
from datasets.synthetic.picture.motion import vertex_speed
from datasets.synthetic.picture.raster import fill_light_map
from datasets.synthetic.picture.shading import ambient_light, disc_taps, light_movers, mark_occupied
from datasets.synthetic.scene import Float32Array, FloatArray, SceneState

MAP_PX = 320  # about 2.5 cm on the floor under a lamp at 3 m
TILE_PX = 16
# Lamps that give less than this, some 4 m aside, cast no shadow of a mover: other lamps outshine it.
WEAKEST_SHADOW = 0.02
MOVER_TAPS = disc_taps(5)


@dataclass(frozen=True, slots=True, eq=False)
class Movers:
    """Lit movers: people as in the state, units, props (what people push among them), panes that never move.

    Attributes:
        posed: The people.
        first_vertex: `(movers + 1,)` where each mover's vertices start.
        first_face: `(movers + 1,)` where its faces start.
        first_pane: `(movers + 1,)` where its rows of `panes` start.
        vertices_m: `(n, 3)` float32.
        speed_m_s: `(n, 3)` float32; None if nothing is known to move.
        texture: `(n, 3)` float32.
        colour: `(n, 3)` float32.
        light: `(n, 3)` float32 irradiance.
        faces: `(m, 3)` int32, opaque.
        material: `(m,)` int32.
        pattern_of_face: `(m,)` int32 row of `patterns`.
        patterns: `(k, 6)` see `surface.surface_colour`.
        panes: `(g, 3)` int32 faces of glass and wire.
        pane_material: `(g,)` int32.
        fog: `(movers,)` how fogged each mover's glass is, 0 to 1.
        occluders_m: `(k, 4)` spheres.
        shadow_maps: `(l, r, r)` float32.
        occupied: `(l, q, q)` uint8 tiles of the maps with something in or beside them.
    """

    posed: tuple[PosedPerson, ...]
    first_vertex: tuple[int, ...]
    first_face: tuple[int, ...]
    first_pane: tuple[int, ...]
    vertices_m: Float32Array
    speed_m_s: Float32Array | None
    texture: Float32Array
    colour: Float32Array
    light: Float32Array
    faces: Int32Array
    material: Int32Array
    pattern_of_face: Int32Array
    patterns: FloatArray
    panes: Int32Array
    pane_material: Int32Array
    fog: FloatArray
    occluders_m: FloatArray
    shadow_maps: Float32Array
    occupied: npt.NDArray[np.uint8]


def light_state(
    state: SceneState,
    people: Sequence[Person],
    assortment: Assortment,
    props: Sequence[Mesh],
    light: StaticLight,
    *,
    panes: Mesh | None = None,
    earlier: SceneState | None = None,
) -> Movers | None:
    """Pose, gather and light everything that moves; None where nothing does.

    Args:
        state: Where everything is.
        people: What the state's people are rows of.
        assortment: What its units are rows of.
        props: What its props are rows of.
        light: The empty store's.
        panes: Glass that never moves.
        earlier: Where everything was shortly before, for the speed.
    """
    persons = [people[index] for index, _ in state.people]
    posed = tuple(person.posed(pose) for person, (_, pose) in zip(persons, state.people, strict=True))
    dressed = [person.dressed(pose) for person, (_, pose) in zip(persons, state.people, strict=True)]
    meshes = [
        Mesh(body.vertices_m, body.normals, worn.texture, worn.colour, worn.faces, worn.material)
        for worn, body in zip(dressed, posed, strict=True)
    ]
    meshes += [
        assortment.unit_mesh(unit.product_index).placed(unit.xyz_m, unit.yaw_rad, unit.tilt_rad)
        for unit in state.moving_units
    ]
    meshes += [props[prop.prop_index].placed(prop.xyz_m, prop.yaw_rad) for prop in state.props]
    meshes += [] if panes is None else [panes]
    if not meshes:
        return None
    fog = np.zeros(len(meshes))
    first_prop = len(state.people) + len(state.moving_units)
    fog[first_prop : first_prop + len(state.props)] = [prop.fog for prop in state.props]
    speed = None if earlier is None else vertex_speed(state, earlier, people, meshes)
    return _lit(meshes, dressed, posed, speed, fog, light)


def _lit(
    meshes: Sequence[Mesh],
    dressed: Sequence[DressedBody],
    posed: tuple[PosedPerson, ...],
    speed_m_s: Float32Array | None,
    fog: FloatArray,
    light: StaticLight,
) -> Movers:
    first_vertex = np.cumsum([0, *(len(mesh.vertices_m) for mesh in meshes)])
    vertices = np.concatenate([mesh.vertices_m for mesh in meshes])
    normals = np.ascontiguousarray(np.concatenate([mesh.normals for mesh in meshes]), dtype=np.float32)
    is_pane = [see_through_faces(mesh) for mesh in meshes]
    solid = [mesh.faces[~pane] for mesh, pane in zip(meshes, is_pane, strict=True)]
    see_through = [mesh.faces[pane] for mesh, pane in zip(meshes, is_pane, strict=True)]
    faces, panes = _numbered(solid, first_vertex), _numbered(see_through, first_vertex)
    first_face = np.cumsum([0, *map(len, solid)])
    owner = np.repeat(np.arange(len(meshes), dtype=np.int32), np.diff(first_vertex))
    pattern_of_face, patterns = _patterns(dressed, int(first_face[-1]))
    occluders = np.concatenate([body.occluders_m for body in posed]) if posed else np.empty((0, 4))
    per_person = [len(body.occluders_m) for body in posed]
    occluder_owner = np.repeat(np.arange(len(posed), dtype=np.float64), per_person)

    lamps = light.lamps
    maps = np.zeros((len(lamps.places), MAP_PX, MAP_PX), dtype=np.float32)
    for lamp, shadow_map in zip(lamps.places, maps, strict=True):
        fill_light_map(vertices, faces, lamp[:3], MAP_HALF_TAN, shadow_map, WEAKEST_SHADOW)
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
        first_pane=tuple(int(start) for start in np.cumsum([0, *map(len, see_through)])),
        vertices_m=vertices,
        speed_m_s=speed_m_s,
        texture=np.concatenate([mesh.texture for mesh in meshes]),
        colour=np.concatenate([mesh.colour for mesh in meshes]),
        light=irradiance,
        faces=faces,
        material=_of_faces(meshes, [~pane for pane in is_pane]),
        pattern_of_face=pattern_of_face,
        patterns=patterns,
        panes=panes,
        pane_material=_of_faces(meshes, is_pane),
        fog=fog,
        occluders_m=occluders,
        shadow_maps=maps,
        occupied=occupied,
    )


def _numbered(faces: Sequence[Int32Array], first_vertex: npt.NDArray[np.int64]) -> Int32Array:
    """Join faces of several meshes, counting vertices through."""
    return np.concatenate(
        [part + np.int32(start) for part, start in zip(faces, first_vertex[:-1], strict=True)]
    )


def _of_faces(meshes: Sequence[Mesh], chosen: Sequence[npt.NDArray[np.bool_]]) -> Int32Array:
    return np.concatenate([mesh.material[which] for mesh, which in zip(meshes, chosen, strict=True)])


def _patterns(dressed: Sequence[DressedBody], faces: int) -> tuple[Int32Array, FloatArray]:
    """Number the fabrics of all people through; everything that is not worn gets a plain one."""
    fabrics = [np.zeros((1, 6)), *(body.fabrics for body in dressed)]
    first = np.cumsum([0, *map(len, fabrics)])
    worn = [body.fabric_of_face + np.int32(start) for body, start in zip(dressed, first[1:-1], strict=True)]
    row = np.zeros(faces, dtype=np.int32)
    if worn:
        joined_rows = np.concatenate(worn)
        row[: len(joined_rows)] = joined_rows
    return row, np.concatenate(fabrics)
