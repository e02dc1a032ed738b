"""Glass and panels of wire: a thin veil over what is behind them, which truth knows nothing of."""

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.picture.canvas import Canvas, Window
from datasets.synthetic.picture.movers import Movers
from datasets.synthetic.picture.raster import fill_triangles
from datasets.synthetic.picture.shading import value_noise
from datasets.synthetic.picture.surface import WIRE, face_weights
from datasets.synthetic.scene import Float32Array, FloatArray, IntArray

GLASS_SHARE = 0.25  # of the light that comes from the pane: dust, reflections, what it swallows
FOG_SHARE, FOG_ALBEDO = 0.82, 0.55  # of glass that is fogged all over; by eye
WIRE_SHARE = 0.35  # wires of 4 mm every 2 to 3 cm, crossing


def lay_panes(movers: Movers, screen: FloatArray, canvas: Canvas) -> IntArray:
    """Write the canvas's veil where panes are in front of what it shows; return its rows, `(h, 2)`.

    `screen` `(n, 3)` is where the movers' vertices are.
    """
    windows: list[tuple[int, Window]] = []
    for index in range(len(movers.first_pane) - 1):
        faces = movers.panes[movers.first_pane[index] : movers.first_pane[index + 1]]
        corners = screen[faces.ravel()]
        window = canvas.window_of(corners[corners[:, 2] > 0, :2])
        if window is not None:
            windows.append((index, window))
    rows = canvas.rows_of(window for _, window in windows)
    clear_rows(rows, canvas.veil_linear, canvas.veil_share)
    for index, window in windows:
        nearness, face_at = canvas.scratch(window)
        first, last = movers.first_pane[index], movers.first_pane[index + 1]
        fill_triangles(screen, movers.panes, first, last, window.left, window.top, nearness, face_at)
        veil_window(
            nearness,
            face_at,
            window.left,
            window.top,
            canvas.nearness,
            float(movers.fog[index]),
            screen,
            movers.panes,
            movers.pane_material,
            movers.texture,
            movers.colour,
            movers.light,
            canvas.veil_linear,
            canvas.veil_share,
        )
    return rows


@compiled()
def clear_rows(rows: npt.NDArray[np.int64], linear: Float32Array, share: Float32Array) -> None:
    """Set what `rows` says to zero."""
    for y in range(rows.shape[0]):
        for x in range(rows[y, 0], rows[y, 1]):
            share[y, x] = 0.0
            linear[y, x, 0], linear[y, x, 1], linear[y, x, 2] = 0.0, 0.0, 0.0


@compiled()
def veil_window(
    nearness: Float32Array,
    face_at: Int32Array,
    left: int,
    top: int,
    scene_nearness: Float32Array,
    fog: float,
    screen: FloatArray,
    faces: Int32Array,
    material: Int32Array,
    texture: Float32Array,
    colour: Float32Array,
    light: Float32Array,
    linear: Float32Array,
    share: Float32Array,
) -> None:
    """Lay one pane's window of the sample grid over the veil, `(h, w, 3)` and `(h, w)`."""
    for row in range(0, nearness.shape[0], 2):
        for column in range(0, nearness.shape[1], 2):
            seen, at_row, at_column = 0, 0, 0
            for s in range(4):
                sy, sx = row + (s >> 1), column + (s & 1)
                if nearness[sy, sx] > scene_nearness[top + sy, left + sx]:
                    seen += 1
                    at_row, at_column = sy, sx
            if seen == 0:
                continue
            t = face_at[at_row, at_column]
            x, y = left + at_column + 0.5, top + at_row + 0.5
            w0, w1, w2, _ = face_weights(screen, faces, t, x, y)
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            part = np.float32(0.25 * seen * WIRE_SHARE)
            glare, haze = 1.0, 0.0
            if material[t] != WIRE:
                haze = fog
                part = np.float32(0.25 * seen * (GLASS_SHARE + haze * (FOG_SHARE - GLASS_SHARE)))
                u = w0 * texture[a, 0] + w1 * texture[b, 0] + w2 * texture[c, 0]
                v = w0 * texture[a, 1] + w1 * texture[b, 1] + w2 * texture[c, 1]
                w = w0 * texture[a, 2] + w1 * texture[b, 2] + w2 * texture[c, 2]
                # What it reflects lies in broad slanting streaks, and is darker than white paint.
                glare = 0.15 + 0.6 * value_noise((u + v) * 3 + w * 1.5, w * 0.4, 0.0)
            py, px = (top + row) // 2, (left + column) // 2
            share[py, px] = 1 - (1 - share[py, px]) * (1 - part)
            for k in range(3):
                albedo = w0 * colour[a, k] + w1 * colour[b, k] + w2 * colour[c, k]
                lit = w0 * light[a, k] + w1 * light[b, k] + w2 * light[c, k]
                own = (1 - haze) * albedo * glare + haze * FOG_ALBEDO
                linear[py, px, k] = linear[py, px, k] * (1 - part) + part * lit * own
