import numpy as np
import pytest

from cart_tracker.floor_filter import (
    LARGEST_POSITION_SIGMA_M,
    FloorFilter,
    Fused,
    fuse,
    inverse_2x2,
)


def filter_of(*places: tuple[float, float]) -> FloorFilter:
    floor = FloorFilter()
    floor.predict(0.0, np.zeros(0, bool))
    for place in places:
        floor.add(np.array(place), np.eye(2) * 0.01)
    return floor


def test_a_walker_seen_ten_times_a_second_is_followed_with_the_right_speed():
    floor = filter_of((0.0, 0.0))

    for step in range(1, 31):
        floor.predict(0.1 * step, np.zeros(1, bool))
        floor.update(Fused(np.array([0]), np.array([[0.12 * step, 0.0]]), np.eye(2)[None] * 1e-4))

    assert floor.mean[0] == pytest.approx([3.6, 0.0, 1.2, 0.0], abs=0.02)


def test_somebody_who_coasts_slows_down_and_never_gets_vaguer_than_the_cap():
    floor = filter_of((0.0, 0.0))
    floor.mean[0, 2] = 1.0

    for step in range(1, 200):
        floor.predict(0.1 * step, np.ones(1, bool))

    assert floor.mean[0, 2] < 0.01
    assert 0.5 < floor.mean[0, 0] < 1.5  # 1 m/s with a half-life of 0.7 s goes 1.0 m
    assert np.sqrt(floor.covariance[0, 0, 0]) == pytest.approx(LARGEST_POSITION_SIGMA_M)


def test_covariances_stay_symmetric_and_positive():
    floor = filter_of((0.0, 0.0), (1.0, 1.0))
    rng = np.random.default_rng(0)

    for step in range(1, 300):
        floor.predict(0.1 * step, np.array([step % 40 > 20, False]))
        row = np.array([1]) if step % 3 else np.array([0, 1])
        floor.update(Fused(row, rng.normal(size=(len(row), 2)), np.tile(np.eye(2) * 0.02, (len(row), 1, 1))))

    assert np.allclose(floor.covariance, floor.covariance.transpose(0, 2, 1))
    assert np.linalg.eigvalsh(floor.covariance).min() > 0


def test_two_equal_cameras_halve_the_variance_and_average_the_place():
    cov = np.tile(np.eye(2) * 0.04, (2, 1, 1))

    fused = fuse(np.array([1, 1]), np.array([[0.0, 0.0], [1.0, 2.0]]), cov, 3)

    assert fused.row.tolist() == [1]
    assert fused.xy_m[0] == pytest.approx([0.5, 1.0])
    assert fused.cov_m2[0] == pytest.approx(np.eye(2) * 0.02)


def test_going_back_in_time_changes_nothing():
    floor = filter_of((0.0, 0.0))
    floor.predict(1.0, np.zeros(1, bool))
    before = floor.covariance.copy()

    floor.predict(0.5, np.zeros(1, bool))

    assert np.array_equal(floor.covariance, before)


def test_closed_form_inverse_agrees_with_numpy():
    rng = np.random.default_rng(1)
    half = rng.normal(size=(20, 2, 2))
    matrix = half @ half.transpose(0, 2, 1) + np.eye(2) * 0.1

    assert np.allclose(inverse_2x2(matrix), np.linalg.inv(matrix))
