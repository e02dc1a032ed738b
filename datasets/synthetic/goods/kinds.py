"""Kinds of things that small shops in Europe sell: shapes, sizes, prices and flavours."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from datasets.synthetic.goods.flavours import FLAVOURS, Flavour

Shape = Literal["box", "can", "bottle", "carton", "bag", "cup", "jar"]
SHAPES: tuple[Shape, ...] = ("box", "can", "bottle", "carton", "bag", "cup", "jar")


class Form(StrEnum):
    """How a shape is built; every form belongs to one shape."""

    BOX = "box"
    CAN = "can"
    TIN = "tin"
    ROUND_BOTTLE = "round-bottle"
    SLENDER_BOTTLE = "slender-bottle"
    FLAT_BOTTLE = "flat-bottle"
    JUG = "jug"
    GABLE = "gable"
    BRICK = "brick"
    PILLOW = "pillow"
    BLOCK_BAG = "block-bag"
    CUP = "cup"
    TUB = "tub"
    JAR = "jar"


SHAPE_OF_FORM: dict[Form, Shape] = {
    Form.BOX: "box",
    Form.CAN: "can",
    Form.TIN: "can",
    Form.ROUND_BOTTLE: "bottle",
    Form.SLENDER_BOTTLE: "bottle",
    Form.FLAT_BOTTLE: "bottle",
    Form.JUG: "bottle",
    Form.GABLE: "carton",
    Form.BRICK: "carton",
    Form.PILLOW: "bag",
    Form.BLOCK_BAG: "bag",
    Form.CUP: "cup",
    Form.TUB: "cup",
    Form.JAR: "jar",
}

# Empty packages against their volume, g per ml: board, aluminium, tinplate, PET, glass, film, PP.
TARE_G_PER_ML: dict[Form, float] = {
    Form.BOX: 0.025,
    Form.CAN: 0.040,
    Form.TIN: 0.130,
    Form.ROUND_BOTTLE: 0.050,
    Form.SLENDER_BOTTLE: 0.300,
    Form.FLAT_BOTTLE: 0.090,
    Form.JUG: 0.070,
    Form.GABLE: 0.030,
    Form.BRICK: 0.035,
    Form.PILLOW: 0.004,
    Form.BLOCK_BAG: 0.012,
    Form.CUP: 0.035,
    Form.TUB: 0.045,
    Form.JAR: 0.500,
}


@dataclass(frozen=True, slots=True)
class PackageSize:
    """One proportion of a package.

    Attributes:
        amount: As printed.
        net: Contents in g or ml.
        size_m: Width, depth, height.
    """

    amount: str
    net: float
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product.

    Attributes:
        noun: As printed.
        sizes: Proportions; a family has one of them.
        density: Of the contents, g per ml, loosely filled; 1 where `net` is in grams.
        price_minor: From and to for the first size, euro cents.
        is_clear: Whether its contents are seen through glass or clear plastic.
    """

    noun: str
    form: Form
    sizes: tuple[PackageSize, ...]
    density: float
    price_minor: tuple[int, int]
    flavours: tuple[Flavour, ...]
    is_clear: bool = False


