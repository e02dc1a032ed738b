"""Printed matter: packages, price tags, posters and cartons, drawn by seed into one texture atlas.

The atlas has 72 small panels (four for each of 16 products, then metal) and 12 large ones below.
"""

import colorsys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from datasets.synthetic.scene import Float32Array

SMALL_PX = 128  # a package front covers at most about 100 pixels of a 640x480 frame
LARGE_PX = 256
COLUMNS = 12
SMALL_ROWS = 6
WIDTH_PX, HEIGHT_PX = COLUMNS * SMALL_PX, SMALL_ROWS * SMALL_PX + 2 * LARGE_PX
MIP_LEVELS = 6
EDGE = 0.02  # of a panel, kept free so that neighbours do not bleed in
LARGE_PER_ROW = WIDTH_PX // LARGE_PX

Rgb8 = tuple[int, int, int]

SYLLABLES = (
    "na",
    "vo",
    "lu",
    "mi",
    "ro",
    "ke",
    "ta",
    "zu",
    "bel",
    "cri",
    "fre",
    "sol",
    "pa",
    "ori",
    "kor",
    "vit",
)
# A brand looks the same in every store; 3 draws sixteen packages that are easy to tell apart by eye.
PACKAGING_SEED = 3
# Hue, saturation, value of each package in the order of the catalogue: red cola, blue water, ...
BASE_COLOURS = (
    (0.99, 0.85, 0.75),
    (0.55, 0.60, 0.90),
    (0.08, 0.85, 0.95),
    (0.60, 0.08, 0.95),
    (0.15, 0.80, 0.92),
    (0.34, 0.60, 0.60),
    (0.48, 0.65, 0.70),
    (0.63, 0.75, 0.60),
    (0.05, 0.60, 0.28),
    (0.25, 0.55, 0.80),
    (0.10, 0.35, 0.20),
    (0.61, 0.80, 0.85),
    (0.11, 0.25, 0.88),
    (0.91, 0.55, 0.90),
    (0.43, 0.85, 0.85),
    (0.77, 0.50, 0.65),
)
WORDS = ("classic", "fresh", "original", "organic", "light", "family", "crunchy", "mild", "strong", "pure")


class Panel:
    """Numbers of panels in the atlas."""

    METAL = 64
    LARGE = COLUMNS * SMALL_ROWS
    POSTERS = 8
    CARTON = LARGE + 8
    DOOR = LARGE + 9
    CEILING = LARGE + 10
    ENTRANCE = LARGE + 11

    @staticmethod
    def front(product_index: int) -> int:
        """Front of a package."""
        return 4 * product_index

    @staticmethod
    def side(product_index: int) -> int:
        """Narrow side of a package."""
        return 4 * product_index + 1

    @staticmethod
    def top(product_index: int) -> int:
        """Top, lid or cap."""
        return 4 * product_index + 2

    @staticmethod
    def price_tag(product_index: int) -> int:
        """Tag on the shelf edge."""
        return 4 * product_index + 3

    @staticmethod
    def poster(index: int) -> int:
        """A poster or sign."""
        return Panel.LARGE + index % Panel.POSTERS


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """One texture with its mip levels, packed.

    Attributes:
        texels: `(k, 3)` float32 linear RGB, all levels one after the other, rows from the top.
        level_start: `(levels,)` int64 first texel.
        level_size: `(levels, 2)` int64 width and height.
    """

    texels: Float32Array
    level_start: npt.NDArray[np.int64]
    level_size: npt.NDArray[np.int64]


def panel_uv(panel: int, u: float, v: float) -> tuple[float, float]:
    """Map a place on a panel (u right, v up, 0 to 1) to atlas coordinates (v down)."""
    left, top, size = _panel_origin(panel)
    u, v = EDGE + u * (1 - 2 * EDGE), EDGE + (1 - v) * (1 - 2 * EDGE)
    return (left + u * size) / WIDTH_PX, (top + v * size) / HEIGHT_PX


def _panel_origin(panel: int) -> tuple[int, int, int]:
    if panel < Panel.LARGE:
        return panel % COLUMNS * SMALL_PX, panel // COLUMNS * SMALL_PX, SMALL_PX
    row, column = divmod(panel - Panel.LARGE, LARGE_PER_ROW)
    return column * LARGE_PX, SMALL_ROWS * SMALL_PX + row * LARGE_PX, LARGE_PX


