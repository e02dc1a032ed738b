"""Pictures of flat things by casting every pixel's ray: a board in front of a lens, sheets on a bare floor.

A board is held a few decimetres before a camera, where the store behind it does not matter; tests take bare
floors.
"""

from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
from scipy.interpolate import RectBivariateSpline

from vision.calibration.targets import CharucoBoard, TagFamily
from vision.camera_model import CameraModel
from vision.types import FloatArray, Image

FLOOR_GREY, PAPER_GREY, INK_GREY, WALL_GREY = 120, 235, 20, 90
_FLOOR_SAMPLES = 2  # per pixel along each axis: far sheets are finer than pixels
_SQUARE_PX = 32  # of a board's square, about as large as in pictures
_NOWHERE = -1e4
_LENS_BLUR_PX = 0.5
_RAY_STEP_PX = 8


def floor_picture(
    camera: CameraModel,
    tags: Mapping[int, tuple[float, float, float]],
    side_m: float = 0.22,
    family: TagFamily = TagFamily.APRILTAG_36H11,
    noise: float = 2.0,
    seed: int = 0,
) -> Image:
    """What a camera sees of sheets on a bare floor.

    Args:
        camera: Who looks.
        tags: Id to x, y in metres and turn in degrees, counter-clockwise from above.
        side_m: Of the black squares.
        family: Of the tags.
        noise: Standard deviation of the sensor's, grey levels.
        seed: Of the noise.
    """
    rays = _sample_rays(camera, _FLOOR_SAMPLES) @ camera.rotation
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = -camera.position_m[2] / rays[:, 2:]
    xy = camera.position_m[:2] + np.where(reach > 0, reach, np.nan) * rays[:, :2]
    grey = np.where(np.isfinite(xy[:, 0]), FLOOR_GREY, WALL_GREY).astype(np.float32)
    cells = family.cells
    for tag_id, (x, y, turn_deg) in tags.items():
        sheet = np.full((cells + 2, cells + 2), PAPER_GREY, np.float32)
        sheet[1:-1, 1:-1] = np.where(family.picture(tag_id) > 0, PAPER_GREY, INK_GREY)
        cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
        near = np.flatnonzero(np.abs(xy - [x, y]).max(axis=1) < side_m)
        # Right along the sheet's rows, and down them: the first row is the furthest from the reader.
        local = (xy[near] - [x, y]) @ np.array([[cos, sin], [sin, -cos]])
        cell = np.floor((local / side_m + 0.5) * cells).astype(int) + 1
        on_sheet = ((cell >= 0) & (cell < cells + 2)).all(axis=1)
        grey[near[on_sheet]] = sheet[cell[on_sheet, 1], cell[on_sheet, 0]]
    width, height = camera.size_px
    fine = grey.reshape(height * _FLOOR_SAMPLES, width * _FLOOR_SAMPLES)
    clean = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    return _exposed(np.asarray(clean, np.float64), noise, seed)


def board_picture(
    camera: CameraModel,
    board: CharucoBoard,
    rotation: FloatArray,
    position_m: FloatArray,
    noise: float = 2.0,
    blur_px: float = 0.0,
    seed: int = 0,
) -> Image:
    """What a camera sees of a board in front of a wall.

    Args:
        camera: Whose lens it is seen through.
        board: What is printed.
        rotation: `(3, 3)` board to camera axes; the board's x runs along its columns, y down its rows.
        position_m: `(3,)` its upper left corner in the camera's axes.
        noise: Standard deviation of the sensor's, grey levels.
        blur_px: Standard deviation of unsharpness.
        seed: Of the noise.
    """
    square_px = _SQUARE_PX
    margin = square_px // 2
    picture = cv2.copyMakeBorder(
        board.picture(square_px), margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255.0,)
    )
    rays, normal = _sample_rays(camera, 1), rotation[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = (normal @ position_m) / (rays @ normal)
    local = (rays * reach[:, None] - position_m) @ rotation
    texels = local[:, :2] * square_px / board.square_m + margin - 0.5
    texels[~(reach > 0)] = _NOWHERE
    width, height = camera.size_px
    at = np.nan_to_num(texels, nan=_NOWHERE).reshape(height, width, 2).astype(np.float32)
    seen = cv2.remap(
        picture,
        at[..., 0],
        at[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(float(WALL_GREY),),
    )
    return _exposed(np.asarray(seen, np.float64), noise, seed, blur_px)


def _exposed(clean: FloatArray, noise: float, seed: int, blur_px: float = 0.0) -> Image:
    """Blur a grey picture `(h, w)` as a lens does, and add noise; BGR."""
    picture = cv2.GaussianBlur(clean.astype(np.float32), (0, 0), max(blur_px, _LENS_BLUR_PX))
    picture = picture + np.random.default_rng(seed).normal(0, noise, picture.shape)
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


@lru_cache(maxsize=8)
def _sample_rays(camera: CameraModel, samples: int) -> FloatArray:
    """Directions `(n, 3)` of all samples in the camera's axes: a spline over every `_RAY_STEP_PX`-th pixel.

    Exact rays cost more than everything else; between them a lens bends light smoothly.
    """
    coarse = [np.linspace(0, n, n // _RAY_STEP_PX + 1) for n in camera.size_px]
    fine = [(np.arange(n * samples) + 0.5) / samples for n in camera.size_px]
    rays = camera.rays(np.stack(np.meshgrid(*coarse), -1).reshape(-1, 2)) @ camera.rotation.T
    grid = rays.reshape(len(coarse[1]), len(coarse[0]), 3)
    splines = [RectBivariateSpline(coarse[1], coarse[0], grid[..., k])(fine[1], fine[0]) for k in range(3)]
    return np.asarray(np.stack(splines, axis=2).reshape(-1, 3), np.float64)
