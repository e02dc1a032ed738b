"""Draw skin, hair and headwear."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.wardrobe import Cut, Hair, Headwear, Rgb, as_rgb

CHILD_BELOW_YEARS, OLD_FROM_YEARS = 13.0, 65.0
# Linear RGB albedos of the groups, by eye from the ten tones of the Monk scale, pairs merged.
SKIN_TONES: dict[str, Rgb] = {
    "very-light": (0.51, 0.32, 0.24),
    "light": (0.44, 0.265, 0.185),
    "medium": (0.37, 0.21, 0.135),
    "tan": (0.28, 0.15, 0.09),
    "brown": (0.18, 0.09, 0.056),
    "dark": (0.10, 0.052, 0.036),
}
_HAIR_COLOURS: tuple[Rgb, ...] = (
    (0.012, 0.010, 0.009),
    (0.02, 0.014, 0.011),
    (0.045, 0.026, 0.016),
    (0.09, 0.05, 0.028),
    (0.26, 0.17, 0.08),
    (0.15, 0.05, 0.02),
)
_GREY_HAIR: Rgb = (0.24, 0.235, 0.23)


@dataclass(frozen=True, slots=True)
class Wearer:
    """Who is dressed.

    Attributes:
        is_male: Sex of the body.
        age_years: Age.
        skin_tone: Key of `SKIN_TONES`.
    """

    is_male: bool
    age_years: float
    skin_tone: str

    @property
    def is_child(self) -> bool:
        """Younger than a teenager."""
        return self.age_years < CHILD_BELOW_YEARS

    @property
    def is_old(self) -> bool:
        """Of the age of pensioners."""
        return self.age_years >= OLD_FROM_YEARS


def random_hair(rng: np.random.Generator, wearer: Wearer) -> Hair:
    """Draw a hair style."""
    if wearer.is_male:
        styles = [Hair.CROPPED, Hair.SHORT, Hair.SHORT, Hair.SHORT, Hair.CURLY]
        if wearer.age_years > 30:
            styles.append(Hair.BALD)
        if wearer.is_old:
            styles += [Hair.BALD, Hair.CROPPED]
    else:
        styles = [Hair.BOB, Hair.LONG, Hair.LONG, Hair.PONYTAIL, Hair.BUN, Hair.CURLY, Hair.SHORT]
        if wearer.is_old:
            styles = [Hair.SHORT, Hair.BOB, Hair.BOB, Hair.CURLY, Hair.BUN]
    return styles[int(rng.integers(len(styles)))]


def random_hair_colour(rng: np.random.Generator, wearer: Wearer) -> Rgb:
    """Dark skin goes with dark hair; grey comes with age."""
    known = list(SKIN_TONES).index(wearer.skin_tone)
    choices = _HAIR_COLOURS if known < 2 else _HAIR_COLOURS[:4] if known < 4 else _HAIR_COLOURS[:2]
    colour = np.array(choices[int(rng.integers(len(choices)))]) * rng.uniform(0.8, 1.2)
    grey = float(np.clip((wearer.age_years - rng.uniform(40, 72)) / 12, 0, 1))
    return as_rgb(colour * (1 - grey) + np.array(_GREY_HAIR) * rng.uniform(0.7, 1.3) * grey)


def random_headwear(rng: np.random.Generator, wearer: Wearer, cut: Cut) -> Headwear:
    """Draw what is on the head; some cuts come with a scarf or a hood."""
    shares = {
        Headwear.NONE: 0.70,
        Headwear.HAT: 0.05,
        Headwear.CAP: 0.10 if wearer.is_male else 0.04,
        Headwear.BEANIE: 0.08,
        Headwear.HEADSCARF: 0.0 if wearer.is_male or wearer.is_child else 0.09,
        Headwear.HOOD: 0.0,
    }
    if cut in (Cut.LONG_WRAP, Cut.TUNIC) and not wearer.is_male:
        shares[Headwear.HEADSCARF] = 0.45
    if cut in (Cut.HOODIE, Cut.PUFFER):
        shares[Headwear.HOOD] = 0.15
    chance = np.array(list(shares.values()))
    return list(shares)[int(rng.choice(len(chance), p=chance / chance.sum()))]