# Noun | form | sizes: amount = g or ml, then width, depth, height in mm | g per ml | first price | flavours.
_TABLE = """
muesli | box | 500 g = 500 190 60 270; 375 g = 375 160 55 235 | 1 | 289-499 | cereal
cereal rings | box | 350 g = 350 195 65 285; 250 g = 250 170 55 245 | 1 | 249-429 | loops
tea | box | 20 bags = 40 130 70 78; 25 bags = 50 75 65 125 | 1 | 159-349 | tea
chocolate | box | 100 g = 100 82 14 165; 180 g = 180 165 25 95 | 1 | 119-349 | sweet
biscuits | box | 200 g = 200 205 55 72; 150 g = 150 110 50 165 | 1 | 139-289 | biscuit
pasta | box | 500 g = 500 85 45 255 | 1 | 99-229 | pasta
rice | box | 1 kg = 1000 125 65 190; 500 g = 500 110 50 160 | 1 | 199-399 | grain
crackers | box | 150 g = 150 95 65 150; 100 g = 100 60 60 200 | 1 | 129-259 | savoury
tissues | box | 100 pcs = 160 225 115 85; 60 pcs = 110 112 112 125 | 1 | 119-219 | household
washing powder | box | 20 washes = 1300 190 105 230 | 1 | 499-899 | household
pastilles | box | 40 g = 40 74 22 48; 50 g = 50 56 22 90 | 1 | 119-239 | pastilles
soda | can | 330 ml = 330 66 66 116; 330 ml = 330 58 58 146 | 1.03 | 69-149 | soft drink
energy drink | can | 250 ml = 250 53 53 134; 500 ml = 500 66 66 168 | 1.04 | 99-189 | energy
iced coffee | can | 235 ml = 235 53 53 128 | 1.04 | 149-219 | coffee
conserve | tin | 400 g = 400 74 74 110; 300 g = 300 84 84 82 | 1 | 79-179 | pulses
tuna | tin | 160 g = 160 85 85 45; 195 g = 195 100 100 42 | 1 | 149-329 | fish
passata | tin | 400 g = 400 74 74 110 | 1 | 79-169 | tomato
soup | tin | 400 g = 400 75 75 108; 800 g = 800 99 99 118 | 1 | 149-319 | soup
water | round-bottle | 500 ml = 500 65 65 215; 750 ml = 750 74 74 262 | 1 | 59-129 | water | clear
iced tea | round-bottle | 500 ml = 500 67 67 210; 330 ml = 330 62 62 175 | 1.02 | 119-219 | fruit | clear
smoothie | round-bottle | 250 ml = 250 57 57 145; 750 ml = 750 84 84 205 | 1.05 | 199-329 | fruit | clear
milk drink | round-bottle | 250 ml = 250 58 58 150 | 1.04 | 119-189 | dairy
olive oil | slender-bottle | 500 ml = 500 68 68 262; 250 ml = 250 54 54 215 | 0.92 | 499-999 | oil | clear
lemonade | slender-bottle | 330 ml = 330 61 61 228 | 1.03 | 129-229 | soft drink | clear
ketchup | flat-bottle | 500 ml = 500 82 56 205 | 1.12 | 199-329 | tomato
shampoo | flat-bottle | 250 ml = 250 72 46 195; 400 ml = 400 88 52 205 | 1.02 | 199-449 | household
detergent | jug | 1 l = 1000 140 85 250; 1.5 l = 1500 165 95 275 | 1.05 | 349-799 | household
milk | gable | 1 l = 1000 72 72 232; 500 ml = 500 72 72 140 | 1.03 | 109-189 | milk
juice | gable | 1 l = 1000 75 75 235; 1.5 l = 1500 95 75 255 | 1.04 | 169-329 | fruit
oat drink | brick | 1 l = 1000 92 60 195; 250 ml = 250 56 42 125 | 1.03 | 149-279 | oat drink
fruit drink | brick | 200 ml = 200 48 38 118 | 1.03 | 49-109 | fruit
soup | brick | 500 ml = 500 72 50 165 | 1.02 | 199-329 | soup
cooking cream | brick | 200 ml = 200 62 40 92 | 1 | 89-169 | cooking cream
crisps | pillow | 150 g = 150 185 80 260; 40 g = 40 125 50 175 | 1 | 149-269 | savoury
nuts | pillow | 200 g = 200 140 50 205; 60 g = 60 95 28 150 | 1 | 199-429 | nuts
gummies | pillow | 200 g = 200 150 45 190; 100 g = 100 110 35 165 | 1 | 99-219 | gummy
frozen | pillow | 450 g = 450 190 55 240 | 1 | 149-299 | pulses
cat food | pillow | 85 g = 85 95 22 138 | 1 | 49-109 | cat food
coffee | block-bag | 250 g = 250 84 58 175; 500 g = 500 98 70 235 | 1 | 399-899 | coffee
flour | block-bag | 1 kg = 1000 105 68 185 | 1 | 79-199 | flour
granola | block-bag | 400 g = 400 140 70 225 | 1 | 299-549 | cereal
yoghurt | cup | 150 g = 150 75 75 82; 500 g = 500 96 96 116 | 1 | 49-119 | dairy
pudding | cup | 200 g = 200 82 82 76; 125 g = 125 72 72 62 | 1 | 59-139 | pudding
cup noodles | cup | 65 g = 65 96 96 108; 90 g = 90 108 108 98 | 1 | 119-249 | meal
coffee drink | cup | 250 ml = 250 74 74 138; 200 ml = 200 72 72 112 | 1.04 | 129-229 | coffee
ice cream | tub | 500 ml = 500 116 116 92; 150 ml = 150 82 82 62 | 0.6 | 299-699 | ice
dip | tub | 200 g = 200 112 112 48; 150 g = 150 88 88 58 | 1 | 149-299 | dip
jam | jar | 340 g = 340 72 72 112; 220 g = 220 70 70 82 | 1 | 199-399 | fruit | clear
pickles | jar | 370 ml = 370 76 76 142; 720 ml = 720 88 88 172 | 1.05 | 149-329 | pickle | clear
pesto | jar | 190 g = 190 62 62 98 | 1 | 199-429 | tomato | clear
spread | jar | 400 g = 400 84 84 108; 200 g = 200 68 68 88 | 1 | 249-499 | spread | clear
instant coffee | jar | 100 g = 100 76 68 138; 200 g = 200 92 82 165 | 1 | 399-799 | coffee | clear
baby food | jar | 125 g = 125 58 58 72; 190 g = 190 64 64 92 | 1 | 89-159 | baby food | clear
pasta sauce | jar | 400 g = 400 77 77 132; 350 g = 350 80 80 112 | 1 | 179-359 | tomato | clear
"""


def _kind(line: str) -> Kind:
    noun, form, sizes, density, prices, flavours, *rest = (cell.strip() for cell in line.split("|"))
    low, high = prices.split("-")
    return Kind(
        noun=noun,
        form=Form(form),
        sizes=tuple(_size(size) for size in sizes.split(";")),
        density=float(density),
        price_minor=(int(low), int(high)),
        flavours=FLAVOURS[flavours],
        is_clear=rest == ["clear"],
    )


def _size(text: str) -> PackageSize:
    amount, numbers = text.split("=")
    net, width, depth, height = (float(number) for number in numbers.split())
    return PackageSize(amount.strip(), net, (width / 1000, depth / 1000, height / 1000))


KINDS: tuple[Kind, ...] = tuple(_kind(line) for line in _TABLE.strip().splitlines())
