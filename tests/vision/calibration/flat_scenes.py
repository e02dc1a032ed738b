"""Pictures of flat things by casting every pixel's ray: a board in front of a lens, sheets on a bare floor."""

from collections.abc import Mapping

import cv2
import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.targets import CharucoBoard, TagFamily
from vision.camera_model import CameraModel
from vision.lens import Lens
from vision.types import FloatArray, Image

FLOOR_GREY, PAPER_GREY = 120, 235
TEXEL_M = 0.0025
SUPERSAMPLED = 2


def looking_at(
    camera_id: str,
    position_m: tuple[float, float, float],
    aim_m: tuple[float, float, float],
    size_px: tuple[int, int] = (640, 480),
    focal_px: float = 400.0,
    lens: Lens = Lens.BROWN,
    distortion: tuple[float, ...] | None = None,
) -> CameraModel:
    """A camera at a place that looks at another one, upright."""
    forward = np.subtract(aim_m, position_m)
    forward = forward / np.linalg.norm(forward)
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    width, height = size_px
    matrix = np.array([[focal_px, 0, width / 2 + 3.0], [0, focal_px, height / 2 - 2.0], [0, 0, 1.0]])
    if distortion is None:
        distortion = (-0.12, 0.01, 0.0, 0.0, 0.0) if lens is Lens.BROWN else (-0.03, 0.002, 0.0, 0.0)
    return CameraModel(
        CameraId(camera_id), size_px, matrix, np.array(distortion), rotation, np.array(position_m), lens
    )


def floor_picture(
    camera: CameraModel,
    tags: Mapping[int, tuple[float, float, float]],
    side_m: float = 0.22,
    family: TagFamily = TagFamily.APRILTAG_36H11,
    noise: float = 2.0,
    seed: int = 0,
) -> Image:
    """What a camera sees of tags (id to x, y in metres and turn in degrees) on a bare floor."""
    extent_m = 12.0
    n = int(extent_m / TEXEL_M)
    floor = np.full((n, n), FLOOR_GREY, np.uint8)
    for tag_id, (x, y, turn_deg) in tags.items():
        cells = family.cells
        tag = np.full((cells + 2, cells + 2), PAPER_GREY, np.uint8)
        tag[1:-1, 1:-1] = np.where(family.picture(tag_id) > 0, PAPER_GREY, 20)
        # From cells of the sheet, its first row furthest from the reader, to texels of a floor whose rows rise with y.
        cell_m = side_m / cells
        turn = np.radians(turn_deg)
        axes = np.array([[np.cos(turn), np.sin(turn)], [np.sin(turn), -np.cos(turn)]]) * cell_m / TEXEL_M
        middle = (np.array([x, y]) + extent_m / 4) / TEXEL_M
        shift = middle - axes @ np.full(2, (cells + 2) / 2)
        # warpAffine counts from pixel centres.
        matrix = np.column_stack([axes, shift + axes @ [0.5, 0.5] - 0.5])
        cv2.warpAffine(tag, matrix, (n, n), floor, cv2.INTER_NEAREST, cv2.BORDER_TRANSPARENT)
    return _cast(camera, floor, noise, seed, lambda uv: (camera.at_height(uv) + extent_m / 4) / TEXEL_M - 0.5)


def board_picture(
    camera: CameraModel,
    board: CharucoBoard,
    rotation: FloatArray,
    position_m: FloatArray,
    noise: float = 2.0,
    blur_px: float = 0.0,
    seed: int = 0,
) -> Image:
    """A board (its axes in the camera's frame, its upper left corner at a place there) in front of a wall."""
    square_px = 100
    margin = square_px // 2
    picture = cv2.copyMakeBorder(
        board.picture(square_px), margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255.0,)
    )
    scale = square_px / board.square_m

    def to_texels(uv: FloatArray) -> FloatArray:
        rays = camera.rays(uv) @ camera.rotation.T
        normal = rotation[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (normal @ position_m) / (rays @ normal)
        local = (rays * reach[:, None] - position_m) @ rotation
        local[~(reach > 0)] = -1e4
        return local[:, :2] * scale + margin - 0.5

    return _cast(camera, np.asarray(picture, np.uint8), noise, seed, to_texels, blur_px)


def _cast(camera, texture, noise, seed, to_texels, blur_px=0.0) -> Image:  # type: ignore[no-untyped-def]
    width, height = camera.size_px
    s = SUPERSAMPLED
    uv = np.stack(np.meshgrid((np.arange(width * s) + 0.5) / s, (np.arange(height * s) + 0.5) / s), -1).reshape(-1, 2)
    texels = np.nan_to_num(to_texels(uv), nan=-1e4).reshape(height * s, width * s, 2).astype(np.float32)
    fine = cv2.remap(
        texture, texels[..., 0], texels[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(90.0,)
    )
    picture = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), max(blur_px, 0.5))
    picture += np.random.default_rng(seed).normal(0, noise, picture.shape)
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
