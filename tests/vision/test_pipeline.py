import numpy as np
import pytest

from cart_tracker.observations import CameraHealthChanged, HandSeen, PeopleSeen, SlotsWatched
from vision.detector import OUTPUT_ROWS, PoseDetector
from vision.errors import ModelError, SourceError
from vision.hand_readers import ClassReader
from vision.hands import HandClassifier
from vision.inference import OnnxSession
from vision.keypoints import Keypoint
from vision.pipeline import Networks, Pipeline
from vision.settings import read_settings
from vision.slot_evidence import SlotReader
from vision.types import Frame
from vision.wrist_finder import WristFinder


class OnePerson:
    """Finds one person in front of the shelf, further right in brighter frames."""

    def run(self, batch):
        grey = float(batch[0, 0, 128, 160]) * 255
        raw = np.zeros((1, OUTPUT_ROWS, 4), np.float32)
        raw[0, :5, 0] = [120 + grey / 10, 60, 30, 60, 0.9]
        for point in range(11):
            raw[0, 6 + 3 * point : 9 + 3 * point, 0] = [120 + grey / 10, 40 + 4 * point, 0.9]
        for number, wrist in enumerate((Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST), start=1):
            raw[0, :4, number] = [120 + grey / 10, 40 + 4 * wrist, 10, 10]
            raw[0, 5, number] = 0.9
        return raw


class AlwaysEmpty:
    def run(self, batch):
        return np.tile(np.array([0.9, 0.05, 0.05], np.float32), (len(batch), 1))


class WristsInTheMiddle:
    def run(self, batch):
        return np.tile(np.array([0.5, 0.5, 0.01, 0.95], np.float32), (len(batch), 2, 1))


class NothingChanged:
    def run(self, batch):
        return np.tile(np.array([0, -5, -5, -5], np.float32), (len(batch), 1))


def make_networks():
    reader = ClassReader(AlwaysEmpty(), np.array([0, 1, 2]), 64)
    detector = PoseDetector(OnePerson(), (320, 256))
    wrists = WristFinder(WristsInTheMiddle())
    return Networks(detector, wrists, HandClassifier(reader), SlotReader(NothingChanged()))


def everything(recording, workers):
    pipeline = Pipeline(read_settings(recording), make_networks, workers=workers)
    return [written(observation) for tick in pipeline.run() for observation in tick]


def written(observation):
    names = type(observation).__slots__
    values = [getattr(observation, name) for name in names]
    return type(observation).__name__, [v.tolist() if isinstance(v, np.ndarray) else v for v in values]


def test_first_of_all_every_camera_tells_which_slots_it_watches(recording):
    settings = read_settings(recording)

    first, second, *_ = Pipeline(settings, make_networks).run()

    told = [one.camera_id for one in first if isinstance(one, SlotsWatched)]
    assert told == [camera.camera_id for camera in settings.cameras]
    assert not any(isinstance(one, SlotsWatched) for one in second)


def test_one_worker_and_two_give_the_same_observations_in_the_same_order(recording):
    assert repr(everything(recording, workers=1)) == repr(everything(recording, workers=2))


def test_observations_come_by_time_then_camera_then_kind(recording):
    ticks = list(Pipeline(read_settings(recording), make_networks).run())

    assert len(ticks) == 12
    for tick in ticks:
        assert len({observation.at_s for observation in tick}) == 1
        people = [observation for observation in tick if isinstance(observation, PeopleSeen)]
        assert [seen.camera_id for seen in people] == ["cam1", "cam2"]
        cameras = [observation.camera_id for observation in tick]
        assert cameras == sorted(cameras)


def test_a_person_at_the_shelf_is_placed_in_metres_with_hands(recording):
    ticks = list(Pipeline(read_settings(recording), make_networks).run())

    last = [observation for observation in ticks[-1] if observation.camera_id == "cam1"]
    people, *hands = last
    assert isinstance(people, PeopleSeen)
    assert people.tracklet_id.tolist() == [1]
    assert 2.0 < people.xy_m[0, 0] < 4.0
    assert people.camera_xyz_m.tolist() == [3.0, 1.0, 2.8]
    assert all(isinstance(hand, HandSeen) for hand in hands)


def test_frames_are_shown_in_the_order_of_observations(recording):
    shown: list[Frame] = []
    pipeline = Pipeline(
        read_settings(recording), make_networks, on_frame=lambda frame, *_: shown.append(frame)
    )

    list(pipeline.run())

    assert [(frame.index, frame.camera_id) for frame in shown] == [
        (k, camera) for k in range(12) for camera in ("cam1", "cam2")
    ]


def test_every_stage_is_timed(recording):
    pipeline = Pipeline(read_settings(recording), make_networks)

    list(pipeline.run())

    times = pipeline.times
    assert times.frames == 24
    assert min(times.decode_s, times.detect_s, times.track_s, times.slots_s) > 0
    assert times.total_s < 10


def test_a_bad_video_is_refused_before_anything_is_seen(recording):
    (recording / "cam2.mp4").write_bytes(b"")

    with pytest.raises(SourceError, match="cam2"):
        next(Pipeline(read_settings(recording), make_networks).run())


def test_a_floor_camera_sees_people_but_no_rays(recording):
    path = recording / "store.toml"
    text = path.read_text()
    start, end = text.index("matrix ="), text.index("[[cameras]]", text.index("matrix ="))
    path.write_text(text[:start] + "floor_to_pixel = [[100, 0, 20], [0, 80, 10], [0, 0, 1]]\n" + text[end:])

    ticks = list(Pipeline(read_settings(recording), make_networks).run())

    people = ticks[-1][0]
    assert isinstance(people, PeopleSeen)
    assert len(people.xy_m) == 1
    assert np.isnan(people.wrist_direction).all()


def test_a_dark_camera_is_reported(recording, write_video):
    write_video(recording / "cam1.mp4", [np.zeros((480, 640, 3), np.uint8)] * 12)

    ticks = list(Pipeline(read_settings(recording), make_networks).run())

    health = [o for tick in ticks for o in tick if isinstance(o, CameraHealthChanged)]
    assert [(change.camera_id, change.is_usable) for change in health] == [("cam1", False)]


def test_weights_that_are_no_network_are_refused(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"nothing")

    with pytest.raises(ModelError, match=r"broken.onnx cannot be loaded .*; run 'walkout export'"):
        OnnxSession(tmp_path / "broken.onnx")
