"""Triangle meshes as arrays, a builder that collects parts, and surface normals."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.scene import Float32Array, FloatArray

Int32Array = npt.NDArray[np.int32]


class Material(IntEnum):
    """How a triangle's colour is found; see `shading`."""

    PLAIN = 0
    PRINTED = 1
    CLOTH = 2
    FLOOR = 3
    LAMP = 4
    SKIN = 5
    PATTERNED_CLOTH = 6
    HAIR = 7
    GLASS = 8  # lets most light through; truth ignores it, it casts no shadow
    WIRE = 9  # a panel of wires, as of a basket; otherwise as glass


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles with everything that shading needs.

    Attributes:
        vertices_m: `(n, 3)` float32.
        normals: `(n, 3)` float32, unit.
        texture: `(n, 3)` float32: atlas u, v, 0 for `PRINTED`, else a place in metres that moves with the
            surface, for patterns.
        colour: `(n, 3)` float32, linear RGB albedo, multiplies the texture.
        faces: `(m, 3)` int32.
        material: `(m,)` int32, values of `Material`.
    """

    vertices_m: Float32Array
    normals: Float32Array
    texture: Float32Array
    colour: Float32Array
    faces: Int32Array
    material: Int32Array

    def placed(self, xyz_m: Sequence[float], yaw_rad: float, tilt_rad: float = 0.0) -> "Mesh":
        """Return a copy tilted about its x axis, turned about z and moved."""
        cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
        cos_tilt, sin_tilt = np.cos(tilt_rad), np.sin(tilt_rad)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        tilt = np.array([[1, 0, 0], [0, cos_tilt, -sin_tilt], [0, sin_tilt, cos_tilt]])
        rotation = (turn @ tilt).T.astype(np.float32)
        return Mesh(
            self.vertices_m @ rotation + np.asarray(xyz_m, dtype=np.float32),
            self.normals @ rotation,
            self.texture,
            self.colour,
            self.faces,
            self.material,
        )

    def with_faces(self, chosen: npt.NDArray[np.bool_]) -> "Mesh":
        """Return a copy with some of the faces, `chosen` `(m,)`, and the vertices that these have."""
        used, faces = np.unique(self.faces[chosen], return_inverse=True)
        return Mesh(
            self.vertices_m[used],
            self.normals[used],
            self.texture[used],
            self.colour[used],
            np.ascontiguousarray(faces.reshape(-1, 3), dtype=np.int32),
            np.ascontiguousarray(self.material[chosen]),
        )


def see_through_faces(mesh: Mesh) -> npt.NDArray[np.bool_]:
    """Tell which faces `(m,)` are glass or wire."""
    see_through: npt.NDArray[np.bool_] = (mesh.material == Material.GLASS) | (mesh.material == Material.WIRE)
    return see_through


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Put meshes into one, in order."""
    first_vertex = np.cumsum([0, *(len(mesh.vertices_m) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices_m for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.texture for mesh in meshes]),
        np.concatenate([mesh.colour for mesh in meshes]),
        np.concatenate(
            [mesh.faces + np.int32(start) for mesh, start in zip(meshes, first_vertex, strict=True)]
        ),
        np.concatenate([mesh.material for mesh in meshes]),
    )


def single_material_mesh(
    vertices_m: npt.ArrayLike,
    normals: npt.ArrayLike,
    faces: npt.ArrayLike,
    material: Material,
    *,
    texture: npt.ArrayLike | None = None,
    colour: npt.ArrayLike = (1.0, 1.0, 1.0),
) -> Mesh:
    """Build a mesh of one material; `colour` is one RGB or one per vertex."""
    points = np.ascontiguousarray(vertices_m, dtype=np.float32)
    triangles = np.ascontiguousarray(faces, dtype=np.int32)
    return Mesh(
        points,
        np.ascontiguousarray(np.broadcast_to(np.asarray(normals, dtype=np.float32), points.shape)),
        points.copy() if texture is None else np.ascontiguousarray(texture, dtype=np.float32),
        np.ascontiguousarray(np.broadcast_to(np.asarray(colour, dtype=np.float32), points.shape)),
        triangles,
        np.full(len(triangles), int(material), dtype=np.int32),
    )


