import numpy as np
import pytest

from vision.errors import SourceError
from vision.settings import read_settings
from vision.sources import open_sources


def test_frames_come_in_order_with_their_capture_times(recording):
    settings = read_settings(recording)

    frames = list(open_sources(settings)[1])

    start = settings.recording.start_s
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.at_s for frame in frames] == [start + k / 10 for k in range(12)]
    assert {frame.camera_id for frame in frames} == {"cam2"}
    levels = [int(frame.image.mean().round()) for frame in frames]
    np.testing.assert_allclose(levels, [40 + 10 * k for k in range(12)], atol=5)


def test_a_missing_video_is_named(recording):
    (recording / "cam2.mp4").unlink()

    refused(recording, "camera 'cam2'", "does not exist; correct 'video' in store.toml or restore the file")


def test_an_empty_video_is_named(recording):
    (recording / "cam2.mp4").write_bytes(b"")

    refused(recording, "camera 'cam2'", "is empty; copy it again")


def test_something_that_is_no_video_is_named(recording):
    (recording / "cam2.mp4").write_bytes(b"not a video " * 1000)

    refused(recording, "camera 'cam2'", "cannot be read as video")


def test_a_video_whose_end_was_cut_off_says_how_much_is_there(recording, write_video):
    rng = np.random.default_rng(0)
    path = write_video(recording / "cam2.mp4", rng.integers(0, 255, (12, 480, 640, 3), np.uint8))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    refused(recording, "camera 'cam2'", "is truncated", "of 12 frames are there")


def test_a_video_whose_index_was_cut_off_is_refused(recording):
    path = recording / "cam2.mp4"
    path.write_bytes(path.read_bytes()[:200])

    refused(recording, "camera 'cam2'", "has no video stream, or was cut off; copy it again")


def test_a_video_much_shorter_than_the_others_is_truncated(recording, write_video):
    write_video(recording / "cam1.mp4", [np.zeros((480, 640, 3), np.uint8)] * 60)

    refused(recording, "camera 'cam2'", "12 frames (1.2 s)", "camera 'cam1' has 60 (6.0 s)")


def test_frames_of_another_size_than_the_calibration_are_refused(recording, write_video):
    write_video(recording / "cam2.mp4", [np.zeros((360, 640, 3), np.uint8)] * 12)

    refused(recording, "camera 'cam2'", "frames of 640x360", "calibrated at 640x480; record at that size or")


def test_damage_in_the_middle_is_noticed_while_reading(recording, write_video):
    rng = np.random.default_rng(0)
    path = write_video(recording / "cam2.mp4", rng.integers(0, 255, (12, 480, 640, 3), np.uint8))
    source = open_sources(read_settings(recording))[1]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(SourceError, match=r"camera 'cam2': .* is damaged: frame \d+ of 12 cannot be decoded"):
        list(source)


def test_a_stream_is_refused_for_now(recording):
    path = recording / "store.toml"
    path.write_text(path.read_text().replace("cam1.mp4", "rtsp://10.0.0.5/main"))

    refused(recording, "camera 'cam1'", "record them to files")


def refused(recording, *parts):
    with pytest.raises(SourceError) as caught:
        open_sources(read_settings(recording))
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
