from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.observations import CameraId
from datasets.synthetic.mesh import box
from datasets.synthetic.picture.raster import (
    Lens,
    fill_light_map,
    fill_triangles,
    measure_window,
    merge_window,
)
from vision.camera_model import CameraModel
from vision.lens import Lens as LensKind

FACING_DOWN = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])


def camera(distortion: tuple[float, ...] = (-0.22, 0.05, 0.002, -0.001, 0.0)) -> CameraModel:
    matrix = np.array([[90.0, 0.0, 80.0], [0.0, 92.0, 60.0], [0.0, 0.0, 1.0]])
    return CameraModel(
        CameraId("down"), (160, 120), matrix, np.array(distortion), FACING_DOWN, np.array([0.0, 0.0, 3.0])
    )


def fisheye() -> CameraModel:
    return replace(camera((-0.02, 0.003, -0.001, 0.0005)), lens=LensKind.KANNALA_BRANDT)


@pytest.mark.parametrize("model", [camera(), fisheye()])
@settings(max_examples=50, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(-1.0, 1.0), st.floats(0.0, 1.5))
def test_the_lens_projects_exactly_as_the_camera_model_does(
    model: CameraModel, x: float, y: float, z: float
) -> None:
    point = np.array([[x, y, z]])
    found = Lens.of(model, samples_per_pixel=2).project(point)[0]
    assert found[:2] / 2 == pytest.approx(model.project(point)[0], abs=1e-9)
    assert found[2] == pytest.approx(3.0 - z)


@pytest.mark.parametrize(
    "model",
    [
        camera((-0.45, 0.0, 0.0, 0.0, 0.0)),
        replace(camera((-0.4, 0.0, 0.0, 0.0)), lens=LensKind.KANNALA_BRANDT),
    ],
)
def test_points_behind_the_camera_and_past_the_fold_are_unseen(model: CameraModel) -> None:
    lens = Lens.of(model, samples_per_pixel=1)
    depth = lens.project(np.array([[0.0, 0.0, 4.0], [4.0, 0.0, 1.0], [0.1, 0.0, 1.0]]))[:, 2]
    assert depth[0] == 0
    assert depth[1] == 0
    assert depth[2] == pytest.approx(2.0)


def test_a_small_cube_is_drawn_around_the_projection_of_its_middle() -> None:
    middle = np.array([0.9, -0.5, 1.0])
    cube = box(middle - 0.04, middle + 0.04, (1, 0, 0))
    lens = Lens.of(camera(), samples_per_pixel=2)
    nearness, face_at = np.zeros((240, 320), dtype=np.float32), np.full((240, 320), -1, dtype=np.int32)
    fill_triangles(lens.project(cube.vertices_m), cube.faces, 0, len(cube.faces), 0, 0, nearness, face_at)
    rows, columns = np.nonzero(face_at >= 0)
    centroid = np.array([columns.mean() + 0.5, rows.mean() + 0.5]) / 2
    assert centroid == pytest.approx(camera().project(middle[None])[0], abs=0.5)


def test_of_two_squares_the_nearer_is_seen_whichever_is_drawn_first() -> None:
    screen = np.array([[1, 1, 2.0], [9, 1, 2.0], [1, 9, 2.0], [1, 1, 1.0], [9, 1, 1.0], [1, 9, 1.0]])
    for faces in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        nearness, face_at = np.zeros((10, 10), dtype=np.float32), np.full((10, 10), -1, dtype=np.int32)
        fill_triangles(screen, np.array(faces, dtype=np.int32), 0, 2, 0, 0, nearness, face_at)
        assert nearness[3, 3] == pytest.approx(1.0)
        assert faces[face_at[3, 3]] == [3, 4, 5]


def test_a_window_merges_where_it_is_nearer_and_counts_what_it_covers() -> None:
    nearness = np.full((4, 6), 0.5, dtype=np.float32)
    face_at = np.full((4, 6), -1, dtype=np.int32)
    window = np.array([[0.9, 0.2, 0.0]], dtype=np.float32)
    covered = merge_window(window, np.array([[7, 7, 7]], dtype=np.int32), 2, 1, nearness, face_at)
    assert covered == 2
    assert np.argwhere(face_at == 7).tolist() == [[1, 2]]
    found = np.zeros(5, dtype=np.int64)
    measure_window(face_at, 7, 8, np.array([0, 0, 6, 4]), found)
    assert found.tolist() == [1, 2, 1, 3, 2]


def test_a_lamp_sees_the_top_of_what_stands_under_it() -> None:
    table = box((-0.5, -0.5, 0.0), (0.5, 0.5, 1.0), (1, 1, 1))
    light_map = np.zeros((64, 64), dtype=np.float32)
    fill_light_map(table.vertices_m, table.faces, np.array([0.0, 0.0, 3.0]), 1.0, light_map)
    assert light_map[32, 32] == pytest.approx(1 / 2.0)
    assert light_map[2, 2] == 0


def test_a_lamp_far_aside_leaves_out_what_it_hardly_lights() -> None:
    near, far = (box((x, -0.2, 0.9), (x + 0.4, 0.2, 1.0), (1, 1, 1)) for x in (-0.2, 4.5))
    light_map = np.zeros((64, 64), dtype=np.float32)
    for thing in (near, far):
        fill_light_map(thing.vertices_m, thing.faces, np.array([0.0, 0.0, 3.0]), 2.6, light_map, 0.02)
    columns = np.nonzero(light_map.any(axis=0))[0]
    assert {31, 32} <= set(columns.tolist()) <= set(range(29, 36))
