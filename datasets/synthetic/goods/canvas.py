"""Drawing on pictures of floats: places are shares of the picture, so that a design fits every size."""

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthetic.goods.flavours import Rgb
from datasets.synthetic.scene import Float32Array, FloatArray

Picture = Float32Array  # (h, w, 3) sRGB, 0 to 1, rows from the top
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; shares of a picture from its left and its top."""

    left: float
    top: float
    right: float
    bottom: float

    def pixels(self, picture: Picture) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom in pixels, inside the picture."""
        height, width = picture.shape[:2]
        x0, x1 = (int(np.clip(round(x * width), 0, width)) for x in (self.left, self.right))
        y0, y1 = (int(np.clip(round(y * height), 0, height)) for y in (self.top, self.bottom))
        return x0, y0, x1, y1

    def inner(self, across: float, down: float) -> "Box":
        """Return the box without a margin, shares of its own width and height."""
        dx, dy = across * (self.right - self.left), down * (self.bottom - self.top)
        return Box(self.left + dx, self.top + dy, self.right - dx, self.bottom - dy)


def plain(height: int, width: int, rgb: Rgb) -> Picture:
    """Return a picture of one colour."""
    return np.full((height, width, 3), rgb, dtype=np.float32)


def blend(picture: Picture, mask: Float32Array | float, rgb: Rgb | Picture) -> None:
    """Cover a picture with a colour or another picture where the mask `(h, w)` is 1."""
    share = np.asarray(mask, dtype=np.float32)
    picture += (share[:, :, None] if share.ndim else share) * (np.asarray(rgb, dtype=np.float32) - picture)


def rectangle(picture: Picture, box: Box, rgb: Rgb, share: float = 1.0) -> None:
    """Fill a rectangle."""
    left, top, right, bottom = box.pixels(picture)
    blend(picture[top:bottom, left:right], share, rgb)


def polygon_mask(picture: Picture, points: FloatArray) -> Float32Array:
    """Return the smooth-edged mask of a polygon `(n, 2)`, x and y as shares of the picture."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), dtype=np.uint8)
    scaled = np.round(points * (width, height) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(mask, [scaled], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return mask.astype(np.float32) / np.float32(255)


def ellipse_mask(picture: Picture, box: Box) -> Float32Array:
    """Return the mask of the ellipse inside a box."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x = 0.5 * (box.left + box.right) + 0.5 * (box.right - box.left) * np.cos(angle)
    y = 0.5 * (box.top + box.bottom) + 0.5 * (box.bottom - box.top) * np.sin(angle)
    return polygon_mask(picture, np.column_stack([x, y]))


def rounded_mask(picture: Picture, box: Box, radius: float = 0.25) -> Float32Array:
    """Return the mask of a box with rounded corners; the radius is a share of the shorter side."""
    height, width = picture.shape[:2]
    shorter = min((box.right - box.left) * width, (box.bottom - box.top) * height) * radius
    rx, ry = shorter / width, shorter / height
    angle = np.linspace(0, 0.5 * np.pi, 6)
    corners = []
    for quarter, (cx, cy) in enumerate(
        (
            (box.right - rx, box.bottom - ry),
            (box.left + rx, box.bottom - ry),
            (box.left + rx, box.top + ry),
            (box.right - rx, box.top + ry),
        )
    ):
        turned = angle + quarter * np.pi / 2
        corners.append(np.column_stack([cx + rx * np.cos(turned), cy + ry * np.sin(turned)]))
    return polygon_mask(picture, np.concatenate(corners))


def gradient(picture: Picture, top: Rgb, bottom: Rgb) -> None:
    """Fill with a vertical gradient."""
    share = np.linspace(0, 1, len(picture), dtype=np.float32)[:, None, None]
    picture[:] = (
        np.asarray(top, dtype=np.float32) * (1 - share) + np.asarray(bottom, dtype=np.float32) * share
    )


def cloud(
    rng: np.random.Generator, height: int, width: int, cells: tuple[int, int], octaves: int = 3
) -> Float32Array:
    """Return smooth noise `(h, w)` around 0, about -1 to 1; the draw does not depend on the size.

    Args:
        rng: Draws the noise.
        height: Pixels.
        width: Pixels.
        cells: How many waves fit across and down.
        octaves: Each is half as coarse and half as strong as the one before.
    """
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(octaves):
        across, down = cells[0] * 2**octave + 3, cells[1] * 2**octave + 3
        small = rng.uniform(-1, 1, (down, across)).astype(np.float32)
        big = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        total += big * np.float32(0.5**octave)
    return total


def shaded(picture: Picture, factor: Float32Array) -> None:
    """Multiply a picture by `(h, w)` or `(h, w, 1)`."""
    picture *= factor if factor.ndim == 3 else factor[:, :, None]
