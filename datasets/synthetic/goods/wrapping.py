"""All printed faces of a package: fronts, narrow sides and backs, lids, and the bare parts of round ones."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.goods.barcode import draw_barcode
from datasets.synthetic.goods.canvas import (
    Box,
    Picture,
    blend,
    cloud,
    ellipse_mask,
    gradient,
    plain,
    rectangle,
    shaded,
)
from datasets.synthetic.goods.designs import Finish, PackageDesign, luma, mixed
from datasets.synthetic.goods.flavours import Rgb
from datasets.synthetic.goods.fronts import draw_front, draw_ground
from datasets.synthetic.goods.kinds import Form
from datasets.synthetic.goods.lettering import DISPLAY_FONTS, TEXT_FONTS, write
from datasets.synthetic.goods.photographs import photograph
from datasets.synthetic.scene import Float32Array

_PAPER: Rgb = (0.96, 0.95, 0.92)
_INK: Rgb = (0.10, 0.10, 0.12)
_STEEL: Rgb = (0.74, 0.75, 0.77)
_ROUND_SAFE = 0.17  # a round package shows about two thirds of its front half well

# From and to where print covers the height of round packages; the rest is glass, metal or a cap.
_PRINTED: dict[Form, tuple[float, float]] = {
    Form.CAN: (0.05, 0.90),
    Form.TIN: (0.05, 0.95),
    Form.ROUND_BOTTLE: (0.20, 0.60),
    Form.SLENDER_BOTTLE: (0.12, 0.52),
    Form.FLAT_BOTTLE: (0.08, 0.76),
    Form.JUG: (0.08, 0.58),
    Form.CUP: (0.02, 0.95),
    Form.TUB: (0.04, 0.80),
    Form.JAR: (0.14, 0.66),
}
_CAP_FROM: dict[Form, float] = {
    Form.ROUND_BOTTLE: 0.905,
    Form.SLENDER_BOTTLE: 0.90,
    Form.FLAT_BOTTLE: 0.845,
    Form.JUG: 0.865,
    Form.JAR: 0.857,
    Form.TUB: 0.805,
    Form.CUP: 0.955,
}
_FILLED_TO = 0.84

_INGREDIENTS = (
    "Ingredients: water, sugar, wheat flour, vegetable oil,",
    "salt, natural flavouring, emulsifier, acid, colour.",
    "May contain traces of nuts, milk and soya.",
    "Store cool and dry. Best before: see lid or base.",
    "Packed in a protective atmosphere. Shake well.",
    "Recommended: one portion a day, with a meal.",
)
_NUTRITION = (
    "Energy",
    "Fat",
    "of which saturates",
    "Carbohydrate",
    "of which sugars",
    "Fibre",
    "Protein",
    "Salt",
)


@dataclass(frozen=True, slots=True, eq=False)
class PackagePrint:
    """Pictures `(h, w, 3)` float32 sRGB of a package's faces; see `PackagePanels`."""

    front: Picture
    side: Picture
    top: Picture


@dataclass(frozen=True, slots=True)
class PrintSize:
    """Height and width of the faces, pixels."""

    front: tuple[int, int]
    side: tuple[int, int]
    top: tuple[int, int]


def print_package(design: PackageDesign, form: Form, size: PrintSize) -> PackagePrint:
    """Draw everything that is printed on one product."""
    if form not in _PRINTED:
        front, side = draw_front(design, *size.front), draw_side(design, *size.side)
        if form in (Form.PILLOW, Form.BLOCK_BAG):
            _crease(design, front, has_seam=form is Form.PILLOW)
        return PackagePrint(front, side, _box_top(design, *size.top))
    return PackagePrint(
        _dressed(design, form, size.front, is_front=True),
        _dressed(design, form, size.side, is_front=False),
        _lid(design, form, *size.top),
    )


def draw_side(design: PackageDesign, height: int, width: int, safe: float = 0.06) -> Picture:
    """Draw a narrow side or a back: brand, ingredients, nutrition table, barcode."""
    family = design.family
    rng = np.random.default_rng([family.seed, 2])
    picture = draw_ground(design, rng, height, width)
    ink = _INK if luma(design.ground_rgb) > 0.52 else _PAPER
    display, text = DISPLAY_FONTS[family.display_font], TEXT_FONTS[family.text_font]
    write(picture, family.brand, display, Box(safe, 0.03, 1 - safe, 0.13), ink)
    write(picture, design.flavour.word, text, Box(safe, 0.14, 1 - safe, 0.20), ink)
    for line, words in enumerate(_INGREDIENTS):
        low = 0.225 + 0.035 * line
        write(picture, words, TEXT_FONTS[1], Box(safe, low, 1 - safe, low + 0.03), ink, align=0.0)
    _nutrition_table(picture, Box(safe, 0.45, 1 - safe, 0.70))
    for mark in range(3):
        left = safe + 0.12 * mark
        rectangle(picture, Box(left, 0.715, left + 0.09, 0.745), mixed(ink, design.ground_rgb, 0.3))
    write(picture, family.amount, text, Box(0.55, 0.71, 1 - safe, 0.75), ink, align=1.0)
    # A symbol is at most half as wide again as it is tall.
    symbol = min(1 - 2 * safe, 1.6 * 0.17 * height / width)
    draw_barcode(picture, design.ean13, Box(1 - safe - symbol, 0.76, 1 - safe, 0.93))
    if family.finish is not Finish.MATT:
        shaded(picture, 1 + 0.05 * cloud(rng, height, width, (3, 1), 2))
    return np.clip(picture, 0, 1)


