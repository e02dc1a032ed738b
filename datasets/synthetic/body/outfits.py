"""Draw an outfit of one cut.

Shares are a guess at what a supermarket sees over a year.
"""

from dataclasses import replace

import numpy as np

from datasets.synthetic.body.complexion import (
    SKIN_TONES,
    Wearer,
    random_hair,
    random_hair_colour,
    random_headwear,
)
from datasets.synthetic.body.palette import DENIMS, MASKS, SHOES, TROUSERS, cloth_colour, print_colour, varied
from datasets.synthetic.body.wardrobe import (
    Bag,
    Cloth,
    Collar,
    Cut,
    Headwear,
    Layer,
    Legwear,
    Outfit,
    Print,
    Rgb,
    as_rgb,
    shaded,
)

_PRINTS_OF_TEES = (Print.PLAIN,) * 4 + (
    Print.HOOPS,
    Print.CHEST_PRINT,
    Print.CHEST_PRINT,
    Print.COLOUR_BLOCK,
    Print.DOTS,
    Print.FLORAL,
)
# Cuts for everybody and for women only; staff wear their own.
_COMMON_CUTS = (
    Cut.T_SHIRT,
    Cut.SHIRT,
    Cut.HOODIE,
    Cut.SWEATER,
    Cut.JACKET,
    Cut.LONG_COAT,
    Cut.PUFFER,
    Cut.CARDIGAN,
    Cut.SHORTS,
    Cut.WIDE_TROUSERS,
    Cut.TRACKSUIT,
    Cut.TUNIC,
    Cut.LONG_WRAP,
)
_COATS = (Cut.JACKET, Cut.PUFFER, Cut.LONG_COAT, Cut.CARDIGAN)  # what is worn over something
_WOMENS_CUTS = (Cut.DRESS, Cut.DRESS, Cut.SKIRT, Cut.SKIRT, Cut.LONG_WRAP)


def random_outfit(
    rng: np.random.Generator,
    wearer: Wearer,
    uniform: Rgb | None = None,
    bag: Bag | None = None,
    has_coat: bool = False,
) -> Outfit:
    """Draw an outfit.

    Args:
        rng: Source of chance.
        wearer: Who is dressed.
        uniform: Colour of the store's uniform; None for a shopper.
        bag: What is carried; None for any.
        has_coat: Ask for a coat over something, or for whatever comes.
    """
    if uniform is not None:
        cut = Cut.APRON if rng.random() < 0.5 else Cut.VEST
    else:
        cuts = _COMMON_CUTS if wearer.is_male else (*_COMMON_CUTS, *_WOMENS_CUTS)
        cut = cuts[int(rng.integers(len(cuts)))]
        if wearer.is_child and cut in (Cut.LONG_WRAP, Cut.LONG_COAT, Cut.TUNIC):
            cut = Cut.HOODIE
        if has_coat:
            cut = _COATS[int(rng.integers(2 if wearer.is_child else len(_COATS)))]
    outfit = _plain_outfit(rng, wearer, cut, bag)
    outfit = _CUTTERS[cut](rng, outfit, wearer)
    if uniform is not None:
        outfit = _in_uniform(rng, outfit, uniform)
    return outfit


def without_coat(outfit: Outfit) -> Outfit:
    """Return an outfit without what is worn over it; itself if nothing is."""
    if outfit.cut not in _COATS:
        return outfit
    is_long = outfit.cut is Cut.LONG_COAT
    return replace(
        outfit, cut=Cut.T_SHIRT, layers=outfit.layers[:-1], skirt=None if is_long else outfit.skirt
    )


def _plain_outfit(rng: np.random.Generator, wearer: Wearer, cut: Cut, bag: Bag | None) -> Outfit:
    """Draw everything but the garments: T-shirt and trousers stand for them."""
    tone = np.array(SKIN_TONES[wearer.skin_tone]) * rng.uniform(0.9, 1.1) * rng.uniform(0.97, 1.03, 3)
    any_bag = rng.choice([Bag.SHOULDER_TOTE] * 4 + [Bag.HAND_TOTE] * 2 + [Bag.BACKPACK] * 2 + [Bag.POCKETS])
    if wearer.is_child:
        any_bag = rng.choice([Bag.BACKPACK, Bag.POCKETS])
    shoes = SHOES[int(rng.integers(len(SHOES)))]
    glasses_share = 0.5 if wearer.is_old else 0.2
    return Outfit(
        cut=cut,
        skin=as_rgb(tone),
        layers=(_tee(rng),),
        legs=_trousers(rng),
        skirt=None,
        skirt_end_above_ankle_m=0.0,
        skirt_opening_m=0.0,
        sash=None,
        apron=None,
        tights=None,
        shoes=shoes,
        soles=(0.6, 0.6, 0.58) if rng.random() < 0.4 else (0.03, 0.03, 0.03),
        hair=random_hair(rng, wearer),
        hair_colour=random_hair_colour(rng, wearer),
        beard=float(rng.uniform(0.4, 1.0))
        if wearer.is_male and wearer.age_years > 20 and rng.random() < 0.35
        else 0.0,
        headwear=random_headwear(rng, wearer, cut),
        headwear_colour=cloth_colour(rng),
        mask=MASKS[int(rng.integers(3))] if rng.random() < 0.07 else None,
        glasses=(0.02, 0.02, 0.02) if rng.random() < glasses_share and not wearer.is_child else None,
        bag=Bag(any_bag) if bag is None else bag,
        bag_colour=cloth_colour(rng),
        bag_size=float(rng.uniform(0.85, 1.15)),
        badge=False,
    )