def quad(
    corners_m: npt.ArrayLike,
    normal: npt.ArrayLike,
    material: Material,
    *,
    texture: npt.ArrayLike | None = None,
    colour: npt.ArrayLike = (1.0, 1.0, 1.0),
) -> Mesh:
    """Build a flat four-cornered patch, corners in order around it."""
    return single_material_mesh(
        corners_m, normal, [[0, 1, 2], [0, 2, 3]], material, texture=texture, colour=colour
    )


def box(low_m: Sequence[float], high_m: Sequence[float], colour: npt.ArrayLike) -> Mesh:
    """Build an axis-aligned plain box."""
    low, high = np.asarray(low_m, dtype=float), np.asarray(high_m, dtype=float)
    sides = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for end, sign in ((low, -1.0), (high, 1.0)):
            corners = np.tile(end, (4, 1))
            corners[[0, 3], u], corners[[1, 2], u] = low[u], high[u]
            corners[[0, 1], v], corners[[2, 3], v] = low[v], high[v]
            normal = np.zeros(3)
            normal[axis] = sign
            sides.append(quad(corners, normal, Material.PLAIN, colour=colour))
    return joined(sides)


def subdivided(mesh: Mesh, longest_edge_m: float) -> Mesh:
    """Halve edges until none is longer."""
    vertices, normals, texture, colour = mesh.vertices_m, mesh.normals, mesh.texture, mesh.colour
    faces, material = mesh.faces, mesh.material
    while True:
        corners = vertices[faces]
        lengths = np.linalg.norm(corners - corners[:, [1, 2, 0]], axis=2)
        long = lengths.max(1) > longest_edge_m
        if not long.any():
            return Mesh(vertices, normals, texture, colour, faces, material)
        rows, longest = np.arange(int(long.sum())), lengths[long].argmax(1)
        split = faces[long]
        a, b, c = (split[rows, (longest + shift) % 3] for shift in range(3))
        middle = (len(vertices) + rows).astype(np.int32)
        vertices = np.concatenate([vertices, (vertices[a] + vertices[b]) / 2])
        texture = np.concatenate([texture, (texture[a] + texture[b]) / 2])
        normals = np.concatenate([normals, normals[a]])
        colour = np.concatenate([colour, (colour[a] + colour[b]) / 2])
        faces = np.concatenate([faces[~long], np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)])
        material = np.concatenate([material[~long], material[long], material[long]])


@compiled()
def accumulate_normals(vertices_m: Float32Array, faces: Int32Array, out: Float32Array) -> None:
    """Write area-weighted unit vertex normals `(n, 3)` into `out`."""
    out[:] = 0.0
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ux = vertices_m[b, 0] - vertices_m[a, 0]
        uy = vertices_m[b, 1] - vertices_m[a, 1]
        uz = vertices_m[b, 2] - vertices_m[a, 2]
        vx = vertices_m[c, 0] - vertices_m[a, 0]
        vy = vertices_m[c, 1] - vertices_m[a, 1]
        vz = vertices_m[c, 2] - vertices_m[a, 2]
        nx = uy * vz - uz * vy
        ny = uz * vx - ux * vz
        nz = ux * vy - uy * vx
        for corner in range(3):
            k = faces[t, corner]
            out[k, 0] += nx
            out[k, 1] += ny
            out[k, 2] += nz
    for i in range(vertices_m.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + np.float32(1e-12)
        out[i, 0] /= length
        out[i, 1] /= length
        out[i, 2] /= length


def vertex_normals(vertices_m: FloatArray | Float32Array, faces: Int32Array) -> Float32Array:
    """Return area-weighted unit normals `(n, 3)`; zero where a vertex has no triangle."""
    normals = np.zeros((len(vertices_m), 3), dtype=np.float32)
    accumulate_normals(np.ascontiguousarray(vertices_m, dtype=np.float32), faces, normals)
    return normals
