import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart_tracker.observations import CameraId
from vision.camera_model import CameraModel, FloorCamera
from vision.ground import CALIBRATION_SIGMA_M, floor_points
from vision.keypoints import ANKLES, HIPS, KEYPOINT_COUNT, Keypoint
from vision.types import no_detections, people_found

CAMERA = CameraModel(
    CameraId("cam1"),
    (640, 480),
    np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]),
    np.array([-0.1, 0.01, 0.0, 0.0, 0.0]),
    np.array([[1.0, 0, 0], [0, -0.8, -0.6], [0, 0.6, -0.8]]),
    np.array([3.0, 1.0, 2.8]),
)
BODY_M = {Keypoint.HEAD_TOP: 1.68, **dict.fromkeys(HIPS, 0.93), **dict.fromkeys(ANKLES, 0.09)}
visible = st.floats(0.0, 1.0)


def standing(x, y, seen=tuple(BODY_M), confidence=0.9, camera=CAMERA):
    keypoints = np.zeros((1, KEYPOINT_COUNT, 3))
    for point, height in BODY_M.items():
        keypoints[0, point, :2] = camera.project(np.array([[x, y, height]]))[0]
        keypoints[0, point, 2] = confidence if point in seen else 0.05
    corners = camera.project(np.array([[x - 0.25, y, 0.0], [x + 0.25, y, 0.0], [x, y, 1.7]]))
    return people_found(np.concatenate([corners.min(0), corners.max(0)])[None], np.array([0.9]), keypoints)


@pytest.mark.parametrize(
    "seen",
    [ANKLES, ANKLES[:1], HIPS, (Keypoint.HEAD_TOP,), tuple(BODY_M)],
    ids=["both", "one", "hips", "head", "all"],
)
def test_whatever_part_of_an_upright_body_is_seen_stands_on_its_floor_point(seen):
    floor = floor_points(CAMERA, standing(2.4, 3.1, seen))

    assert floor.known.tolist() == [True]
    np.testing.assert_allclose(floor.xy_m, [[2.4, 3.1]], atol=2e-3)


def test_feet_say_more_than_hips_and_hips_more_than_the_head():
    spread = [
        np.trace(floor_points(CAMERA, standing(2.4, 3.1, seen)).cov_m2[0])
        for seen in (ANKLES, HIPS, (Keypoint.HEAD_TOP,))
    ]

    assert spread == sorted(spread)
    assert spread[0] < 0.02 < spread[2]


@given(st.floats(1.5, 4.5), st.floats(2.2, 4.8), st.lists(st.sampled_from(list(BODY_M)), unique=True))
def test_every_covariance_is_symmetric_and_at_least_as_wide_as_the_calibration(x, y, seen):
    floor = floor_points(CAMERA, standing(x, y, tuple(seen)))

    for cov in floor.cov_m2[floor.known]:
        np.testing.assert_array_equal(cov, cov.T)
        assert np.linalg.eigvalsh(cov).min() >= CALIBRATION_SIGMA_M**2 - 1e-9


def test_the_covariance_is_what_pixel_noise_does():
    rng = np.random.default_rng(0)
    truth = np.array([2.4, 3.1])
    errors, reported = [], None
    for _ in range(300):
        people = standing(*truth, HIPS, confidence=1.0)
        people.keypoints[0, list(HIPS), :2] += rng.normal(0, 4.0, 2)  # one error: both hips on one spot
        floor = floor_points(CAMERA, people)
        errors.append(floor.xy_m[0] - truth)
        reported = floor.cov_m2[0]

    from_pixels = reported - np.eye(2) * (CALIBRATION_SIGMA_M**2 + 0.08**2)
    assert (np.diag(np.cov(np.array(errors).T)) < np.diag(from_pixels) * 1.2).all()


def test_crouching_keeps_the_feet_and_ignores_the_head():
    people = standing(2.4, 3.1)
    people.keypoints[0, Keypoint.HEAD_TOP, :2] = CAMERA.project(np.array([[2.4, 3.1, 0.8]]))[0]

    floor = floor_points(CAMERA, people)

    assert np.linalg.norm(floor.xy_m[0] - [2.4, 3.1]) < 0.05


def test_a_body_without_a_usable_point_stands_at_the_lower_edge_of_its_box():
    floor = floor_points(CAMERA, standing(3.0, 3.1, seen=()))

    np.testing.assert_allclose(floor.xy_m, [[3.0, 3.1]], atol=0.02)
    assert np.trace(floor.cov_m2[0]) > 0.05


def test_a_body_beyond_the_horizon_is_nowhere():
    people = people_found(np.array([[100.0, -900.0, 140.0, -700.0]]), np.array([0.9]), np.zeros((1, 11, 3)))

    floor = floor_points(CAMERA, people)

    assert floor.known.tolist() == [False]
    assert np.isnan(floor.xy_m).all()


def test_nobody_is_nowhere():
    assert floor_points(CAMERA, no_detections()).xy_m.shape == (0, 2)


def test_a_floor_camera_places_feet_by_its_homography():
    floor_camera = FloorCamera(CameraId("cam1"), (640, 480), np.diag([100.0, 100.0, 1.0]))
    people = standing(2.4, 3.1, seen=ANKLES)
    people.keypoints[0, list(ANKLES), :2] = [[240, 310], [260, 310]]

    floor = floor_points(floor_camera, people)

    np.testing.assert_allclose(floor.xy_m, [[2.5, 3.1]])
