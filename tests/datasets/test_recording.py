"""A recording folder holds what was put in, and says in one line what is wrong with a damaged one."""

import gzip
import json
import subprocess
import sys
from dataclasses import fields

import av
import numpy as np
import pytest

from cart_tracker.observations import CameraId
from cart_tracker.store_map import Product, ProductId, Shelf, ShelfId, Slot, SlotId, StoreMap
from datasets.errors import RecordingError
from datasets.recording import (
    EventTruth,
    Expectation,
    FaultTruth,
    FrameTruth,
    GateEvent,
    GateKind,
    Outcome,
    PersonInFrame,
    PersonLooksTruth,
    RecordingTruth,
    Role,
    ShopperTruth,
    UnitInFrame,
    UnitPlace,
    UnitTruth,
    VisitTruth,
    read_recording,
    read_truth,
    truth_path,
)
from datasets.recording_writer import (
    RecordingVideo,
    VideoQuality,
    write_gate_log,
    write_recording_toml,
    write_store_toml,
    write_truth,
)
from vision.camera_model import CameraModel, camera_from_toml

START_S = 1_777_885_200.0
SIZE_PX = (64, 48)


GATE_EVENTS = (
    GateEvent(GateKind.REFUSED, START_S + 0.01, "gate-1", "bert"),
    GateEvent(GateKind.SCAN, START_S + 0.05, "gate-1", "anna"),
    GateEvent(GateKind.CROSS_IN, START_S + 0.06, "gate-1", None),
)


def store_map():
    return StoreMap(
        store_id="corner",
        name='The "corner"',
        currency="EUR",
        floor_xy_m=np.array([[0.0, 0.0], [6.0, 0.0], [6.0, 5.0]]),
        gate_xy_m=np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]),
        exit_xy_m=np.array([[5.0, 0.0], [6.0, 0.0], [6.0, 1.0]]),
        scanner_xy_m=np.array([0.5, 0.5]),
        shelves=(
            Shelf(
                ShelfId("wall"), (2.0, 4.5), (1.0, 0.0), 1.5, 0.4,
                (Slot(SlotId("wall-01"), ProductId("cola"), (0.1, 0.5), (0.9, 1.2), 6),),
            ),
        ),
        products=(Product(ProductId("cola"), "Cola", 129, (0.066, 0.066, 0.12)),),
    )  # fmt: skip


def camera():
    matrix = np.array([[50.0, 0.0, 32.0], [0.0, 50.0, 24.0], [0.0, 0.0, 1.0]])
    return CameraModel(
        CameraId("cam1"),
        SIZE_PX,
        matrix,
        np.array([-0.1, 0.01, 0, 0, 0]),
        np.eye(3),
        np.array([1.0, 2.0, 2.8]),
    )


