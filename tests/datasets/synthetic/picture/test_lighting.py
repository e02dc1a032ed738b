import numpy as np
import pytest

from datasets.synthetic.goods.artwork import Atlas
from datasets.synthetic.mesh import Material, box, joined, quad
from datasets.synthetic.picture.lighting import Lamps, StaticLight
from datasets.synthetic.scene import Float32Array

UP = np.array([[0.0, 0.0, 1.0]], dtype=np.float32)


@pytest.fixture(scope="module")
def light() -> StaticLight:
    size = 3.0
    shell = box((0, 0, 0), (size, size, size), (0.5, 0.5, 0.5))
    lamp = quad(
        [[1.3, 1.3, 2.98], [1.7, 1.3, 2.98], [1.7, 1.7, 2.98], [1.3, 1.7, 2.98]], (0, 0, -1), Material.LAMP
    )
    table = box((0.9, 0.9, 0.7), (2.1, 2.1, 0.75), (0.5, 0.5, 0.5))
    room = joined([shell, lamp, table])
    # A room is seen from inside: its walls look inward.
    normals = room.normals.copy()
    normals[: len(shell.normals)] *= -1
    inside_out = type(room)(room.vertices_m, normals, room.texture, room.colour, room.faces, room.material)
    atlas = Atlas(
        np.full((1, 3), 255, dtype=np.uint8), np.zeros(1, dtype=np.int64), np.ones((1, 2), dtype=np.int64)
    )
    lamps = Lamps(np.array([[1.5, 1.5, 2.97, 0.2, 0.2]]), np.ones((1, 3)))
    return StaticLight(inside_out, atlas, lamps, (size, size, size))


def at(x: float, y: float, z: float) -> Float32Array:
    return np.array([[x, y, z]], dtype=np.float32)


def test_under_a_table_no_lamp_is_seen(light: StaticLight) -> None:
    assert light.direct(at(1.5, 1.5, 0.0), UP)[0, 0] == 0
    assert light.direct(at(1.5, 1.5, 0.75), UP)[0, 0] > 0.1


def test_light_falls_off_to_the_side(light: StaticLight) -> None:
    middle, corner = light.direct(at(1.5, 1.5, 1.0), UP), light.direct(at(0.1, 0.1, 1.0), UP)
    assert middle[0, 0] > 2 * corner[0, 0] > 0


def test_bounced_light_reaches_where_lamps_do_not(light: StaticLight) -> None:
    rng = np.random.default_rng(1)
    under_table = light.bounced(at(1.5, 1.5, 0.0), UP, 64, rng)
    open_floor = light.bounced(at(0.4, 0.4, 0.0), UP, 64, rng)
    assert 0 < under_table.mean() < open_floor.mean()


def test_the_ambient_grid_is_finite_and_lit_from_all_sides(light: StaticLight) -> None:
    assert np.isfinite(light.grid).all()
    middle = light.grid[light.grid.shape[0] // 2, light.grid.shape[1] // 2, -2]
    assert (middle > 0).all()
