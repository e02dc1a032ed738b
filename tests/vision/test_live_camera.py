"""Live cameras over a real RTSP server, and what goes wrong on the way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import av
import numpy as np
import pytest

from tests.rtsp_camera import Fault, RtspCamera
from vision.clock import StoreClock
from vision.settings import read_settings
from vision.sources.backoff import Backoff
from vision.sources.live_camera import LiveCamera
from vision.types import Frame

CLOCK = StoreClock()
LEVEL_PER_S = 10.0  # how fast the footage gets brighter


class Watcher:
    """Takes every frame as it comes, as the pipeline would."""

    def __init__(self, camera: LiveCamera) -> None:
        self.camera = camera
        self.frames: list[Frame] = []
        self.seen_s: list[float] = []
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        for frame in self.camera:
            self.frames.append(frame)
            self.seen_s.append(CLOCK.now_s())

    @contextmanager
    def watching(self) -> Iterator["Watcher"]:
        self.camera.start()
        self._thread.start()
        try:
            yield self
        finally:
            self.camera.stop()
            self._thread.join()

    def wait_until(self, is_so: Callable[[], bool], timeout_s: float) -> float:
        began_s = time.monotonic()
        while not is_so():
            assert time.monotonic() - began_s < timeout_s, self.camera.health()
            time.sleep(0.01)
        return time.monotonic() - began_s

    def is_usable(self) -> bool:
        return self.camera.health().is_usable

    def is_unusable(self) -> bool:
        return not self.camera.health().is_usable


@pytest.fixture(scope="session")
def write_moving():
    def write(path, size_px):
        width, height = size_px
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            stream = container.add_stream("libx264", rate=10)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {"preset": "ultrafast", "g": "10", "crf": "12", "bf": "0"}
            for k in range(200):
                image = np.full((height, width, 3), 30 + k, np.uint8)
                image[-height // 8 :, : width * k // 200] = 255 - image[-height // 8 :, : width * k // 200]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            container.mux(stream.encode())
        return path

    return write


@pytest.fixture(scope="session")
def footage(tmp_path_factory, write_moving):
    """Twenty seconds at 10 frames a second, a key frame every second; brightness tells the time."""
    return write_moving(tmp_path_factory.mktemp("footage") / "moving.mp4", (640, 480))


@pytest.fixture
def server(tmp_path, footage):
    with RtspCamera(tmp_path / "camera", footage) as camera:
        yield camera


@pytest.fixture
def live(recording):
    settings = read_settings(recording).cameras[0]

    def make(url: str) -> Watcher:
        return Watcher(LiveCamera(replace(settings, video=url), CLOCK, np.random.default_rng(0)))

    return make


def test_frames_come_within_two_seconds_fresh_evenly_and_none_is_lost(server, live):
    with live(server.url).watching() as watcher:
        assert watcher.wait_until(watcher.is_usable, 5) < 2.0
        watcher.wait_until(lambda: len(watcher.frames) >= 20, 4)

    at_s = np.array([frame.at_s for frame in watcher.frames])
    np.testing.assert_allclose(np.diff(at_s), 0.1, atol=0.03)
    assert np.max(np.array(watcher.seen_s) - at_s) < 0.25
    assert [frame.index for frame in watcher.frames] == list(range(len(at_s)))
    level = brightness(watcher.frames)
    np.testing.assert_allclose(level - level[0], np.arange(len(level)), atol=1.5)
    counts = watcher.camera.counts
    assert (counts.connections, counts.dropped, counts.damaged) == (1, 0, 0)
    assert counts.taken == len(watcher.frames)


def test_who_is_slow_gets_the_newest_frame_and_the_drops_are_counted(server, live):
    camera = live(server.url).camera
    camera.start()
    frames = iter(camera)
    next(frames)
    before = camera.counts

    time.sleep(1.0)
    newest = next(frames)

    counts = camera.counts
    assert CLOCK.now_s() - newest.at_s < 0.3
    assert counts.dropped - before.dropped == pytest.approx(9, abs=2)
    camera.stop()
    assert list(frames) == []
    counts = camera.counts
    assert counts.received == counts.taken + counts.dropped + counts.discarded + camera.has_frame


@pytest.mark.parametrize("fault", [Fault.LOSE, pytest.param(Fault.HOLD, marks=pytest.mark.slow)])
def test_a_stall_is_noticed_within_a_second_and_over_within_five_of_the_cameras_return(server, live, fault):
    with live(server.url).watching() as watcher:
        watcher.wait_until(watcher.is_usable, 5)
        server.fail(fault)
        assert watcher.wait_until(watcher.is_unusable, 2) < 1.0
        assert watcher.camera.health().reason

        time.sleep(3.5)
        server.mend()
        assert watcher.wait_until(watcher.is_usable, 10) < 5.0
        watcher.wait_until(lambda: CLOCK.now_s() - watcher.frames[-1].at_s < 0.3, 2)
        back = len(watcher.frames)
        watcher.wait_until(lambda: len(watcher.frames) > back + 10, 4)

    assert (np.diff([frame.at_s for frame in watcher.frames]) > 0).all()
    late_s = np.array(watcher.seen_s) - [frame.at_s for frame in watcher.frames]
    assert late_s.max() < 0.6  # nothing of the flood


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.ACCEPT_AND_DIE])
def test_a_camera_that_is_away_is_asked_again_with_pauses_and_found_when_it_is_back(server, live, fault):
    with live(server.url).watching() as watcher:
        watcher.wait_until(watcher.is_usable, 5)
        server.fail(fault)
        server.cut()
        assert watcher.wait_until(watcher.is_unusable, 2) < 1.0
        asked = server.connections
        time.sleep(10.0)
        assert server.connections - asked < 25
        assert "check that the camera is switched on" in watcher.camera.health().reason

        server.mend()
        assert watcher.wait_until(watcher.is_usable, 10) < 5.0


@pytest.mark.slow
def test_a_camera_that_reboots_with_stamps_from_zero_goes_on_in_the_stores_time(server, live):
    with live(server.url).watching() as watcher:
        watcher.wait_until(lambda: len(watcher.frames) > 30, 8)
        server.cut()
        count = len(watcher.frames)
        watcher.wait_until(lambda: len(watcher.frames) > count + 20, 8)

    late_s = np.array(watcher.seen_s) - [frame.at_s for frame in watcher.frames]
    assert late_s.min() >= 0
    assert late_s.max() < 0.3
    assert (np.diff([frame.at_s for frame in watcher.frames]) > 0).all()


@pytest.mark.slow
def test_a_camera_that_changes_its_resolution_is_not_used_until_it_is_set_back(
    server, live, tmp_path, footage, write_moving
):
    small = write_moving(tmp_path / "small.mp4", (320, 240))
    with live(server.url).watching() as watcher:
        watcher.wait_until(watcher.is_usable, 5)
        server.show(small)
        server.cut()
        watcher.wait_until(lambda: "320x240" in watcher.camera.health().reason, 6)
        assert watcher.is_unusable()
        server.show(footage)
        server.cut()
        assert watcher.wait_until(watcher.is_usable, 10) < 5.0

    assert {frame.image.shape for frame in watcher.frames} == {(480, 640, 3)}


@pytest.mark.slow
def test_damaged_pictures_are_not_given_out(server, live):
    with live(server.url).watching() as watcher:
        watcher.wait_until(watcher.is_usable, 5)
        server.fail(Fault.CORRUPT)
        watcher.wait_until(lambda: watcher.camera.counts.damaged > 3, 10)
        time.sleep(2.0)
        server.mend()
        assert watcher.wait_until(watcher.is_usable, 10) < 5.0

    assert watcher.camera.counts.damaged > 3
    for frame in watcher.frames:
        # The test picture is one grey over a bar; damage leaves blocks of other greys.
        assert frame.image[:400].std(axis=(0, 1)).max() < 6.0


@pytest.mark.slow
def test_a_network_that_gets_slower_makes_frames_late_not_younger(server, live):
    with live(server.url).watching() as watcher:
        watcher.wait_until(lambda: len(watcher.frames) > 20, 8)
        server.delay(0.3)
        time.sleep(3.0)

    level = brightness(watcher.frames)
    at_s = np.array([frame.at_s for frame in watcher.frames])
    captured_s = at_s[0] + (level - level[0]) / LEVEL_PER_S
    np.testing.assert_allclose(at_s, captured_s, atol=0.06)


def test_an_address_that_nobody_answers_is_told_with_what_to_do(live):
    camera = live("rtsp://127.0.0.1:9/nothing").camera
    camera.start()
    time.sleep(0.3)
    health = camera.health()
    camera.stop()

    assert not health.is_usable
    assert health.last_frame_s is None
    assert health.reason.startswith(
        "cannot be opened (Connection refused); check that the camera is switched"
    )


def test_a_usb_camera_that_is_not_there_is_told_with_what_to_do(live):
    camera = live("/dev/video77").camera
    camera.start()
    time.sleep(0.3)
    health = camera.health()
    camera.stop()

    assert health.reason == (
        "cannot be opened (No such file or directory); check that the camera is plugged in and that no other"
        " program uses it"
    )


def test_every_retry_waits_longer_with_jitter_until_frames_were_good():
    backoff = Backoff(np.random.default_rng(0))

    first = [Backoff(np.random.default_rng(seed)).failed(0.0) for seed in range(200)]
    assert min(first) >= 0.1
    assert 0.4 < max(first) <= 0.5
    later = [backoff.failed(0.0) for _ in range(200)]
    assert max(later) <= 1.5
    assert max(later[5:]) > 1.4
    assert max(backoff.failed(31.0) for _ in range(50)) <= 0.5


def brightness(frames) -> np.ndarray:
    return np.array([frame.image[:400].mean() for frame in frames])