def truth():
    track = np.array([[1.0, 2.0], [np.nan, np.nan]])
    wrist = np.column_stack([track, [1.25, np.nan]])
    person = PersonInFrame(
        "shopper-1",
        np.array([1.0, 2, 3, 4]),
        np.array([0.0, 1, 5000.5, 6]),
        0.5,
        0.25,
        np.arange(33.0).reshape(11, 3) % 3,
    )
    unit = UnitInFrame(3, "cola", "shopper-1", "left", np.array([2.0, 2, 3, 3]), 0.75)
    looks = PersonLooksTruth(34.0, "light", "coat", "none", "tote", "none", is_masked=False)
    return RecordingTruth(
        scenario="easy",
        seed=7,
        fps=10.0,
        start_s=START_S,
        duration_s=0.2,
        shoppers=(
            ShopperTruth(
                "shopper-1", "visit-1", Role.SHOPPER, START_S, START_S + 0.1, 1.7, {"cola": 1}, looks
            ),
            ShopperTruth("shopper-2", None, Role.STAFF, START_S, START_S + 0.2, 1.8, {}),
        ),
        visits=(VisitTruth("visit-1", "anna", START_S, START_S + 0.1, ("shopper-1",), {"cola": 1}, 129),),
        events=(
            EventTruth(
                event_id=1,
                kind="pick",
                shopper_id="shopper-1",
                product_id="cola",
                unit_id=3,
                slot_id="wall-01",
                hand="left",
                start_s=START_S,
                contact_s=START_S + 0.1,
                end_s=START_S + 0.2,
                is_misplaced=False,
            ),
            EventTruth(
                2,
                "touch",
                "shopper-1",
                None,
                None,
                None,
                "left",
                START_S,
                START_S,
                START_S,
                False,
                "shopper-2",
            ),
        ),
        ticks_s=np.array([START_S, START_S + 0.1]),
        floor_xy_m={"shopper-1": track},
        left_wrist_m={"shopper-1": wrist},
        right_wrist_m={"shopper-1": wrist},
        head_m={"shopper-1": wrist + 0.5},
        units=(
            UnitTruth(
                3,
                "cola",
                (
                    UnitPlace(START_S, "slot:wall-01", (2.3, 4.6, 0.9)),
                    UnitPlace(START_S + 0.1, "hand:shopper-1:left"),
                ),
            ),
        ),
        cameras={
            "cam1": (
                FrameTruth(START_S + 0.001, START_S + 0.021, (person,), (unit,)),
                FrameTruth(START_S + 0.1, START_S + 0.12, ()),
            )
        },
        faults=(FaultTruth("clock-offset", "cam1", START_S, START_S + 0.2, "20 ms"),),
        expectations=(
            Expectation(Outcome.RIGHT, "visit-1", "cola"),
            Expectation(Outcome.ALERT, alert="tailgating"),
        ),
    )


@pytest.fixture
def recording(tmp_path):
    folder = tmp_path / "easy-7"
    folder.mkdir()
    with RecordingVideo(folder / "cam1.mp4", SIZE_PX, 10) as video:
        for index, value in enumerate((40, 200)):
            video.write(np.full((SIZE_PX[1], SIZE_PX[0], 3), value, np.uint8), index / 10)
    write_store_toml(folder / "store.toml", store_map(), [camera()], 10, START_S)
    write_gate_log(folder / "gate.jsonl", GATE_EVENTS)
    write_recording_toml(folder / "recording.toml", "easy", 7, START_S, 0.2, 10, "test")
    write_truth(folder, truth())
    return folder


def test_what_was_written_is_read(recording):
    read = read_recording(recording)

    assert (read.scenario, read.seed, read.start_s, read.fps) == ("easy", 7, START_S, 10.0)
    assert read.gate_events == GATE_EVENTS
    assert read.scans == GATE_EVENTS[1:2]
    assert read.videos == {"cam1": recording / "cam1.mp4"}
    assert read.store_map.shelves == store_map().shelves
    assert read.store_map.products == store_map().products
    assert read.store_map.name == 'The "corner"'


def test_the_camera_survives_the_store_file(recording):
    import tomllib

    entry = tomllib.loads((recording / "store.toml").read_text())["cameras"][0]
    read = camera_from_toml(entry)

    np.testing.assert_allclose(read.matrix, camera().matrix)
    np.testing.assert_allclose(read.position_m, camera().position_m)


def test_what_happened_survives(recording):
    read, written = read_truth(recording), truth()

    assert read.shoppers == written.shoppers
    assert read.visits == written.visits
    assert read.events == written.events
    assert read.units == written.units
    assert read.faults == written.faults
    assert read.expectations == written.expectations
    for name in ("floor_xy_m", "left_wrist_m", "right_wrist_m", "head_m"):
        np.testing.assert_array_equal(getattr(read, name)["shopper-1"], getattr(written, name)["shopper-1"])


def test_what_cameras_saw_survives(recording):
    read, written = read_truth(recording).cameras["cam1"], truth().cameras["cam1"]

    assert [(f.captured_s, f.stamped_s) for f in read] == [(f.captured_s, f.stamped_s) for f in written]
    assert read[1].people == read[1].units == ()
    for seen, true in zip(read[0].people + read[0].units, written[0].people + written[0].units, strict=True):
        for field in fields(true):
            np.testing.assert_array_equal(getattr(seen, field.name), getattr(true, field.name))


