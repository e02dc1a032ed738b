import numpy as np
import pytest

from cart_tracker.hands3d import WristRays, Wrists
from cart_tracker.identity import ShopperId

CAMERAS = np.array([[0.0, 0.0, 2.7], [4.0, 0.0, 2.7], [0.0, 4.0, 2.7]])
BODY = np.array([[2.0, 2.0, 0.0, 0.0]])
WRIST = np.array([2.3, 2.4, 1.0])


def rays_to(point: np.ndarray, cameras: np.ndarray, hand: int = 0) -> WristRays:
    direction = point - cameras
    direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    n = len(cameras)
    return WristRays(np.full(n, 1), np.full(n, hand), cameras, direction, np.full(n, 0.005))


def wrist_after(*ticks: WristRays) -> tuple[np.ndarray, np.ndarray]:
    wrists = Wrists()
    for number, rays in enumerate(ticks):
        points = wrists.update(0.1 * number, [ShopperId(1)], BODY, rays)
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

    points = wrists.update(0.1, [ShopperId(1)], BODY + np.array([0.1, 0.1, 0.0, 0.0]), nothing)

    assert points.views[0, 0] == 0
    assert points.xyz_m[0, 0, 0] > WRIST[0] + 0.05
