"""Where everything printed lies on the page that a store's textures are drawn on.

The upper part of the page is the same in every store: price tags, posters, doors, signs. Below it the
packages of the store's assortment are packed, as large as there is room for. Rectangles start and end at
multiples of 32 pixels, so that no mip level mixes neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.scene import Float32Array, FloatArray

WIDTH_PX, HEIGHT_PX = 2048, 4096
# Texels are stored as sRGB is, nearly: a lookup is cheaper than four times the memory.
LINEAR_OF_TEXEL: Float32Array = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)
CELL_PX = 32
MOST_PRODUCTS = 72  # price tags on the page
_INSET_PX = 1.0  # half of this would do for a nearest texel; interpolation wants one more

_TAG_PX = (96, 64)
_TAGS_PER_ROW = WIDTH_PX // _TAG_PX[0]
_POSTER_PX = (320, 384)
_POSTERS_PER_ROW = 6
_POSTERS_TOP_PX, _WINDOWS_TOP_PX, _SURFACES_TOP_PX, _SIGNS_TOP_PX = 256, 1024, 1408, 1664
PACKAGES_TOP_PX = 1792

# A 1920 pixel wide camera of 80 degrees sees 460 pixels on a metre at 2.5 m, one of 60 degrees 670.
_DENSITIES_PX_PER_M = tuple(range(1300, 300, -50))
_LEAST_PX, _MOST_PX = 32, 352


class Panel:
    """Numbers of the panels that every store has."""

    POSTERS = 12
    _FIRST_POSTER = MOST_PRODUCTS
    _REST = MOST_PRODUCTS + POSTERS
    METAL = _REST
    DOOR = _REST + 1
    ENTRANCE = _REST + 2
    CEILING = _REST + 3
    CARTON = _REST + 4
    WOOD = _REST + 5
    CRUST = _REST + 6
    BASKET_MESH = _REST + 7
    FRIDGE_HEADER = _REST + 8
    CHALKBOARD = _REST + 9
    PLASTER = _REST + 10
    SHELF_TALKER = _REST + 11
    WINDOWS = 2
    _FIRST_WINDOW = _REST + 12
    _FIRST_SIGN = _FIRST_WINDOW + WINDOWS
    SIGNS = ("EXIT", "ENTRANCE", "OFFERS", "FRESH", "DRINKS", "BAKERY", "STAFF ONLY", "SCAN TO ENTER")
    COUNT = _FIRST_SIGN + len(SIGNS)

    @staticmethod
    def price_tag(product_index: int) -> int:
        """Tag on the shelf edge, 3 by 2."""
        return product_index

    @staticmethod
    def poster(index: int) -> int:
        """An advertisement, 5 by 6; every third shows people as large as shoppers."""
        return Panel._FIRST_POSTER + index % Panel.POSTERS

    @staticmethod
    def window(index: int) -> int:
        """A street by day behind glass, 4 by 3."""
        return Panel._FIRST_WINDOW + index % Panel.WINDOWS

    @staticmethod
    def sign(text: str) -> int:
        """A sign, 2 by 1.

        Raises:
            ValueError: If no sign has this text; see `SIGNS`.
        """
        return Panel._FIRST_SIGN + Panel.SIGNS.index(text)


@dataclass(frozen=True, slots=True)
class PanelRect:
    """A rectangle of the page, pixels."""

    left: int
    top: int
    width: int
    height: int

    def uv(self, u: FloatArray, v: FloatArray) -> FloatArray:
        """Map places `(n,)` on the panel (u right, v up, 0 to 1) to the atlas `(n, 3)` (v down, third 0)."""
        x = self.left + _INSET_PX + u * (self.width - 2 * _INSET_PX)
        y = self.top + _INSET_PX + (1 - v) * (self.height - 2 * _INSET_PX)
        return np.column_stack([x / WIDTH_PX, y / HEIGHT_PX, np.zeros(len(x))])


@dataclass(frozen=True, slots=True)
class PackagePanels:
    """Where one product's print lies.

    Attributes:
        front: Of round packages the half that looks at the shopper, over the whole height.
        side: The narrow sides; of round packages the other half.
        top: Lid or top side.
        px_per_m: How finely it is drawn.
    """

    front: PanelRect
    side: PanelRect
    top: PanelRect
    px_per_m: float


def panel_uv(panel: int, u: float, v: float) -> tuple[float, float]:
    """Map a place on a panel (u right, v up, 0 to 1) to atlas coordinates (v down)."""
    x, y, _ = panel_rect(panel).uv(np.array([u]), np.array([v]))[0]
    return float(x), float(y)


def panel_rect(panel: int) -> PanelRect:
    """Return where a panel that every store has lies.

    Raises:
        ValueError: If there is no such panel.
    """
    if not 0 <= panel < Panel.COUNT:
        raise ValueError(f"panel {panel} is not in 0..{Panel.COUNT - 1}")
    if panel < MOST_PRODUCTS:
        row, column = divmod(panel, _TAGS_PER_ROW)
        return PanelRect(column * _TAG_PX[0], row * _TAG_PX[1], *_TAG_PX)
    if panel < Panel.METAL:
        row, column = divmod(panel - MOST_PRODUCTS, _POSTERS_PER_ROW)
        return PanelRect(column * _POSTER_PX[0], _POSTERS_TOP_PX + row * _POSTER_PX[1], *_POSTER_PX)
    if panel >= Panel.sign(Panel.SIGNS[0]):
        return PanelRect((panel - Panel.sign(Panel.SIGNS[0])) * 256, _SIGNS_TOP_PX, 256, 128)
    return _RECTS[panel]


_RECTS = {
    Panel.METAL: PanelRect(1920, _POSTERS_TOP_PX, 128, 128),
    Panel.window(0): PanelRect(0, _WINDOWS_TOP_PX, 512, 384),
    Panel.window(1): PanelRect(512, _WINDOWS_TOP_PX, 512, 384),
    Panel.ENTRANCE: PanelRect(1024, _WINDOWS_TOP_PX, 384, 384),
    Panel.DOOR: PanelRect(1408, _WINDOWS_TOP_PX, 256, 384),
    Panel.PLASTER: PanelRect(1664, _WINDOWS_TOP_PX, 256, 256),
    Panel.CEILING: PanelRect(0, _SURFACES_TOP_PX, 256, 256),
    Panel.CARTON: PanelRect(256, _SURFACES_TOP_PX, 256, 256),
    Panel.WOOD: PanelRect(512, _SURFACES_TOP_PX, 256, 256),
    Panel.CRUST: PanelRect(768, _SURFACES_TOP_PX, 256, 256),
    Panel.BASKET_MESH: PanelRect(1024, _SURFACES_TOP_PX, 256, 256),
    Panel.CHALKBOARD: PanelRect(1280, _SURFACES_TOP_PX, 256, 256),
    Panel.FRIDGE_HEADER: PanelRect(1536, _SURFACES_TOP_PX, 512, 128),
    Panel.SHELF_TALKER: PanelRect(1536, _SURFACES_TOP_PX + 128, 256, 128),
}


@dataclass(frozen=True, slots=True)
class PackageFaces:
    """How large a package's printed faces are: width and height of each, metres."""

    front_m: tuple[float, float]
    side_m: tuple[float, float]
    top_m: tuple[float, float]