def _tee(rng: np.random.Generator, prints: tuple[Print, ...] = _PRINTS_OF_TEES) -> Layer:
    colour = cloth_colour(rng)
    return Layer(
        Cloth(
            colour,
            prints[int(rng.integers(len(prints)))],
            print_colour(rng, colour),
            float(rng.uniform(7, 18)),
        ),
        trim=shaded(colour, 0.8),
        sleeve=float(rng.uniform(0.28, 0.42)),
        hem_below_hip_m=float(rng.uniform(0.05, 0.14)),
        looseness_m=float(rng.uniform(0.010, 0.020)),
        flare_m=0.02,
        collar=Collar.V_NECK if rng.random() < 0.25 else Collar.CREW,
        has_bands=True,
    )


def _trousers(rng: np.random.Generator) -> Legwear:
    if rng.random() < 0.5:
        colour = varied(rng, DENIMS)
        cloth = Cloth(colour, Print.DENIM, shaded(colour, 1.9), 1.0)
        return Legwear(cloth, float(rng.uniform(0.0, 0.05)), float(rng.uniform(0.006, 0.012)), 0.008)
    cloth = Cloth(varied(rng, TROUSERS))
    return Legwear(cloth, float(rng.uniform(0.0, 0.04)), float(rng.uniform(0.008, 0.016)), 0.014)


def _long_sleeved(rng: np.random.Generator, cloth: Cloth, *, looseness_m: float, collar: Collar) -> Layer:
    return Layer(
        cloth,
        trim=shaded(cloth.colour, 0.75),
        sleeve=float(rng.uniform(0.98, 1.04)),
        hem_below_hip_m=float(rng.uniform(0.06, 0.15)),
        looseness_m=looseness_m,
        flare_m=0.015,
        collar=collar,
        has_bands=True,
    )


