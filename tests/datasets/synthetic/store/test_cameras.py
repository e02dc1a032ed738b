"""Cameras of every store see everybody in front of a shelf, through lenses that can be calibrated."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.cameras import CameraWish, hang_cameras, random_camera
from datasets.synthetic.store.cameras_coverage import coverage, share_blocked, targets_of
from datasets.synthetic.store.cameras_lenses import SIZES_PX
from datasets.synthetic.store.layout import GeneratedStore, StoreWish, Template, generate_store
from vision.camera_model import CameraModel
from vision.lens import Lens, field_edge

FEW = settings(max_examples=15, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def stores() -> tuple[GeneratedStore, ...]:
    return tuple(
        generate_store(Pool.DEV, seed, StoreWish(templates=(template,)))
        for seed, template in enumerate(Template)
    )


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow)])
def hung(
    stores: tuple[GeneratedStore, ...], request: pytest.FixtureRequest
) -> list[tuple[GeneratedStore, tuple[CameraModel, ...]]]:
    return [(store, hang_cameras(store, request.param)) for store in stores]


def test_everybody_in_front_of_a_shelf_is_in_two_views_and_every_face_in_one(
    hung: list[tuple[GeneratedStore, tuple[CameraModel, ...]]],
) -> None:
    for store, cameras in hung:
        covered = coverage(store, cameras)

        assert 2 <= len(cameras) <= 12
        assert covered.share_seen_by(2) >= 0.97
        assert covered.share_seen_by(1) >= 0.99
        assert covered.face_views.min() >= 1
        assert (covered.face_views >= 2).mean() >= 0.6


def test_cameras_hang_between_the_ceiling_and_the_heads_inside_the_room(
    hung: list[tuple[GeneratedStore, tuple[CameraModel, ...]]],
) -> None:
    for store, cameras in hung:
        room = np.array(store.layout.room_size_m)
        for camera in cameras:
            assert (camera.position_m > [0, 0, min(2.2, room[2] - 0.4)]).all()
            assert (camera.position_m < np.minimum(room, [np.inf, np.inf, 4.6])).all()
            np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-9)


def test_a_store_has_cameras_of_one_size_with_names_of_their_own(stores: tuple[GeneratedStore, ...]) -> None:
    cameras = hang_cameras(stores[1], 4, CameraWish(count=(3, 12), sizes_px=((800, 600),)))

    assert len(cameras) >= 3
    assert {camera.size_px for camera in cameras} == {(800, 600)}
    assert [camera.camera_id for camera in cameras] == [f"cam{k + 1}" for k in range(len(cameras))]


def test_no_more_cameras_hang_than_are_wished(stores: tuple[GeneratedStore, ...]) -> None:
    kiosk = stores[5]
    cameras = hang_cameras(kiosk, 1, CameraWish(count=(1, 2), lenses=(Lens.BROWN,)))

    assert len(cameras) == 2
    assert {camera.lens for camera in cameras} == {Lens.BROWN}
    assert coverage(kiosk, cameras).share_seen_by(2) < 0.97


def test_a_count_that_cannot_be_is_refused(stores: tuple[GeneratedStore, ...]) -> None:
    with pytest.raises(ValueError, match="count is 3 to 13; ask for a range within 1 to 12"):
        hang_cameras(stores[0], 1, CameraWish(count=(3, 13)))


def test_the_same_seed_hangs_the_same_cameras(stores: tuple[GeneratedStore, ...]) -> None:
    one, other = (hang_cameras(stores[5], 9) for _ in range(2))

    for a, b in zip(one, other, strict=True):
        assert a.size_px == b.size_px
        for name in ("matrix", "distortion", "rotation", "position_m"):
            assert (getattr(a, name) == getattr(b, name)).all()


def test_a_shelf_in_between_hides_whoever_stands_behind_it(stores: tuple[GeneratedStore, ...]) -> None:
    store = stores[2]
    low = [looking(store, at) for at in np.linspace([0.3, 0.3, 1.0], [3.0, 3.0, 1.0], 4)]
    high = [looking(store, at) for at in np.linspace([0.3, 0.3, 2.9], [3.0, 3.0, 2.9], 4)]

    assert coverage(store, low).cell_views.sum() < coverage(store, high).cell_views.sum()


@FEW
@given(st.integers(0, 2**31))
def test_random_cameras_see_floor_through_lenses_that_can_be_inverted(
    stores: tuple[GeneratedStore, ...], seed: int
) -> None:
    camera = random_camera(stores[seed % 6], np.random.default_rng(seed))
    width, height = camera.size_px
    edge = np.stack(np.meshgrid([0, width / 2, width], [0, height / 2, height]), 2).reshape(-1, 2)

    assert camera.size_px in SIZES_PX
    assert np.abs(camera.project(camera.position_m + camera.rays(edge)) - edge).max() < 0.05
    tilt = np.degrees(np.arccos(-camera.rotation[2, 2]))
    assert 0 <= tilt <= 66.1
    across = np.degrees(np.arccos(camera.rays(edge[[3, 5]]).prod(axis=0).sum()))
    assert 58 <= across <= 112
    assert np.tan(np.radians(across / 2)) < field_edge(camera.lens, camera.distortion)


def test_most_random_cameras_have_the_usual_size_and_both_lenses_come(
    stores: tuple[GeneratedStore, ...],
) -> None:
    rng = np.random.default_rng(1)
    cameras = [random_camera(stores[0], rng) for _ in range(60)]

    assert np.mean([camera.size_px == (640, 480) for camera in cameras]) > 0.5
    assert {camera.lens for camera in cameras} == set(Lens)
    assert {camera.size_px for camera in cameras} > {(640, 480), (1280, 720)}


def test_few_random_cameras_look_straight_down_and_none_at_the_back_of_a_shelf(
    stores: tuple[GeneratedStore, ...],
) -> None:
    tilts = []
    for number, store in enumerate(stores):
        rng, targets = np.random.default_rng(number), targets_of(store)
        for _ in range(12):
            camera = random_camera(store, rng)
            tilts.append(np.degrees(np.arccos(-camera.rotation[2, 2])))
            assert share_blocked(targets, camera) <= 0.25
    assert 0.02 < np.mean(np.array(tilts) < 10) < 0.25
    assert np.mean(np.array(tilts) > 35) > 0.6


def test_a_lens_before_a_shelf_is_blocked_and_one_above_it_is_not(stores: tuple[GeneratedStore, ...]) -> None:
    store = stores[2]
    shelf = store.layout.shelves[0]
    before = shelf.to_store(np.array([[shelf.width_m / 2, -0.3, 0.8]]))[0]
    camera = looking(store, before)
    towards = np.array([*shelf.inward_xy, 0.0])
    right = np.cross(towards, [0.0, 0.0, 1.0])
    rotation = np.stack([right, np.cross(towards, right), towards])
    assert share_blocked(targets_of(store), replace(camera, rotation=rotation)) > 0.5
    assert share_blocked(targets_of(store), looking(store, np.array([0.3, 0.3, 2.9]))) < 0.3


def looking(store: GeneratedStore, at_m: FloatArray) -> CameraModel:
    """Look across the room, a little down."""
    matrix = np.array([[300.0, 0.0, 320.0], [0.0, 300.0, 240.0], [0.0, 0.0, 1.0]])
    middle = np.array([*np.array(store.layout.room_size_m[:2]) / 2, 1.0])
    forward = (middle - at_m) / np.linalg.norm(middle - at_m)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return CameraModel("low", (640, 480), matrix, np.zeros(5), rotation, at_m)  # type: ignore[arg-type]
