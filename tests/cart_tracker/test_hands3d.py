from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.hands3d import WristRays, Wrists
from cart_tracker.identity import ShopperId

CAMERAS = np.array([[0.0, 0.0, 2.7], [4.0, 0.0, 2.7], [0.0, 4.0, 2.7]])
BODY = np.array([[2.0, 2.0, 0.0, 0.0]])
WRIST = np.array([2.3, 2.4, 1.0])


def rays_to(point: np.ndarray, cameras: np.ndarray, hand: int = 0, age_s: float = 0.0) -> WristRays:
    n = len(cameras)
    direction, sigma = np.full((n, 2, 3), np.nan), np.full((n, 2), np.nan)
    direction[:, hand] = (point - cameras) / np.linalg.norm(point - cameras, axis=1, keepdims=True)
    sigma[:, hand] = 0.005
    return WristRays(np.full(n, 1), cameras, direction, sigma, np.full(n, age_s))


def together(*rays: WristRays) -> WristRays:
    names = WristRays.__dataclass_fields__
    return WristRays(*(np.concatenate([getattr(one, name) for one in rays]) for name in names))


def wrist_after(*ticks: WristRays) -> tuple[np.ndarray, np.ndarray]:
    wrists = Wrists()
    for number, rays in enumerate(ticks):
        points, _ = wrists.update(0.1 * number, [ShopperId(1)], BODY, rays)
    shoulder = np.array([2.0, 2.0, 1.4])
    hand = points.xyz_m[0, 0]
    arm = hand - shoulder
    return hand - 0.09 * arm / np.linalg.norm(arm), points.cov_m2[0, 0]


def test_two_rays_that_meet_tell_the_wrist_to_a_centimetre():
    wrist, cov = wrist_after(rays_to(WRIST, CAMERAS[:2]))

    assert wrist == pytest.approx(WRIST, abs=0.015)
    assert np.sqrt(np.diag(cov)).max() < 0.05


def test_one_ray_is_completed_by_the_reach_of_an_arm_and_says_so():
    wrist, cov = wrist_after(rays_to(WRIST, CAMERAS[:1]))

    assert np.linalg.norm(wrist - WRIST) < 0.55
    assert np.sqrt(np.linalg.eigvalsh(cov).max()) > 0.15


def test_one_wrong_ray_among_three_is_outvoted():
    good = rays_to(WRIST, CAMERAS[:2])
    bad = rays_to(WRIST + np.array([-0.5, 0.3, 0.1]), CAMERAS[2:])
    wrist, _ = wrist_after(good, together(good, bad))

    assert np.linalg.norm(wrist - WRIST) < 0.08


def test_a_ray_that_is_not_a_number_is_ignored():
    nothing = rays_to(np.full(3, np.nan), CAMERAS)

    wrist, _ = wrist_after(rays_to(WRIST, CAMERAS), nothing)

    assert np.linalg.norm(wrist - WRIST) < 0.1


def test_hands_follow_the_body_while_unseen():
    wrists = Wrists()
    wrists.update(0.0, [ShopperId(1)], BODY, rays_to(WRIST, CAMERAS))
    nothing = rays_to(WRIST, CAMERAS[:0])

    points, _ = wrists.update(0.1, [ShopperId(1)], BODY + np.array([0.1, 0.1, 0.0, 0.0]), nothing)

    assert points.views[0, 0] == 0
    assert points.xyz_m[0, 0, 0] > WRIST[0] + 0.05


def test_a_detection_that_takes_left_for_right_is_put_right():
    wrists = Wrists()
    left, right = WRIST, np.array([1.7, 2.1, 0.9])
    for step in range(3):
        wrists.update(0.1 * step, [ShopperId(1)], BODY, both(left, right))

    points, is_swapped = wrists.update(0.3, [ShopperId(1)], BODY, both(right, left))

    assert is_swapped.all()
    assert np.linalg.norm(points.xyz_m[0, 0] - left) < 0.15


