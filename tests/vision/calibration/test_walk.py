from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.observations import CameraId
from tests.vision.calibration.cameras import looking_at
from tests.vision.calibration.walks import walk_tracks
from vision.calibration.rotations import matrix_of
from vision.calibration.walk_sightings import follow_walker
from vision.calibration.walk_solve import PoseSigma, solve_walk
from vision.calibration.walk_start import first_lateness
from vision.errors import CalibrationError
from vision.keypoints import KEYPOINT_COUNT
from vision.types import Detections, Frame, Image, no_detections, people_found

CAMERAS = (
    looking_at("cam1", (0.2, 0.2, 2.8), (2.5, 2.5, 0.0)),
    looking_at("cam2", (5.8, 0.2, 2.8), (3.0, 2.5, 0.0)),
    looking_at("cam3", (5.5, 4.8, 2.7), (3.4, 2.6, 0.0)),
)
LATE_S = (0.0, 0.213, -0.35)
EMPTY: Image = np.zeros((480, 640, 3), np.uint8)


def person(u: float, v: float) -> Detections:
    points = np.zeros((1, KEYPOINT_COUNT, 3))
    points[..., :2], points[..., 2] = (u, v), 0.9
    return people_found(np.array([[u - 20, v - 60, u + 20, v + 60]]), np.array([0.9]), points)


def both(one: Detections, other: Detections) -> Detections:
    return people_found(
        np.concatenate([one.xyxy, other.xyxy]),
        np.concatenate([one.score, other.score]),
        np.concatenate([one.keypoints, other.keypoints]),
    )


def frames(count: int) -> list[Frame]:
    return [Frame(CameraId("cam1"), n / 5, n, EMPTY) for n in range(count)]


def test_a_walk_sets_every_clock_within_15_ms():
    found = solve_walk(CAMERAS, walk_tracks(CAMERAS, LATE_S, length_s=30.0, fps=4.0), {})

    late = np.array([found.late_s[camera.camera_id] for camera in CAMERAS])
    assert np.abs((late - late[0]) - LATE_S).max() < 0.015
    assert np.median(late) == pytest.approx(0.0)
    assert found.height_m == pytest.approx(1.78, abs=0.03)
    assert found.after.median_m < found.before.median_m


@pytest.mark.slow
def test_a_walk_corrects_a_rough_calibration_and_leaves_a_fine_one_alone():
    rng = np.random.default_rng(3)
    rough = tuple(
        replace(
            camera,
            rotation=matrix_of(rng.normal(0, 0.006, 3)) @ camera.rotation,
            position_m=camera.position_m + rng.normal(0, 0.02, 3),
        )
        for camera in CAMERAS
    )
    tracks = walk_tracks(CAMERAS, LATE_S, believed=rough, length_s=40.0)
    fine = {camera.camera_id: PoseSigma(1e-4, 1e-3) for camera in CAMERAS}

    corrected = solve_walk(rough, tracks, {})
    kept = solve_walk(rough, tracks, fine)

    assert corrected.after.median_m < 0.8 * corrected.before.median_m
    assert max(kept.moved_m.values()) < 0.005
    assert min(corrected.turned_rad.values()) > max(kept.turned_rad.values())


def test_cameras_that_never_see_the_walker_at_one_time_are_named():
    tracks = walk_tracks(CAMERAS[:2], (0.0, 0.0), length_s=20.0)
    later = replace(tracks[1], at_s=tracks[1].at_s + 60.0)

    with pytest.raises(CalibrationError, match="cam2 and another camera both look"):
        first_lateness((tracks[0], later))


def test_a_camera_whose_calibration_is_wrong_is_named():
    moved = replace(CAMERAS[1], position_m=CAMERAS[1].position_m + np.array([0.0, 2.5, 0.0]))
    tracks = walk_tracks(CAMERAS[:2], (0.0, 0.0), believed=(CAMERAS[0], moved), length_s=30.0)

    with pytest.raises(CalibrationError, match=r"cam2.*calibrate floor"):
        first_lateness(tracks)


def test_a_poster_of_a_person_is_not_the_walker():
    poster = person(100.0, 200.0)
    seen = iter([both(poster, person(200.0 + 8 * n, 300.0)) for n in range(50)])

    track = follow_walker(CAMERAS[0], frames(50), lambda _: next(seen))

    assert len(track.at_s) == 50
    assert track.head_uv[:, 0] == pytest.approx(200.0 + 8 * np.arange(50))


def test_two_people_in_the_store_spoil_the_walk_and_are_told_apart_from_one():
    seen = iter([both(person(500.0 - 7 * n, 200.0), person(100.0 + 8 * n, 300.0)) for n in range(40)])

    with pytest.raises(CalibrationError, match="one person alone"):
        follow_walker(CAMERAS[0], frames(40), lambda _: next(seen))


def test_a_camera_that_hardly_saw_the_walker_is_named():
    with pytest.raises(CalibrationError, match=r"cam1.*--without"):
        follow_walker(CAMERAS[0], frames(40), lambda _: no_detections())
