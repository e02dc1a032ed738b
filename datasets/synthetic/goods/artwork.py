"""The texture atlas of one store: everything printed in it, with mip levels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from datasets.synthetic.goods.canvas import Picture
from datasets.synthetic.goods.interior import (
    draw_basket_mesh,
    draw_carton,
    draw_ceiling,
    draw_chalkboard,
    draw_crust,
    draw_door,
    draw_entrance,
    draw_fridge_header,
    draw_metal,
    draw_people_poster,
    draw_plaster,
    draw_poster,
    draw_price_tag,
    draw_shelf_talker,
    draw_sign,
    draw_window,
    draw_wood,
)
from datasets.synthetic.goods.panels import HEIGHT_PX, WIDTH_PX, Panel, PanelRect, panel_rect, panel_uv
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.goods.wrapping import PrintSize, print_package

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
    sheet = np.full((HEIGHT_PX, WIDTH_PX, 3), 190, dtype=np.uint8)
    for product, panels in zip(assortment.products, assortment.panels, strict=True):
        rects = (panels.front, panels.side, panels.top)
        drawn = print_package(
            product.design, product.form, PrintSize(*((rect.height, rect.width) for rect in rects))
        )
        for rect, picture in zip(rects, (drawn.front, drawn.side, drawn.top), strict=True):
            _paste(sheet, rect, picture)
    _draw_tags(np.random.default_rng([seed, 1]), sheet, assortment)
    _draw_interior(np.random.default_rng([seed, 2]), sheet)
    return _with_mips(sheet)


def _draw_tags(rng: np.random.Generator, sheet: Image, assortment: Assortment) -> None:
    """Print price tags, in a style of the store's own; every sixth is an offer."""
    own = 2 if rng.random() < 0.3 else 0
    for index, product in enumerate(assortment.products):
        rect = panel_rect(Panel.price_tag(index))
        looks = 1 if own == 0 and rng.random() < 1 / 6 else own
        tag = draw_price_tag(
            product.name, product.price_minor, product.design.ean13, looks, rect.height, rect.width
        )
        _paste(sheet, rect, tag)


def _draw_interior(rng: np.random.Generator, sheet: Image) -> None:
    for index in range(Panel.POSTERS):
        draw = draw_people_poster if index % 3 == 2 else draw_poster
        _draw(sheet, Panel.poster(index), partial(draw, rng))
    for index in range(Panel.WINDOWS):
        _draw(sheet, Panel.window(index), partial(draw_window, rng))
    for text in Panel.SIGNS:
        _draw(sheet, Panel.sign(text), partial(draw_sign, rng, text))
    for panel, painter in (
        (Panel.METAL, draw_metal),
        (Panel.DOOR, partial(draw_door, rng)),
        (Panel.ENTRANCE, partial(draw_entrance, rng)),
        (Panel.CEILING, partial(draw_ceiling, rng)),
        (Panel.CARTON, partial(draw_carton, rng)),
        (Panel.WOOD, partial(draw_wood, rng)),
        (Panel.CRUST, partial(draw_crust, rng)),
        (Panel.BASKET_MESH, draw_basket_mesh),
        (Panel.FRIDGE_HEADER, partial(draw_fridge_header, rng)),
        (Panel.CHALKBOARD, partial(draw_chalkboard, rng)),
        (Panel.PLASTER, partial(draw_plaster, rng)),
        (Panel.SHELF_TALKER, partial(draw_shelf_talker, rng)),
    ):
        _draw(sheet, panel, painter)


def _draw(sheet: Image, panel: int, painter: Callable[[int, int], Picture]) -> None:
    rect = panel_rect(panel)
    _paste(sheet, rect, painter(rect.height, rect.width))


def _paste(sheet: Image, rect: PanelRect, picture: Picture) -> None:
    rows, columns = slice(rect.top, rect.top + rect.height), slice(rect.left, rect.left + rect.width)
    sheet[rows, columns] = np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def _with_mips(sheet: Image) -> Atlas:
    """Halve the page again and again; light is averaged, not its code."""
    linear_16 = np.round(65535 * (np.arange(256) / 255.0) ** 2.2).astype(np.uint16)
    code_of_16 = np.round(255 * (np.arange(65536) / 65535.0) ** (1 / 2.2)).astype(np.uint8)
    levels, light = [sheet], linear_16[sheet]
    for _ in range(MIP_LEVELS - 1):
        size = (light.shape[1] // 2, light.shape[0] // 2)
        light = cv2.resize(light, size, interpolation=cv2.INTER_AREA).astype(np.uint16, copy=False)
        levels.append(code_of_16[light])
    starts = np.cumsum([0, *(level.shape[0] * level.shape[1] for level in levels[:-1])])
    return Atlas(
        texels=np.ascontiguousarray(np.concatenate([level.reshape(-1, 3) for level in levels])),
        level_start=starts.astype(np.int64),
        level_size=np.array([[level.shape[1], level.shape[0]] for level in levels], dtype=np.int64),
    )
