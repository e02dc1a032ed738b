"""The main face of a package: ground, picture, brand, flavour, small print, composed as the family is."""

from collections.abc import Callable

import numpy as np

from datasets.synthetic.goods.canvas import (
    Box,
    Picture,
    blend,
    cloud,
    ellipse_mask,
    gradient,
    plain,
    polygon_mask,
    rectangle,
    rounded_mask,
    shaded,
)
from datasets.synthetic.goods.designs import Composition, Finish, Ground, PackageDesign, luma, mixed
from datasets.synthetic.goods.flavours import Rgb
from datasets.synthetic.goods.lettering import DISPLAY_FONTS, TEXT_FONTS, write, write_upright
from datasets.synthetic.goods.photographs import photograph

_PAPER: Rgb = (0.96, 0.95, 0.92)
_INK: Rgb = (0.10, 0.10, 0.12)


def draw_front(design: PackageDesign, height: int, width: int, safe: float = 0.06) -> Picture:
    """Draw a front `(height, width, 3)`.

    Args:
        design: Of the product.
        height: Pixels.
        width: Pixels.
        safe: Margin without letters left and right, a share of the width; round packages turn away there.
    """
    front = _Front(design, height, width, safe)
    front.compose()
    return front.picture


def draw_ground(design: PackageDesign, rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw what lies under everything else: paper, board, film or foil in the colour of the package."""
    rgb = design.ground_rgb
    picture = plain(height, width, rgb)
    gradient(picture, mixed(rgb, (1, 1, 1), 0.10), mixed(rgb, (0, 0, 0), 0.14))
    if design.family.ground is Ground.KRAFT:
        shaded(picture, 1 + 0.10 * cloud(rng, height, width, (22, 30), 3))
    elif design.family.finish is Finish.FOIL:
        shaded(picture, 1 + 0.22 * cloud(rng, height, width, (5, 2), 3))
    else:
        shaded(picture, 1 + 0.025 * cloud(rng, height, width, (3, 3), 3))
    return picture


class _Front:
    def __init__(self, design: PackageDesign, height: int, width: int, safe: float) -> None:
        self._design, self._family = design, design.family
        # Flavours of a family share every small decision.
        self._rng = np.random.default_rng(self._family.seed)
        self._safe = safe
        self._display, self._text = (
            DISPLAY_FONTS[self._family.display_font],
            TEXT_FONTS[self._family.text_font],
        )
        self.picture = draw_ground(design, self._rng, height, width)
        self._is_wide = width > 1.25 * height
        self._ink: Rgb = _INK if luma(design.ground_rgb) > 0.52 else _PAPER
        colour = design.flavour.colour
        self._tint = mixed(colour, _INK, 0.25) if luma(colour) > 0.6 else colour

    def compose(self) -> None:
        compositions: dict[Composition, Callable[[], None]] = {
            Composition.PHOTO: self._photo,
            Composition.WAVE: self._wave,
            Composition.MEDALLION: self._medallion,
            Composition.BAND: self._band,
            Composition.PLAIN: self._plain,
            Composition.DIAGONAL: self._diagonal,
            Composition.UPRIGHT: self._upright,
            Composition.RETRO: self._retro,
        }
        (self._wide if self._is_wide else compositions[self._family.composition])()
        if self._family.has_seal:
            self._seal()
        np.clip(self.picture, 0, 1, out=self.picture)

    def _photo(self) -> None:
        """Fill the front with the picture; brand and flavour lie on it."""
        self._take(Box(0, 0.0, 1, 1), None)
        top = float(self._rng.uniform(0.05, 0.12))
        fade = np.clip(1 - np.linspace(0, 3.2, len(self.picture), dtype=np.float32), 0, 1)[:, None]
        blend(self.picture, 0.9 * np.broadcast_to(fade, self.picture.shape[:2]), self._design.ground_rgb)
        self._brand(Box(self._safe, top, 1 - self._safe, top + 0.18))
        label = Box(self._safe, 0.80, 1 - self._safe, 0.955)
        blend(
            self.picture, 0.92 * rounded_mask(self.picture, label), mixed(self._design.ground_rgb, _INK, 0.25)
        )
        self._names(label.inner(0.05, 0.08), _PAPER)

    def _wave(self) -> None:
        """A picture below a curved edge."""
        edge, swing = float(self._rng.uniform(0.42, 0.55)), float(self._rng.uniform(-0.12, 0.12))
        x = np.linspace(0, 1, 24)
        curve = edge + swing * np.sin(np.pi * (x + self._rng.uniform(0, 0.6)))
        mask = polygon_mask(
            self.picture, np.concatenate([np.column_stack([x, curve]), [[1, 1.01], [0, 1.01]]])
        )
        self._take(Box(0, edge - 0.14, 1, 1), None, mask=mask)
        line = np.column_stack([x, curve - 0.012]), np.column_stack([x[::-1], curve[::-1] + 0.012])
        blend(self.picture, polygon_mask(self.picture, np.concatenate(line)), self._family.accent_rgb)
        self._brand(Box(self._safe, 0.06, 1 - self._safe, 0.23))
        self._names(Box(self._safe, 0.25, 1 - self._safe, edge - 0.06 - abs(swing) * 0.5), self._ink)
        self._amount(_PAPER)

    def _medallion(self) -> None:
        """A round picture on the ground."""
        height, width = self.picture.shape[:2]
        radius = min(0.42 * width, 0.27 * height)
        rx, ry = radius / width, radius / height
        box = Box(0.5 - rx, 0.62 - ry, 0.5 + rx, 0.62 + ry)
        blend(self.picture, ellipse_mask(self.picture, box.inner(-0.04, -0.04)), self._family.accent_rgb)
        self._take(box, _PAPER if self._rng.random() < 0.5 else None, mask=ellipse_mask(self.picture, box))
        self._brand(Box(self._safe, 0.05, 1 - self._safe, 0.20))
        self._names(Box(self._safe, 0.215, 1 - self._safe, 0.34), self._ink)
        self._amount(self._ink)

    def _band(self) -> None:
        """A white or tinted band across, with the picture above or below it."""
        low = float(self._rng.uniform(0.30, 0.42))
        picture_box = Box(0, low + 0.22, 1, 1) if self._rng.random() < 0.6 else Box(0, 0, 1, low)
        self._take(picture_box, mixed(self._design.ground_rgb, (1, 1, 1), 0.2))
        band = Box(0, low, 1, low + 0.24)
        tone = _PAPER if self._rng.random() < 0.6 else self._tint
        rectangle(self.picture, band, tone)
        rectangle(self.picture, Box(0, low - 0.012, 1, low), self._family.accent_rgb)
        ink = _INK if luma(tone) > 0.5 else _PAPER
        self._names(band.inner(self._safe + 0.03, 0.12), ink)
        self._brand(
            Box(self._safe, 0.06, 1 - self._safe, 0.23)
            if picture_box.top
            else Box(self._safe, 0.68, 1 - self._safe, 0.86)
        )
        self._amount(self._ink)

    def _plain(self) -> None:
        """Few words, much ground, a small picture."""
        height, width = self.picture.shape[:2]
        side = 0.55 * width / height
        top = 0.95 - min(side, 0.42)
        self._take(Box(0.22, top, 0.78, 0.95), self._design.ground_rgb, is_loose=True)
        rectangle(self.picture, Box(self._safe + 0.02, 0.045, 1 - self._safe - 0.02, 0.055), self._ink, 0.8)
        self._brand(Box(self._safe + 0.04, 0.09, 1 - self._safe - 0.04, 0.24))
        self._names(Box(self._safe + 0.08, 0.27, 1 - self._safe - 0.08, top - 0.03), self._ink)
        self._amount(self._ink)

    def _diagonal(self) -> None:
        """Two colours parted by a slanting line, the picture in the lower one."""
        low, high = sorted(self._rng.uniform(0.35, 0.65, 2).tolist())
        points = np.array([[0, high], [1, low], [1, 1.01], [0, 1.01]])
        mask = polygon_mask(self.picture, points)
        blend(self.picture, mask, self._tint)
        self._take(Box(0, low, 1, 1), self._tint, mask=mask)
        stripe = np.array([[0, high - 0.03], [1, low - 0.03], [1, low], [0, high]])
        blend(self.picture, polygon_mask(self.picture, stripe), self._family.accent_rgb)
        self._brand(Box(self._safe, 0.07, 1 - self._safe, 0.24))
        self._names(Box(self._safe, 0.84, 1 - self._safe, 0.96), _PAPER, outline=mixed(self._tint, _INK, 0.6))

    def _upright(self) -> None:
        """The brand runs up the package, as on slim cans."""
        self._take(Box(0.34, 0.42, 1, 1), self._design.ground_rgb, is_loose=True)
        column = Box(0.0, 0.0, 0.34, 1.0)
        rectangle(self.picture, column, self._family.brand_rgb, 0.92)
        ink = _INK if luma(self._family.brand_rgb) > 0.52 else _PAPER
        write_upright(
            self.picture, self._family.brand, self._display, column.inner(0.16 + self._safe, 0.06), ink
        )
        self._names(Box(0.38, 0.10, 1 - self._safe, 0.36), self._ink)
        self._amount(self._ink)

    def _retro(self) -> None:
        """Rays or stripes and an oval label."""
        count = int(self._rng.integers(9, 17))
        share = 0.35 if self._rng.random() < 0.5 else 0.2
        second = mixed(self._design.ground_rgb, self._family.accent_rgb, share)
        if self._rng.random() < 0.5:
            for ray in range(count):
                angle = 2 * np.pi * (ray + np.array([0.0, 0.5])) / count
                rim = np.column_stack([0.5 + 1.6 * np.cos(angle), 0.45 + 1.6 * np.sin(angle)])
                blend(self.picture, polygon_mask(self.picture, np.concatenate([[[0.5, 0.45]], rim])), second)
        else:
            for stripe in range(count):
                rectangle(self.picture, Box(stripe / count, 0, (stripe + 0.5) / count, 1), second)
        oval = Box(self._safe, 0.16, 1 - self._safe, 0.56)
        blend(self.picture, ellipse_mask(self.picture, oval.inner(-0.05, -0.05)), self._family.brand_rgb)
        blend(self.picture, ellipse_mask(self.picture, oval), _PAPER)
        dark = mixed(self._family.brand_rgb, _INK, 0.35)
        write(self.picture, self._family.brand, self._display, Box(0.16, 0.24, 0.84, 0.39), dark)
        self._names(Box(0.2, 0.40, 0.8, 0.51), self._tint if luma(self._tint) < 0.55 else dark)
        self._take(Box(0.08, 0.60, 0.92, 0.97), self._design.ground_rgb, is_loose=True)
        self._amount(self._ink)

    def _wide(self) -> None:
        """Lying formats: words left and picture right, or a plate in the middle of the picture."""
        if self._family.composition in (Composition.PHOTO, Composition.MEDALLION, Composition.RETRO):
            self._take(Box(0, 0, 1, 1), None)
            plate = Box(0.24, 0.08, 0.76, 0.92)
            blend(self.picture, 0.95 * rounded_mask(self.picture, plate, 0.3), self._design.ground_rgb)
            self._brand(Box(0.27, 0.14, 0.73, 0.46))
            self._names(Box(0.30, 0.50, 0.70, 0.86), self._ink)
            return
        split = float(self._rng.uniform(0.5, 0.62))
        x = np.linspace(0, 1, 16)
        curve = split + 0.06 * np.sin(np.pi * x * float(self._rng.choice([1.0, 2.0])))
        mask = polygon_mask(
            self.picture, np.concatenate([np.column_stack([curve, x]), [[1.01, 1], [1.01, 0]]])
        )
        self._take(Box(split - 0.06, 0, 1, 1), None, mask=mask)
        self._brand(Box(self._safe, 0.10, split - 0.03, 0.46))
        self._names(Box(self._safe, 0.52, split - 0.04, 0.90), self._ink)

    def _take(
        self,
        box: Box,
        backdrop: Rgb | None,
        *,
        mask: np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None = None,
        is_loose: bool = False,
    ) -> None:
        """Put a photograph into a box, cut by a mask of the whole front; loose ones fade into the ground."""
        left, top, right, bottom = box.pixels(self.picture)
        rng = np.random.default_rng([self._family.seed, 1])
        flavour = self._design.flavour
        photo = photograph(rng, bottom - top, right - left, flavour.motif, flavour.colour, backdrop)
        if is_loose:
            y, x = np.mgrid[-1 : 1 : (bottom - top) * 1j, -1 : 1 : (right - left) * 1j].astype(np.float32)
            cut = np.clip(2.2 - 2.2 * np.sqrt(x * x + y * y), 0, 1)
        elif mask is None:
            cut = np.ones((bottom - top, right - left), dtype=np.float32)
        else:
            cut = mask[top:bottom, left:right]
        blend(self.picture[top:bottom, left:right], cut, photo)

    def _brand(self, box: Box) -> None:
        family, picture = self._family, self.picture
        on_plate = _INK if luma(family.brand_rgb) > 0.55 else _PAPER
        if family.logo == 0:
            blend(picture, rounded_mask(picture, box), family.brand_rgb)
            write(picture, family.brand, self._display, box.inner(0.08, 0.2), on_plate)
        elif family.logo == 1:
            blend(picture, ellipse_mask(picture, box.inner(-0.02, -0.12)), family.brand_rgb)
            write(picture, family.brand, self._display, box.inner(0.13, 0.22), on_plate)
        elif family.logo == 2:
            rectangle(picture, Box(0, box.top, 1, box.bottom), family.brand_rgb)
            write(picture, family.brand, self._display, box.inner(0.04, 0.17), on_plate)
        elif family.logo == 3:
            ink = _PAPER if luma(self._design.ground_rgb) < 0.6 else family.brand_rgb
            rim = mixed(family.brand_rgb, _INK, 0.6) if luma(ink) > 0.5 else _PAPER
            write(picture, family.brand, self._display, box, ink, outline=rim)
        elif family.logo == 4:
            write(picture, family.brand, self._display, box.inner(0.0, 0.08), self._ink)
            under = Box(box.left + 0.12, box.bottom - 0.005, box.right - 0.12, box.bottom + 0.012)
            rectangle(picture, under, family.accent_rgb)
        else:
            write(picture, family.brand.upper(), self._display, box.inner(0.02, 0.18), self._ink)

    def _names(self, box: Box, ink: Rgb, outline: Rgb | None = None) -> None:
        """Flavour large, noun below it, a claim where there is room."""
        tall = box.bottom - box.top
        if tall < 0.05:
            return
        lines = [(self._design.flavour.word, 0.48), (self._family.noun, 0.28)]
        if tall * len(self.picture) > 34:
            lines.append((self._family.claims[0], 0.17))
        at = box.top
        total = sum(share for _, share in lines) / 0.94
        for line, (text, share) in enumerate(lines):
            high = tall * share / total
            font = self._display if line == 0 and self._family.logo % 2 else self._text
            write(
                self.picture, text, font, Box(box.left, at, box.right, at + 0.9 * high), ink, outline=outline
            )
            at += high

    def _amount(self, ink: Rgb) -> None:
        box = Box(1 - self._safe - 0.26, 0.94, 1 - self._safe, 0.98)
        write(self.picture, self._family.amount, self._text, box, ink, align=1.0)

    def _seal(self) -> None:
        height, width = self.picture.shape[:2]
        radius = 0.085 if width < height else 0.06
        x = self._safe + radius + 0.01 if self._family.logo % 2 else 1 - self._safe - radius - 0.01
        y = float(self._rng.uniform(0.52, 0.74))
        ry = radius * width / height
        box = Box(x - radius, y - ry, x + radius, y + ry)
        blend(self.picture, ellipse_mask(self.picture, box), self._family.accent_rgb)
        blend(
            self.picture,
            0.8 * ellipse_mask(self.picture, box.inner(0.1, 0.1)),
            mixed(self._family.accent_rgb, (1, 1, 1), 0.3),
        )
        for row, word in enumerate(self._family.claims[1].split()[:3]):
            line = Box(
                box.left + 0.02,
                box.top + ry * (0.5 + 0.36 * row),
                box.right - 0.02,
                box.top + ry * (0.82 + 0.36 * row),
            )
            write(self.picture, word, self._text, line, _INK)
