"""Kinds of things that small shops in Europe sell: shapes, sizes, prices and flavours."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Shape = Literal["box", "can", "bottle", "carton", "bag", "cup", "jar"]
SHAPES: tuple[Shape, ...] = ("box", "can", "bottle", "carton", "bag", "cup", "jar")

Rgb = tuple[float, float, float]


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


class Motif(StrEnum):
    """What the picture on a package shows."""

    FRUIT = "fruit"
    BERRIES = "berries"
    CITRUS = "citrus"
    NUTS = "nuts"
    FLAKES = "flakes"
    LOOPS = "loops"
    BEANS = "beans"
    LEAVES = "leaves"
    BISCUITS = "biscuits"
    BLOCKS = "blocks"
    STRANDS = "strands"
    GRAINS = "grains"
    CRISPS = "crisps"
    BUBBLES = "bubbles"
    CREAM = "cream"
    FIELD = "field"
    BLOSSOM = "blossom"
    BOWL = "bowl"


@dataclass(frozen=True, slots=True)
class Flavour:
    """One member of a family.

    Attributes:
        word: As printed.
        colour: sRGB, 0 to 1, of what the picture shows; labels are tinted with it.
    """

    word: str
    motif: Motif
    colour: Rgb


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


def _flavours(motif: Motif, **colours: int) -> tuple[Flavour, ...]:
    return tuple(
        Flavour(
            word.replace("_", " "), motif, ((hex_ >> 16) / 255, (hex_ >> 8 & 255) / 255, (hex_ & 255) / 255)
        )
        for word, hex_ in colours.items()
    )


def _size(amount: str, net: float, width_mm: float, depth_mm: float, height_mm: float) -> PackageSize:
    return PackageSize(amount, net, (width_mm / 1000, depth_mm / 1000, height_mm / 1000))


_FRUIT = (
    *_flavours(Motif.FRUIT, peach=0xE9A15B, apricot=0xE8933A, cherry=0xA3122C, apple=0x9DB53A),
    *_flavours(
        Motif.BERRIES, strawberry=0xC4202D, blueberry=0x3D4A83, raspberry=0xB8274F, blackcurrant=0x3A2140
    ),
    *_flavours(Motif.CITRUS, orange=0xEE8C1B, lemon=0xEFD23B, lime=0x93B63C, grapefruit=0xDF6E62),
)
_DAIRY = (
    *_FRUIT[:2],
    *_FRUIT[4:7],
    *_flavours(Motif.CREAM, natural=0xF3EEE2, vanilla=0xEFDFA8),
    *_flavours(Motif.BEANS, mocha=0x6B4429),
)
_SWEET = (
    *_flavours(Motif.BLOCKS, milk=0x8A5230, dark=0x3D2217, white=0xEADBB8, caramel=0xB8742C),
    *_flavours(Motif.NUTS, hazelnut=0x9A6534, almond=0xB5824D),
    *_flavours(Motif.BERRIES, raspberry=0xB8274F),
)
_SAVOURY = (
    *_flavours(Motif.CRISPS, sea_salt=0xE2BC5A, paprika=0xC9582A, cheese=0xE6A83A, vinegar=0xD9BC7B),
    *_flavours(Motif.LEAVES, garden_herbs=0x5C8A3C),
    *_flavours(Motif.FRUIT, chilli=0xB3201B),
)
_NUTS = _flavours(
    Motif.NUTS, cashew=0xD9B27C, almond=0xA8703D, hazelnut=0x8E5A2E, peanut=0xC6954F, pistachio=0x9CA65A
)
_CEREAL = (
    *_flavours(Motif.FLAKES, classic=0xD2A04C, honey=0xDB9A32, crunchy=0xB9803E),
    *_flavours(Motif.BERRIES, red_berry=0xB3243A),
    *_flavours(Motif.BLOCKS, cocoa=0x5B3420),
    *_flavours(Motif.NUTS, nut=0x97653A),
)
_LOOPS = _flavours(Motif.LOOPS, honey=0xD99B3A, cocoa=0x5E3822, cinnamon=0xA9683A, fruity=0xC9557A)
_TEA = (
    *_flavours(Motif.LEAVES, green=0x7C9A3E, peppermint=0x3E8A6C, sage=0x7E9480),
    *_flavours(Motif.BLOSSOM, camomile=0xEFD873, hibiscus=0xA8244E, lavender=0x7C6FA8),
    *_flavours(Motif.CITRUS, lemon=0xEFD23B),
)
_COFFEE = _flavours(
    Motif.BEANS, espresso=0x3B2216, crema=0x6F4526, mild=0x93683F, decaf=0x5A4A3F, mocca=0x472B1C
)
_PASTA = (
    *_flavours(
        Motif.STRANDS, spaghetti=0xE3BE66, linguine=0xDDB45C, tagliatelle=0xE8C878, wholegrain=0xA9793F
    ),
    *_flavours(Motif.LOOPS, rings=0xE3BE66),
)
_GRAIN = _flavours(
    Motif.GRAINS, basmati=0xECE3CD, jasmine=0xF1EBDC, wild=0x5A4636, red=0x8E4632, risotto=0xE9DDBD
)
_BISCUIT = (
    *_flavours(Motif.BISCUITS, butter=0xD9A653, oat=0xB98A4E, cocoa=0x5A3522, ginger=0xA76A32),
    *_flavours(Motif.CITRUS, lemon=0xEFD23B),
)
_SOFT_DRINK = (
    *_flavours(Motif.BUBBLES, cola=0x4A1F14, zero=0x26262A, ginger=0xC79A45, tonic=0x9FB8C8),
    *_FRUIT[8:12],
)
_ENERGY = (
    *_flavours(Motif.BUBBLES, original=0x2F63B0, sugarfree=0xB9C2CC, tropical=0xE0A02F, ice=0x7FB9D2),
    *_FRUIT[5:7],
)
_TOMATO = (
    *_flavours(Motif.FRUIT, tomato=0xC22B1C, arrabbiata=0x9F1F16),
    *_flavours(Motif.LEAVES, basil=0x4C7F33, rocket=0x6B9440),
    *_flavours(Motif.BERRIES, olive=0x585B2C),
)
_PULSES = _flavours(
    Motif.GRAINS,
    baked_beans=0xB4622F,
    chickpeas=0xD9B77A,
    sweetcorn=0xEBC33B,
    kidney_beans=0x6F2226,
    peas=0x6F9B3C,
)
_FISH = (
    *_flavours(Motif.FIELD, brine=0x5D8FB0),
    *_flavours(Motif.BERRIES, olive_oil=0x8A8B3C),
    *_flavours(Motif.FRUIT, tomato=0xC22B1C, chilli=0xA3201B),
)
_SOUP = (
    *_flavours(Motif.BOWL, tomato=0xC4391F, pumpkin=0xDB8A2A, lentil=0x9C6A33, pea=0x7C9440),
    *_flavours(Motif.STRANDS, noodle=0xDDBA66),
)
_WATER = (
    *_flavours(Motif.FIELD, still=0x6FA8CF, sparkling=0x3F78B0),
    *_flavours(Motif.BUBBLES, medium=0x8FC0D8),
    *_flavours(Motif.CITRUS, lemon=0xEFD23B),
)
_OIL = _flavours(Motif.BERRIES, mild=0x9AA045, fruity=0x66752E, intense=0x3E4A22)
_HOUSEHOLD = (
    *_flavours(Motif.BLOSSOM, lavender=0x8577B3, rose=0xCF7C93, jasmine=0xE9E2C0),
    *_flavours(Motif.BUBBLES, fresh=0x5FAFD0, sensitive=0xDCE3E3),
    *_flavours(Motif.LEAVES, aloe=0x7FB069, eucalyptus=0x5E9C8C),
)
_MILK = (
    *_flavours(Motif.FIELD, whole=0x3D72B8, semi_skimmed=0x77AEDC, organic=0x5E9A4A),
    *_flavours(Motif.CREAM, lactose_free=0xB9A6CF),
    *_flavours(Motif.GRAINS, oat=0xCFAF78),
)
_GUMMY = (
    *_flavours(Motif.BUBBLES, sour=0x9BC53D, cola=0x5A2A1A),
    *_flavours(Motif.BERRIES, wild_berry=0x8E2F63),
    *_flavours(Motif.FRUIT, peach=0xEBA65E, apple=0x8DB83A),
)
_SPREAD = (
    *_flavours(Motif.NUTS, hazelnut=0x7A4A27, peanut=0xBB8844, almond=0xB98F5F),
    *_flavours(Motif.BLOCKS, cocoa=0x4A2A1A),
)
_PICKLE = (
    *_flavours(Motif.LEAVES, dill=0x7E8E3A),
    *_flavours(Motif.BERRIES, green_olives=0x8D9142, black_olives=0x33272B),
    *_flavours(Motif.FRUIT, peppers=0xB8321F, beetroot=0x6E1838),
)
_MEAL = (
    *_flavours(Motif.STRANDS, chicken=0xE0B04A, beef=0x8E4B2A, prawn=0xDF8A63),
    *_flavours(Motif.FRUIT, hot=0xB3201B),
    *_flavours(Motif.LEAVES, vegetable=0x5F9440),
)
_DIP = (
    *_flavours(Motif.BOWL, hummus=0xD8BF8F, pepper=0xC2562E, tzatziki=0xE6EAD9),
    *_flavours(Motif.LEAVES, herbs=0x6A9448),
)
_ICE = (
    *_SWEET[:2],
    *_flavours(Motif.CREAM, vanilla=0xEFDFA8),
    *_FRUIT[4:5],
    *_flavours(Motif.NUTS, walnut=0x8A6238),
)

KINDS: tuple[Kind, ...] = (
    Kind(
        "muesli",
        Form.BOX,
        (_size("500 g", 500, 190, 60, 270), _size("375 g", 375, 160, 55, 235)),
        1,
        (289, 499),
        _CEREAL,
    ),
    Kind(
        "cereal rings",
        Form.BOX,
        (_size("350 g", 350, 195, 65, 285), _size("250 g", 250, 170, 55, 245)),
        1,
        (249, 429),
        _LOOPS,
    ),
    Kind(
        "tea",
        Form.BOX,
        (_size("20 bags", 40, 130, 70, 78), _size("25 bags", 50, 75, 65, 125)),
        1,
        (159, 349),
        _TEA,
    ),
    Kind(
        "chocolate",
        Form.BOX,
        (_size("100 g", 100, 82, 14, 165), _size("180 g", 180, 165, 25, 95)),
        1,
        (119, 349),
        _SWEET,
    ),
    Kind(
        "biscuits",
        Form.BOX,
        (_size("200 g", 200, 205, 55, 72), _size("150 g", 150, 110, 50, 165)),
        1,
        (139, 289),
        _BISCUIT,
    ),
    Kind("pasta", Form.BOX, (_size("500 g", 500, 85, 45, 255),), 1, (99, 229), _PASTA),
    Kind(
        "rice",
        Form.BOX,
        (_size("1 kg", 1000, 125, 65, 190), _size("500 g", 500, 110, 50, 160)),
        1,
        (199, 399),
        _GRAIN,
    ),
    Kind(
        "crackers",
        Form.BOX,
        (_size("150 g", 150, 95, 65, 150), _size("100 g", 100, 60, 60, 200)),
        1,
        (129, 259),
        _SAVOURY,
    ),
    Kind(
        "tissues",
        Form.BOX,
        (_size("100 pcs", 160, 225, 115, 85), _size("60 pcs", 110, 112, 112, 125)),
        1,
        (119, 219),
        _HOUSEHOLD,
    ),
    Kind("washing powder", Form.BOX, (_size("20 washes", 1300, 190, 105, 230),), 1, (499, 899), _HOUSEHOLD),
    Kind(
        "pastilles",
        Form.BOX,
        (_size("40 g", 40, 74, 22, 48), _size("50 g", 50, 56, 22, 90)),
        1,
        (119, 239),
        (*_TEA[1:2], *_FRUIT[6:10]),
    ),
    Kind(
        "soda",
        Form.CAN,
        (_size("330 ml", 330, 66, 66, 116), _size("330 ml", 330, 58, 58, 146)),
        1.03,
        (69, 149),
        _SOFT_DRINK,
    ),
    Kind(
        "energy drink",
        Form.CAN,
        (_size("250 ml", 250, 53, 53, 134), _size("500 ml", 500, 66, 66, 168)),
        1.04,
        (99, 189),
        _ENERGY,
    ),
    Kind("iced coffee", Form.CAN, (_size("235 ml", 235, 53, 53, 128),), 1.04, (149, 219), _COFFEE),
    Kind(
        "conserve",
        Form.TIN,
        (_size("400 g", 400, 74, 74, 110), _size("300 g", 300, 84, 84, 82)),
        1,
        (79, 179),
        _PULSES,
    ),
    Kind(
        "tuna",
        Form.TIN,
        (_size("160 g", 160, 85, 85, 45), _size("195 g", 195, 100, 100, 42)),
        1,
        (149, 329),
        _FISH,
    ),
    Kind("passata", Form.TIN, (_size("400 g", 400, 74, 74, 110),), 1, (79, 169), _TOMATO),
    Kind(
        "soup",
        Form.TIN,
        (_size("400 g", 400, 75, 75, 108), _size("800 g", 800, 99, 99, 118)),
        1,
        (149, 319),
        _SOUP,
    ),
    Kind(
        "water",
        Form.ROUND_BOTTLE,
        (_size("500 ml", 500, 65, 65, 215), _size("750 ml", 750, 74, 74, 262)),
        1.0,
        (59, 129),
        _WATER,
        True,
    ),
    Kind(
        "iced tea",
        Form.ROUND_BOTTLE,
        (_size("500 ml", 500, 67, 67, 210), _size("330 ml", 330, 62, 62, 175)),
        1.02,
        (119, 219),
        _FRUIT,
        True,
    ),
    Kind(
        "smoothie",
        Form.ROUND_BOTTLE,
        (_size("250 ml", 250, 57, 57, 145), _size("750 ml", 750, 84, 84, 205)),
        1.05,
        (199, 329),
        _FRUIT,
        True,
    ),
    Kind("milk drink", Form.ROUND_BOTTLE, (_size("250 ml", 250, 58, 58, 150),), 1.04, (119, 189), _DAIRY),
    Kind(
        "olive oil",
        Form.SLENDER_BOTTLE,
        (_size("500 ml", 500, 68, 68, 262), _size("250 ml", 250, 54, 54, 215)),
        0.92,
        (499, 999),
        _OIL,
        True,
    ),
    Kind(
        "lemonade",
        Form.SLENDER_BOTTLE,
        (_size("330 ml", 330, 61, 61, 228),),
        1.03,
        (129, 229),
        _SOFT_DRINK,
        True,
    ),
    Kind("ketchup", Form.FLAT_BOTTLE, (_size("500 ml", 500, 82, 56, 205),), 1.12, (199, 329), _TOMATO),
    Kind(
        "shampoo",
        Form.FLAT_BOTTLE,
        (_size("250 ml", 250, 72, 46, 195), _size("400 ml", 400, 88, 52, 205)),
        1.02,
        (199, 449),
        _HOUSEHOLD,
    ),
    Kind(
        "detergent",
        Form.JUG,
        (_size("1 l", 1000, 140, 85, 250), _size("1.5 l", 1500, 165, 95, 275)),
        1.05,
        (349, 799),
        _HOUSEHOLD,
    ),
    Kind(
        "milk",
        Form.GABLE,
        (_size("1 l", 1000, 72, 72, 232), _size("500 ml", 500, 72, 72, 140)),
        1.03,
        (109, 189),
        _MILK,
    ),
    Kind(
        "juice",
        Form.GABLE,
        (_size("1 l", 1000, 75, 75, 235), _size("1.5 l", 1500, 95, 75, 255)),
        1.04,
        (169, 329),
        _FRUIT,
    ),
    Kind(
        "oat drink",
        Form.BRICK,
        (_size("1 l", 1000, 92, 60, 195), _size("250 ml", 250, 56, 42, 125)),
        1.03,
        (149, 279),
        (*_DAIRY[5:8], *_MILK[2:3], *_NUTS[1:2]),
    ),
    Kind("fruit drink", Form.BRICK, (_size("200 ml", 200, 48, 38, 118),), 1.03, (49, 109), _FRUIT),
    Kind("soup", Form.BRICK, (_size("500 ml", 500, 72, 50, 165),), 1.02, (199, 329), _SOUP),
    Kind(
        "cooking cream",
        Form.BRICK,
        (_size("200 ml", 200, 62, 40, 92),),
        1.0,
        (89, 169),
        (*_MILK[3:4], *_TOMATO[2:3], *_DAIRY[5:6]),
    ),
    Kind(
        "crisps",
        Form.PILLOW,
        (_size("150 g", 150, 185, 80, 260), _size("40 g", 40, 125, 50, 175)),
        1,
        (149, 269),
        _SAVOURY,
    ),
    Kind(
        "nuts",
        Form.PILLOW,
        (_size("200 g", 200, 140, 50, 205), _size("60 g", 60, 95, 28, 150)),
        1,
        (199, 429),
        _NUTS,
    ),
    Kind(
        "gummies",
        Form.PILLOW,
        (_size("200 g", 200, 150, 45, 190), _size("100 g", 100, 110, 35, 165)),
        1,
        (99, 219),
        _GUMMY,
    ),
    Kind("frozen", Form.PILLOW, (_size("450 g", 450, 190, 55, 240),), 1, (149, 299), _PULSES),
    Kind(
        "cat food",
        Form.PILLOW,
        (_size("85 g", 85, 95, 22, 138),),
        1,
        (49, 109),
        (*_FISH[:1], *_MEAL[:2], *_MEAL[4:5]),
    ),
    Kind(
        "coffee",
        Form.BLOCK_BAG,
        (_size("250 g", 250, 84, 58, 175), _size("500 g", 500, 98, 70, 235)),
        1,
        (399, 899),
        _COFFEE,
    ),
    Kind(
        "flour",
        Form.BLOCK_BAG,
        (_size("1 kg", 1000, 105, 68, 185),),
        1,
        (79, 199),
        (*_GRAIN[:1], *_CEREAL[:1], *_MILK[4:5]),
    ),
    Kind("granola", Form.BLOCK_BAG, (_size("400 g", 400, 140, 70, 225),), 1, (299, 549), _CEREAL),
    Kind(
        "yoghurt",
        Form.CUP,
        (_size("150 g", 150, 75, 75, 82), _size("500 g", 500, 96, 96, 116)),
        1,
        (49, 119),
        _DAIRY,
    ),
    Kind(
        "pudding",
        Form.CUP,
        (_size("200 g", 200, 82, 82, 76), _size("125 g", 125, 72, 72, 62)),
        1,
        (59, 139),
        (*_SWEET[:2], *_DAIRY[5:8]),
    ),
    Kind(
        "cup noodles",
        Form.CUP,
        (_size("65 g", 65, 96, 96, 108), _size("90 g", 90, 108, 108, 98)),
        1,
        (119, 249),
        _MEAL,
    ),
    Kind(
        "coffee drink",
        Form.CUP,
        (_size("250 ml", 250, 74, 74, 138), _size("200 ml", 200, 72, 72, 112)),
        1.04,
        (129, 229),
        _COFFEE,
    ),
    Kind(
        "ice cream",
        Form.TUB,
        (_size("500 ml", 500, 116, 116, 92), _size("150 ml", 150, 82, 82, 62)),
        0.6,
        (299, 699),
        _ICE,
    ),
    Kind(
        "dip",
        Form.TUB,
        (_size("200 g", 200, 112, 112, 48), _size("150 g", 150, 88, 88, 58)),
        1,
        (149, 299),
        _DIP,
    ),
    Kind(
        "jam",
        Form.JAR,
        (_size("340 g", 340, 72, 72, 112), _size("220 g", 220, 70, 70, 82)),
        1,
        (199, 399),
        _FRUIT,
        True,
    ),
    Kind(
        "pickles",
        Form.JAR,
        (_size("370 ml", 370, 76, 76, 142), _size("720 ml", 720, 88, 88, 172)),
        1.05,
        (149, 329),
        _PICKLE,
        True,
    ),
    Kind("pesto", Form.JAR, (_size("190 g", 190, 62, 62, 98),), 1, (199, 429), _TOMATO, True),
    Kind(
        "spread",
        Form.JAR,
        (_size("400 g", 400, 84, 84, 108), _size("200 g", 200, 68, 68, 88)),
        1,
        (249, 499),
        _SPREAD,
        True,
    ),
    Kind(
        "instant coffee",
        Form.JAR,
        (_size("100 g", 100, 76, 68, 138), _size("200 g", 200, 92, 82, 165)),
        1,
        (399, 799),
        _COFFEE,
        True,
    ),
    Kind(
        "baby food",
        Form.JAR,
        (_size("125 g", 125, 58, 58, 72), _size("190 g", 190, 64, 64, 92)),
        1,
        (89, 159),
        (*_FRUIT[:4], *_SOUP[1:2]),
        True,
    ),
    Kind(
        "pasta sauce",
        Form.JAR,
        (_size("400 g", 400, 77, 77, 132), _size("350 g", 350, 80, 80, 112)),
        1,
        (179, 359),
        _TOMATO,
        True,
    ),
)