def _t_shirt(_rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    return outfit


def _shirt(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    pattern = (Print.PLAIN, Print.PLAIN, Print.STRIPES, Print.PLAID, Print.CHECKS, Print.FLORAL)[
        int(rng.integers(6))
    ]
    colour = cloth_colour(rng)
    cloth = Cloth(colour, pattern, print_colour(rng, colour), float(rng.uniform(9, 22)))
    top = _long_sleeved(rng, cloth, looseness_m=0.014, collar=Collar.SHIRT)
    sleeve = 0.45 if rng.random() < 0.3 else top.sleeve - (0.25 if rng.random() < 0.3 else 0.0)
    return replace(outfit, layers=(replace(top, sleeve=sleeve, flare_m=0.03, has_placket=True),))


def _hoodie(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    pattern = Print.CHEST_PRINT if rng.random() < 0.4 else Print.PLAIN
    colour = cloth_colour(rng)
    cloth = Cloth(colour, pattern, print_colour(rng, colour), 10.0)
    top = _long_sleeved(rng, cloth, looseness_m=0.024, collar=Collar.HOOD)
    return replace(outfit, layers=(replace(top, has_placket=bool(rng.random() < 0.5)),))


def _sweater(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    pattern = Print.HOOPS if rng.random() < 0.25 else Print.KNIT
    colour = cloth_colour(rng)
    cloth = Cloth(
        colour,
        pattern,
        shaded(colour, 0.7) if pattern == Print.KNIT else print_colour(rng, colour),
        rng.uniform(7, 12),
    )
    collar = Collar.STAND if rng.random() < 0.3 else Collar.CREW
    return replace(outfit, layers=(_long_sleeved(rng, cloth, looseness_m=0.019, collar=collar),))


def _open_over(rng: np.random.Generator, outfit: Outfit, outer: Layer, opening_m: float) -> Outfit:
    """Wear a layer over the outfit's own, open or closed at the front."""
    inner = replace(
        outfit.layers[0], looseness_m=0.010, flare_m=0.0, sleeve=min(outfit.layers[0].sleeve, 0.5)
    )
    return replace(outfit, layers=(inner, replace(outer, opening_m=opening_m)))


def _jacket(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    denim = rng.random() < 0.25
    colour = varied(rng, DENIMS) if denim else cloth_colour(rng)
    cloth = Cloth(colour, Print.DENIM if denim else Print.PLAIN, shaded(colour, 1.8), 1.0)
    outer = _long_sleeved(rng, cloth, looseness_m=0.026, collar=Collar.SHIRT)
    return _open_over(rng, outfit, outer, float(rng.uniform(0.03, 0.09)) if rng.random() < 0.7 else 0.012)


def _long_coat(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    colour = cloth_colour(rng)
    cloth = Cloth(colour, Print.PLAID if rng.random() < 0.15 else Print.PLAIN, shaded(colour, 0.6), 7.0)
    collar = Collar.SCARF if rng.random() < 0.35 else Collar.SHIRT
    outer = _long_sleeved(rng, cloth, looseness_m=0.030, collar=collar)
    trim = cloth_colour(rng) if collar == Collar.SCARF else shaded(colour, 0.8)
    outer = replace(outer, hem_below_hip_m=0.0, flare_m=0.01, trim=trim, has_bands=False)
    opening = float(rng.uniform(0.02, 0.08))
    outfit = _open_over(rng, outfit, outer, opening)
    return replace(
        outfit,
        skirt=cloth,
        skirt_end_above_ankle_m=float(rng.uniform(0.18, 0.42)),
        skirt_opening_m=opening + 0.02,
    )


def _puffer(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    colour = cloth_colour(rng)
    cloth = Cloth(colour, Print.QUILTED, shaded(colour, 0.45), float(rng.uniform(9, 13)))
    collar = Collar.HOOD if rng.random() < 0.5 else Collar.STAND
    outer = replace(_long_sleeved(rng, cloth, looseness_m=0.040, collar=collar), has_placket=True)
    return _open_over(rng, outfit, outer, float(rng.uniform(0.02, 0.06)) if rng.random() < 0.4 else 0.0)


def _cardigan(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    colour = cloth_colour(rng)
    outer = _long_sleeved(
        rng, Cloth(colour, Print.KNIT, shaded(colour, 0.7), 9.0), looseness_m=0.022, collar=Collar.V_NECK
    )
    hem = float(rng.uniform(0.05, 0.28))
    return _open_over(rng, outfit, replace(outer, hem_below_hip_m=hem), float(rng.uniform(0.05, 0.10)))


def _dress(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    pattern = (Print.PLAIN, Print.FLORAL, Print.FLORAL, Print.DOTS, Print.STRIPES)[int(rng.integers(5))]
    colour = cloth_colour(rng)
    cloth = Cloth(colour, pattern, print_colour(rng, colour), float(rng.uniform(8, 18)))
    sleeve = float(rng.choice([0.05, 0.3, 0.5, 1.0]))
    top = replace(outfit.layers[0], cloth=cloth, sleeve=sleeve, hem_below_hip_m=0.0, looseness_m=0.010)
    top = replace(top, trim=shaded(cloth.colour, 0.8), has_bands=False)
    return _with_skirt(rng, replace(outfit, layers=(top,)), cloth)


def _skirt(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    pattern = Print.PLAID if rng.random() < 0.3 else Print.PLAIN
    colour = cloth_colour(rng)
    cloth = Cloth(colour, pattern, shaded(colour, 0.5), 9.0)
    return _with_skirt(rng, replace(outfit, layers=(replace(outfit.layers[0], hem_below_hip_m=0.03),)), cloth)


def _with_skirt(rng: np.random.Generator, outfit: Outfit, cloth: Cloth) -> Outfit:
    end = float(rng.choice([0.06, 0.14, 0.26, 0.36, 0.42]))
    tights = (0.015, 0.015, 0.017) if rng.random() < 0.4 else None
    return replace(outfit, legs=None, skirt=cloth, skirt_end_above_ankle_m=end, tights=tights)


def _shorts(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    cloth = Cloth(varied(rng, TROUSERS[2:]))
    return replace(outfit, legs=Legwear(cloth, float(rng.uniform(0.30, 0.46)), 0.022, 0.01))


def _wide_trousers(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    cloth = Cloth(varied(rng, TROUSERS) if rng.random() < 0.6 else cloth_colour(rng))
    top = outfit.layers[0] if rng.random() < 0.5 else _shirt(rng, outfit, _wearer).layers[0]
    return replace(outfit, layers=(top,), legs=Legwear(cloth, float(rng.uniform(0.0, 0.08)), 0.02, 0.05))


def _tunic(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    pattern = (Print.PLAIN, Print.FLORAL, Print.STRIPES)[int(rng.integers(3))]
    colour = cloth_colour(rng)
    cloth = Cloth(colour, pattern, print_colour(rng, colour), 12.0)
    top = _long_sleeved(rng, cloth, looseness_m=0.02, collar=Collar.STAND)
    top = replace(top, hem_below_hip_m=0.0, has_placket=True, has_bands=False)
    return replace(outfit, layers=(top,), skirt=cloth, skirt_end_above_ankle_m=float(rng.uniform(0.38, 0.5)))


def _long_wrap(rng: np.random.Generator, outfit: Outfit, wearer: Wearer) -> Outfit:
    """A robe for men, a saree-like wrap with its loose end over the shoulder for women."""
    colour = cloth_colour(rng)
    cloth = Cloth(
        colour,
        Print.PLAIN if wearer.is_male or rng.random() < 0.5 else Print.FLORAL,
        print_colour(rng, colour),
        10.0,
    )
    if wearer.is_male:
        top = _long_sleeved(rng, cloth, looseness_m=0.028, collar=Collar.STAND)
        top = replace(top, hem_below_hip_m=0.0, has_bands=False, has_placket=True)
    else:
        top = replace(outfit.layers[0], sleeve=0.33, looseness_m=0.009, hem_below_hip_m=0.0)
    return replace(
        outfit,
        layers=(top,),
        legs=None,
        skirt=cloth,
        skirt_end_above_ankle_m=0.03,
        sash=None if wearer.is_male else shaded(cloth.colour, 0.9),
    )


def _tracksuit(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    colour = cloth_colour(rng)
    stripe = print_colour(rng, colour)
    top = _long_sleeved(
        rng, Cloth(colour, Print.COLOUR_BLOCK, stripe, 1.0), looseness_m=0.022, collar=Collar.STAND
    )
    legs = Legwear(Cloth(shaded(colour, 0.8)), 0.02, 0.018, 0.01, stripe)
    return replace(outfit, layers=(replace(top, trim=stripe, has_placket=True),), legs=legs)


def _staff(rng: np.random.Generator, outfit: Outfit, _wearer: Wearer) -> Outfit:
    shade = float(rng.choice([0.02, 0.6, 0.35]))
    top = replace(
        _tee(rng, (Print.PLAIN,)),
        cloth=Cloth((shade, shade, shade)),
        trim=(0.8 * shade,) * 3,
        collar=Collar.SHIRT,
        looseness_m=0.012,
    )
    if rng.random() < 0.5:
        top = replace(top, sleeve=1.0)
    return replace(outfit, layers=(top,), legs=Legwear(Cloth((0.016, 0.016, 0.018)), 0.02, 0.012, 0.012))


_CUTTERS = {
    Cut.T_SHIRT: _t_shirt,
    Cut.SHIRT: _shirt,
    Cut.HOODIE: _hoodie,
    Cut.SWEATER: _sweater,
    Cut.JACKET: _jacket,
    Cut.LONG_COAT: _long_coat,
    Cut.PUFFER: _puffer,
    Cut.CARDIGAN: _cardigan,
    Cut.DRESS: _dress,
    Cut.SKIRT: _skirt,
    Cut.SHORTS: _shorts,
    Cut.WIDE_TROUSERS: _wide_trousers,
    Cut.TUNIC: _tunic,
    Cut.LONG_WRAP: _long_wrap,
    Cut.TRACKSUIT: _tracksuit,
    Cut.APRON: _staff,
    Cut.VEST: _staff,
}


def _in_uniform(rng: np.random.Generator, outfit: Outfit, uniform: Rgb) -> Outfit:
    headwear = (
        Headwear.CAP if outfit.headwear != Headwear.HEADSCARF and rng.random() < 0.7 else outfit.headwear
    )
    outfit = replace(outfit, badge=True, headwear=headwear, headwear_colour=uniform, bag=Bag.POCKETS)
    if outfit.cut == Cut.APRON:
        return replace(outfit, apron=uniform)
    vest = Layer(
        Cloth(uniform),
        trim=shaded(uniform, 0.7),
        sleeve=-0.02,
        hem_below_hip_m=0.08,
        looseness_m=0.024,
        flare_m=0.01,
        collar=Collar.V_NECK,
        opening_m=0.015,
    )
    return replace(outfit, layers=(*outfit.layers, vest))
