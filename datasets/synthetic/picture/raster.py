"""Triangles to pixels: projection through the lens, a z-buffer that remembers triangles, light maps.

Vertices are projected through the distorted lens and triangles are filled with straight edges, so a triangle
must be small on the picture (`mesh.subdivided` sees to that). Pixels are sampled at their centres.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.scene import Float32Array, FloatArray
from vision.camera_model import CameraModel
from vision.lens import Lens as LensKind
from vision.lens import field_edge

NEAR_M = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A camera as plain arrays for compiled code.

    Attributes:
        values: `(12,)` fx, skew, cx, fy, cy, the lens's five coefficients (0 where it has fewer), its largest
            squared tangent off the axis, and 1 for Kannala-Brandt or 0 for Brown.
        rotation: `(3, 3)` store to camera.
        position_m: `(3,)`.
    """

    values: FloatArray
    rotation: FloatArray
    position_m: FloatArray

    @classmethod
    def of(cls, camera: CameraModel, samples_per_pixel: int) -> "Lens":
        """Describe a camera whose picture is sampled on a grid `samples_per_pixel` times finer."""
        scaled = camera.matrix[:2] * samples_per_pixel
        values = np.zeros(12)
        values[:5] = [*scaled[0], *scaled[1, 1:]]
        values[5 : 5 + len(camera.distortion)] = camera.distortion
        # Past its edge the polynomial throws points back into the picture; a real lens does not.
        values[10] = field_edge(camera.lens, camera.distortion) ** 2
        values[11] = float(camera.lens is LensKind.KANNALA_BRANDT)
        return cls(
            values,
            np.ascontiguousarray(camera.rotation, dtype=np.float64),
            np.ascontiguousarray(camera.position_m, dtype=np.float64),
        )

    def project(self, xyz_m: Float32Array | FloatArray) -> FloatArray:
        """Project `(n, 3)` store points to `(n, 3)`: sample grid u, v and depth in metres, 0 where unseen."""
        out = np.empty((len(xyz_m), 3))
        project_points(xyz_m, self.values, self.rotation, self.position_m, out)
        return out


@compiled(fast=False)
def project_points(
    xyz_m: Float32Array | FloatArray,
    lens: FloatArray,
    rotation: FloatArray,
    position: FloatArray,
    out: FloatArray,
) -> None:
    """Write u, v, depth `(n, 3)`; depth 0 marks points behind the camera or past the lens's edge."""
    fx, skew, cx, fy, cy = lens[0], lens[1], lens[2], lens[3], lens[4]
    c1, c2, c3, c4, c5, limit = lens[5], lens[6], lens[7], lens[8], lens[9], lens[10]
    for i in range(xyz_m.shape[0]):
        dx = xyz_m[i, 0] - position[0]
        dy = xyz_m[i, 1] - position[1]
        dz = xyz_m[i, 2] - position[2]
        depth = rotation[2, 0] * dx + rotation[2, 1] * dy + rotation[2, 2] * dz
        out[i, 0], out[i, 1], out[i, 2] = 0.0, 0.0, 0.0
        if depth < NEAR_M:
            continue
        x = (rotation[0, 0] * dx + rotation[0, 1] * dy + rotation[0, 2] * dz) / depth
        y = (rotation[1, 0] * dx + rotation[1, 1] * dy + rotation[1, 2] * dz) / depth
        r2 = x * x + y * y
        if r2 > limit:
            continue
        if lens[11] > 0:
            angle = np.arctan(np.sqrt(r2))
            square = angle * angle
            along = angle * (1 + square * (c1 + square * (c2 + square * (c3 + square * c4))))
            radial = along / np.sqrt(r2) if r2 > 1e-18 else 1.0
            bent_x, bent_y = x * radial, y * radial
        else:
            radial = 1 + r2 * (c1 + r2 * (c2 + r2 * c5))
            bent_x = x * radial + 2 * c3 * x * y + c4 * (r2 + 2 * x * x)
            bent_y = y * radial + c3 * (r2 + 2 * y * y) + 2 * c4 * x * y
        out[i, 0] = fx * bent_x + skew * bent_y + cx
        out[i, 1] = fy * bent_y + cy
        out[i, 2] = depth


