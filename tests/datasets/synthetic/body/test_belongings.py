import numpy as np
import pytest

from datasets.synthetic.body import belongings
from datasets.synthetic.body.people import Person, PersonWish
from datasets.synthetic.body.pushed import pram, trolley, wheelchair
from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.mesh import Material, Mesh
from datasets.synthetic.pools import Pool

SMALL = (belongings.own_bag_mesh, belongings.wrapper_mesh)


def is_whole(mesh: Mesh) -> bool:
    counts = {len(mesh.vertices_m), len(mesh.normals), len(mesh.texture), len(mesh.colour)}
    lengths = np.linalg.norm(mesh.normals, axis=1)
    return (
        len(counts) == 1
        and mesh.faces.max() < len(mesh.vertices_m)
        and len(mesh.material) == len(mesh.faces)
        and bool(np.abs(lengths - 1).max() < 0.01)
    )


@pytest.mark.parametrize("build", SMALL)
def test_small_things_stand_on_their_origin(build: object) -> None:
    assert callable(build)
    mesh = build(np.random.default_rng(4))
    assert is_whole(mesh)
    assert mesh.vertices_m[:, 2].min() == pytest.approx(0.0, abs=0.012)
    assert np.abs(mesh.vertices_m).max() < 0.5
    assert len(mesh.faces) <= 500


@pytest.mark.parametrize("build", [trolley, pram, wheelchair])
def test_what_is_pushed_stands_on_the_floor_and_is_cheap_to_draw(build: object) -> None:
    assert callable(build)
    mesh = build(np.random.default_rng(5))
    assert is_whole(mesh)
    assert mesh.vertices_m[:, 2].min() == pytest.approx(0.0, abs=0.03)
    assert len(mesh.faces) <= 800
    assert np.abs(mesh.vertices_m[:, 0].max() + mesh.vertices_m[:, 0].min()) < 0.02


def test_a_trolley_and_a_pram_are_ahead_of_who_pushes_them() -> None:
    for pushes in (Pushed.TROLLEY, Pushed.PRAM):
        mesh = Person(Pool.DEV, 8, PersonWish(age_years=(25, 60), pushes=pushes)).pushed
        assert mesh is not None
        assert -1.5 < mesh.vertices_m[:, 1].min() < mesh.vertices_m[:, 1].max() < -0.2


def test_a_trolleys_basket_can_be_looked_through() -> None:
    assert (trolley(np.random.default_rng(1)).material == Material.WIRE).sum() >= 10


def test_nothing_is_pushed_unless_wished() -> None:
    person = Person(Pool.DEV, 8)
    assert person.pushed is None
    assert person.push_hands_m is None
    assert not person.is_seated
