"""From radiance to the bytes of a cheap ceiling camera: exposure, tone curve, vignette, flicker, blur, noise.

Blur and noise are applied after the tone curve: there shot noise has nearly the same strength everywhere.
Everything a sensor does at a moment follows from its seed, that moment and the gain that `exposure` chose.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.synthetic.picture.development import (
    NOISE_POOL,
    ROOT_SCALE,
    TONE_SCALE,
    blur_and_noise,
    develop,
)
from datasets.synthetic.picture.tone import Finish, finish, random_finish, random_tone
from datasets.synthetic.scene import Float32Array, FloatArray

SHUTTERS_S = (1 / 120, 1 / 100, 1 / 60, 1 / 50, 1 / 33)  # usual indoors at 300-700 lux
MAINS_HZ = (50.0, 60.0)
# Display value of the empty store's median is then about 110-165.
_MIDDLE_GREY = (0.28, 0.52)
_BRIGHTEST = 1.2  # exposed radiance that a tenth of the picture may pass; white is at about 1.4
_BLUR_PX, _SHARPENING = (0.35, 0.7), (0.15, 0.9)
MAINS_OFF = 5e-4  # relative: what European and American grids stay within


@dataclass(frozen=True, slots=True)
class Mains:
    """How a store's lamps flicker.

    Attributes:
        light_hz: Twice the mains frequency as it is at the time.
        depth: Share of the light that comes and goes; next to nothing for good LED drivers.
        phase_rad: Of the flicker at time 0.
    """

    light_hz: float
    depth: float
    phase_rad: float


@dataclass(frozen=True, slots=True, eq=False)
class CameraSensor:
    """One camera's character.

    Attributes:
        vignette: `(h, w)` float32 exposure and falling off towards the corners.
        balance: `(3,)` white balance, RGB.
        tone: `(TONE_STEPS,)` float32 display value 0-255 by square root of exposed radiance.
        finish: Local contrast and colour.
        kernel: Weights of the middle, the four nearest and the four diagonal pixels.
        noise: Standard deviation in display values.
        row_noise: The same of whole rows.
        noise_pool: `(NOISE_POOL,)` float32 normal noise.
        shutter_s: How long light falls in.
        readout_s: From the first row to the last.
        flicker: `(3,)` share, frequency in Hz and phase of brightness bands.
        drift: `(2, 3)` white balance of red and of blue: share, period in seconds and phase.
        seed: Of the noise.
    """

    vignette: Float32Array
    balance: FloatArray
    tone: Float32Array
    finish: Finish
    kernel: tuple[float, float, float]
    noise: float
    row_noise: float
    noise_pool: Float32Array
    shutter_s: float
    readout_s: float
    flicker: FloatArray
    drift: FloatArray
    seed: int


def random_mains(seed: int) -> Mains:
    """Draw a store's grid and lamps; most flicker so little that nobody sees it."""
    rng = np.random.default_rng([seed, 0xAC])
    exact = 2 * float(rng.choice(MAINS_HZ))
    depth = rng.uniform(0.1, 0.35) if rng.random() < 0.3 else rng.uniform(0.0, 0.05)
    return Mains(exact * (1 + float(rng.uniform(-MAINS_OFF, MAINS_OFF))), float(depth), rng.uniform(0, 6.28))


def random_sensor(seed: int, linear: Float32Array, mains: Mains) -> CameraSensor:
    """Draw a sensor and expose it for the empty store `linear` `(h, w, 3)`.

    Ranges are what cheap fixed-lens cameras show, by eye.
    """
    rng = np.random.default_rng(seed)
    height, width = linear.shape[:2]
    middle, bright = (max(float(value), 1e-3) for value in np.percentile(linear, (50, 90)))
    exposure = min(rng.uniform(*_MIDDLE_GREY) / middle, _BRIGHTEST / bright)
    balance = np.array([rng.normal(1.02, 0.05), 1.0, rng.normal(0.97, 0.06)])
    across, down = np.meshgrid(
        (np.arange(width) + 0.5) / width - 0.5, (np.arange(height) + 0.5) / height - 0.5
    )
    vignette = 1 / (1 + rng.uniform(0.3, 1.4) * (across**2 + (down * height / width) ** 2))
    kernel = _kernel(rng.uniform(*_BLUR_PX), rng.uniform(*_SHARPENING))
    noise = float(rng.uniform(0.5, 2.4))
    pool = rng.standard_normal(NOISE_POOL, dtype=np.float32)
    noise_seed = int(rng.integers(1 << 31))
    shutter_s = float(rng.choice(SHUTTERS_S))
    # What is left of a sine after averaging over the shutter: nothing if whole periods fit.
    left = abs(float(np.sinc(mains.light_hz * shutter_s)))
    return CameraSensor(
        vignette=(exposure * vignette).astype(np.float32),
        balance=balance,
        tone=random_tone(rng, (linear * exposure * vignette[..., None]).astype(np.float32)),
        finish=random_finish(rng),
        kernel=kernel,
        noise=noise,
        row_noise=noise * float(rng.uniform(0.1, 0.45)),
        noise_pool=pool,
        shutter_s=shutter_s,
        readout_s=float(rng.uniform(0.012, 0.033)),
        flicker=np.array([mains.depth * left, mains.light_hz, mains.phase_rad]),
        drift=np.column_stack([rng.uniform(0, 0.02, 2), rng.uniform(15, 90, 2), rng.uniform(0, 6.28, 2)]),
        seed=noise_seed,
    )


