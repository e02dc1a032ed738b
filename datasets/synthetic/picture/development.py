"""Compiled inner loops of the sensor: tones, movers over the empty store, blur and noise."""

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.scene import Float32Array, FloatArray

TONE_STEPS = 4096
TONE_SCALE = 1024.0  # steps per unit of the square root of exposed radiance: fine in the shadows
NOISE_POOL = 1 << 16
ROOT_SCALE = 8.0  # parts of a step of the tone curve that the empty store is kept in, as whole numbers
UNSHADED = 0.998  # closer to one than a step of the picture


@compiled()
def develop(
    empty_root: npt.NDArray[np.uint16],
    empty_linear: Float32Array,
    shade: Float32Array,
    rows: npt.NDArray[np.int64],
    mover_linear: Float32Array,
    coverage: Float32Array,
    veil_rows: npt.NDArray[np.int64],
    veil_linear: Float32Array,
    veil_share: Float32Array,
    vignette: Float32Array,
    balance: FloatArray,
    balance_root: FloatArray,
    row_gain: FloatArray,
    tone: Float32Array,
    out: Float32Array,
) -> None:
    """Put movers and their shadows into the empty store's picture and tone it.

    Args:
        empty_root: `(h, w, 3)` steps of the tone curve that the empty store has at a gain of one, RGB, times
            `ROOT_SCALE`.
        empty_linear: `(h, w, 3)` its radiance, RGB.
        shade: `(h/k, w/k)` factor by which movers darken what is static.
        rows: `(h, 2)` columns from and to that may hold a mover.
        mover_linear: `(h, w, 3)` radiance of movers times their coverage, RGB.
        coverage: `(h, w)` share of the pixel that movers cover, valid where `rows` says.
        veil_rows: `(h, 2)` columns from and to that may lie behind glass or wire.
        veil_linear: `(h, w, 3)` radiance of glass and wire times their share, RGB.
        veil_share: `(h, w)` share of the light from behind that they keep away.
        vignette: See `CameraSensor`.
        balance: `(3,)` white balance at the time.
        balance_root: `(3,)` square root of its drift away from the one in `empty_root`.
        row_gain: `(h,)` gain of each row.
        tone: See `CameraSensor`.
        out: `(h, w, 3)` BGR display values.
    """
    height, width = out.shape[0], out.shape[1]
    last_row, last_column = shade.shape[0] - 1, shade.shape[1] - 1
    down, across = shade.shape[0] / height, shade.shape[1] / width
    for y in range(height):
        gy = min(max((y + 0.5) * down - 0.5, 0.0), float(last_row))
        row = int(gy)
        below, ty = min(row + 1, last_row), gy - row
        gain_root = np.sqrt(row_gain[y]) / ROOT_SCALE
        red, green, blue = (
            np.float32(gain_root * balance_root[0]),
            np.float32(gain_root * balance_root[1]),
            np.float32(gain_root * balance_root[2]),
        )
        for x in range(width):
            gx = min(max((x + 0.5) * across - 0.5, 0.0), float(last_column))
            column = int(gx)
            right, tx = min(column + 1, last_column), gx - column
            covered = coverage[y, x] if rows[y, 0] <= x < rows[y, 1] else np.float32(0.0)
            factor = (1 - ty) * ((1 - tx) * shade[row, column] + tx * shade[row, right]) + ty * (
                (1 - tx) * shade[below, column] + tx * shade[below, right]
            )
            veiled = veil_share[y, x] if veil_rows[y, 0] <= x < veil_rows[y, 1] else np.float32(0.0)
            if covered == 0 and veiled == 0 and factor > UNSHADED:
                out[y, x, 2] = tone[min(int(np.float32(empty_root[y, x, 0]) * red), TONE_STEPS - 1)]
                out[y, x, 1] = tone[min(int(np.float32(empty_root[y, x, 1]) * green), TONE_STEPS - 1)]
                out[y, x, 0] = tone[min(int(np.float32(empty_root[y, x, 2]) * blue), TONE_STEPS - 1)]
                continue
            factor *= 1 - covered
            exposed = row_gain[y] * vignette[y, x]
            for k in range(3):
                value = empty_linear[y, x, k] * factor
                if covered > 0:
                    value += mover_linear[y, x, k]
                if veiled > 0:
                    value = value * (1 - veiled) + veil_linear[y, x, k]
                step = int(np.sqrt(value * exposed * balance[k]) * TONE_SCALE)
                out[y, x, 2 - k] = tone[min(step, TONE_STEPS - 1)]


@compiled()
def blur_and_noise(
    toned: Float32Array,
    middle: float,
    nearest: float,
    diagonal: float,
    noise: float,
    pool: Float32Array,
    starts: npt.NDArray[np.int64],
    row_noise: Float32Array,
    out: npt.NDArray[np.uint8],
) -> None:
    """Work on rows of interleaved channels, `(h, 3w)`; the outermost pixels are not blurred.

    `noise` is a standard deviation, `starts` `(h,)` where in the `pool` a row's noise begins, `row_noise`
    `(h,)` what a whole row has in common.
    """
    height, width = toned.shape
    w0, w1, w2 = np.float32(middle), np.float32(nearest), np.float32(diagonal)
    strength = np.float32(noise)
    # Stronger in the dark: the tone curve is steep there.
    base, slope = np.float32(1.25), np.float32(0.5 / 255.0)
    low, high, half = np.float32(0.0), np.float32(255.0), np.float32(0.5)
    for y in range(height):
        up, here, down = toned[max(0, y - 1)], toned[y], toned[min(height - 1, y + 1)]
        grain = pool[starts[y] : starts[y] + width]
        line, common = out[y], row_noise[y]
        for i in range(3, width - 3):
            value = (
                w0 * here[i]
                + w1 * (here[i - 3] + here[i + 3] + up[i] + down[i])
                + w2 * (up[i - 3] + up[i + 3] + down[i - 3] + down[i + 3])
            )
            value += (grain[i] * strength + common) * (base - slope * value)
            line[i] = np.uint8(min(max(value, low), high) + half) if value < high else np.uint8(255)
        for i in (0, 1, 2, width - 3, width - 2, width - 1):
            line[i] = np.uint8(min(max(here[i], low), high))
