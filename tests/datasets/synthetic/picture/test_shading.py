import numpy as np

from datasets.synthetic.mesh import box
from datasets.synthetic.picture.raster import fill_light_map
from datasets.synthetic.picture.shading import ambient_light, disc_taps, mark_occupied, moving_shadow
from datasets.synthetic.scene import Float32Array

LAMP = np.array([[1.0, 1.0, 3.0, 0.2, 0.2]])
FLOOR = np.array([[1.0, 1.0, 0.0], [1.8, 1.0, 0.0], [2.9, 1.0, 0.0]], dtype=np.float32)
UP = np.tile(np.array([[0.0, 0.0, 1.0]], dtype=np.float32), (3, 1))


def darkening(maps: Float32Array, occluders_m: np.ndarray) -> Float32Array:
    occupied = np.zeros((1, 8, 8), dtype=np.uint8)
    mark_occupied(maps, occupied)
    out = np.empty(3, dtype=np.float32)
    share = np.full((3, 1), 0.8, dtype=np.float32)
    moving_shadow(FLOOR, UP, share, LAMP, maps, occupied, 2.0, disc_taps(8), occluders_m, out)
    return out


def test_what_stands_under_a_lamp_takes_its_light_from_the_floor_below_only() -> None:
    table = box((0.8, 0.8, 1.0), (1.2, 1.2, 1.1), (1, 1, 1))
    maps = np.zeros((1, 128, 128), dtype=np.float32)
    fill_light_map(table.vertices_m, table.faces, LAMP[0, :3], 2.0, maps[0])
    factor = darkening(maps, np.empty((0, 4)))
    assert abs(factor[0] - 0.2) < 0.05
    assert factor[2] == 1.0


def test_nothing_is_darkened_where_nothing_moves() -> None:
    assert (darkening(np.zeros((1, 128, 128), dtype=np.float32), np.empty((0, 4))) == 1.0).all()


def test_a_foot_takes_ambient_light_from_the_floor_around_it() -> None:
    factor = darkening(np.zeros((1, 128, 128), dtype=np.float32), np.array([[1.05, 1.0, 0.1, 0.1]]))
    assert factor[0] < 0.6
    assert factor[2] == 1.0


def test_ambient_light_comes_from_the_side_that_a_surface_faces() -> None:
    grid = np.zeros((2, 2, 2, 6, 3), dtype=np.float32)
    grid[..., 4, :] = 1.0  # +z
    grid[..., 0, :] = 0.5  # +x
    normals = np.array([[0, 0, 1], [1, 0, 0], [0, 0, -1]], dtype=np.float32)
    out = np.zeros((3, 3), dtype=np.float32)
    ambient_light(FLOOR, normals, grid, np.zeros(3), np.array([2.0, 2.0, 2.0]), out)
    assert np.allclose(out[:, 0], [1.0, 0.5, 0.0], atol=1e-6)
