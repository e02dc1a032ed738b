"""Flavours: what makes the members of a family differ, and what is pictured on them."""

from dataclasses import dataclass
from enum import StrEnum

Rgb = tuple[float, float, float]


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


def _flavours(motif: Motif, **colours: int) -> tuple[Flavour, ...]:
    return tuple(
        Flavour(
            word.replace("_", " "), motif, ((hex_ >> 16) / 255, (hex_ >> 8 & 255) / 255, (hex_ & 255) / 255)
        )
        for word, hex_ in colours.items()
    )


FRUIT = (
    *_flavours(Motif.FRUIT, peach=0xE9A15B, apricot=0xE8933A, cherry=0xA3122C, apple=0x9DB53A),
    *_flavours(
        Motif.BERRIES, strawberry=0xC4202D, blueberry=0x3D4A83, raspberry=0xB8274F, blackcurrant=0x3A2140
    ),
    *_flavours(Motif.CITRUS, orange=0xEE8C1B, lemon=0xEFD23B, lime=0x93B63C, grapefruit=0xDF6E62),
)
DAIRY = (
    *FRUIT[:2],
    *FRUIT[4:7],
    *_flavours(Motif.CREAM, natural=0xF3EEE2, vanilla=0xEFDFA8),
    *_flavours(Motif.BEANS, mocha=0x6B4429),
)
SWEET = (
    *_flavours(Motif.BLOCKS, milk=0x8A5230, dark=0x3D2217, white=0xEADBB8, caramel=0xB8742C),
    *_flavours(Motif.NUTS, hazelnut=0x9A6534, almond=0xB5824D),
    *_flavours(Motif.BERRIES, raspberry=0xB8274F),
)
SAVOURY = (
    *_flavours(Motif.CRISPS, sea_salt=0xE2BC5A, paprika=0xC9582A, cheese=0xE6A83A, vinegar=0xD9BC7B),
    *_flavours(Motif.LEAVES, garden_herbs=0x5C8A3C),
    *_flavours(Motif.FRUIT, chilli=0xB3201B),
)
NUTS = _flavours(
    Motif.NUTS, cashew=0xD9B27C, almond=0xA8703D, hazelnut=0x8E5A2E, peanut=0xC6954F, pistachio=0x9CA65A
)
CEREAL = (
    *_flavours(Motif.FLAKES, classic=0xD2A04C, honey=0xDB9A32, crunchy=0xB9803E),
    *_flavours(Motif.BERRIES, red_berry=0xB3243A),
    *_flavours(Motif.BLOCKS, cocoa=0x5B3420),
    *_flavours(Motif.NUTS, nut=0x97653A),
)
LOOPS = _flavours(Motif.LOOPS, honey=0xD99B3A, cocoa=0x5E3822, cinnamon=0xA9683A, fruity=0xC9557A)
TEA = (
    *_flavours(Motif.LEAVES, green=0x7C9A3E, peppermint=0x3E8A6C, sage=0x7E9480),
    *_flavours(Motif.BLOSSOM, camomile=0xEFD873, hibiscus=0xA8244E, lavender=0x7C6FA8),
    *_flavours(Motif.CITRUS, lemon=0xEFD23B),
)
COFFEE = _flavours(
    Motif.BEANS, espresso=0x3B2216, crema=0x6F4526, mild=0x93683F, decaf=0x5A4A3F, mocca=0x472B1C
)
PASTA = (
    *_flavours(
        Motif.STRANDS, spaghetti=0xE3BE66, linguine=0xDDB45C, tagliatelle=0xE8C878, wholegrain=0xA9793F
    ),
    *_flavours(Motif.LOOPS, rings=0xE3BE66),
)
GRAIN = _flavours(
    Motif.GRAINS, basmati=0xECE3CD, jasmine=0xF1EBDC, wild=0x5A4636, red=0x8E4632, risotto=0xE9DDBD
)
BISCUIT = (
    *_flavours(Motif.BISCUITS, butter=0xD9A653, oat=0xB98A4E, cocoa=0x5A3522, ginger=0xA76A32),
    *_flavours(Motif.CITRUS, lemon=0xEFD23B),
)
SOFT_DRINK = (
    *_flavours(Motif.BUBBLES, cola=0x4A1F14, zero=0x26262A, ginger=0xC79A45, tonic=0x9FB8C8),
    *FRUIT[8:12],
)
ENERGY = (
    *_flavours(Motif.BUBBLES, original=0x2F63B0, sugarfree=0xB9C2CC, tropical=0xE0A02F, ice=0x7FB9D2),
    *FRUIT[5:7],
)
TOMATO = (
    *_flavours(Motif.FRUIT, tomato=0xC22B1C, arrabbiata=0x9F1F16),
    *_flavours(Motif.LEAVES, basil=0x4C7F33, rocket=0x6B9440),
    *_flavours(Motif.BERRIES, olive=0x585B2C),
)
PULSES = _flavours(
    Motif.GRAINS,
    baked_beans=0xB4622F,
    chickpeas=0xD9B77A,
    sweetcorn=0xEBC33B,
    kidney_beans=0x6F2226,
    peas=0x6F9B3C,
)
FISH = (
    *_flavours(Motif.FIELD, brine=0x5D8FB0),
    *_flavours(Motif.BERRIES, olive_oil=0x8A8B3C),
    *_flavours(Motif.FRUIT, tomato=0xC22B1C, chilli=0xA3201B),
)
SOUP = (
    *_flavours(Motif.BOWL, tomato=0xC4391F, pumpkin=0xDB8A2A, lentil=0x9C6A33, pea=0x7C9440),
    *_flavours(Motif.STRANDS, noodle=0xDDBA66),
)
WATER = (
    *_flavours(Motif.FIELD, still=0x6FA8CF, sparkling=0x3F78B0),
    *_flavours(Motif.BUBBLES, medium=0x8FC0D8),
    *_flavours(Motif.CITRUS, lemon=0xEFD23B),
)
OIL = _flavours(Motif.BERRIES, mild=0x9AA045, fruity=0x66752E, intense=0x3E4A22)
HOUSEHOLD = (
    *_flavours(Motif.BLOSSOM, lavender=0x8577B3, rose=0xCF7C93, jasmine=0xE9E2C0),
    *_flavours(Motif.BUBBLES, fresh=0x5FAFD0, sensitive=0xDCE3E3),
    *_flavours(Motif.LEAVES, aloe=0x7FB069, eucalyptus=0x5E9C8C),
)
MILK = (
    *_flavours(Motif.FIELD, whole=0x3D72B8, semi_skimmed=0x77AEDC, organic=0x5E9A4A),
    *_flavours(Motif.CREAM, lactose_free=0xB9A6CF),
    *_flavours(Motif.GRAINS, oat=0xCFAF78),
)
GUMMY = (
    *_flavours(Motif.BUBBLES, sour=0x9BC53D, cola=0x5A2A1A),
    *_flavours(Motif.BERRIES, wild_berry=0x8E2F63),
    *_flavours(Motif.FRUIT, peach=0xEBA65E, apple=0x8DB83A),
)
SPREAD = (
    *_flavours(Motif.NUTS, hazelnut=0x7A4A27, peanut=0xBB8844, almond=0xB98F5F),
    *_flavours(Motif.BLOCKS, cocoa=0x4A2A1A),
)
PICKLE = (
    *_flavours(Motif.LEAVES, dill=0x7E8E3A),
    *_flavours(Motif.BERRIES, green_olives=0x8D9142, black_olives=0x33272B),
    *_flavours(Motif.FRUIT, peppers=0xB8321F, beetroot=0x6E1838),
)
MEAL = (
    *_flavours(Motif.STRANDS, chicken=0xE0B04A, beef=0x8E4B2A, prawn=0xDF8A63),
    *_flavours(Motif.FRUIT, hot=0xB3201B),
    *_flavours(Motif.LEAVES, vegetable=0x5F9440),
)
DIP = (
    *_flavours(Motif.BOWL, hummus=0xD8BF8F, pepper=0xC2562E, tzatziki=0xE6EAD9),
    *_flavours(Motif.LEAVES, herbs=0x6A9448),
)
ICE = (
    *SWEET[:2],
    *_flavours(Motif.CREAM, vanilla=0xEFDFA8),
    *FRUIT[4:5],
    *_flavours(Motif.NUTS, walnut=0x8A6238),
)
PASTILLES = (*TEA[1:2], *FRUIT[6:10])
OAT_DRINK = (*DAIRY[5:8], *MILK[2:3], *NUTS[1:2])
COOKING_CREAM = (*MILK[3:4], *TOMATO[2:3], *DAIRY[5:6])
CAT_FOOD = (*FISH[:1], *MEAL[:2], *MEAL[4:5])
FLOUR = (*GRAIN[:1], *CEREAL[:1], *MILK[4:5])
PUDDING = (*SWEET[:2], *DAIRY[5:8])
BABY_FOOD = (*FRUIT[:4], *SOUP[1:2])

FLAVOURS: dict[str, tuple[Flavour, ...]] = {
    "fruit": FRUIT,
    "dairy": DAIRY,
    "sweet": SWEET,
    "savoury": SAVOURY,
    "nuts": NUTS,
    "cereal": CEREAL,
    "loops": LOOPS,
    "tea": TEA,
    "coffee": COFFEE,
    "pasta": PASTA,
    "grain": GRAIN,
    "biscuit": BISCUIT,
    "soft drink": SOFT_DRINK,
    "energy": ENERGY,
    "tomato": TOMATO,
    "pulses": PULSES,
    "fish": FISH,
    "soup": SOUP,
    "water": WATER,
    "oil": OIL,
    "household": HOUSEHOLD,
    "milk": MILK,
    "gummy": GUMMY,
    "spread": SPREAD,
    "pickle": PICKLE,
    "meal": MEAL,
    "dip": DIP,
    "ice": ICE,
    "pastilles": PASTILLES,
    "oat drink": OAT_DRINK,
    "cooking cream": COOKING_CREAM,
    "cat food": CAT_FOOD,
    "flour": FLOUR,
    "pudding": PUDDING,
    "baby food": BABY_FOOD,
}
"""Lists by the name that `kinds` uses."""
