from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
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


def test_dropped_frames_jitter_and_a_late_clock_keep_their_times(recording):
    stamps = [0.25, 0.351, 0.44, 0.75, 0.852, 0.95]
    write_stamped(recording / "cam2.mp4", stamps)
    settings = read_settings(recording)

    source = open_sources(settings)[1]

    assert [frame.at_s for frame in source] == pytest.approx(
        [settings.recording.start_s + stamp for stamp in stamps], abs=1e-6
    )
    assert source.duration_s == pytest.approx(1.05)


@pytest.mark.parametrize("spacing_s", [0.04, 0.5])
def test_stamps_of_another_rate_than_the_cameras_are_not_believed(recording, spacing_s):
    write_stamped(recording / "cam2.mp4", [k * spacing_s for k in range(12)])

    frames = list(open_sources(read_settings(recording))[1])

    assert [frame.at_s - frames[0].at_s for frame in frames] == pytest.approx([k / 10 for k in range(12)])


def test_a_transport_stream_starts_when_the_recording_does(recording):
    write_stamped(recording / "cam2.ts", [k / 10 for k in range(12)])
    path = recording / "store.toml"
    path.write_text(path.read_text().replace("cam2.mp4", "cam2.ts"))
    settings = read_settings(recording)

    frames = list(open_sources(settings)[1])

    start = settings.recording.start_s
    assert [frame.at_s for frame in frames] == pytest.approx([start + k / 10 for k in range(12)], abs=1e-6)


def test_a_camera_that_is_known_to_have_died_may_end_early(recording, write_video):
    write_video(recording / "cam1.mp4", [np.zeros((480, 640, 3), np.uint8)] * 60)
    path = recording / "store.toml"
    text = path.read_text()
    path.write_text(text.replace('video = "cam2.mp4"', 'video = "cam2.mp4"\nends_early = true'))

    sources = open_sources(read_settings(recording))

    assert [source.frame_count for source in sources] == [60, 12]


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


def test_a_folder_of_pictures_is_played_as_people_count(recording):
    folder = recording / "cam2"
    folder.mkdir()
    for k in range(12):
        cv2.imwrite(str(folder / f"{k}.png"), np.full((480, 640, 3), 10 * k, np.uint8))
    from_here(recording, "cam2")

    frames = list(open_sources(read_settings(recording))[1])

    assert [int(frame.image[0, 0, 0]) for frame in frames] == [10 * k for k in range(12)]
    assert [frame.at_s - frames[0].at_s for frame in frames] == pytest.approx([k / 10 for k in range(12)])


def test_a_picture_that_is_damaged_or_of_another_size_is_named(recording):
    folder = recording / "cam2"
    folder.mkdir()
    (folder / "1.png").write_bytes(b"no picture")
    from_here(recording, "cam2")
    refused(recording, "camera 'cam2'", "1.png is damaged")

    cv2.imwrite(str(folder / "1.png"), np.zeros((360, 640, 3), np.uint8))
    refused(recording, "camera 'cam2'", "640x360 pixels", "calibrated at 640x480")


def test_the_pieces_of_a_recorder_follow_each_other(recording):
    (recording / "cam2").mkdir()
    for piece in ("part-9.mp4", "part-10.mp4"):
        write_stamped(recording / "cam2" / piece, [k / 10 for k in range(6)])
    from_here(recording, "cam2")

    source = open_sources(read_settings(recording))[1]
    frames = list(source)

    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.at_s - frames[0].at_s for frame in frames] == pytest.approx([k / 10 for k in range(12)])
    assert source.duration_s == pytest.approx(1.2)


def test_a_folder_without_pictures_or_videos_is_refused(recording):
    (recording / "cam2").mkdir()
    from_here(recording, "cam2")

    refused(recording, "camera 'cam2'", "holds neither videos nor pictures; correct 'video' in store.toml")


def test_a_known_clock_offset_moves_a_cameras_times(recording):
    path = recording / "store.toml"
    text = path.read_text()
    path.write_text(text.replace('video = "cam2.mp4"', 'video = "cam2.mp4"\nclock_offset_s = -0.04'))

    first, second = open_sources(read_settings(recording))

    assert next(iter(second)).at_s - next(iter(first)).at_s == pytest.approx(-0.04)


def test_a_stream_is_no_recording(recording):
    path = recording / "store.toml"
    text = path.read_text().replace("cam1.mp4", "rtsp://10.0.0.5/main")
    path.write_text(text.replace("cam2.mp4", "rtsp://10.0.0.6/main"))

    refused(recording, "camera 'cam1'", "record it to a file and name that")


def write_stamped(path: Path, stamps_s: Sequence[float]) -> None:
    """Write one grey frame per stamp."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90000)
        stream.options = {"preset": "ultrafast"}
        for stamp in stamps_s:
            frame = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 90, np.uint8), format="bgr24")
            frame.pts, frame.time_base = round(stamp * 90000), Fraction(1, 90000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def from_here(recording: Path, video: str) -> None:
    path = recording / "store.toml"
    path.write_text(path.read_text().replace("cam2.mp4", video))


def refused(recording, *parts):
    with pytest.raises(SourceError) as caught:
        open_sources(read_settings(recording))
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