def build_atlas(seed: int, names: tuple[str, ...], prices_minor: tuple[int, ...]) -> Atlas:
    """Draw everything that is printed in one store.

    Args:
        seed: Posters and what else only this store has follow from it; packages are always the same.
        names: Product names, in the order of the catalogue, at most 16.
        prices_minor: For the price tags, cents.
    """
    rng = np.random.default_rng(seed)
    sheet = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), (190, 192, 196))
    packaging = np.random.default_rng(PACKAGING_SEED)
    for index, (name, price) in enumerate(zip(names, prices_minor, strict=True)):
        design = _PackageDesign(packaging, name, BASE_COLOURS[index])
        for panel, picture in (
            (Panel.front(index), design.front()),
            (Panel.side(index), design.side()),
            (Panel.top(index), design.top()),
            (Panel.price_tag(index), _price_tag(rng, price)),
        ):
            _paste(sheet, panel, picture)
    _paste(sheet, Panel.METAL, _vertical_gradient((225, 226, 228), (150, 152, 156), LARGE_PX))
    for index in range(Panel.POSTERS):
        _paste(sheet, Panel.poster(index), _poster(rng))
    _paste(sheet, Panel.CARTON, _carton(rng))
    _paste(sheet, Panel.DOOR, _door(rng))
    _paste(sheet, Panel.CEILING, _ceiling_tiles())
    _paste(sheet, Panel.ENTRANCE, _glass_door())
    return _with_mips(sheet)


class _PackageDesign:
    """Brand, colours and layout of one product."""

    def __init__(self, rng: np.random.Generator, name: str, base: tuple[float, float, float]) -> None:
        self._rng, self._name = rng, name
        self._base = _hsv(*base)
        self._accent = _hsv(
            base[0] + rng.choice([0.04, 0.08, 0.33, 0.5, 0.6]),
            rng.uniform(0.3, 0.75),
            rng.uniform(0.55, 0.95),
        )
        self._brand = "".join(rng.choice(SYLLABLES, rng.integers(2, 4))).capitalize()
        self._ink: Rgb8 = (25, 25, 30) if sum(self._base) > 380 else (245, 245, 240)

    def front(self) -> Image.Image:
        rng, size = self._rng, LARGE_PX
        picture = _vertical_gradient(
            _mixed(self._base, (255, 255, 255), 0.15), _mixed(self._base, (0, 0, 0), 0.2), size
        )
        draw = ImageDraw.Draw(picture)
        self._draw_figure(draw, picture, int(rng.integers(6)))
        top = size * rng.uniform(0.06, 0.14)
        label = (255, 255, 255) if rng.random() < 0.5 else _mixed(self._base, (0, 0, 0), 0.6)
        ink = _mixed(self._base, (0, 0, 0), 0.35) if sum(label) > 400 else (250, 240, 210)
        shape = rng.integers(3)
        area = (size * 0.07, top, size * 0.93, top + size * 0.25)
        if shape == 0:
            draw.rounded_rectangle(area, 14, fill=label)
        elif shape == 1:
            draw.ellipse(area, fill=label)
        else:
            ink = self._ink
        draw.text((size / 2, top + size * 0.125), self._brand, font=_font(44), fill=ink, anchor="mm")
        kind, amount = self._name.rsplit(" ", 2)[0], " ".join(self._name.rsplit(" ", 2)[1:])
        draw.text((size / 2, top + size * 0.33), kind, font=_font(24), fill=self._ink, anchor="mm")
        draw.text((size * 0.78, size * 0.94), amount, font=_font(18), fill=self._ink, anchor="mm")
        if rng.random() < 0.5:
            x, y = size * rng.uniform(0.15, 0.3), size * rng.uniform(0.72, 0.85)
            draw.ellipse(
                (x - 26, y - 26, x + 26, y + 26), fill=(230, 40, 40) if rng.random() < 0.5 else (250, 210, 40)
            )
            draw.text(
                (x, y),
                str(rng.choice(["new", "-20%", "bio", "5x"])),
                font=_font(18),
                fill=(20, 20, 20),
                anchor="mm",
            )
        return picture

    def side(self) -> Image.Image:
        rng, size = self._rng, LARGE_PX
        picture = _vertical_gradient(self._base, _mixed(self._base, (0, 0, 0), 0.15), size)
        draw = ImageDraw.Draw(picture)
        draw.text((size / 2, 34), self._brand, font=_font(36), fill=self._ink, anchor="mm")
        for line in range(11):
            draw.line(
                (24, 74 + line * 10, 24 + int(rng.integers(110, 206)), 74 + line * 10),
                fill=self._ink,
                width=2,
            )
        draw.rectangle((120, 192, 236, 246), fill=(255, 255, 255))
        x = 126
        while x < 230:
            bar = int(rng.integers(1, 5))
            draw.rectangle((x, 196, x + bar, 242), fill=(0, 0, 0))
            x += bar + int(rng.integers(1, 5))
        return picture

    def top(self) -> Image.Image:
        picture = _vertical_gradient(_mixed(self._accent, (255, 255, 255), 0.2), self._accent, LARGE_PX)
        draw = ImageDraw.Draw(picture)
        draw.text((LARGE_PX / 2, LARGE_PX / 2), self._brand, font=_font(40), fill=(30, 30, 30), anchor="mm")
        return picture

    def _draw_figure(self, draw: ImageDraw.ImageDraw, picture: Image.Image, kind: int) -> None:
        """Draw what stands for the picture on the package."""
        rng, size, accent = self._rng, LARGE_PX, self._accent
        if kind == 0:
            draw.rectangle((0, int(size * 0.62), size, size), fill=accent)
        elif kind == 1:
            for ring in range(8):
                shade = _mixed(accent, (255, 255, 255), 0.07 * ring)
                grow = 0.04 * ring
                draw.ellipse(
                    (size * (0.12 + grow), size * (0.42 + grow), size * (0.88 - grow), size * (1.08 - grow)),
                    fill=shade,
                )
        elif kind == 2:
            for x in range(-size, size, 44):
                draw.line((x, size, x + size, 0), fill=accent, width=14)
        elif kind == 3:
            draw.polygon([(0, size * 0.45), (size, size * 0.65), (size, size), (0, size)], fill=accent)
        else:
            centre = np.array([0.5, 0.72]) * size
            for _ in range(40 if kind == 4 else 14):
                x, y = centre + rng.normal(0, 0.16 * size, 2)
                radius = rng.uniform(8, 20 if kind == 4 else 40)
                tone = _mixed(
                    accent, (255, 250, 230) if rng.random() < 0.5 else (40, 20, 0), rng.uniform(0, 0.5)
                )
                draw.ellipse((x - radius, y - 0.7 * radius, x + radius, y + 0.7 * radius), fill=tone)
            picture.paste(picture.filter(ImageFilter.GaussianBlur(1.5)))


