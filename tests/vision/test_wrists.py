from dataclasses import replace

import numpy as np

from cart_tracker.observations import CameraId
from vision.camera_model import FloorCamera
from vision.keypoints import Keypoint
from vision.types import no_detections, people_found
from vision.wrists import camera_centre, wrist_rays


def person(left_uv, left_confidence, right_confidence=0.0):
    keypoints = np.zeros((1, 11, 3))
    keypoints[0, Keypoint.LEFT_WRIST] = [*left_uv, left_confidence]
    keypoints[0, Keypoint.RIGHT_WRIST] = [300, 200, right_confidence]
    return people_found(np.array([[200.0, 100.0, 300.0, 400.0]]), np.array([0.9]), keypoints)


def test_a_ray_goes_from_the_camera_through_the_wrist(camera):
    wrist = np.array([3.2, 3.0, 1.1])

    directions, sigma = wrist_rays(camera, person(camera.project(wrist[None])[0], 0.9))

    towards = wrist - camera.position_m
    np.testing.assert_allclose(directions[0, 0], towards / np.linalg.norm(towards), atol=1e-3)
    assert 0.005 < sigma[0, 0] < 0.02


def test_a_hidden_wrist_has_no_ray(camera):
    directions, sigma = wrist_rays(camera, person((320, 240), 0.9, right_confidence=0.1))

    assert np.isnan(directions[0, 1]).all()
    assert np.isnan(sigma[0]).tolist() == [False, True]


def test_a_surer_wrist_has_a_narrower_ray(camera):
    _, sigma = wrist_rays(camera, person((320, 240), 0.9, right_confidence=0.4))

    assert sigma[0, 0] < sigma[0, 1]


def test_a_wrist_that_was_looked_at_closely_has_the_spread_that_was_told(camera):
    people = replace(person((320, 240), 0.9), wrist_sigma_px=np.array([[3.0, np.nan]]))

    _, closely = wrist_rays(camera, people)

    _, twice = wrist_rays(camera, replace(people, wrist_sigma_px=np.array([[6.0, np.nan]])))
    assert twice[0, 0] == 2 * closely[0, 0]


def test_a_floor_camera_has_no_rays():
    floor = FloorCamera(CameraId("cam1"), (640, 480), np.eye(3))

    directions, sigma = wrist_rays(floor, person((320, 240), 0.9))

    assert directions.shape == (1, 2, 3)
    assert np.isnan(directions).all()
    assert np.isnan(sigma).all()
    assert camera_centre(floor).tolist() == [0, 0, 0]


def test_nobody_has_no_rays(camera):
    directions, sigma = wrist_rays(camera, no_detections())

    assert directions.shape == (0, 2, 3)
    assert sigma.shape == (0, 2)
