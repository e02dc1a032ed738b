import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.errors import JournalError
from cart_tracker.journal import ClockAdvanced, FootageEnded, JournalWriter, read_journal
from cart_tracker.observations import (
    CameraHealthChanged,
    CameraId,
    GateScanned,
    Hand,
    HandSeen,
    PeopleSeen,
    SlotChanged,
    SlotLogLikelihood,
    SlotsWatched,
    TrackletId,
    VisitId,
)
from cart_tracker.store_map import SlotId
from tests.cart_tracker.builders import people
from tests.cart_tracker.observation_simulator import store_map

MAP = store_map()


def with_a_wrist() -> PeopleSeen:
    frame = people("cam1", 1795000000.123456789, (1, 1.0 / 3.0, 2.0), (7, 0.1, 0.2))
    direction = frame.wrist_direction.copy()
    direction[0, 1] = [0.6, 0.0, -0.8]
    return PeopleSeen(
        frame.camera_id,
        frame.at_s,
        frame.tracklet_id,
        frame.score,
        frame.xy_m,
        frame.cov_m2,
        direction,
        frame.wrist_sigma_rad,
        frame.camera_xyz_m,
    )


LOOKS = SlotLogLikelihood(-0.1, -2.0 / 3.0, 2.5, 0.25)
ENTRIES = [
    with_a_wrist(),
    people("cam2", 1795000000.2),
    HandSeen(CameraId("cam1"), 1.5, TrackletId(3), Hand.RIGHT, np.array([-0.1, -2.0 / 3.0])),
    SlotChanged(CameraId("cam1"), 2.0, 1.0, SlotId("wall-0-0"), LOOKS, -1.0),
    GateScanned(3.0, "gate-1", VisitId("visit-1")),
    CameraHealthChanged(4.0, CameraId("cam1"), False, "no frames"),
    ClockAdvanced(5.0),
    SlotsWatched(CameraId("cam1"), 5.5, (SlotId("wall-0-0"), SlotId("wall-0-1")), np.array([1.0 / 3.0, 1.0])),
    FootageEnded(6.0),
]


def written(path: Path) -> Path:
    with JournalWriter(path, MAP) as journal:
        for entry in ENTRIES:
            journal.write(entry)
    return path


def same(one: object, other: object) -> bool:
    if type(one) is not type(other):
        return False
    pairs = [(getattr(one, name), getattr(other, name)) for name in type(one).__dataclass_fields__]
    return all(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f") for a, b in pairs)


def test_everything_comes_back_bit_for_bit(tmp_path):
    read = list(read_journal(written(tmp_path / "journal.jsonl"), MAP))

    assert len(read) == len(ENTRIES)
    assert all(same(one, other) for one, other in zip(read, ENTRIES, strict=True))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e10))
def test_any_number_comes_back_bit_for_bit(tmp_path_factory, taken, at_s):
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    looks = SlotLogLikelihood(0.0, -1.5, taken, 0.0)
    change = SlotChanged(CameraId("cam1"), at_s, 1.0, SlotId("wall-0-0"), looks, -1.0)
    with JournalWriter(path, MAP) as journal:
        journal.write(change)

    assert list(read_journal(path, MAP)) == [change]


def test_every_entry_is_on_the_disk_before_the_journal_is_closed(tmp_path):
    journal = JournalWriter(tmp_path / "journal.jsonl", MAP)
    journal.write(ENTRIES[4])

    assert len(list(read_journal(tmp_path / "journal.jsonl", MAP))) == 1
    journal.close()


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_torn_last_line_is_ignored(tmp_path, cut):
    path = written(tmp_path / "journal.jsonl")
    path.write_bytes(path.read_bytes()[:-cut] if cut > 1 else path.read_bytes()[:-2])

    assert len(list(read_journal(path, MAP))) in (len(ENTRIES) - 1, len(ENTRIES) - 2)


def test_damage_in_the_middle_is_named_with_its_line(tmp_path):
    path = written(tmp_path / "journal.jsonl")
    lines = path.read_text().splitlines()
    lines[3] = lines[3][:20]
    path.write_text("\n".join(lines) + "\n")

    with pytest.raises(JournalError, match="line 4 is damaged"):
        list(read_journal(path, MAP))


def test_another_version_another_store_and_another_file_are_refused(tmp_path):
    path = written(tmp_path / "journal.jsonl")
    header, *rest = path.read_text().splitlines()
    for key, value, message in (
        ("version", 99, "version 99"),
        ("store_map_sha256", "0" * 64, "laid out otherwise"),
        ("format", "diary", "is not a journal"),
    ):
        path.write_text("\n".join([json.dumps({**json.loads(header), key: value}), *rest]) + "\n")
        with pytest.raises(JournalError, match=message):
            list(read_journal(path, MAP))


def test_a_journal_of_the_first_version_still_tells_of_changed_slots(tmp_path):
    path = tmp_path / "journal.jsonl"
    JournalWriter(path, MAP).close()
    header = {**json.loads(path.read_text()), "version": 1}
    line = {
        "type": "slot",
        "camera": "cam1",
        "at_s": 2.0,
        "since_s": 1.0,
        "slot": "wall-0-0",
        "log_ratio": 2.5,
    }
    lines = [header, {**line, "units": -1.0}, {**line, "units": 0.0}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    took, unsure = read_journal(path, MAP)

    assert isinstance(took, SlotChanged)
    assert isinstance(unsure, SlotChanged)
    assert (took.log_ratio, took.log_likelihood.taken, took.log_likelihood.came) == (2.5, 2.5, 0.0)
    assert (unsure.log_ratio, unsure.log_likelihood.taken, unsure.log_likelihood.came) == (2.5, 2.5, 2.5)


def test_a_missing_journal_and_an_existing_one_are_told_apart(tmp_path):
    with pytest.raises(JournalError, match="cannot be read"):
        list(read_journal(tmp_path / "none.jsonl", MAP))
    with pytest.raises(JournalError, match="exists already"):
        JournalWriter(written(tmp_path / "journal.jsonl"), MAP)
    with pytest.raises(JournalError, match="cannot be written"):
        JournalWriter(tmp_path / "no-folder" / "journal.jsonl", MAP)
