import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart_tracker.observations import CameraId
from vision.camera_model import CameraModel, FloorCamera, camera_from_toml
from vision.errors import CalibrationError

CAMERA = CameraModel(
    CameraId("cam1"),
    (640, 480),
    np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]),
    np.array([-0.1, 0.01, 0.001, -0.001, 0.0]),
    np.array([[1.0, 0, 0], [0, -0.8, -0.6], [0, 0.6, -0.8]]),
    np.array([3.0, 1.0, 2.8]),
)


@given(st.floats(1.5, 4.5), st.floats(2.0, 5.0), st.floats(0.0, 1.8))
def test_a_point_that_is_projected_comes_back_at_its_height(x, y, height):
    point = np.array([[x, y, height]])

    back = CAMERA.at_height(CAMERA.project(point), height)

    np.testing.assert_allclose(back, point[:, :2], atol=2e-3)


@given(st.floats(1.5, 4.5), st.floats(2.0, 5.0), st.floats(0.0, 1.8))
def test_the_ray_through_a_projected_point_goes_through_the_point(x, y, z):
    point = np.array([x, y, z])

    ray = CAMERA.rays(CAMERA.project(point[None]))[0]

    towards = point - CAMERA.position_m
    assert np.linalg.norm(np.cross(ray, towards)) < 2e-3


def test_points_behind_the_camera_and_pixels_above_the_horizon_are_unknown():
    assert np.isnan(CAMERA.project(np.array([[3.0, -3.0, 2.8]]))).all()
    assert np.isnan(CAMERA.at_height(np.array([[320.0, -500.0]]))).all()


def test_a_floor_camera_maps_back_what_its_homography_maps():
    homography = np.array([[100.0, 10, 50], [5, -80, 400], [0.01, 0.02, 1]])
    floor = FloorCamera(CameraId("cam1"), (640, 360), homography)
    uvw = homography @ [2.0, 1.5, 1.0]

    np.testing.assert_allclose(floor.at_height((uvw[:2] / uvw[2])[None]), [[2.0, 1.5]])


def test_a_floor_camera_that_looks_across_the_room_keeps_the_floor_and_drops_the_sky():
    matrix, position = CAMERA.matrix, CAMERA.position_m
    # Forward along +y, 17 degrees down: the horizon runs through the upper half of the picture.
    rotation = np.array([[1.0, 0, 0], [0, -0.28, -0.96], [0, 0.96, -0.28]])
    homography = matrix @ np.column_stack([rotation[:, 0], rotation[:, 1], -rotation @ position])
    floor = FloorCamera(CameraId("cam1"), (640, 480), homography)

    uvw = homography @ [3.0, 4.0, 1.0]
    np.testing.assert_allclose(floor.at_height((uvw[:2] / uvw[2])[None]), [[3.0, 4.0]])
    assert np.isnan(floor.at_height(np.array([[5.0, 5.0]]))).all()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"id": "cam7", "size_px": [640, 480]}, "'cam7' has no calibration; give"),
        (
            {"id": "cam7", "size_px": [640, 480], "floor_to_pixel": [[1, 0], [0, 1]]},
            "floor_to_pixel has shape",
        ),
        ({"id": "cam7", "floor_to_pixel": [[1, 0, 0]] * 3}, "'size_px' is missing"),
        ({"id": "cam7", "size_px": [640, 480], "matrix": [[1, 0, 0]] * 3}, "'distortion' is missing"),
    ],
)
def test_a_bad_calibration_says_which_camera_and_what_is_wrong(entry, message):
    with pytest.raises(CalibrationError, match="camera 'cam7'") as caught:
        camera_from_toml(entry)
    assert message in str(caught.value)