def _price_tag(rng: np.random.Generator, price_minor: int) -> Image.Image:
    size = LARGE_PX
    tag = Image.new("RGB", (size, size), (250, 250, 240))
    draw = ImageDraw.Draw(tag)
    draw.rectangle((0, 0, size, 66), fill=(225, 60, 40) if rng.random() < 0.3 else (235, 225, 120))
    text = f"{price_minor // 100}.{price_minor % 100:02d}"
    draw.text((size / 2, 150), text, font=_font(96), fill=(10, 10, 10), anchor="mm")
    return tag


def _poster(rng: np.random.Generator) -> Image.Image:
    """Draw an advertisement: soft blobs, a headline, a band."""
    size, hue = LARGE_PX, rng.random()
    light, dark = (
        _hsv(hue, rng.uniform(0.1, 0.5), 0.95),
        _hsv(hue + 0.1, rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.8)),
    )
    picture = _vertical_gradient(light, dark, size)
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(4, 14))):
        x, y = rng.uniform(0, size), rng.uniform(0.3 * size, size)
        radius = rng.uniform(14, 60)
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            fill=_hsv(hue + rng.normal(0, 0.15), 0.6, rng.uniform(0.5, 1)),
        )
    picture = picture.filter(ImageFilter.GaussianBlur(2.5))
    draw = ImageDraw.Draw(picture)
    band = int(rng.uniform(0.05, 0.6) * size)
    draw.rectangle(
        (0, band, size, band + 62), fill=_hsv(hue + 0.5, 0.7, 0.8) if rng.random() < 0.5 else (250, 250, 250)
    )
    draw.text(
        (size / 2, band + 31), str(rng.choice(WORDS)).upper(), font=_font(44), fill=(20, 20, 30), anchor="mm"
    )
    return picture