def pack_packages(faces: Sequence[PackageFaces]) -> tuple[PackagePanels, ...]:
    """Lay out packages below the common panels, all at the finest density for which there is room.

    Raises:
        ValueError: If they do not fit even coarsely.
    """
    for density in _DENSITIES_PX_PER_M:
        sizes = [_size_px(size, density) for one in faces for size in (one.front_m, one.side_m, one.top_m)]
        rects = _packed(sizes)
        if rects is not None:
            return tuple(
                PackagePanels(rects[row], rects[row + 1], rects[row + 2], density)
                for row in range(0, len(rects), 3)
            )
    raise ValueError(f"no room for the print of {len(faces)} packages")


def _size_px(size_m: tuple[float, float], density: float) -> tuple[int, int]:
    width, height = (
        int(np.clip(CELL_PX * round(length * density / CELL_PX), _LEAST_PX, _MOST_PX)) for length in size_m
    )
    return width, height


def _packed(sizes: Sequence[tuple[int, int]]) -> list[PanelRect] | None:
    """Fill rows of like heights from the left; None where the page ends."""
    rects: dict[int, PanelRect] = {}
    left, top, row_px = 0, PACKAGES_TOP_PX, 0
    for index in sorted(range(len(sizes)), key=lambda index: (-sizes[index][1], index)):
        width, height = sizes[index]
        if left + width > WIDTH_PX:
            left, top, row_px = 0, top + row_px, 0
        row_px = max(row_px, height)
        if top + row_px > HEIGHT_PX:
            return None
        rects[index] = PanelRect(left, top, width, height)
        left += width
    return [rects[index] for index in range(len(sizes))]
