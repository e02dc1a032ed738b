"""What the firmware of a cheap camera does to tones: black level, contrast curve, local contrast, colour.

Ranges are set so that rendered pictures spread as wide as frames of real store cameras do: in their darkest
and brightest tones, in contrast between neighbours, and in colour.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthetic.compiled import compiled
from datasets.synthetic.picture.development import TONE_SCALE, TONE_STEPS
from datasets.synthetic.scene import Float32Array

_SHOULDER = (0.25, 0.5)  # how soon bright things bend towards white
_GAMMA = (2.0, 2.3)
_S_CURVE = (0.0, 0.3)  # share of a full smooth step
# Automatic levels of firmware: this percentile of the empty store becomes nearly black.
_BLACK_PERCENTILE, _BLACK_KEPT = 0.7, (0.05, 0.45)
_DARKEST_LIMIT = 0.3  # of white: a picture without anything dark is left bright
_LOCAL_CONTRAST = (0.0, 0.3)
_LOCAL_SIZE = (0.003, 0.008)  # of the picture's width: one standard deviation
_SATURATION = (0.8, 1.15)
_COARSE = 2  # local brightness is found on a picture this much smaller
_BGR_WEIGHTS = (0.114, 0.587, 0.299)  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Finish:
    """What is done to toned pictures.

    Attributes:
        local_contrast: Share by which differences from the brightness around are raised.
        local_size: How far "around" is, over the picture's width.
        saturation: Factor of colourfulness.
    """

    local_contrast: float
    local_size: float
    saturation: float


def random_finish(rng: np.random.Generator) -> Finish:
    """Draw a camera's habits."""
    return Finish(
        float(rng.uniform(*_LOCAL_CONTRAST)),
        float(rng.uniform(*_LOCAL_SIZE)),
        float(rng.uniform(*_SATURATION)),
    )


def random_tone(rng: np.random.Generator, exposed: Float32Array) -> Float32Array:
    """Draw a tone curve for a store whose exposed radiance is `exposed` `(h, w, 3)`.

    Returns:
        `(TONE_STEPS,)` display values 0-255 by the square root of exposed radiance, in steps of `TONE_SCALE`.
    """
    shoulder, gamma = rng.uniform(*_SHOULDER), rng.uniform(*_GAMMA)
    s_curve, kept = rng.uniform(*_S_CURVE), rng.uniform(*_BLACK_KEPT)

    def shown(radiance: Float32Array) -> Float32Array:
        bent = radiance * (1 + radiance * 0.06) / (1 + radiance * shoulder)
        out: Float32Array = np.clip(bent, 0, 1) ** (1 / gamma)
        return out

    steps = shown(((np.arange(TONE_STEPS) / TONE_SCALE) ** 2).astype(np.float32))
    darkest = float(np.percentile(shown(exposed[::4, ::4].mean(axis=2)), _BLACK_PERCENTILE))
    black = (1 - kept) * min(darkest, _DARKEST_LIMIT)
    level = np.clip((steps - black) / (1 - black), 0, 1)
    smooth = level * level * (3 - 2 * level)
    tone: Float32Array = (255 * (level + s_curve * (smooth - level))).astype(np.float32)
    return tone


def finish(toned: Float32Array, habits: Finish) -> None:
    """Raise local contrast and colour of a picture `(h, w, 3)` of display values, BGR, in place."""
    height, width = toned.shape[:2]
    grey = cv2.transform(toned, np.array([_BGR_WEIGHTS], np.float32)).astype(np.float32, copy=False)
    coarse = cv2.resize(grey, (width // _COARSE, height // _COARSE), interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(coarse, (0, 0), habits.local_size * width / _COARSE)
    _finish(toned, grey, around.astype(np.float32, copy=False), habits.local_contrast, habits.saturation)


@compiled()
def _finish(
    toned: Float32Array, grey: Float32Array, around: Float32Array, contrast: float, saturation: float
) -> None:
    """Work in place; `grey` is `(h, w)` and `around` half as large."""
    height, width = around.shape
    lift, colour = np.float32(contrast), np.float32(saturation)
    for y in range(toned.shape[0]):
        row = around[min(y // 2, height - 1)]
        for x in range(toned.shape[1]):
            light = grey[y, x]
            raised = light + lift * (light - row[min(x // 2, width - 1)])
            for k in range(3):
                toned[y, x, k] = raised + colour * (toned[y, x, k] - light)
