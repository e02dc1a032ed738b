import numpy as np

from datasets.synthetic.picture.static_filters import compose_samples, mark_edges
from datasets.synthetic.scene import Float32Array

UP = (0.0, 0.0, 1.0)


def flat(rows: int, columns: int) -> tuple[Float32Array, Float32Array]:
    """Places and normals of a floor, one centimetre per sample."""
    x, y = np.meshgrid(np.arange(columns) * 0.01, np.arange(rows) * 0.01)
    place = np.stack([x, y, np.zeros_like(x)], axis=-1).astype(np.float32)
    return place, np.broadcast_to(np.float32(UP), place.shape).copy()


def edges(albedo: Float32Array, place: Float32Array, normal: Float32Array) -> np.ndarray:
    out = np.zeros((place.shape[0] // 2, place.shape[1] // 2), dtype=np.bool_)
    mark_edges(albedo, place, normal, out)
    return out


def test_a_plain_surface_has_no_edge() -> None:
    place, normal = flat(8, 12)
    assert not edges(np.full_like(place, 0.4), place, normal).any()


def test_a_step_in_height_and_a_step_in_colour_are_edges_on_both_sides() -> None:
    place, normal = flat(8, 12)
    raised = place.copy()
    raised[:, 6:, 2] = 0.5
    painted = np.full_like(place, 0.4)
    painted[:, 6:] = 0.1

    for found in (edges(np.full_like(place, 0.4), raised, normal), edges(painted, place, normal)):
        assert np.unique(np.nonzero(found)[1]).tolist() == [2, 3]


def test_a_board_thinner_than_a_pixel_gets_the_share_of_it_that_it_covers() -> None:
    place, normal = flat(4, 8)
    albedo = np.full((4, 8, 3), 0.8, dtype=np.float32)
    albedo[1] = 0.0
    face_at = np.zeros((4, 8), dtype=np.int32)
    linear = np.full((2, 2, 3), 9.0, dtype=np.float32)
    pixel_place, pixel_normal = flat(2, 2)
    irradiance = np.ones((2, 2, 3), dtype=np.float32)

    compose_samples(face_at, albedo, place, normal, 1, irradiance, pixel_place, pixel_normal, 6.0, linear)

    np.testing.assert_allclose(linear[1], 0.6, atol=1e-6)
    assert (linear[0] == 9.0).all()


def test_lamps_shine_and_what_is_not_drawn_counts_for_nothing() -> None:
    place, normal = flat(2, 4)
    albedo = np.full((2, 4, 3), 0.5, dtype=np.float32)
    albedo[0, 0] = -1.0
    face_at = np.array([[0, 0, -1, -1], [-1, -1, -1, -1]], dtype=np.int32)
    linear = np.zeros((1, 2, 3), dtype=np.float32)
    pixel_place, pixel_normal = flat(1, 2)

    compose_samples(
        face_at, albedo, place, normal, 0, np.ones_like(linear), pixel_place, pixel_normal, 6.0, linear
    )

    np.testing.assert_allclose(linear[0, 0], (6.0 + 0.5) / 2)
    assert (linear[0, 1] == 0).all()
