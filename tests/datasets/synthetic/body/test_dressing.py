import numpy as np
import pytest

from datasets.synthetic.body.bodies import body_library
from datasets.synthetic.body.people import Person
from datasets.synthetic.body.wardrobe import Bag, random_outfit
from datasets.synthetic.mesh import Material
from datasets.synthetic.pools import Pool


@pytest.mark.parametrize("seed", range(8))
def test_skin_weights_sum_to_one_and_bones_exist(seed: int) -> None:
    body = Person(Pool.DEV, seed).body
    assert body.bone_weight.sum(1) == pytest.approx(1.0, abs=1e-3)
    assert body.bone_index.max() < len(body_library().bone_name) + 3
    assert body.faces.max() < len(body.vertices_m)
    assert len(body.material) == len(body.faces)


def test_hems_are_straight() -> None:
    person = next(p for p in map(Person, range(40)) if not p.outfit.is_dress and not p.outfit.is_coat)
    body = person.body
    top = np.unique(body.faces[body.material == Material.PATTERNED_CLOTH])
    hem_z = person.rest_hip_height_m - person.outfit.hem_below_hip_m
    torso = top[np.abs(body.vertices_m[top, 0]) < 0.12]
    lowest = body.vertices_m[torso, 2].min()
    assert lowest == pytest.approx(hem_z, abs=0.03)


def test_who_carries_a_bag_in_the_hand_has_that_hand_bound() -> None:
    crowd = [Person(Pool.DEV, seed) for seed in range(25)]
    assert {person.outfit.bag for person in crowd} >= {Bag.SHOULDER_TOTE, Bag.HAND_TOTE}
    for person in crowd:
        assert (person.bag_hand == 0) == (person.outfit.bag == Bag.HAND_TOTE)


def test_outfits_vary_and_follow_their_seed() -> None:
    outfits = [random_outfit(np.random.default_rng(seed), is_male=seed % 2 == 0) for seed in range(30)]
    assert len({outfit.hair for outfit in outfits}) >= 6
    assert len({outfit.pattern for outfit in outfits}) >= 5
    assert outfits[4] == random_outfit(np.random.default_rng(4), is_male=True)