def _carton(rng: np.random.Generator) -> Image.Image:
    size = LARGE_PX
    picture = _vertical_gradient((186, 146, 100), (164, 124, 82), size)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, size * 0.46, size, size * 0.56), fill=(200, 172, 120))
    draw.text(
        (size / 2, size * 0.25),
        str(rng.choice(WORDS)).upper(),
        font=_font(36),
        fill=(70, 50, 30),
        anchor="mm",
    )
    draw.rectangle((size * 0.6, size * 0.7, size * 0.92, size * 0.9), fill=(235, 235, 230))
    return picture


def _door(rng: np.random.Generator) -> Image.Image:
    size = LARGE_PX
    leaf = _hsv(rng.random(), 0.15, rng.uniform(0.35, 0.7))
    picture = _vertical_gradient(leaf, _mixed(leaf, (0, 0, 0), 0.2), size)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((8, 6, size - 8, size), outline=(60, 60, 60), width=6)
    draw.rectangle((size * 0.3, size * 0.12, size * 0.7, size * 0.42), fill=(150, 175, 185))
    draw.rectangle((size * 0.82, size * 0.5, size * 0.9, size * 0.54), fill=(200, 200, 200))
    return picture


def _glass_door() -> Image.Image:
    """Draw a double glass door with a street at dusk behind it."""
    size = LARGE_PX
    picture = _vertical_gradient((70, 82, 96), (38, 40, 44), size)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, size * 0.72, size, size), fill=(46, 46, 48))
    draw.line((0, size * 0.2, size, size * 0.95), fill=(84, 94, 106), width=18)
    for left in (0, size // 2 - 7, size - 14):
        draw.rectangle((left, 0, left + 14, size), fill=(128, 130, 132))
    draw.rectangle((0, 0, size, 16), fill=(128, 130, 132))
    for x in (size // 2 - 26, size // 2 + 20):
        draw.rectangle((x, size * 0.45, x + 6, size * 0.65), fill=(190, 190, 190))
    return picture


def _ceiling_tiles() -> Image.Image:
    picture = Image.new("RGB", (LARGE_PX, LARGE_PX), (226, 226, 222))
    draw = ImageDraw.Draw(picture)
    for edge in (0, LARGE_PX // 2, LARGE_PX - 3):
        draw.rectangle((edge, 0, edge + 3, LARGE_PX), fill=(190, 190, 188))
        draw.rectangle((0, edge, LARGE_PX, edge + 3), fill=(190, 190, 188))
    return picture


def _paste(sheet: Image.Image, panel: int, picture: Image.Image) -> None:
    left, top, size = _panel_origin(panel)
    sheet.paste(picture.resize((size, size), Image.Resampling.LANCZOS), (left, top))


def _with_mips(sheet: Image.Image) -> Atlas:
    linear = ((np.asarray(sheet, dtype=np.float32) / 255.0) ** 2.2).astype(np.float32)
    levels = [linear]
    for _ in range(MIP_LEVELS - 1):
        big = levels[-1]
        levels.append(big.reshape(big.shape[0] // 2, 2, big.shape[1] // 2, 2, 3).mean((1, 3)))
    starts = np.cumsum([0, *(level.shape[0] * level.shape[1] for level in levels[:-1])])
    return Atlas(
        texels=np.ascontiguousarray(np.concatenate([level.reshape(-1, 3) for level in levels])),
        level_start=starts.astype(np.int64),
        level_size=np.array([[level.shape[1], level.shape[0]] for level in levels], dtype=np.int64),
    )


def _vertical_gradient(top: Rgb8, bottom: Rgb8, size: int) -> Image.Image:
    share = np.linspace(0, 1, size)[:, None, None]
    column = np.asarray(top) * (1 - share) + np.asarray(bottom) * share
    return Image.fromarray(np.broadcast_to(column, (size, size, 3)).astype(np.uint8).copy())


def _hsv(hue: float, saturation: float, value: float) -> Rgb8:
    red, green, blue = colorsys.hsv_to_rgb(float(hue) % 1.0, float(saturation), float(value))
    return int(255 * red), int(255 * green), int(255 * blue)


def _mixed(first: Rgb8, second: Rgb8, share: float) -> Rgb8:
    red, green, blue = (int(a * (1 - share) + b * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size_px)