def _nutrition_table(picture: Picture, box: Box) -> None:
    rectangle(picture, box, _PAPER)
    rows = len(_NUTRITION)
    high = (box.bottom - box.top) / rows
    for row, word in enumerate(_NUTRITION):
        top = box.top + row * high
        rectangle(picture, Box(box.left, top, box.right, top + 0.06 * high), _INK, 0.7)
        line = Box(box.left + 0.02, top + 0.15 * high, box.right - 0.02, top + 0.88 * high)
        middle = box.left + 0.62 * (box.right - box.left)
        write(picture, word, TEXT_FONTS[1], Box(line.left, line.top, middle, line.bottom), _INK, align=0.0)
        amount = f"{(37 * row + 13) % 61},{row} g"
        write(picture, amount, TEXT_FONTS[1], Box(middle, line.top, line.right, line.bottom), _INK, align=1.0)


def _box_top(design: PackageDesign, height: int, width: int) -> Picture:
    picture = draw_ground(design, np.random.default_rng([design.family.seed, 3]), height, width)
    ink = _INK if luma(design.ground_rgb) > 0.52 else _PAPER
    write(
        picture, design.family.brand, DISPLAY_FONTS[design.family.display_font], Box(0.1, 0.2, 0.9, 0.58), ink
    )
    write(picture, design.flavour.word, TEXT_FONTS[design.family.text_font], Box(0.2, 0.62, 0.8, 0.82), ink)
    rectangle(picture, Box(0, 0.485, 1, 0.5), mixed(design.ground_rgb, _INK, 0.5), 0.35)
    return np.clip(picture, 0, 1)


def _crease(design: PackageDesign, picture: Picture, *, has_seam: bool) -> None:
    """Wrinkle film: broad bright folds that run down from the seams."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng([design.family.seed, 4])
    folds = cloud(rng, height, width, (9, 2), 3)
    strength = 0.20 if design.family.finish is Finish.FOIL else 0.12
    down: Float32Array = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None]
    creased: Float32Array = 1 + np.float32(strength) * folds * (np.float32(0.35) + np.float32(0.65) * down**2)
    shaded(picture, creased)
    glint = np.clip(cloud(rng, height, width, (7, 3), 3) - 0.85, 0, 1)
    blend(picture, np.clip(1.6 * strength * glint * 3, 0, 0.7), (1, 1, 1))
    if has_seam:
        rows = max(2, int(0.045 * height))
        ridges = 1 + 0.12 * np.sign(np.sin(np.arange(rows) * 2.2))
        for part in (picture[:rows], picture[-rows:]):
            blend(part, 0.45, design.family.brand_rgb)
            part *= ridges[:, None, None].astype(np.float32)
    np.clip(picture, 0, 1, out=picture)


def _dressed(design: PackageDesign, form: Form, size: tuple[int, int], *, is_front: bool) -> Picture:
    """One half of a round package over its whole height: what it is made of, its label, its cap."""
    height, width = size
    rng = np.random.default_rng([design.family.seed, 5])
    picture = _bare(design, form, rng, height, width)
    low, high = _PRINTED[form]
    if form is Form.ROUND_BOTTLE and design.contents_rgb is None:
        low, high = 0.03, 0.80
    top, bottom = round((1 - high) * height), round((1 - low) * height)
    draw = draw_front if is_front else draw_side
    label = draw(design, bottom - top, width, _ROUND_SAFE)
    picture[top:bottom] = label
    for row in (top, bottom - 1):
        picture[row] *= 0.8
    cap = _CAP_FROM.get(form)
    if cap is not None and form is not Form.CUP:
        _cap(picture[: round((1 - cap) * height)], design.lid_rgb, has_ribs=form is not Form.FLAT_BOTTLE)
    if design.family.finish is not Finish.MATT or form in (Form.CAN, Form.JAR):
        _reflect(picture)
    return np.clip(picture, 0, 1)


def _bare(design: PackageDesign, form: Form, rng: np.random.Generator, height: int, width: int) -> Picture:
    if form in (Form.CAN, Form.TIN):
        picture = plain(height, width, _STEEL)
        across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
        shaded(picture, (1 + 0.22 * np.sin(9 * across + 1) * np.ones((height, 1))).astype(np.float32))
        return picture
    contents = design.contents_rgb
    if contents is None:
        body = _PAPER if form in (Form.CUP, Form.TUB) else design.ground_rgb
        return plain(height, width, body)
    return _filled_glass(rng, contents, height, width)


def _filled_glass(rng: np.random.Generator, contents: Rgb, height: int, width: int) -> Picture:
    """Clear walls: darker towards the edges, bright above the contents."""
    picture = plain(height, width, contents)
    shaded(picture, 1 + 0.16 * cloud(rng, height, width, (6, 9), 3))
    across = np.abs(np.linspace(-1, 1, width, dtype=np.float32))[None, :]
    shaded(picture, np.repeat(1.08 - 0.40 * across**3, height, axis=0))
    empty = round((1 - _FILLED_TO) * height)
    blend(picture[:empty], 0.75, (0.82, 0.85, 0.86))
    picture[empty : empty + 2] *= 0.75
    return picture


def _cap(picture: Picture, rgb: Rgb, *, has_ribs: bool) -> None:
    height, width = picture.shape[:2]
    gradient(picture, mixed(rgb, (1, 1, 1), 0.15), mixed(rgb, (0, 0, 0), 0.15))
    if has_ribs:
        ribs = 1 + 0.10 * np.sign(np.sin(np.arange(width) * 2 * np.pi / max(width / 24, 3)))
        shaded(picture, np.repeat(ribs[None, :].astype(np.float32), height, axis=0))
    picture[-1:] *= 0.6


def _reflect(picture: Picture) -> None:
    """Draw the lamps' reflection on a glossy round wall: one sharp and one soft upright streak."""
    across = np.linspace(0, 1, picture.shape[1], dtype=np.float32)
    sharp = 0.30 * np.exp(-(((across - 0.30) / 0.025) ** 2))
    soft = 0.16 * np.exp(-(((across - 0.68) / 0.09) ** 2))
    streaks: Float32Array = np.repeat((sharp + soft)[None, :], len(picture), axis=0)
    blend(picture, streaks, (1, 1, 1))


