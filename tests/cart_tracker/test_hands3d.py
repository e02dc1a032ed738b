import numpy as np
import pytest

from cart_tracker.hands3d import WristRays, Wrists
from cart_tracker.identity import ShopperId

CAMERAS = np.array([[0.0, 0.0, 2.7], [4.0, 0.0, 2.7], [0.0, 4.0, 2.7]])
BODY = np.array([[2.0, 2.0, 0.0, 0.0]])
WRIST = np.array([2.3, 2.4, 1.0])


def rays_to(point: np.ndarray, cameras: np.ndarray, hand: int = 0) -> WristRays:
    n = len(cameras)
    direction, sigma = np.full((n, 2, 3), np.nan), np.full((n, 2), np.nan)
    direction[:, hand] = (point - cameras) / np.linalg.norm(point - cameras, axis=1, keepdims=True)
    sigma[:, hand] = 0.005
    return WristRays(np.full(n, 1), cameras, direction, sigma)


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
    both = WristRays(
        *(
            np.concatenate([getattr(good, name), getattr(bad, name)])
            for name in WristRays.__dataclass_fields__
        )
    )

    wrist, _ = wrist_after(good, both)

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
    return WristRays(one.shopper_id, one.origin_m, direction, np.full((len(CAMERAS), 2), 0.005))
