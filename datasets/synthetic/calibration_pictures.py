"""Pictures of flat things by casting every pixel's ray: a board in front of a lens, sheets on a bare floor.

A board is held a few decimetres before a camera, where the store behind it does not matter; tests take bare
floors.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import cv2
import numpy as np

from vision.calibration.targets import CharucoBoard, TagFamily
from vision.camera_model import CameraModel
from vision.types import FloatArray, Image

FLOOR_GREY, PAPER_GREY, INK_GREY, WALL_GREY = 120, 235, 20, 90
_TEXEL_M = 0.0025
_EXTENT_M = 12.0  # of the bare floor, from a quarter of it before the origin
_FLOOR_SAMPLES = 2  # per pixel along each axis: far sheets are finer than pixels
_SQUARE_PX = 32  # of a board's square, about as large as in pictures
_NOWHERE = -1e4


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
    n = int(_EXTENT_M / _TEXEL_M)
    floor = np.full((n, n), FLOOR_GREY, np.uint8)
    for tag_id, (x, y, turn_deg) in tags.items():
        cells = family.cells
        tag = np.full((cells + 2, cells + 2), PAPER_GREY, np.uint8)
        tag[1:-1, 1:-1] = np.where(family.picture(tag_id) > 0, PAPER_GREY, INK_GREY)
        # From cells of the sheet, its first row furthest from the reader, to texels of a floor whose rows
        # rise with y.
        cell_m = side_m / cells
        turn = np.radians(turn_deg)
        axes = np.array([[np.cos(turn), np.sin(turn)], [np.sin(turn), -np.cos(turn)]]) * cell_m / _TEXEL_M
        middle = (np.array([x, y]) + _EXTENT_M / 4) / _TEXEL_M
        shift = middle - axes @ np.full(2, (cells + 2) / 2)
        # warpAffine counts from pixel centres.
        matrix = np.column_stack([axes, shift + axes @ [0.5, 0.5] - 0.5])
        cv2.warpAffine(tag, matrix, (n, n), floor, cv2.INTER_NEAREST, cv2.BORDER_TRANSPARENT)
    return _cast(
        camera, floor, noise, seed, lambda uv: (camera.at_height(uv) + _EXTENT_M / 4) / _TEXEL_M - 0.5
    )


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
    scale = square_px / board.square_m

    def to_texels(rays: FloatArray) -> FloatArray:
        normal = rotation[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (normal @ position_m) / (rays @ normal)
        local = (rays * reach[:, None] - position_m) @ rotation
        local[~(reach > 0)] = _NOWHERE
        return local[:, :2] * scale + margin - 0.5

    return _cast(camera, np.asarray(picture, np.uint8), noise, seed, to_texels, blur_px=blur_px)


def _cast(
    camera: CameraModel,
    texture: Image,
    noise: float,
    seed: int,
    to_texels: Callable[[FloatArray], FloatArray],
    *,
    blur_px: float = 0.0,
    samples: int = 1,
) -> Image:
    """Look up every pixel's samples in a texture, blur as a lens does, and add noise."""
    width, height = camera.size_px
    shape = (height * samples, width * samples, 2)
    texels = (
        np.nan_to_num(to_texels(_sample_rays(camera, samples)), nan=_NOWHERE)
        .reshape(shape)
        .astype(np.float32)
    )
    fine = cv2.remap(
        texture,
        texels[..., 0],
        texels[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(float(WALL_GREY),),
    )
    picture = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), max(blur_px, 0.5))
    picture += np.random.default_rng(seed).normal(0, noise, picture.shape)
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


@lru_cache(maxsize=8)
def _sample_rays(camera: CameraModel, samples: int) -> FloatArray:
    """Directions `(n, 3)` of all samples in the camera's axes; they cost more than everything else."""
    width, height = camera.size_px
    across, down = ((np.arange(n * samples) + 0.5) / samples for n in (width, height))
    rays: FloatArray = camera.rays(np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)) @ camera.rotation.T
    return rays