@compiled(fast=False)
def fill_triangles(
    screen: FloatArray,
    faces: Int32Array,
    first_face: int,
    last_face: int,
    left: int,
    top: int,
    nearness: Float32Array,
    face_at: Int32Array,
) -> None:
    """Draw faces `first_face` to `last_face` into a window of the picture whose corner is `left`, `top`.

    Args:
        screen: `(n, 3)` u, v, depth.
        faces: `(m, 3)`.
        first_face: First face to draw.
        last_face: One after the last.
        left: Column of the picture where the window starts.
        top: Row of the picture where the window starts.
        nearness: `(h, w)` one over depth, larger is nearer, 0 is nothing; updated.
        face_at: `(h, w)` face shown, updated.
    """
    height, width = nearness.shape
    for t in range(first_face, last_face):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        if screen[a, 2] <= 0 or screen[b, 2] <= 0 or screen[c, 2] <= 0:
            continue
        x0, y0 = screen[a, 0] - left, screen[a, 1] - top
        x1, y1 = screen[b, 0] - left, screen[b, 1] - top
        x2, y2 = screen[c, 0] - left, screen[c, 1] - top
        first_x = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        last_x = min(width - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        first_y = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        last_y = min(height - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        if first_x > last_x or first_y > last_y:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        scale = 1.0 / area
        near0, near1, near2 = 1.0 / screen[a, 2], 1.0 / screen[b, 2], 1.0 / screen[c, 2]
        step0, step1 = -(y2 - y1) * scale, -(y0 - y2) * scale
        near_step = step0 * (near0 - near2) + step1 * (near1 - near2)
        for y in range(first_y, last_y + 1):
            py, px = y + 0.5, first_x + 0.5
            w0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * scale
            w1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * scale
            near = near2 + w0 * (near0 - near2) + w1 * (near1 - near2)
            for x in range(first_x, last_x + 1):
                if w0 >= -1e-6 and w1 >= -1e-6 and w0 + w1 <= 1.000001 and near > nearness[y, x]:
                    nearness[y, x] = near
                    face_at[y, x] = t
                w0 += step0
                w1 += step1
                near += near_step


@compiled()
def fill_light_map(
    vertices_m: Float32Array,
    faces: Int32Array,
    light_m: FloatArray,
    half_tan: float,
    nearness: Float32Array,
    weakest: float = 0.0,
) -> None:
    """Draw faces as a downward lamp sees them: `nearness` `(r, r)`, one over depth below the lamp, updated.

    The map spans tangents of -`half_tan` to `half_tan` along x and y. Faces are left out where a lamp of unit
    strength gives less light than `weakest` on a surface that faces it.
    """
    size = nearness.shape[0]
    scale = size / (2 * half_tan)
    middle = size / 2.0
    seen = np.empty((vertices_m.shape[0], 3))
    for i in range(vertices_m.shape[0]):
        below = light_m[2] - vertices_m[i, 2]
        near = 1.0 / below if below >= 0.05 else 0.0
        if weakest > 0.0:
            square = (
                (vertices_m[i, 0] - light_m[0]) ** 2 + (vertices_m[i, 1] - light_m[1]) ** 2 + below * below
            )
            if below < weakest * square * np.sqrt(square):
                near = 0.0
        seen[i, 0] = (vertices_m[i, 0] - light_m[0]) * near * scale + middle
        seen[i, 1] = (vertices_m[i, 1] - light_m[1]) * near * scale + middle
        seen[i, 2] = near
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        near0, near1, near2 = seen[a, 2], seen[b, 2], seen[c, 2]
        if near0 == 0 or near1 == 0 or near2 == 0:
            continue
        x0, y0, x1, y1, x2, y2 = seen[a, 0], seen[a, 1], seen[b, 0], seen[b, 1], seen[c, 0], seen[c, 1]
        first_x = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        last_x = min(size - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        first_y = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        last_y = min(size - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        if first_x > last_x or first_y > last_y:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        inverse = 1.0 / area
        for y in range(first_y, last_y + 1):
            for x in range(first_x, last_x + 1):
                px, py = x + 0.5, y + 0.5
                w0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * inverse
                w1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * inverse
                if w0 >= 0 and w1 >= 0 and w0 + w1 <= 1:
                    near = near2 + w0 * (near0 - near2) + w1 * (near1 - near2)
                    if near > nearness[y, x]:
                        nearness[y, x] = near


@compiled(fast=False)
def merge_window(
    window_nearness: Float32Array,
    window_face: Int32Array,
    left: int,
    top: int,
    nearness: Float32Array,
    face_at: Int32Array,
) -> int:
    """Put a mover's window into the picture where it is nearest; return how many samples it covers itself."""
    covered = 0
    for y in range(window_nearness.shape[0]):
        for x in range(window_nearness.shape[1]):
            near = window_nearness[y, x]
            if near > 0:
                covered += 1
                if near > nearness[top + y, left + x]:
                    nearness[top + y, left + x] = near
                    face_at[top + y, left + x] = window_face[y, x]
    return covered


@compiled(fast=False)
def measure_window(
    face_at: Int32Array,
    first_face: int,
    last_face: int,
    window: npt.NDArray[np.int64],
    out: npt.NDArray[np.int64],
) -> None:
    """Count samples of the picture that show given faces, and bound them.

    `window` is left, top, right, bottom; `out` `(5,)` becomes count, left, top, right, bottom.
    """
    out[0] = 0
    out[1], out[2], out[3], out[4] = window[2], window[3], window[0], window[1]
    for y in range(window[1], window[3]):
        for x in range(window[0], window[2]):
            if first_face <= face_at[y, x] < last_face:
                out[0] += 1
                out[1] = min(out[1], x)
                out[2] = min(out[2], y)
                out[3] = max(out[3], x + 1)
                out[4] = max(out[4], y + 1)