def both(left: np.ndarray, right: np.ndarray) -> WristRays:
    one, other = rays_to(left, CAMERAS, 0), rays_to(right, CAMERAS, 1)
    direction = np.where(np.isnan(one.direction), other.direction, one.direction)
    return replace(one, direction=direction, sigma_rad=np.full((len(CAMERAS), 2), 0.005))


def test_one_camera_alone_is_flagged_and_two_are_not():
    wrists = Wrists()

    one, _ = wrists.update(0.0, [ShopperId(1)], BODY, rays_to(WRIST, CAMERAS[:1]))
    two, _ = wrists.update(0.1, [ShopperId(1)], BODY, rays_to(WRIST, CAMERAS[:2]))
    none, _ = wrists.update(0.2, [ShopperId(1)], BODY, rays_to(WRIST, CAMERAS[:0]))

    assert one.is_single_view.tolist() == [[True, False]]
    assert not two.is_single_view.any()
    assert not none.is_single_view.any()


def test_the_wrist_of_somebody_else_does_not_count_as_a_view():
    wrists = Wrists()
    for step in range(3):
        wrists.update(0.1 * step, [ShopperId(1)], BODY, rays_to(WRIST, CAMERAS))
    wrong = rays_to(WRIST + np.array([0.7, -0.4, 0.2]), CAMERAS[2:])

    points, _ = wrists.update(0.3, [ShopperId(1)], BODY, together(rays_to(WRIST, CAMERAS[:2]), wrong))

    assert points.views[0, 0] == 2
    assert np.linalg.norm(wrists.wrist_m[0, 0] - WRIST) < 0.05


def test_cameras_a_tenth_of_a_second_apart_agree_on_a_moving_hand():
    wrists = Wrists()
    speed = np.array([0.0, 1.0, 0.0])
    for step in range(12):
        at_s = 0.1 * step
        late = rays_to(WRIST + speed * (at_s - 1.1), CAMERAS[:1])
        early = rays_to(WRIST + speed * (at_s - 1.2), CAMERAS[1:2], age_s=0.1)
        points, _ = wrists.update(at_s, [ShopperId(1)], BODY, together(late, early))

    assert points.views[0, 0] == 2
    assert np.linalg.norm(wrists.wrist_m[0, 0] - WRIST) < 0.04


def test_covariances_are_as_large_as_the_errors():
    """NEES has a mean of 3 for three coordinates; reweighting and the least sigma keep it a little below."""
    rng = np.random.default_rng(4)
    squared = []
    for _ in range(60):
        wrists = Wrists()
        wrist = np.array([2.0, 2.0, 1.1]) + rng.normal(0, [0.3, 0.3, 0.25])
        for step in range(5):
            rays = shaky(replace(rays_to(wrist, CAMERAS), sigma_rad=np.full((3, 2), 0.015)), rng)
            points, _ = wrists.update(0.1 * step, [ShopperId(1)], BODY, rays)
            off = wrists.wrist_m[0, 0] - wrist
            squared.append(off @ np.linalg.solve(points.cov_m2[0, 0], off))

    assert 1.5 < np.mean(squared) < 3.5


def shaky(rays: WristRays, rng: np.random.Generator) -> WristRays:
    direction = rays.direction + rng.normal(0, 1, rays.direction.shape) * rays.sigma_rad[..., None]
    return replace(rays, direction=direction / np.linalg.norm(direction, axis=2, keepdims=True))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(*(st.floats(-3, 3) for _ in range(3))), min_size=1, max_size=4),
    st.floats(0.0, 5.0),
    st.integers(0, 3),
)
def test_covariances_stay_positive_whatever_the_rays(points, pause_s, views):
    wrists = Wrists()
    for step, point in enumerate(points):
        rays = rays_to(np.array(point) + 0.01, CAMERAS[:views])
        hands, _ = wrists.update(step * pause_s, [ShopperId(1)], BODY, rays)

        assert np.isfinite(hands.xyz_m).all()
        assert (np.linalg.eigvalsh(hands.cov_m2) > 0).all()
