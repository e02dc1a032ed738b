"""Lettering: text of free fonts, fitted into boxes of a picture."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from datasets.synthetic.goods.canvas import Box, Picture, blend
from datasets.synthetic.goods.flavours import Rgb
from datasets.synthetic.scene import Float32Array

_TRIAL_PX = 64
_LEAST_PX = 4  # smaller letters are a grey line to every camera


@dataclass(frozen=True, slots=True)
class Font:
    """A font file inside an installed package."""

    package: str
    path: str


_MATPLOTLIB = "mpl-data/fonts/ttf/"
DISPLAY_FONTS = (
    Font("font_fredoka_one", "files/FredokaOne-Regular.ttf"),
    Font("font_amatic_sc", "files/AmaticSC-Bold.ttf"),
    Font("font_intuitive", "files/Intuitive.ttf"),
    Font("font_manrope", "files/Manrope-ExtraBold.ttf"),
    Font("font_manrope", "files/Manrope-Light.ttf"),
    Font("font_caladea", "files/Caladea-Bold.ttf"),
    Font("font_caladea", "files/Caladea-BoldItalic.ttf"),
    Font("matplotlib", _MATPLOTLIB + "DejaVuSans-Bold.ttf"),
    Font("matplotlib", _MATPLOTLIB + "DejaVuSans-BoldOblique.ttf"),
    Font("matplotlib", _MATPLOTLIB + "DejaVuSerif-Bold.ttf"),
    Font("matplotlib", _MATPLOTLIB + "STIXGeneralBolIta.ttf"),
    Font("matplotlib", _MATPLOTLIB + "DejaVuSansMono-Bold.ttf"),
)
TEXT_FONTS = (
    Font("font_manrope", "files/Manrope-Bold.ttf"),
    Font("matplotlib", _MATPLOTLIB + "DejaVuSans.ttf"),
    Font("font_caladea", "files/Caladea-Bold.ttf"),
    Font("font_manrope", "files/Manrope-Medium.ttf"),
)


def write(
    picture: Picture,
    text: str,
    font: Font,
    box: Box,
    rgb: Rgb,
    *,
    align: float = 0.5,
    outline: Rgb | None = None,
) -> None:
    """Write one line as large as fits into a box.

    Args:
        picture: Written on.
        text: One line.
        font: Of which package.
        box: Shares of the picture.
        rgb: sRGB, 0 to 1.
        align: 0 left, 0.5 in the middle, 1 right.
        outline: Colour of a rim around the letters.
    """
    left, top, right, bottom = box.pixels(picture)
    if right - left < 2 or bottom - top < 2:
        return
    size = _fitting_px(text, font, right - left, bottom - top)
    if size < _LEAST_PX:
        return
    rim = max(1, size // 14) if outline is not None else 0
    mask, rim_mask = _masks(text, font, size, rim, (right - left, bottom - top), align)
    if rim_mask is not None and outline is not None:
        blend(picture[top:bottom, left:right], rim_mask, outline)
    blend(picture[top:bottom, left:right], mask, rgb)


def write_upright(picture: Picture, text: str, font: Font, box: Box, rgb: Rgb) -> None:
    """Write one line from the bottom to the top."""
    turned = np.ascontiguousarray(np.rot90(picture, -1))
    write(turned, text, font, Box(1 - box.bottom, box.left, 1 - box.top, box.right), rgb)
    picture[:] = np.rot90(turned)


def _fitting_px(text: str, font: Font, width: int, height: int) -> int:
    left, top, right, bottom = _loaded(font, _TRIAL_PX).getbbox(text)
    size = int(_TRIAL_PX * min(width / max(right - left, 1), height / max(bottom - top, 1)))
    # Letters are fitted to the pixel grid and so are not quite proportional to their size.
    while size > _LEAST_PX and not _fits(text, font, size, width, height):
        size -= 1
    return size


def _fits(text: str, font: Font, size_px: int, width: int, height: int) -> bool:
    left, top, right, bottom = _loaded(font, size_px).getbbox(text)
    return right - left <= width and bottom - top <= height


def _masks(
    text: str, font: Font, size_px: int, rim_px: int, area_px: tuple[int, int], align: float
) -> tuple[Float32Array, Float32Array | None]:
    loaded = _loaded(font, size_px)
    left, top, right, bottom = loaded.getbbox(text)
    x = align * (area_px[0] - (right - left)) - left
    y = 0.5 * (area_px[1] - (bottom - top)) - top
    masks: list[Float32Array] = []
    for rim in (0, rim_px) if rim_px else (0,):
        image = Image.new("L", area_px, 0)
        ImageDraw.Draw(image).text((x, y), text, font=loaded, fill=255, stroke_width=rim)
        masks.append(np.asarray(image, dtype=np.float32) / np.float32(255))
    return masks[0], masks[1] if rim_px else None


@cache
def _loaded(font: Font, size_px: int) -> ImageFont.FreeTypeFont:
    # The packages are not imported: all they would do is to list their files.
    found = find_spec(font.package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"{font.package} is missing; install walkout with its `simulate` extra")
    path = Path(found.submodule_search_locations[0]) / font.path
    return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)
