from dataclasses import replace

import numpy as np
import pytest

from datasets.synthetic.body.bodies import body_library
from datasets.synthetic.body.complexion import SKIN_TONES, Wearer
from datasets.synthetic.body.dressing import dress
from datasets.synthetic.body.outfits import random_outfit
from datasets.synthetic.body.skeleton import Skeleton
from datasets.synthetic.body.stature import random_stature
from datasets.synthetic.body.tailor import DressedBody
from datasets.synthetic.body.wardrobe import Bag, Cloth, Collar, Cut, Headwear, Layer, Legwear, Outfit, Print
from datasets.synthetic.mesh import Material
from datasets.synthetic.pools import Pool

ADULT = Wearer(is_male=False, age_years=40.0, skin_tone="medium")
RED = (0.6, 0.01, 0.01)


def outfit_of(cut: Cut) -> Outfit:
    outfits = (random_outfit(np.random.default_rng(seed), ADULT) for seed in range(500))
    return next(outfit for outfit in outfits if outfit.cut == cut)


def dressed(outfit: Outfit) -> tuple[DressedBody, Skeleton]:
    library = body_library()
    stature = random_stature(np.random.default_rng(1), library, Pool.DEV, 40.0, is_male=False)
    skeleton = Skeleton(library, stature.bone_head_m, np.array([0.0, 0.0, stature.height_m]))
    return dress(library, skeleton, stature.shape_m, outfit, np.random.default_rng(2)), skeleton


@pytest.mark.parametrize("cut", [cut for cut in Cut if cut not in (Cut.APRON, Cut.VEST)])
def test_every_cut_makes_a_mesh_that_is_whole(cut: Cut) -> None:
    body, _ = dressed(outfit_of(cut))
    assert body.bone_weight.sum(1) == pytest.approx(1.0, abs=1e-3)
    assert body.bone_index.max() < len(body_library().bone_name) + 3
    assert body.faces.max() < len(body.vertices_m)
    assert len(body.material) == len(body.faces) == len(body.fabric_of_face)
    assert body.fabric_of_face.max() < len(body.fabrics)
    assert np.isfinite(body.vertices_m).all()
    assert (body.colour >= 0).all()
    assert (body.colour <= 1).all()


def test_hems_are_straight() -> None:
    cloth = Cloth(RED, Print.HOOPS)
    top = Layer(cloth, RED, sleeve=0.3, hem_below_hip_m=0.10, looseness_m=0.012, collar=Collar.CREW)
    legs = Legwear(Cloth(RED), 0.02, 0.01)
    outfit = replace(outfit_of(Cut.T_SHIRT), layers=(top,), legs=legs, bag=Bag.POCKETS)
    body, skeleton = dressed(outfit)
    printed = np.unique(body.faces[body.material == Material.PATTERNED_CLOTH])
    hip_z = skeleton.head_m[skeleton.bone["upperleg01.L"], 2]
    scale = skeleton.head_top_m[2] / 1.70
    assert body.vertices_m[printed, 2].min() == pytest.approx(hip_z - 0.10 * scale, abs=0.01)


def test_an_open_front_shows_what_is_worn_below() -> None:
    outfit = outfit_of(Cut.CARDIGAN)
    inner = replace(outfit.layers[0], cloth=Cloth(RED), has_bands=False)
    outer = replace(outfit.layers[1], cloth=Cloth((0.01, 0.01, 0.6)), opening_m=0.08)
    body, skeleton = dressed(replace(outfit, layers=(inner, outer), bag=Bag.POCKETS))
    chest_z = skeleton.head_m[skeleton.bone["spine02"], 2]
    front = body.vertices_m[:, 1] < skeleton.head_m[skeleton.bone["spine02"], 1] - 0.05
    stripe = front & (np.abs(body.vertices_m[:, 0]) < 0.03) & (np.abs(body.vertices_m[:, 2] - chest_z) < 0.08)
    assert stripe.any()
    outermost = body.vertices_m[stripe, 1].argmin()
    red, _, blue = body.colour[stripe][outermost]
    assert red > blue


def test_a_mask_covers_the_mouth_and_a_headscarf_the_hair() -> None:
    plain = replace(outfit_of(Cut.T_SHIRT), headwear=Headwear.NONE, mask=None, glasses=None)
    masked, _ = dressed(replace(plain, mask=(0.0, 0.0, 0.9)))
    bare, _ = dressed(plain)
    assert len(masked.faces) > len(bare.faces)
    assert (masked.colour[:, 2] > 3 * masked.colour[:, 0] + 0.1).any()
    scarfed, _ = dressed(replace(plain, headwear=Headwear.HEADSCARF))
    assert (bare.material == Material.HAIR).any()
    assert not (scarfed.material == Material.HAIR).any()


def test_cloth_is_darker_where_light_does_not_reach() -> None:
    cloth = Cloth((0.5, 0.5, 0.5))
    top = Layer(cloth, (0.5, 0.5, 0.5), sleeve=1.0, hem_below_hip_m=0.1, looseness_m=0.02)
    body, _ = dressed(replace(outfit_of(Cut.T_SHIRT), layers=(top,), bag=Bag.POCKETS))
    cloth_colour = body.colour[np.unique(body.faces[body.material == Material.CLOTH])]
    shades = cloth_colour[np.ptp(cloth_colour, axis=1) < 1e-3][:, 0]
    assert shades.min() < 0.35 < 0.45 < shades.max() <= 0.5 + 1e-6


def test_outfits_vary_and_follow_their_seed() -> None:
    outfits = [random_outfit(np.random.default_rng(seed), ADULT) for seed in range(80)]
    assert len({outfit.cut for outfit in outfits}) >= 14
    assert len({outfit.hair for outfit in outfits}) >= 5
    assert len({outfit.headwear for outfit in outfits}) >= 4
    assert len({layer.cloth.pattern for outfit in outfits for layer in outfit.layers}) >= 9
    assert outfits[4] == random_outfit(np.random.default_rng(4), ADULT)


def test_grey_hair_comes_with_age() -> None:
    def greys(age_years: float) -> int:
        wearer = Wearer(is_male=False, age_years=age_years, skin_tone="light")
        drawn = (random_outfit(np.random.default_rng(seed), wearer).hair_colour for seed in range(40))
        return sum(np.ptp(colour) < 0.02 and max(colour) > 0.14 for colour in drawn)

    assert greys(25.0) == 0
    assert greys(79.0) > 30


def test_skin_tones_get_darker_in_their_order() -> None:
    brightness = [sum(tone) for tone in SKIN_TONES.values()]
    assert len(brightness) == 6
    assert brightness == sorted(brightness, reverse=True)
