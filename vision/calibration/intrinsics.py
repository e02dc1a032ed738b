"""`walkout calibrate intrinsics`: what a lens does, from pictures of a ChArUco board.

Both lens models are fitted to the same views; the fisheye's is taken where it fits clearly better. Views
that are blurred, that show too little of the board or that repeat another one are left out. Source: Zhang, A
flexible new technique for camera calibration, PAMI 2000, and Kannala and Brandt, PAMI 2006, both as in
OpenCV.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import cv2.aruco
import numpy as np

from vision.calibration.lens_profile import LensProfile
from vision.calibration.pictures import sharpness
from vision.calibration.targets import CharucoBoard
from vision.errors import CalibrationError
from vision.lens import Lens
from vision.types import FloatArray, Image

MOST_RMS_PX = 0.6
MIN_VIEWS, MOST_VIEWS = 8, 40
_MIN_CORNERS = 8  # of a view
_MIN_SHARPNESS_SHARE = 0.3  # of the median view's
_LEAST_EDGE_PX = 1.6  # a black-to-white edge wider than that many pixels (standard deviation) is blurred
_NEW_VIEW_SHARE = 0.04  # of the picture's width that corners must have moved since any view kept before
_CELLS = (4, 3)  # the picture is divided so to say where the board was
_MIN_CELLS = 9
_MIN_TILT_RAD = np.radians(12.0)  # between two views at least; less and focal length and distance are one
_FISHEYE_GAIN = 0.85  # how much smaller its error must be, to be taken
_OUTLIER = 2.5  # times the median view's error


@dataclass(frozen=True, slots=True, eq=False)
class BoardView:
    """The board in one picture.

    Attributes:
        board_m: `(n, 3)` its inner corners that are seen, on the board.
        uv_px: `(n, 2)` the same in the picture.
        sharpness: See `pictures.sharpness`, of the board's part of the picture.
    """

    board_m: FloatArray
    uv_px: FloatArray
    sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class LensMeasurement:
    """A lens profile and what it was measured from.

    Attributes:
        view_rms_px: Per view.
        views: That were used.
        residual_px: Per view `(n, 2)`: seen minus expected.
        seen: How many pictures were looked at.
        cells: `(3, 4)` how many corners fell into each part of the picture.
        other_rms_px: What the other lens model came to.
    """

    profile: LensProfile
    views: tuple[BoardView, ...]
    residual_px: tuple[FloatArray, ...]
    seen: int
    cells: FloatArray
    other_rms_px: float

    @property
    def view_rms_px(self) -> FloatArray:
        """Root mean square of each view, pixels."""
        return np.array([_rms(residual) for residual in self.residual_px])


def measure_lens(name: str, pictures: Iterable[Image], board: CharucoBoard) -> LensMeasurement:
    """Measure a lens.

    Args:
        name: Of the profile.
        pictures: BGR, of one size; a video's frames may be many, similar ones are left out.
        board: What was waved.

    Raises:
        CalibrationError: Saying which pictures are missing, and how to take them.
    """
    detector = cv2.aruco.CharucoDetector(board.opencv)
    size_px: tuple[int, int] | None = None
    found: list[BoardView] = []
    seen = 0
    for picture in pictures:
        seen += 1
        size = (picture.shape[1], picture.shape[0])
        if size_px is not None and size != size_px:
            raise CalibrationError(
                f"pictures of {size_px[0]}x{size_px[1]} and of {size[0]}x{size[1]}; a lens profile holds"
                " for one"
                " resolution: take all pictures with the camera as it will run"
            )
        size_px = size
        view = find_board(picture, detector, board)
        if view is not None:
            found.append(view)
    if size_px is None or not found:
        raise CalibrationError(
            f"the board is in none of {seen} pictures; hold it flat and lit, so that it fills a quarter"
            " to a half of"
            f" the picture, and check that it is the {board.squares[0]}x{board.squares[1]} board of"
            " 'walkout calibrate"
            " sheets'"
        )
    views = _chosen(found, size_px)
    cells = _coverage(views, size_px)
    _check_views(views, len(found), seen, cells)
    fits = {lens: _fitted(name, lens, views, size_px, seen) for lens in Lens}
    brown, fisheye = fits[Lens.BROWN], fits[Lens.KANNALA_BRANDT]
    best, other = (
        (fisheye, brown)
        if (fisheye.profile.rms_px or np.inf) < _FISHEYE_GAIN * (brown.profile.rms_px or np.inf)
        else (brown, fisheye)
    )
    if best.profile.rms_px is None or best.profile.rms_px > MOST_RMS_PX:
        raise CalibrationError(
            f"the board fits only to {best.profile.rms_px or np.inf:.2f} px, {MOST_RMS_PX} are needed:"
            " glue it to something"
            " flat, hold it still while you take each picture, switch off the camera's own distortion"
            " correction and"
            " digital zoom, and lock its focus"
        )
    return LensMeasurement(
        best.profile, best.views, best.residual_px, seen, cells, other.profile.rms_px or float("inf")
    )


def find_board(picture: Image, detector: cv2.aruco.CharucoDetector, board: CharucoBoard) -> BoardView | None:
    """Find the board's inner corners in a BGR picture; None if fewer than eight are seen."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    corners, ids, _, _ = detector.detectBoard(grey)
    if ids is None or len(ids) < _MIN_CORNERS:
        return None
    uv = np.asarray(corners, np.float64).reshape(-1, 2)
    on_board = np.asarray(board.opencv.getChessboardCorners(), np.float64)[np.ravel(ids)]
    low, high = uv.min(axis=0).astype(int), np.ceil(uv.max(axis=0)).astype(int)
    return BoardView(
        on_board, uv + 0.5, sharpness(np.asarray(grey[low[1] : high[1], low[0] : high[0]], np.uint8))
    )


