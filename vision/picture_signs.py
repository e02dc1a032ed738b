"""What a picture looks like as a picture: how light, how sharp, how whole, and what it shows; from few rows.

By tile, so that somebody who stands before the lens changes some of them and not the verdict. One frame costs
a tenth of finding people in it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import FloatArray, Image

Float32Array = npt.NDArray[np.float32]

TILES = (6, 8)  # down, across
_ROWS = 60  # that are looked at, of all
_LAG_SHARE = 80  # of the width: the distance over which contrast is measured, 8 pixels at 640
_BLOCK_PX = 16  # macroblocks of H.264
_BURNT, _BRIGHT_PERCENTILE = 250, 90
_VIEW_PX = (160, 120)
_SHOWS = 3.0  # grey levels of edges in a tile; noise has less
_ALIKE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """Statistics of one picture, in grey levels of its green channel.

    Attributes:
        mean: Grey level.
        spread: Standard deviation of the grey level.
        bright: Grey level that nine tenths of the picture do not reach.
        burnt: Share of the picture that is saturated.
        fine: `(6, 8)` mean square of differences between neighbours, by tile.
        coarse: `(6, 8)` the same 8 pixels apart (at 640 wide).
        edges_of_blocks: How much stronger differences are across the likeliest grid of blocks than inside.
    """

    mean: float
    spread: float
    bright: float
    burnt: float
    fine: FloatArray
    coarse: FloatArray
    edges_of_blocks: float


def signs_of(image: Image) -> Signs:
    """Look at some rows of a BGR picture of 64x48 pixels or more."""
    height, width = image.shape[:2]
    step = max(1, height // _ROWS)
    down, across = TILES
    n_rows = min(len(range(0, height, step)), _ROWS) // down * down
    rows = image[: n_rows * step : step, :, 1].astype(np.int16)
    fine = np.square(np.diff(rows, axis=1), dtype=np.float32)
    lag = max(2, width // _LAG_SHARE)
    coarse = np.square(rows[:, lag:] - rows[:, :-lag], dtype=np.float32)
    columns = fine.mean(axis=0)[: (width - 1) // _BLOCK_PX * _BLOCK_PX]
    phases = columns.reshape(-1, _BLOCK_PX).mean(axis=0)
    return Signs(
        mean=float(rows.mean()),
        spread=float(rows.std()),
        bright=float(np.percentile(rows[:, ::4], _BRIGHT_PERCENTILE)),
        burnt=float((rows >= _BURNT).mean()),
        fine=_by_tile(fine, down, across),
        coarse=_by_tile(coarse, down, across),
        edges_of_blocks=float(phases.max() / max(float(np.median(phases)), 1.0)),
    )


def view_of(image: Image) -> Float32Array:
    """Return what a picture shows, `(120, 160)`, without its light: edges only, for comparing views."""
    small = cv2.cvtColor(cv2.resize(image, _VIEW_PX, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    grey = small.astype(np.float32)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), 4.0), np.float32)


def alike_share(usual: Float32Array, view: Float32Array) -> float:
    """Share of the tiles of a usual view that show something and look the same in another; 1 if none does.

    By normalised correlation where they lie: people hide some tiles, a camera that moves changes all.
    """
    first, second = _view_tiles(usual), _view_tiles(view)
    shows = first.std(axis=1) > _SHOWS
    if not shows.any():
        return 1.0
    product = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    correlation = (first * second).sum(axis=1) / np.maximum(product, 1e-6)
    return float((correlation[shows] > _ALIKE).mean())


def _view_tiles(view: Float32Array) -> Float32Array:
    (down, across), (width, height) = TILES, _VIEW_PX
    tiles = view.reshape(down, height // down, across, width // across)
    return np.asarray(tiles.transpose(0, 2, 1, 3).reshape(down * across, -1), np.float32)


def _by_tile(values: Float32Array, down: int, across: int) -> FloatArray:
    width = values.shape[1] // across * across
    tiles = values[:, :width].reshape(down, len(values) // down, across, width // across)
    return np.asarray(tiles.mean(axis=(1, 3)), np.float64)
