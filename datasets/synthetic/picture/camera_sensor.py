"""From radiance to the bytes of a cheap ceiling camera: exposure, tone curve, vignette, blur, noise.

Blur and noise are applied after the tone curve: there shot noise has nearly the same strength everywhere,
and the unchanging part of a picture can be toned once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.compiled import compiled
from datasets.synthetic.scene import Float32Array

TONE_STEPS = 4096
TONE_SCALE = 1024.0  # steps per unit of the square root of exposed radiance: fine in the shadows
NOISE_POOL = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class CameraSensor:
    """One camera's character.

    Attributes:
        gain: `(h, w, 3)` float32 exposure, white balance and vignette; RGB.
        tone: `(TONE_STEPS,)` float32 display value 0-255 by square root of exposed radiance.
        kernel: Weights of the middle, the four nearest and the four diagonal pixels.
        noise: Standard deviation in display values.
        noise_pool: `(NOISE_POOL,)` float32 normal noise.
        seed: Of the noise.
    """

    gain: Float32Array
    tone: Float32Array
    kernel: tuple[float, float, float]
    noise: float
    noise_pool: Float32Array
    seed: int


def random_sensor(seed: int, linear: Float32Array) -> CameraSensor:
    """Draw a sensor and expose it for the empty store `linear` `(h, w, 3)`.

    Ranges are what cheap fixed-lens cameras show, by eye.
    """
    rng = np.random.default_rng(seed)
    height, width = linear.shape[:2]
    exposure = rng.uniform(0.33, 0.60) / max(float(np.median(linear)), 1e-3)
    balance = np.array([rng.normal(1.02, 0.05), 1.0, rng.normal(0.97, 0.06)])
    across, down = np.meshgrid(
        (np.arange(width) + 0.5) / width - 0.5, (np.arange(height) + 0.5) / height - 0.5
    )
    vignette = 1 / (1 + rng.uniform(0.3, 1.4) * (across**2 + (down * height / width) ** 2))
    gain = exposure * vignette[..., None] * balance
    exposed = (np.arange(TONE_STEPS) / TONE_SCALE) ** 2
    shoulder = rng.uniform(0.30, 0.50)
    toned = exposed * (1 + exposed * 0.06) / (1 + exposed * shoulder)
    gamma = 1 / rng.uniform(2.0, 2.3)
    blur, sharpening = rng.uniform(0.35, 0.75), rng.uniform(0.0, 0.35)
    near, far = np.exp(-0.5 / blur**2), np.exp(-1.0 / blur**2)
    total = 1 + 4 * near + 4 * far
    # Unsharp masking with the 3 x 3 mean, as camera firmware does.
    middle, nearest, diagonal = (
        (1 + sharpening) * weight / total - sharpening / 9 for weight in (1.0, near, far)
    )
    return CameraSensor(
        gain=gain.astype(np.float32),
        tone=(255 * np.clip(toned, 0, 1) ** gamma).astype(np.float32),
        kernel=(float(middle), float(nearest), float(diagonal)),
        noise=float(rng.uniform(0.8, 3.5)),
        noise_pool=rng.standard_normal(NOISE_POOL, dtype=np.float32),
        seed=int(rng.integers(1 << 31)),
    )


def toned_picture(sensor: CameraSensor, linear: Float32Array) -> Float32Array:
    """Expose and tone a whole picture: `(h, w, 3)` float32 BGR, display values."""
    step = np.minimum(np.sqrt(linear * sensor.gain) * TONE_SCALE, TONE_STEPS - 1).astype(np.int64)
    return np.ascontiguousarray(sensor.tone[step][..., ::-1])


def read_out(sensor: CameraSensor, toned: Float32Array, moment: int) -> npt.NDArray[np.uint8]:
    """Blur, add noise and quantise `(h, w, 3)`; noise depends on the sensor and the `moment` only."""
    height, width = toned.shape[:2]
    rng = np.random.default_rng([sensor.seed, moment])
    starts = rng.integers(0, NOISE_POOL - 3 * width, height)
    picture = np.empty(toned.shape, dtype=np.uint8)
    _blur_and_noise(
        toned.reshape(height, 3 * width),
        sensor.kernel[0],
        sensor.kernel[1],
        sensor.kernel[2],
        sensor.noise,
        sensor.noise_pool,
        starts,
        picture.reshape(height, 3 * width),
    )
    return picture


@compiled()
def develop(
    empty_toned: Float32Array,
    empty_linear: Float32Array,
    shade: Float32Array,
    rows: npt.NDArray[np.int64],
    mover_linear: Float32Array,
    coverage: Float32Array,
    gain: Float32Array,
    tone: Float32Array,
    out: Float32Array,
) -> None:
    """Put movers and their shadows into the empty store's picture.

    Args:
        empty_toned: `(h, w, 3)` BGR display values of the empty store.
        empty_linear: `(h, w, 3)` its radiance, RGB.
        shade: `(h/4, w/4)` factor by which movers darken what is static.
        rows: `(h, 2)` columns from and to that may hold a mover.
        mover_linear: `(h, w, 3)` radiance of movers times their coverage, RGB.
        coverage: `(h, w)` share of the pixel that movers cover, valid where `rows` says.
        gain: See `CameraSensor`.
        tone: See `CameraSensor`.
        out: `(h, w, 3)` BGR display values.
    """
    height, width = out.shape[0], out.shape[1]
    last_row, last_column = shade.shape[0] - 1, shade.shape[1] - 1
    for y in range(height):
        gy = min(max((y + 0.5) * 0.25 - 0.5, 0.0), float(last_row))
        row = int(gy)
        below, ty = min(row + 1, last_row), gy - row
        for x in range(width):
            gx = min(max((x + 0.5) * 0.25 - 0.5, 0.0), float(last_column))
            column = int(gx)
            right, tx = min(column + 1, last_column), gx - column
            covered = coverage[y, x] if rows[y, 0] <= x < rows[y, 1] else np.float32(0.0)
            factor = (1 - ty) * ((1 - tx) * shade[row, column] + tx * shade[row, right]) + ty * (
                (1 - tx) * shade[below, column] + tx * shade[below, right]
            )
            if covered == 0 and factor > 0.998:
                out[y, x, 0] = empty_toned[y, x, 0]
                out[y, x, 1] = empty_toned[y, x, 1]
                out[y, x, 2] = empty_toned[y, x, 2]
                continue
            factor *= 1 - covered
            for k in range(3):
                value = empty_linear[y, x, k] * factor
                if covered > 0:
                    value += mover_linear[y, x, k]
                step = int(np.sqrt(value * gain[y, x, k]) * TONE_SCALE)
                out[y, x, 2 - k] = tone[min(step, TONE_STEPS - 1)]


@compiled()
def _blur_and_noise(
    toned: Float32Array,
    middle: float,
    nearest: float,
    diagonal: float,
    noise: float,
    pool: Float32Array,
    starts: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint8],
) -> None:
    """Work on rows of interleaved channels, `(h, 3w)`; the outermost pixels are not blurred."""
    height, width = toned.shape
    w0, w1, w2 = np.float32(middle), np.float32(nearest), np.float32(diagonal)
    base, slope = np.float32(1.25 * noise), np.float32(0.5 * noise / 255.0)
    low, high, half = np.float32(0.0), np.float32(255.0), np.float32(0.5)
    for y in range(height):
        up, here, down = toned[max(0, y - 1)], toned[y], toned[min(height - 1, y + 1)]
        grain = pool[starts[y] : starts[y] + width]
        line = out[y]
        for i in range(3, width - 3):
            value = (
                w0 * here[i]
                + w1 * (here[i - 3] + here[i + 3] + up[i] + down[i])
                + w2 * (up[i - 3] + up[i + 3] + down[i - 3] + down[i + 3])
            )
            value += grain[i] * (base - slope * value)
            line[i] = np.uint8(min(max(value, low), high) + half) if value < high else np.uint8(255)
        for i in (0, 1, 2, width - 3, width - 2, width - 1):
            line[i] = np.uint8(min(max(here[i], low), high))
