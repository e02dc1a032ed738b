import numpy as np
import pytest

from datasets.synthetic.body.bodies import body_library
from datasets.synthetic.body.people import Person
from datasets.synthetic.body.stature import MAX_HEIGHT_M, MIN_HEIGHT_M, random_age_years, random_stature
from datasets.synthetic.pools import Pool

STAGES = {"child": (6, 12), "adult": (18, 60), "old": (63, 80)}


def test_every_pool_has_children_adults_and_the_old_of_both_sexes() -> None:
    library = body_library()
    for pool in Pool:
        for is_male in (False, True):
            ages = library.age_years[(library.pool == str(pool)) & (library.is_male == is_male)]
            for low, high in STAGES.values():
                assert ((ages >= low) & (ages <= high)).any()


def test_no_shape_is_in_two_pools() -> None:
    library = body_library()
    assert set(library.pool) == {str(pool) for pool in Pool}
    flat = library.shape_m.reshape(len(library.pool), -1)
    for one, shape in enumerate(flat):
        other = np.abs(flat[library.pool != library.pool[one]] - shape).max(axis=1)
        assert other.min() > 0.01


def test_the_same_seed_gives_other_people_in_another_pool() -> None:
    people = [Person(pool, 5) for pool in Pool]
    assert len({person.height_m for person in people}) == 3
    assert len({person.outfit for person in people}) == 3


def test_men_are_taller_than_women_and_no_body_of_one_sex_is_blended_from_the_other() -> None:
    library = body_library()
    adults = (library.age_years >= 18) & (library.age_years < 63)
    heights = np.ptp(library.shape_m[:, np.unique(library.skin_faces), 2], axis=1)
    assert heights[adults & library.is_male].mean() > heights[adults & ~library.is_male].mean() + 0.05


@pytest.mark.parametrize("age_years", [6.0, 10.0, 14.0, 18.0, 40.0, 64.0, 80.0])
def test_a_body_is_as_tall_as_it_says_and_stands_on_the_floor(age_years: float) -> None:
    library = body_library()
    for is_male in (False, True):
        stature = random_stature(np.random.default_rng(3), library, Pool.TEST, age_years, is_male)
        skin = stature.shape_m[np.unique(library.skin_faces), 2]
        assert MIN_HEIGHT_M <= stature.height_m <= MAX_HEIGHT_M
        assert skin.min() == pytest.approx(0.0, abs=1e-4)
        assert skin.max() == pytest.approx(stature.height_m, abs=1e-3)
        assert (stature.stoop_rad > 0) == (age_years > 62)


def test_people_who_shop_alone_are_teenagers_or_older() -> None:
    rng = np.random.default_rng(0)
    ages = np.array([random_age_years(rng) for _ in range(400)])
    assert ages.min() >= 13
    assert 0.1 < (ages >= 65).mean() < 0.3
