from pathlib import Path

import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId, PeopleSeen
from cart_tracker.store_map import ShelfId
from vision.calibration.drift import ReviewMark, write_marks
from walkout.moved_cameras import MovedCameras

MARK = ReviewMark(CameraId("cam1"), "2026-05-04T03:00:00+00:00", "moved by 5.0 pixels", (ShelfId("wall"),))


def nobody_seen(camera_id: str, at_s: float) -> PeopleSeen:
    nothing = np.empty((0, 2))
    return PeopleSeen(
        camera_id=CameraId(camera_id),
        at_s=at_s,
        tracklet_id=np.empty(0, np.int64),
        score=np.empty(0),
        xy_m=nothing,
        cov_m2=np.empty((0, 2, 2)),
        wrist_direction=np.empty((0, 2, 3)),
        wrist_sigma_rad=np.empty((0, 2)),
        camera_xyz_m=np.zeros(3),
    )


def test_a_camera_that_moved_is_told_once_and_not_listened_to(tmp_path: Path):
    write_marks(tmp_path, [MARK])
    moved = MovedCameras.beside(tmp_path / "store.toml")

    first = moved.heard([nobody_seen("cam1", 1.0), nobody_seen("cam2", 1.0)])
    second = moved.heard([nobody_seen("cam1", 2.0), CameraHealthChanged(2.0, CameraId("cam1"), True, "back")])

    assert isinstance(first[0], CameraHealthChanged)
    assert not first[0].is_usable
    assert "wall" in first[0].reason
    assert [type(o) for o in first[1:]] == [PeopleSeen]
    assert second == []


def test_a_store_without_marks_hears_everything(tmp_path: Path):
    seen = nobody_seen("cam1", 1.0)

    assert MovedCameras.beside(tmp_path / "store.toml").heard([seen]) == [seen]
