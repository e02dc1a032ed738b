from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart_tracker.observations import CameraId
from vision.camera_model import Camera, CameraModel, FloorCamera, camera_from_toml
from vision.errors import CalibrationError
from vision.lens import Lens, bend, field_edge

CAMERA = CameraModel(
    CameraId("cam1"),
    (640, 480),
    np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]]),
    np.array([-0.1, 0.01, 0.001, -0.001, 0.0]),
    np.array([[1.0, 0, 0], [0, -0.8, -0.6], [0, 0.6, -0.8]]),
    np.array([3.0, 1.0, 2.8]),
)


FISHEYE = replace(CAMERA, distortion=np.array([-0.03, 0.004, -0.001, 0.0]), lens=Lens.KANNALA_BRANDT)
SIZES = ((640, 360), (640, 480), (800, 600), (1280, 720), (1920, 1080))


@st.composite
def cameras(draw: st.DrawFn) -> CameraModel:
    """A camera of 60 to 110 degrees whose lens sees its whole picture."""
    width, height = draw(st.sampled_from(SIZES))
    half = np.radians(draw(st.floats(60, 110)) / 2)
    if draw(st.booleans()):
        lens, k1 = Lens.BROWN, draw(st.floats(-0.22, 0.05))
        # Rises everywhere: a larger k2 than 9 / 20 of k1 squared leaves the slope no root.
        k2 = draw(st.floats(0.47, 0.6)) * k1**2
        coefficients = np.array([k1, k2, draw(st.floats(-1e-3, 1e-3)), draw(st.floats(-1e-3, 1e-3)), 0.0])
    else:
        lens = Lens.KANNALA_BRANDT
        coefficients = np.array([draw(st.floats(-0.06, 0.05)), draw(st.floats(-0.01, 0.01)), 0.0, 0.0])
    focal = width / 2 / bend(lens, coefficients, np.array([[np.tan(half), 0.0]]))[0, 0]
    matrix = np.array([[focal, 0, width / 2], [0, focal * 1.01, height / 2], [0, 0, 1]])
    return CameraModel(
        CAMERA.camera_id, (width, height), matrix, coefficients, CAMERA.rotation, CAMERA.position_m, lens
    )


@given(cameras())
def test_every_pixel_of_every_lens_comes_back(camera):
    width, height = camera.size_px
    uv = np.stack(np.meshgrid(np.linspace(0, width, 33), np.linspace(0, height, 25)), 2).reshape(-1, 2)

    back = camera.project(camera.position_m + 3 * camera.rays(uv))

    assert np.abs(back - uv).max() < 0.05


@pytest.mark.parametrize("camera", [CAMERA, FISHEYE])
def test_projection_is_that_of_opencv(camera):
    points = np.random.default_rng(0).uniform([1, 2, 0], [5, 5, 2], (50, 3))
    local = points @ camera.rotation.T
    shift = -camera.rotation @ camera.position_m
    project = cv2.projectPoints if camera.lens is Lens.BROWN else cv2.fisheye.projectPoints
    turn = cv2.Rodrigues(camera.rotation)[0]
    arguments = (points[:, None], turn, shift, camera.matrix, camera.distortion)
    expected = project(*arguments)[0]
    assert (local + shift)[:, 2].min() > 0

    np.testing.assert_allclose(camera.project(points), expected.reshape(-1, 2), atol=1e-6)


@pytest.mark.parametrize("camera", [CAMERA, FISHEYE])
def test_nothing_is_seen_past_the_edge_of_a_lens(camera):
    edge = field_edge(camera.lens, camera.distortion)
    inside, outside = (
        camera.position_m + camera.rotation[2] + tangent * camera.rotation[0]
        for tangent in (0.99 * edge, 1.01 * edge)
    )

    uv = camera.project(np.array([inside, outside]))

    assert np.isfinite(uv[0]).all()
    assert np.isnan(uv[1]).all()
    far = np.array([[uv[0, 0] * 3, 240.0]])
    assert np.isnan(camera.rays(far)).all()
    assert np.isnan(camera.at_height(far)).all()


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
        ({"id": "cam7", "size_px": [640, 480], "matrix": np.eye(3).tolist()}, "'distortion' is missing"),
        ({"id": "cam7", "size_px": [640, 480], "matrix": [[0] * 3] * 3}, "focal length that is not positive"),
        (
            {"id": "cam7", "size_px": [640, 480], "matrix": np.eye(3).tolist(), "lens": "orb"},
            "lens is 'orb'; give one of 'brown', 'kannala-brandt', or leave it out for brown",
        ),
        (
            {
                "id": "cam7",
                "size_px": [640, 480],
                "matrix": np.eye(3).tolist(),
                "lens": "kannala-brandt",
                "distortion": [0.0] * 5,
            },
            "distortion has shape (5,), expected (4,)",
        ),
    ],
)
def test_a_bad_calibration_says_which_camera_and_what_is_wrong(entry, message):
    with pytest.raises(CalibrationError, match="camera 'cam7'") as caught:
        camera_from_toml(entry)
    assert message in str(caught.value)


@pytest.mark.parametrize("camera", [CAMERA, FISHEYE])
def test_a_camera_is_read_back_with_its_lens(camera):
    entry = {
        "id": "cam1",
        "size_px": [640, 480],
        "matrix": camera.matrix.tolist(),
        "distortion": camera.distortion.tolist(),
        "rotation": camera.rotation.tolist(),
        "position_m": camera.position_m.tolist(),
    }
    if camera.lens is not Lens.BROWN:
        entry["lens"] = "kannala-brandt"

    read: Camera = camera_from_toml(entry)

    assert isinstance(read, CameraModel)
    assert read.lens is camera.lens
    point = np.array([[3.0, 3.5, 1.0]])
    np.testing.assert_allclose(read.project(point), camera.project(point))
