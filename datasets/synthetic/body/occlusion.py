"""How much of the light from all around reaches each place of a dressed body at rest.

Creases, undersides of hems, collars, brims and the neck under the chin are darker; without that, clothes
look painted on. Found once per person by tracing short rays.
"""

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from datasets.synthetic.body.tailor import DressedBody
from datasets.synthetic.mesh import vertex_normals
from datasets.synthetic.scene import Float32Array

_RAYS = 20
_REACH_M = 0.16  # blockers further away are left to the renderer, which knows the pose
_LIFT_M = 0.005
_DARKEST = 0.28  # light that has bounced between cloths


def openness(body: DressedBody) -> Float32Array:
    """Return `(n,)` in [0, 1]: the share of light that reaches each vertex, on its lit side."""
    normals = vertex_normals(body.vertices_m, body.faces)
    helper = np.where(np.abs(normals[:, 2:3]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    first = np.cross(normals, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-9
    second = np.cross(normals, first)
    # A Fibonacci spiral on the hemisphere, denser around the normal (cosine-weighted).
    k = np.arange(_RAYS) + 0.5
    radius, angle = np.sqrt(k / _RAYS), k * np.pi * (3 - np.sqrt(5))
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(body.vertices_m[body.faces]))
    start = np.ascontiguousarray(body.vertices_m + _LIFT_M * normals, dtype=np.float32)
    blocked = np.zeros(len(start))
    for r, a, up in zip(radius, angle, np.sqrt(1 - radius**2), strict=True):
        rays = r * (np.cos(a) * first + np.sin(a) * second) + up * normals
        hits = scene.run(start, np.ascontiguousarray(rays, dtype=np.float32), output=True)
        near = np.clip(1 - hits["tfar"] / _REACH_M, 0, 1)
        blocked += np.where(hits["primID"] >= 0, near, 0.0)
    share = 1 - np.sqrt(np.clip(blocked / _RAYS, 0, 1))
    out: Float32Array = (_DARKEST + (1 - _DARKEST) * share).astype(np.float32)
    return out
