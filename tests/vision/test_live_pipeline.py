"""Two live cameras of which one goes away: real RTSP servers, networks that find nobody."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.observations import CameraHealthChanged, PeopleSeen
from tests.rtsp_camera import Fault, RtspCamera
from vision.clock import StoreClock
from vision.detector import OUTPUT_ROWS, PoseDetector
from vision.live_pipeline import LivePipeline
from vision.pipeline import Networks
from vision.settings import read_settings
from vision.slot_evidence import SlotReader


class FindsNobody:
    def run(self, batch):
        return np.zeros((1, OUTPUT_ROWS, 4), np.float32)


class NothingChanged:
    def run(self, batch):
        return np.tile(np.array([0, -5, -5, -5], np.float32), (len(batch), 1))


def make_networks():
    return Networks(PoseDetector(FindsNobody(), (320, 256)), None, None, SlotReader(NothingChanged()))


@pytest.fixture
def cameras(tmp_path, write_video):
    images = [np.full((480, 640, 3), 90 + k, np.uint8) for k in range(20)]
    video = write_video(tmp_path / "brightening.mp4", images)
    with RtspCamera(tmp_path / "one", video) as one, RtspCamera(tmp_path / "two", video) as two:
        yield [one, two]


@pytest.fixture
def pipeline(recording, cameras):
    settings = read_settings(recording)
    live = [replace(one, video=camera.url) for one, camera in zip(settings.cameras, cameras, strict=True)]
    settings = replace(settings, cameras=tuple(live), recording=None)
    return LivePipeline(settings, make_networks, StoreClock(), np.random.default_rng(0))


def test_the_others_go_on_without_a_camera_that_is_gone_and_it_joins_them_again(pipeline, cameras):
    stop, ticks = threading.Event(), []

    def direct():
        time.sleep(3.0)
        cameras[1].fail(Fault.LOSE)
        time.sleep(3.0)
        cameras[1].mend()
        time.sleep(5.0)
        stop.set()

    director = threading.Thread(target=direct)
    director.start()
    for tick in pipeline.run(stop):
        ticks.append((time.monotonic(), tick))
    director.join()

    seen = [o for _, tick in ticks for o in tick.observations if isinstance(o, PeopleSeen)]
    health = [o for _, tick in ticks for o in tick.observations if isinstance(o, CameraHealthChanged)]
    gone = [o for o in health if o.camera_id == "cam2" and not o.is_usable]
    assert gone[0].reason == "connecting"
    lost_s, back_s = gone[1].at_s, [o for o in health if o.camera_id == "cam2" and o.is_usable][1].at_s
    assert 2.5 < back_s - lost_s < 8.0
    assert not [o for o in seen if o.camera_id == "cam2" and lost_s < o.at_s < back_s - 0.5]
    assert [o for o in seen if o.camera_id == "cam2" and o.at_s > back_s]
    first = np.array([o.at_s for o in seen if o.camera_id == "cam1"])
    assert np.diff(first).max() < 0.5
    times = np.array([o.at_s for o in seen])
    assert np.diff(times).min() > -1e-9
    told = np.array([tick.at_s for _, tick in ticks])
    assert (np.diff(told) >= 0).all()
    assert np.diff([at for at, _ in ticks]).max() < 1.0
    assert pipeline.status()[1].counts.connections >= 2


def test_networks_that_cannot_be_loaded_end_the_run(pipeline):
    def broken():
        raise ValueError("no weights")

    pipeline.make_networks = broken

    with pytest.raises(ValueError, match="no weights"):
        list(pipeline.run(threading.Event()))