def _chosen(found: Sequence[BoardView], size_px: tuple[int, int]) -> tuple[BoardView, ...]:
    """Take the sharpest first, and only what shows the board elsewhere or otherwise than those before."""
    least = _MIN_SHARPNESS_SHARE * float(np.median([view.sharpness for view in found]))
    chosen: list[BoardView] = []
    for view in sorted(found, key=lambda view: -view.sharpness):
        if view.sharpness < least or len(chosen) == MOST_VIEWS:
            break
        if all(_moved_px(view, other) > _NEW_VIEW_SHARE * size_px[0] for other in chosen):
            chosen.append(view)
    return tuple(chosen)


def _moved_px(view: BoardView, other: BoardView) -> float:
    """How far the corners that two views share are apart, on average; infinity if they share none."""
    _, mine, theirs = np.intersect1d(_names(view), _names(other), return_indices=True)
    if len(mine) == 0:
        return float("inf")
    return float(np.linalg.norm(view.uv_px[mine] - other.uv_px[theirs], axis=1).mean())


def _names(view: BoardView) -> FloatArray:
    """A number for each corner of the board."""
    return np.round(view.board_m[:, 0] * 1e4) * 1e5 + np.round(view.board_m[:, 1] * 1e4)


def _coverage(views: Sequence[BoardView], size_px: tuple[int, int]) -> FloatArray:
    uv = np.concatenate([view.uv_px for view in views])
    columns, rows = _CELLS
    counts, _, _ = np.histogram2d(
        uv[:, 1], uv[:, 0], bins=(rows, columns), range=((0, size_px[1]), (0, size_px[0]))
    )
    return np.asarray(counts, np.float64)


def _check_views(views: Sequence[BoardView], found: int, seen: int, cells: FloatArray) -> None:
    if len(views) < MIN_VIEWS:
        raise CalibrationError(
            f"the board was found in {found} of {seen} pictures, of which {len(views)} are sharp and"
            " differ from each"
            f" other; {MIN_VIEWS} are needed, 20 are good: hold it still at other places of the picture,"
            " nearer,"
            " farther, and leaning to all sides"
        )
    corners = {"upper left": (0, 0), "upper right": (0, -1), "lower left": (-1, 0), "lower right": (-1, -1)}
    empty = [name for name, at in corners.items() if cells[at] == 0]
    if empty or np.count_nonzero(cells) < _MIN_CELLS:
        where = " and ".join(empty) if empty else "edges"
        raise CalibrationError(
            f"the board was never in the {where} of the picture, where lenses bend most; take some"
            " pictures with it"
            " there, partly outside is fine"
        )


def _fitted(
    name: str, lens: Lens, views: tuple[BoardView, ...], size_px: tuple[int, int], seen: int
) -> LensMeasurement:
    """Fit a lens model, leave out views that fit far worse than the others, and fit once more."""
    measured = _fit(name, lens, views, size_px, seen)
    if measured.profile.rms_px is None:
        return measured
    errors = measured.view_rms_px
    most = max(_OUTLIER * float(np.median(errors)), 0.1)
    kept = tuple(view for view, error in zip(views, errors, strict=True) if error <= most)
    is_enough = MIN_VIEWS <= len(kept) < len(views)
    return _fit(name, lens, kept, size_px, seen) if is_enough else measured


def _fit(
    name: str, lens: Lens, views: tuple[BoardView, ...], size_px: tuple[int, int], seen: int
) -> LensMeasurement:
    """Fit a lens model to views; its profile is nominal if there is no solution."""
    # OpenCV's fisheye wants points in one row.
    boards = [np.ascontiguousarray(view.board_m.astype(np.float32)[None]) for view in views]
    pixels = [np.ascontiguousarray(view.uv_px.astype(np.float32)[None]) for view in views]
    guess, no_bend = np.eye(3), np.zeros(5)
    try:
        # Without the sixth power, which few lenses need and few views can tell from noise.
        _, matrix, bends, turns, shifts = cv2.calibrateCamera(
            boards, pixels, size_px, guess, no_bend, flags=cv2.CALIB_FIX_K3
        )
        expect: Callable[..., tuple[Any, Any]] = cv2.projectPoints
        if lens is Lens.KANNALA_BRANDT:
            flags = cv2.CALIB_RECOMPUTE_EXTRINSIC | cv2.CALIB_FIX_SKEW | cv2.CALIB_USE_INTRINSIC_GUESS
            _, matrix, bends, turns, shifts = cv2.fisheye.calibrate(
                boards, pixels, size_px, np.asarray(matrix), np.zeros((4, 1)), flags=flags
            )
            expect = cv2.fisheye.projectPoints
    except cv2.error:
        profile = LensProfile(name, size_px, guess, np.zeros(lens.coefficient_count), lens)
        return LensMeasurement(profile, views, (), seen, np.empty(0), np.inf)
    poses = zip(views, boards, turns, shifts, strict=True)
    residual = tuple(
        view.uv_px - np.asarray(expect(board, turn, shift, matrix, bends)[0], np.float64).reshape(-1, 2)
        for view, board, turn, shift in poses
    )
    profile = LensProfile(
        name,
        size_px,
        np.asarray(matrix, np.float64),
        np.ravel(bends)[: lens.coefficient_count].astype(np.float64),
        lens,
        _rms(np.concatenate(residual)),
        len(views),
    )
    return LensMeasurement(profile, views, residual, seen, np.empty(0), np.inf)


def _rms(residual_px: FloatArray) -> float:
    return float(np.sqrt(np.square(residual_px).sum(axis=1).mean()))