def test_a_unit_is_where_it_was_last_put():
    unit = truth().units[0]

    assert unit.place_at(START_S + 0.05) == "slot:wall-01"
    assert unit.place_at(START_S + 9) == "hand:shopper-1:left"


def test_the_same_truth_gives_the_same_bytes(recording):
    before = truth_path(recording).read_bytes()

    write_truth(recording, truth())

    assert truth_path(recording).read_bytes() == before


def test_the_same_pictures_give_the_same_video(recording):
    again = recording / "again.mp4"

    with RecordingVideo(again, SIZE_PX, 10) as video:
        for index, value in enumerate((40, 200)):
            video.write(np.full((SIZE_PX[1], SIZE_PX[0], 3), value, np.uint8), index / 10)

    assert again.read_bytes() == (recording / "cam1.mp4").read_bytes()


@pytest.mark.parametrize("quality", [VideoQuality(crf=30), VideoQuality(bit_rate=300_000)])
def test_frames_are_shown_when_they_were_stamped(tmp_path, quality):
    path, at_s = tmp_path / "jitter.mp4", [0.02, 0.13, 0.21, 0.52, 0.6]
    with RecordingVideo(path, SIZE_PX, 10, quality) as video:
        for index, moment in enumerate(at_s):
            video.write(np.full((SIZE_PX[1], SIZE_PX[0], 3), 40 * index, np.uint8), moment)

    with av.open(str(path)) as container:
        shown_s = [frame.time for frame in container.decode(video=0)]
    assert shown_s == pytest.approx(at_s, abs=1e-4)


def test_a_frame_cannot_be_shown_before_the_one_before_it(tmp_path):
    with RecordingVideo(tmp_path / "back.mp4", SIZE_PX, 10) as video:
        video.write(np.zeros((SIZE_PX[1], SIZE_PX[0], 3), np.uint8), 0.2)

        with pytest.raises(ValueError, match=r"0\.1 s comes after one at 0\.2 s"):
            video.write(np.zeros((SIZE_PX[1], SIZE_PX[0], 3), np.uint8), 0.1)


def test_a_recording_is_read_without_its_truth(recording):
    truth_path(recording).unlink()

    assert read_recording(recording).seed == 7


def _remove(path):
    path.unlink()


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("store.toml", _remove),
        ("store.toml", _cut),
        ("recording.toml", _remove),
        ("recording.toml", _cut),
        ("gate.jsonl", _remove),
        ("gate.jsonl", _cut),
        ("cam1.mp4", _remove),
        ("cam1.mp4", _empty),
    ],
)
def test_a_damaged_recording_is_refused_in_one_line(recording, name, damage):
    damage(recording / name)

    with pytest.raises(RecordingError) as refusal:
        read_recording(recording)

    assert "\n" not in str(refusal.value)
    assert "make it again" in str(refusal.value) or "make the recording again" in str(refusal.value)


@pytest.mark.parametrize("damage", [_remove, _cut, _empty])
def test_a_damaged_truth_is_refused_in_one_line(recording, damage):
    damage(truth_path(recording))

    with pytest.raises(RecordingError) as refusal:
        read_truth(recording)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("key", ["events", "visits", "units", "schema_version"])
def test_a_truth_that_lacks_something_says_what(recording, key):
    document = json.loads(gzip.decompress(truth_path(recording).read_bytes()))
    del document[key]
    truth_path(recording).write_bytes(gzip.compress(json.dumps(document).encode()))

    with pytest.raises(RecordingError, match=key):
        read_truth(recording)


def test_a_truth_of_another_version_is_refused(recording):
    document = json.loads(gzip.decompress(truth_path(recording).read_bytes()))
    document["schema_version"] = 99
    truth_path(recording).write_bytes(gzip.compress(json.dumps(document).encode()))

    with pytest.raises(RecordingError, match="99"):
        read_truth(recording)


def test_a_path_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="not a folder"):
        read_recording(tmp_path / "nowhere")


def test_reading_needs_no_renderer():
    code = "import sys, datasets.recording; assert not {'numba', 'embreex', 'PIL'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter and code
