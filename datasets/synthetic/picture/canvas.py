"""Scratch pictures that all cameras of one size share, and the windows of things in them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.mesh import Int32Array
from datasets.synthetic.picture.bake import SAMPLES
from datasets.synthetic.scene import Float32Array, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Window:
    """Part of the sample grid (half pixels), inside the picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns in number."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True, slots=True)
class Drawn:
    """What drawing one mover into a picture found out.

    Attributes:
        window: Where it may be seen.
        amodal: `(4,)` box of all projected vertices, samples.
        covered: Samples that the mover covers if nothing is in front.
    """

    window: Window
    amodal: FloatArray
    covered: int


class Canvas:
    """Scratch arrays for pictures of `(h, w)` pixels; every camera's view of a time is drawn anew.

    Attributes:
        nearness: `(2h, 2w)` float32 one over depth of each sample.
        face_at: `(2h, 2w)` int32 mover's face, -1 for the empty store.
        still_nearness: Both again, before what is blurred by its motion was drawn; kept where that is only.
        still_face_at: See above.
        linear: `(h, w, 3)` float32 movers' radiance times their coverage.
        coverage: `(h, w)` float32.
        pass_linear: Both again, of one part of the exposure.
        pass_coverage: See above.
        veil_linear: `(h, w, 3)` float32 radiance of glass and wire.
        veil_share: `(h, w)` float32.
        toned: `(h, w, 3)` float32.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        """Allocate for a width and height."""
        width, height = size_px
        samples, pixels = (SAMPLES * height, SAMPLES * width), (height, width)
        self.nearness: Float32Array = np.zeros(samples, dtype=np.float32)
        self.face_at: Int32Array = np.full(samples, -1, dtype=np.int32)
        self.still_nearness: Float32Array = np.zeros(samples, dtype=np.float32)
        self.still_face_at: Int32Array = np.zeros(samples, dtype=np.int32)
        self.linear: Float32Array = np.zeros((*pixels, 3), dtype=np.float32)
        self.coverage: Float32Array = np.zeros(pixels, dtype=np.float32)
        self.pass_linear: Float32Array = np.zeros((*pixels, 3), dtype=np.float32)
        self.pass_coverage: Float32Array = np.zeros(pixels, dtype=np.float32)
        self.veil_linear: Float32Array = np.zeros((*pixels, 3), dtype=np.float32)
        self.veil_share: Float32Array = np.zeros(pixels, dtype=np.float32)
        self.toned: Float32Array = np.zeros((*pixels, 3), dtype=np.float32)
        self._window_nearness: Float32Array = np.zeros(samples[0] * samples[1], dtype=np.float32)
        self._window_face: Int32Array = np.zeros(samples[0] * samples[1], dtype=np.int32)

    def window_of(self, points: FloatArray) -> Window | None:
        """Return the window `points` `(n, 2)` lie in, None if it is outside the picture."""
        if len(points) == 0:
            return None
        rows, columns = self.nearness.shape
        low, high = points.min(0), points.max(0)
        # Even borders: windows then hold whole pixels.
        left, top = max(int(low[0]) - 1, 0) & ~1, max(int(low[1]) - 1, 0) & ~1
        right, bottom = min((int(high[0]) + 3) & ~1, columns), min((int(high[1]) + 3) & ~1, rows)
        if right <= left or bottom <= top:
            return None
        return Window(left, top, right, bottom)

    def scratch(self, window: Window) -> tuple[Float32Array, Int32Array]:
        """Return empty nearness and (undefined) faces of a window."""
        size = window.shape[0] * window.shape[1]
        nearness = self._window_nearness[:size].reshape(window.shape)
        nearness[:] = 0.0
        return nearness, self._window_face[:size].reshape(window.shape)

    def rows_of(self, windows: Iterable[Window]) -> IntArray:
        """Return the columns from and to of each pixel row that the windows cover, `(h, 2)`."""
        rows = np.zeros((len(self.coverage), 2), dtype=np.int64)
        rows[:, 0] = self.coverage.shape[1]
        for window in windows:
            span = rows[window.top // SAMPLES : window.bottom // SAMPLES]
            np.minimum(span[:, 0], window.left // SAMPLES, out=span[:, 0])
            np.maximum(span[:, 1], window.right // SAMPLES, out=span[:, 1])
        return rows
