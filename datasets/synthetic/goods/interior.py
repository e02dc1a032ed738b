"""What is printed or painted in a store besides packages: price tags, posters, signs, doors, surfaces."""

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
    polygon_mask,
    rectangle,
    rounded_mask,
    shaded,
)
from datasets.synthetic.goods.designs import hsv, luma, mixed
from datasets.synthetic.goods.flavours import Motif, Rgb
from datasets.synthetic.goods.kinds import KINDS
from datasets.synthetic.goods.lettering import DISPLAY_FONTS, TEXT_FONTS, write
from datasets.synthetic.goods.photographs import photograph
from datasets.synthetic.goods.solids import Solid, paint_solids

_PAPER: Rgb = (0.96, 0.95, 0.92)
_INK: Rgb = (0.10, 0.10, 0.12)
_HEADLINES = (
    "Fresh today",
    "2 for 3",
    "New!",
    "Good morning",
    "Local",
    "Save 20%",
    "Summer",
    "Every day",
    "Bio",
)
_SKINS: tuple[Rgb, ...] = ((0.93, 0.76, 0.65), (0.80, 0.60, 0.46), (0.55, 0.37, 0.26), (0.36, 0.24, 0.18))


def draw_price_tag(name: str, price_minor: int, ean13: str, looks: int, height: int, width: int) -> Picture:
    """Draw the tag under a product: name, price, barcode; `looks` 0 is white, 1 an offer, 2 electronic."""
    ground: Rgb = ((0.97, 0.97, 0.96), (0.98, 0.86, 0.20), (0.82, 0.83, 0.80))[looks]
    picture = plain(height, width, ground)
    rectangle(picture, Box(0, 0, 1, 0.06), (0.75, 0.12, 0.12) if looks < 2 else (0.15, 0.15, 0.16))
    write(picture, name, TEXT_FONTS[1], Box(0.04, 0.10, 0.96, 0.28), _INK, align=0.0)
    price = f"{price_minor // 100}.{price_minor % 100:02d}"
    ink: Rgb = (0.75, 0.08, 0.08) if looks == 1 else _INK
    write(picture, price, TEXT_FONTS[0], Box(0.42, 0.32, 0.97, 0.92), ink, align=1.0)
    draw_barcode(picture, ean13, Box(0.04, 0.55, 0.40, 0.92))
    return picture


