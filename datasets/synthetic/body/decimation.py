"""Thin out a triangle mesh without moving a vertex: half-edge collapses ordered by quadric error.

Because survivors keep their place, anything stored per vertex (other shapes, bone weights) is thinned by
plain indexing. Slow (about 1 ms per removed vertex); used when bodies are baked, never at run time.

Source: Garland and Heckbert, Surface simplification using quadric error metrics, SIGGRAPH 1997.
Differs: a vertex collapses onto a neighbour, never to a new place; open borders are held by steep planes.
"""

import heapq
from collections import defaultdict

import numpy as np
import numpy.typing as npt

BORDER_WEIGHT = 30.0  # by eye: hems and eye holes keep their outline
MIN_NORMAL_DOT = 0.2  # a collapse that turns a neighbouring triangle further than this would fold it


def thin_out(
    vertices_m: npt.NDArray[np.float64],
    faces: npt.NDArray[np.int32],
    max_error_m: float | npt.NDArray[np.float64],
) -> npt.NDArray[np.int32]:
    """Collapse edges while the surface moves less than `max_error_m`.

    Args:
        vertices_m: `(n, 3)`.
        faces: `(m, 3)` rows of `vertices_m`.
        max_error_m: Root of the summed squared distance to the planes that a vertex stands for; one for
            all or one per vertex `(n,)`.

    Returns:
        The remaining triangles, `(k, 3)`, rows of the unchanged `vertices_m`.
    """
    quadrics = _vertex_quadrics(vertices_m, faces)
    max_cost = np.broadcast_to(np.square(max_error_m), len(vertices_m))
    triangles = {index: tuple(int(v) for v in face) for index, face in enumerate(faces)}
    around: dict[int, set[int]] = defaultdict(set)
    for index, face in triangles.items():
        for vertex in face:
            around[vertex].add(index)
    version = np.zeros(len(vertices_m), dtype=np.int64)
    queue: list[tuple[float, int, int, int]] = []

    def propose(vertex: int) -> None:
        for other in sorted({v for t in around[vertex] for v in triangles[t]} - {vertex}):
            homogeneous = np.append(vertices_m[other], 1.0)
            cost = float(homogeneous @ (quadrics[vertex] + quadrics[other]) @ homogeneous)
            if cost <= max_cost[vertex]:
                heapq.heappush(queue, (cost, vertex, other, int(version[vertex] + version[other])))

    for vertex in sorted(around):
        propose(vertex)
    while queue:
        _, vertex, target, stamp = heapq.heappop(queue)
        if not around[vertex] or not around[target] or stamp != version[vertex] + version[target]:
            continue
        if not _keeps_surface(vertices_m, triangles, around, vertex, target):
            continue
        for index in sorted(around[vertex]):
            face = triangles[index]
            if target in face:
                for other in face:
                    around[other].discard(index)
                del triangles[index]
            else:
                triangles[index] = tuple(target if v == vertex else v for v in face)
                around[target].add(index)
        around[vertex] = set()
        quadrics[target] += quadrics[vertex]
        version[target] += 1
        for neighbour in sorted({v for t in around[target] for v in triangles[t]}):
            propose(neighbour)
    return np.array([triangles[index] for index in sorted(triangles)], dtype=np.int32)


def _keeps_surface(
    vertices_m: npt.NDArray[np.float64],
    triangles: dict[int, tuple[int, ...]],
    around: dict[int, set[int]],
    vertex: int,
    target: int,
) -> bool:
    """Refuse collapses that pinch the surface or fold a triangle over."""
    neighbours = {v for t in around[vertex] for v in triangles[t]}
    target_neighbours = {v for t in around[target] for v in triangles[t]}
    shared_triangles = around[vertex] & around[target]
    if len((neighbours & target_neighbours) - {vertex, target}) != len(shared_triangles):
        return False
    for index in around[vertex] - shared_triangles:
        old = vertices_m[list(triangles[index])]
        new = vertices_m[[target if v == vertex else v for v in triangles[index]]]
        old_normal = np.cross(old[1] - old[0], old[2] - old[0])
        new_normal = np.cross(new[1] - new[0], new[2] - new[0])
        lengths = np.linalg.norm(old_normal) * np.linalg.norm(new_normal)
        if lengths < 1e-16 or old_normal @ new_normal < MIN_NORMAL_DOT * lengths:
            return False
    return True


def _vertex_quadrics(
    vertices_m: npt.NDArray[np.float64], faces: npt.NDArray[np.int32]
) -> npt.NDArray[np.float64]:
    corners = vertices_m[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    planes = np.concatenate([normals, -(normals * corners[:, 0]).sum(1, keepdims=True)], axis=1)
    quadrics = np.zeros((len(vertices_m), 4, 4))
    for corner in range(3):
        np.add.at(quadrics, faces[:, corner], planes[:, :, None] * planes[:, None, :])

    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    owner = np.tile(np.arange(len(faces)), 3)
    _, first, count = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    for edge in first[count == 1]:
        a, b = edges[edge]
        side = np.cross(vertices_m[b] - vertices_m[a], normals[owner[edge]])
        side /= max(float(np.linalg.norm(side)), 1e-12)
        plane = np.append(side, -side @ vertices_m[a])
        quadrics[[a, b]] += BORDER_WEIGHT * np.outer(plane, plane)
    return quadrics