def _lid(design: PackageDesign, form: Form, height: int, width: int) -> Picture:
    rng = np.random.default_rng([design.family.seed, 6])
    if form in (Form.CAN, Form.TIN):
        return _metal_end(height, width, has_tab=form is Form.CAN)
    if form is Form.CUP:
        return _foil_lid(design, rng, height, width)
    picture = plain(height, width, design.lid_rgb)
    blend(picture, 0.25 * ellipse_mask(picture, Box(0.1, 0.1, 0.9, 0.9)), (1, 1, 1))
    if form in (Form.JAR, Form.TUB):
        ink = _INK if luma(design.lid_rgb) > 0.5 else _PAPER
        write(
            picture,
            design.family.brand,
            DISPLAY_FONTS[design.family.display_font],
            Box(0.15, 0.36, 0.85, 0.56),
            ink,
        )
        write(
            picture,
            design.flavour.word,
            TEXT_FONTS[design.family.text_font],
            Box(0.25, 0.60, 0.75, 0.70),
            ink,
        )
    return np.clip(picture, 0, 1)


def _metal_end(height: int, width: int, *, has_tab: bool) -> Picture:
    picture = plain(height, width, _STEEL)
    for inset, tone in ((0.03, 0.62), (0.07, 0.86), (0.16, 0.70), (0.20, 0.80)):
        blend(
            picture, ellipse_mask(picture, Box(inset, inset, 1 - inset, 1 - inset)), (tone, tone, 1.02 * tone)
        )
    if has_tab:
        blend(picture, ellipse_mask(picture, Box(0.34, 0.14, 0.66, 0.42)), (0.60, 0.60, 0.62))
        blend(picture, ellipse_mask(picture, Box(0.38, 0.34, 0.62, 0.78)), (0.90, 0.90, 0.92))
        blend(picture, ellipse_mask(picture, Box(0.43, 0.56, 0.57, 0.72)), (0.55, 0.55, 0.57))
    return picture


def _foil_lid(design: PackageDesign, rng: np.random.Generator, height: int, width: int) -> Picture:
    """Printed aluminium, a little crumpled."""
    picture = draw_ground(design, rng, height, width)
    shot = photograph(rng, height, width, design.flavour.motif, design.flavour.colour, design.ground_rgb)
    low = height // 2
    fade = np.clip(np.linspace(-0.3, 2.0, height - low, dtype=np.float32), 0, 1)[:, None]
    blend(picture[low:], np.repeat(fade, width, axis=1), shot[low:])
    ink = _INK if luma(design.ground_rgb) > 0.52 else _PAPER
    write(
        picture,
        design.family.brand,
        DISPLAY_FONTS[design.family.display_font],
        Box(0.18, 0.2, 0.82, 0.38),
        ink,
    )
    write(picture, design.flavour.word, TEXT_FONTS[design.family.text_font], Box(0.22, 0.41, 0.78, 0.52), ink)
    shaded(picture, 1 + 0.10 * cloud(rng, height, width, (9, 9), 2))
    return np.clip(picture, 0, 1)