def moment_of(at_s: float) -> int:
    """Return what tells the noise of one frame from another's."""
    return round(at_s * 1000) & 0xFFFFFFFFFF


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What lies over the empty store in one picture of `(h, w)`; see `development.develop`.

    Attributes:
        rows: `(h, 2)`.
        linear: `(h, w, 3)` float32.
        coverage: `(h, w)` float32.
        veil_rows: `(h, 2)`.
        veil_linear: `(h, w, 3)` float32.
        veil_share: `(h, w)` float32.
        toned: `(h, w, 3)` float32, scratch.
    """

    rows: npt.NDArray[np.int64]
    linear: Float32Array
    coverage: Float32Array
    veil_rows: npt.NDArray[np.int64]
    veil_linear: Float32Array
    veil_share: Float32Array
    toned: Float32Array


class Development:
    """Turns one camera's linear pictures into photographs; holds what does not change.

    Attributes:
        sensor: The camera's character.
    """

    def __init__(self, sensor: CameraSensor, empty_linear: Float32Array) -> None:
        """Keep the empty store `(h, w, 3)` as the sensor exposes it."""
        self.sensor = sensor
        self._empty = empty_linear
        gain = sensor.vignette[..., None] * sensor.balance.astype(np.float32)
        root = np.sqrt(empty_linear * gain) * np.float32(TONE_SCALE * ROOT_SCALE)
        self._empty_root = np.minimum(root, np.iinfo(np.uint16).max).astype(np.uint16)

    def photograph(
        self, at_s: float, gain: float, shade: Float32Array, layers: Layers
    ) -> npt.NDArray[np.uint8]:
        """Put movers and their shadows into the empty store's picture and read it out: `(h, w, 3)` BGR.

        Args:
            at_s: When; noise, flicker and white balance follow from it.
            gain: Of the automatic exposure; 1 suits the empty store.
            shade: `(h/k, w/k)` factor by which movers darken what is static.
            layers: What lies over the empty store.
        """
        sensor = self.sensor
        row_gain = gain * _flicker(sensor, len(layers.coverage), at_s)
        drift = _drifted(sensor, at_s)
        develop(
            self._empty_root,
            self._empty,
            shade,
            layers.rows,
            layers.linear,
            layers.coverage,
            layers.veil_rows,
            layers.veil_linear,
            layers.veil_share,
            sensor.vignette,
            drift * sensor.balance,
            np.sqrt(drift),
            row_gain,
            sensor.tone,
            layers.toned,
        )
        finish(layers.toned, sensor.finish)
        return _read_out(sensor, layers.toned, moment_of(at_s), gain)


def _read_out(sensor: CameraSensor, toned: Float32Array, moment: int, gain: float) -> npt.NDArray[np.uint8]:
    """Blur, add noise and quantise `(h, w, 3)`; what amplifies light amplifies noise."""
    height, width = toned.shape[:2]
    rng = np.random.default_rng([sensor.seed, moment])
    starts = rng.integers(0, NOISE_POOL - 3 * width, height)
    louder = float(np.sqrt(gain))
    rows = rng.normal(0.0, sensor.row_noise * louder, (height,)).astype(np.float32)
    picture = np.empty(toned.shape, dtype=np.uint8)
    blur_and_noise(
        toned.reshape(height, 3 * width),
        sensor.kernel[0],
        sensor.kernel[1],
        sensor.kernel[2],
        sensor.noise * louder,
        sensor.noise_pool,
        starts,
        rows,
        picture.reshape(height, 3 * width),
    )
    return picture


def _flicker(sensor: CameraSensor, height: int, at_s: float) -> FloatArray:
    """Brightness of each row `(h,)`: rows are read one after the other while the lamps flicker."""
    share, light_hz, phase = sensor.flicker
    read_s = at_s + sensor.readout_s * np.arange(height) / height
    rows: FloatArray = 1 + share * np.sin(2 * np.pi * light_hz * read_s + phase)
    return rows


def _drifted(sensor: CameraSensor, at_s: float) -> FloatArray:
    """White balance `(3,)` at a time, relative to the sensor's own."""
    share, period_s, phase = sensor.drift.T
    red, blue = 1 + share * np.sin(2 * np.pi * at_s / period_s + phase)
    return np.array([red, 1.0, blue])


def _kernel(blur_px: float, sharpening: float) -> tuple[float, float, float]:
    near, far = np.exp(-0.5 / blur_px**2), np.exp(-1.0 / blur_px**2)
    total = 1 + 4 * near + 4 * far
    # Unsharp masking with the 3 x 3 mean, as camera firmware does.
    middle, nearest, diagonal = (
        (1 + sharpening) * weight / total - sharpening / 9 for weight in (1.0, near, far)
    )
    return float(middle), float(nearest), float(diagonal)
