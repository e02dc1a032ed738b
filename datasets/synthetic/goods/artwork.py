"""The texture atlas of one store: everything printed in it, with mip levels."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.synthetic.goods.panels import HEIGHT_PX, WIDTH_PX, Panel, PanelRect, panel_rect, panel_uv
from datasets.synthetic.goods.products import Assortment

__all__ = ["HEIGHT_PX", "WIDTH_PX", "Atlas", "Panel", "build_atlas", "panel_uv"]

MIP_LEVELS = 6

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """One texture with its mip levels, packed.

    Attributes:
        texels: `(k, 3)` uint8 RGB, all levels one after the other, rows from the top; `LINEAR_OF_TEXEL` gives
            albedos.
        level_start: `(levels,)` int64 first texel.
        level_size: `(levels, 2)` int64 width and height.
    """

    texels: Image
    level_start: npt.NDArray[np.int64]
    level_size: npt.NDArray[np.int64]


def build_atlas(seed: int, assortment: Assortment) -> Atlas:
    """Draw everything that is printed in one store (about 1.5 CPU s for 40 products).

    Args:
        seed: Posters and what else only this store has follow from it; packages are always the same.
        assortment: What is sold.
    """
    rng = np.random.default_rng(seed)
    sheet = np.full((HEIGHT_PX, WIDTH_PX, 3), 190, dtype=np.uint8)
    for product, panels in zip(assortment.products, assortment.panels, strict=True):
        for rect in (panels.front, panels.side, panels.top):
            _paste(
                sheet,
                rect,
                np.uint8(255 * np.broadcast_to(product.design.ground_rgb, (rect.height, rect.width, 3))),
            )
    for index in range(Panel.POSTERS):
        rect = panel_rect(Panel.poster(index))
        _paste(sheet, rect, rng.integers(60, 200, (rect.height, rect.width, 3), dtype=np.uint8))
    return _with_mips(sheet)


def _paste(sheet: Image, rect: PanelRect, picture: Image) -> None:
    sheet[rect.top : rect.top + rect.height, rect.left : rect.left + rect.width] = picture


def _with_mips(sheet: Image) -> Atlas:
    """Halve the page again and again; light is averaged, not its code."""
    linear_16 = np.round(65535 * (np.arange(256) / 255.0) ** 2.2).astype(np.uint16)
    code_of_16 = np.round(255 * (np.arange(65536) / 65535.0) ** (1 / 2.2)).astype(np.uint8)
    levels, light = [sheet], linear_16[sheet]
    for _ in range(MIP_LEVELS - 1):
        light = cv2.resize(light, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        levels.append(code_of_16[light])
    starts = np.cumsum([0, *(level.shape[0] * level.shape[1] for level in levels[:-1])])
    return Atlas(
        texels=np.ascontiguousarray(np.concatenate([level.reshape(-1, 3) for level in levels])),
        level_start=starts.astype(np.int64),
        level_size=np.array([[level.shape[1], level.shape[0]] for level in levels], dtype=np.int64),
    )