def draw_poster(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw an advertisement: a photograph, a headline, a price bubble."""
    hue = float(rng.random())
    flavours = KINDS[int(rng.integers(len(KINDS)))].flavours
    flavour = flavours[int(rng.integers(len(flavours)))]
    picture = photograph(rng, height, width, flavour.motif, flavour.colour, None)
    band_rgb = hsv(
        hue + float(rng.choice([0.0, 0.08, 0.5])), float(rng.uniform(0.3, 0.85)), float(rng.uniform(0.3, 0.9))
    )
    low = float(rng.choice([0.0, 0.04, 0.72]))
    rectangle(picture, Box(0, low, 1, low + 0.22), band_rgb, float(rng.uniform(0.8, 1.0)))
    ink = _INK if luma(band_rgb) > 0.55 else _PAPER
    font = DISPLAY_FONTS[int(rng.integers(len(DISPLAY_FONTS)))]
    write(picture, str(rng.choice(_HEADLINES)), font, Box(0.06, low + 0.04, 0.94, low + 0.18), ink)
    if rng.random() < 0.6:
        x, y = float(rng.uniform(0.2, 0.75)), float(rng.uniform(0.38, 0.62))
        bubble = Box(x - 0.15, y - 0.125, x + 0.15, y + 0.125)
        blend(picture, ellipse_mask(picture, bubble), (0.97, 0.85, 0.15))
        price = f"{int(rng.integers(0, 5))}.{int(rng.integers(1, 10))}9"
        write(picture, price, TEXT_FONTS[0], bubble.inner(0.16, 0.3), (0.70, 0.05, 0.05))
    return np.clip(picture, 0, 1)


def draw_people_poster(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw an advertisement with people: what a detector of persons must not count as shoppers."""
    picture = plain(height, width, (0, 0, 0))
    hue = float(rng.random())
    gradient(picture, hsv(hue, 0.25, 0.9), hsv(hue + 0.05, 0.45, 0.6))
    shaded(picture, 1 + 0.12 * cloud(rng, height, width, (3, 4), 3))
    picture[:] = np.clip(picture, 0, 1)
    count = int(rng.integers(1, 4))
    for person in range(count):
        middle = (person + 0.5 + float(rng.uniform(-0.12, 0.12))) / count
        _stand(rng, picture, middle, float(rng.uniform(0.13, 0.22)), float(rng.uniform(0.75, 0.95)))
    rectangle(picture, Box(0, 0.84, 1, 1), hsv(hue + 0.5, 0.5, 0.45), 0.95)
    font = DISPLAY_FONTS[int(rng.integers(len(DISPLAY_FONTS)))]
    write(picture, str(rng.choice(_HEADLINES)), font, Box(0.08, 0.87, 0.92, 0.97), _PAPER)
    return np.clip(picture, 0, 1)


def _stand(rng: np.random.Generator, picture: Picture, x: float, top: float, bottom: float) -> None:
    """A person from head to thigh, or to the feet, in soft light; `x`, `top`, `bottom` are shares."""
    height, width = picture.shape[:2]
    tall = (bottom - top) * height * (1.0 if rng.random() < 0.5 else 1.6)
    skin = _SKINS[int(rng.integers(len(_SKINS)))]
    shirt = hsv(float(rng.random()), float(rng.uniform(0.1, 0.6)), float(rng.uniform(0.25, 0.9)))
    trousers = hsv(float(rng.choice([0.6, 0.08])), 0.3, float(rng.uniform(0.15, 0.5)))
    hair = mixed((0.08, 0.06, 0.05), (0.65, 0.48, 0.25), float(rng.random()) ** 2)
    # From x, y to x, y in body heights, half width, colour: what is behind comes first.
    parts: list[tuple[float, float, float, float, float, Rgb]] = [
        (side * 0.05, 0.48, side * 0.055, 0.99, 0.05, trousers) for side in (-1, 1)
    ]
    parts.append((0.0, 0.12, 0.0, 0.22, 0.028, mixed(skin, _INK, 0.15)))
    parts.append((0.0, 0.16, 0.0, 0.52, 0.105, shirt))
    for side in (-1, 1):
        hand_y = 0.20 if rng.random() < 0.3 else 0.50
        parts.append((side * 0.105, 0.19, side * 0.155, 0.36, 0.032, shirt))
        parts.append((side * 0.155, 0.35, side * 0.145, hand_y, 0.026, skin))
    rows = [
        [
            Solid.STRAND,
            x * width + (x0 + x1) / 2 * tall,
            top * height + (y0 + y1) / 2 * tall,
            float(np.hypot(x1 - x0, y1 - y0)) / 2 * tall + 0.5 * half * tall,
            half * tall,
            float(np.arctan2(y1 - y0, x1 - x0)),
            *rgb,
            0.02,
            0,
        ]
        for x0, y0, x1, y1, half, rgb in parts
    ]
    middle, crown = x * width, top * height
    rows.append([Solid.BALL, middle, crown + 0.185 * tall, 0.13 * tall, 0.045 * tall, 0, *shirt, 0.02, 0])
    rows.append([Solid.BALL, middle, crown + 0.06 * tall, 0.060 * tall, 0.072 * tall, 0, *hair, 0.1, 0])
    rows.append([Solid.BALL, middle, crown + 0.078 * tall, 0.048 * tall, 0.064 * tall, 0, *skin, 0.05, 0])
    for eye in (-0.018, 0.018):
        rows.append(
            [
                Solid.BALL,
                middle + eye * tall,
                crown + 0.075 * tall,
                0.006 * tall,
                0.004 * tall,
                0,
                *_INK,
                0,
                0,
            ]
        )
    rows.append(
        [Solid.BALL, middle, crown + 0.112 * tall, 0.018 * tall, 0.005 * tall, 0, 0.6, 0.25, 0.25, 0, 0]
    )
    paint_solids(picture, np.array(rows, dtype=np.float32))


def draw_window(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw a street by day through glass: sky, houses, a car, a pavement, the frame."""
    picture = plain(height, width, (0, 0, 0))
    gradient(picture, (0.62, 0.78, 0.93), (0.93, 0.94, 0.94))
    at = 0.0
    while at < 1.0:
        wide, top = float(rng.uniform(0.12, 0.28)), float(rng.uniform(0.08, 0.38))
        wall = hsv(
            float(rng.choice([0.05, 0.08, 0.12, 0.58])),
            float(rng.uniform(0.05, 0.35)),
            float(rng.uniform(0.5, 0.85)),
        )
        rectangle(picture, Box(at, top, at + wide, 0.70), wall)
        for row in np.arange(top + 0.05, 0.58, 0.11):
            for column in np.arange(at + 0.02, at + wide - 0.03, 0.055):
                rectangle(picture, Box(column, row, column + 0.03, row + 0.065), (0.30, 0.36, 0.42))
        at += wide
    rectangle(picture, Box(0, 0.70, 1, 0.80), (0.42, 0.42, 0.43))
    rectangle(picture, Box(0, 0.80, 1, 1), (0.62, 0.61, 0.58))
    for _ in range(int(rng.integers(1, 3))):
        x, paint = float(rng.uniform(0, 0.7)), hsv(float(rng.random()), float(rng.uniform(0, 0.7)), 0.55)
        blend(picture, rounded_mask(picture, Box(x, 0.64, x + 0.26, 0.75), 0.4), paint)
        blend(
            picture, rounded_mask(picture, Box(x + 0.05, 0.57, x + 0.20, 0.67), 0.5), mixed(paint, _INK, 0.5)
        )
        for wheel in (0.04, 0.18):
            blend(picture, ellipse_mask(picture, Box(x + wheel, 0.71, x + wheel + 0.05, 0.78)), _INK)
    shaded(picture, 1 + 0.08 * cloud(rng, height, width, (12, 12), 3))
    sheen = polygon_mask(picture, np.array([[0.15, 0], [0.35, 0], [0.1, 1], [-0.1, 1]]))
    blend(picture, 0.14 * sheen, (1, 1, 1))
    _frame(picture, (0.32, 0.33, 0.34), 0.025)
    rectangle(picture, Box(0.488, 0, 0.512, 1), (0.32, 0.33, 0.34))
    return np.clip(picture, 0, 1)


def draw_entrance(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw a double glass door, a street at dusk behind it."""
    picture = plain(height, width, (0, 0, 0))
    gradient(picture, (0.28, 0.33, 0.39), (0.16, 0.16, 0.18))
    shaded(picture, 1 + 0.25 * cloud(rng, height, width, (5, 4), 3))
    rectangle(picture, Box(0, 0.72, 1, 1), (0.19, 0.19, 0.20))
    sheen = polygon_mask(picture, np.array([[0.0, 0.2], [0.06, 0.2], [1.0, 0.9], [1.0, 0.98]]))
    blend(picture, 0.35 * sheen, (0.5, 0.55, 0.6))
    _frame(picture, (0.50, 0.51, 0.52), 0.05)
    rectangle(picture, Box(0.47, 0, 0.53, 1), (0.50, 0.51, 0.52))
    for left in (0.43, 0.55):
        rectangle(picture, Box(left, 0.45, left + 0.02, 0.66), (0.76, 0.76, 0.76))
    return np.clip(picture, 0, 1)


def draw_door(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw the door of a back room."""
    leaf = hsv(float(rng.random()), float(rng.uniform(0.03, 0.25)), float(rng.uniform(0.4, 0.8)))
    picture = plain(height, width, leaf)
    gradient(picture, leaf, mixed(leaf, (0, 0, 0), 0.2))
    _frame(picture, (0.25, 0.25, 0.26), 0.03)
    rectangle(picture, Box(0.32, 0.14, 0.68, 0.40), (0.55, 0.63, 0.66))
    rectangle(picture, Box(0.06, 0.84, 0.94, 0.97), (0.62, 0.63, 0.64))
    rectangle(picture, Box(0.82, 0.50, 0.91, 0.535), (0.80, 0.80, 0.80))
    return picture


def draw_sign(rng: np.random.Generator, text: str, height: int, width: int) -> Picture:
    """Draw a sign with one word or two."""
    ground: Rgb = (
        (0.05, 0.45, 0.22) if text == "EXIT" else hsv(float(rng.random()), float(rng.uniform(0.4, 0.85)), 0.5)
    )
    picture = plain(height, width, ground)
    write(picture, text, TEXT_FONTS[0], Box(0.08, 0.22, 0.92, 0.78), _PAPER)
    _frame(picture, _PAPER, 0.02)
    return picture


def draw_chalkboard(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw a menu in chalk."""
    picture = plain(height, width, (0.14, 0.15, 0.15))
    shaded(picture, 1 + 0.2 * cloud(rng, height, width, (3, 3), 4))
    chalk = DISPLAY_FONTS[1]
    write(picture, "Today", chalk, Box(0.2, 0.08, 0.8, 0.24), _PAPER)
    for row, word in enumerate(("Coffee", "Rolls", "Soup", "Cake", "Tea")):
        low = 0.30 + 0.125 * row
        write(picture, word, chalk, Box(0.1, low, 0.6, low + 0.1), _PAPER, align=0.0)
        price = f"{int(rng.integers(1, 6))}.{int(rng.integers(0, 10))}0"
        write(picture, price, chalk, Box(0.65, low, 0.9, low + 0.1), (0.95, 0.85, 0.5), align=1.0)
    _frame(picture, (0.45, 0.30, 0.17), 0.03)
    return np.clip(picture, 0, 1)


def draw_fridge_header(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw the lit panel over a row of fridges."""
    picture = photograph(rng, height, width, Motif.BUBBLES, (0.45, 0.68, 0.82), None)
    text = str(rng.choice(["Cold drinks", "Chilled", "Fresh & cool", "Dairy"]))
    font = DISPLAY_FONTS[int(rng.integers(len(DISPLAY_FONTS)))]
    write(picture, text, font, Box(0.2, 0.2, 0.8, 0.8), _PAPER, outline=(0.1, 0.2, 0.35))
    return picture


def draw_shelf_talker(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw the card that sticks out of a price rail."""
    picture = plain(height, width, hsv(float(rng.choice([0.0, 0.13, 0.3])), 0.8, 0.85))
    write(
        picture,
        str(rng.choice(["OFFER", "NEW", "-20%", "2 + 1"])),
        TEXT_FONTS[0],
        Box(0.1, 0.15, 0.9, 0.85),
        _PAPER,
    )
    return picture


def draw_metal(height: int, width: int) -> Picture:
    """Draw bare sheet metal."""
    picture = plain(height, width, (0, 0, 0))
    gradient(picture, (0.88, 0.885, 0.89), (0.59, 0.60, 0.61))
    return picture


def draw_carton(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw a corrugated box: flutes, tape, a stamp, a label."""
    picture = plain(height, width, (0.70, 0.55, 0.38))
    shaded(picture, 1 + 0.10 * cloud(rng, height, width, (4, 40), 3))
    rectangle(picture, Box(0, 0.46, 1, 0.56), (0.78, 0.67, 0.47), 0.85)
    write(picture, "THIS SIDE UP", TEXT_FONTS[0], Box(0.1, 0.15, 0.7, 0.26), (0.28, 0.20, 0.12))
    rectangle(picture, Box(0.6, 0.7, 0.92, 0.9), (0.92, 0.92, 0.90))
    draw_barcode(picture, "2000000000008", Box(0.62, 0.76, 0.90, 0.88))
    return np.clip(picture, 0, 1)


def draw_ceiling(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw four mineral fibre tiles."""
    picture = plain(height, width, (0.89, 0.89, 0.87))
    shaded(picture, 1 - 0.10 * (cloud(rng, height, width, (90, 90), 1) > 0.55).astype(np.float32))
    for edge in (0.0, 0.494, 0.988):
        rectangle(picture, Box(edge, 0, edge + 0.012, 1), (0.74, 0.74, 0.73))
        rectangle(picture, Box(0, edge, 1, edge + 0.012), (0.74, 0.74, 0.73))
    return picture


def draw_wood(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw planks."""
    picture = plain(height, width, mixed((0.45, 0.29, 0.16), (0.80, 0.65, 0.46), float(rng.random())))
    planks = 5
    for plank in range(planks):
        rows = slice(plank * height // planks, (plank + 1) * height // planks)
        part = picture[rows]
        shaded(part, float(rng.uniform(0.88, 1.1)) + 0.18 * cloud(rng, len(part), width, (2, 14), 3))
        part[:1] *= 0.5
    return np.clip(picture, 0, 1)


def draw_crust(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw the crust of bread: brown, floury, cracked."""
    picture = plain(height, width, (0.66, 0.42, 0.20))
    shaded(picture, 1 + 0.30 * cloud(rng, height, width, (4, 4), 4))
    flour = np.clip(cloud(rng, height, width, (7, 7), 4) - 0.25, 0, 1)
    blend(picture, 0.7 * flour, (0.93, 0.88, 0.78))
    for cut in (0.25, 0.5, 0.75):
        slash = np.array([[cut - 0.1, 0.1], [cut - 0.05, 0.1], [cut + 0.1, 0.9], [cut + 0.03, 0.9]])
        blend(picture, 0.7 * polygon_mask(picture, slash), (0.86, 0.66, 0.38))
    return np.clip(picture, 0, 1)


def draw_basket_mesh(height: int, width: int) -> Picture:
    """Draw plastic ribs with dark gaps."""
    picture = plain(height, width, (0.10, 0.10, 0.11))
    for rib in np.linspace(0, 0.94, 9):
        rectangle(picture, Box(float(rib), 0, float(rib) + 0.05, 1), (0.85, 0.85, 0.85))
    for rib in np.linspace(0, 0.92, 4):
        rectangle(picture, Box(0, float(rib), 1, float(rib) + 0.07), (0.92, 0.92, 0.92))
    return picture


def draw_plaster(rng: np.random.Generator, height: int, width: int) -> Picture:
    """Draw a painted wall, near white: it is tinted by the surface it covers."""
    picture = plain(height, width, (0.95, 0.95, 0.95))
    shaded(picture, 1 + 0.05 * cloud(rng, height, width, (4, 4), 5))
    return np.clip(picture, 0, 1)


def _frame(picture: Picture, rgb: Rgb, share: float) -> None:
    height, width = picture.shape[:2]
    thick = max(1, int(share * min(height, width)))
    for part in (picture[:thick], picture[-thick:], picture[:, :thick], picture[:, -thick:]):
        part[:] = rgb
