"""Whatever happens to the files of a recording, its reader says so in one line and in one kind of error."""

import gzip
import hashlib
import io
import json
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import RecordingError
from datasets.recording import (
    Expectation,
    Outcome,
    UnitPlace,
    read_recording,
    read_truth,
    truth_path,
)
from datasets.recording_writer import write_truth

DEMO = Path(__file__).parents[2] / "recordings" / "demo"
FILES = ("store.toml", "recording.toml", "gate.jsonl", "truth.json.gz", "truth.npz")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Copy the committed recording, with bytes in place of its videos."""
    folder = tmp_path_factory.mktemp("damage") / "demo"
    folder.mkdir()
    for name in FILES:
        shutil.copy(DEMO / name, folder)
    for camera in read_recording(DEMO).videos:
        (folder / f"{camera}.mp4").write_bytes(b"video")
    return folder


@pytest.fixture
def truth(folder):
    return read_truth(folder)


@contextmanager
def damaged(*paths):
    """Put files back as they were."""
    before = {path: path.read_bytes() for path in paths}
    try:
        yield
    finally:
        for path, content in before.items():
            path.write_bytes(content)


def refusal_of(folder):
    """Return what the reader says, None if it is content."""
    refusal = None
    try:
        read_recording(folder)
        read_truth(folder)
    except RecordingError as error:
        refusal = str(error)
    assert refusal is None or len(refusal.splitlines()) == 1
    return refusal


def truth_files(folder):
    return folder / "truth.json.gz", folder / "truth.npz"


@settings(deadline=None, max_examples=15)
@given(name=st.sampled_from(FILES), data=st.data())
def test_flipped_bytes_are_refused_or_harmless(folder, name, data):
    path = folder / name
    content = bytearray(path.read_bytes())
    for index in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4, unique=True)):
        content[index] ^= data.draw(st.integers(1, 255))
    with damaged(path):
        path.write_bytes(content)
        refusal = refusal_of(folder)

    assert refusal is not None or name != "truth.npz"


@settings(deadline=None, max_examples=20)
@given(name=st.sampled_from(FILES), share=st.floats(0, 0.99))
def test_a_cut_file_is_refused_or_harmless(folder, name, share):
    path = folder / name
    with damaged(path):
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
        refusal = refusal_of(folder)

    assert refusal is not None or name not in ("truth.json.gz", "truth.npz")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def spots(document):
    """Return every container and key or index in it."""
    found = []
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        found.append((document, key))
        if isinstance(value, (dict, list)):
            found += spots(value)
    return found


@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_a_truth_with_wrong_or_missing_values_is_refused_or_harmless(folder, data):
    path = truth_path(folder)
    document = json.loads(gzip.decompress(path.read_bytes()))
    container, key = data.draw(st.sampled_from(spots(document)))
    if data.draw(st.booleans()):
        del container[key]
    else:
        container[key] = data.draw(JSON)
    with damaged(path):
        path.write_bytes(gzip.compress(json.dumps(document).encode(), compresslevel=1))
        refusal_of(folder)


@settings(deadline=None, max_examples=12)
@given(data=st.data())
def test_arrays_that_lack_something_or_disagree_are_refused_or_harmless(folder, data):
    facts, packed = truth_files(folder)
    with np.load(packed) as file:
        arrays = dict(file)
    name = data.draw(st.sampled_from(sorted(arrays)))
    change = data.draw(st.sampled_from(["drop", "cut", "text", "large", "flat", "nan"]))
    if change == "drop":
        del arrays[name]
    else:
        arrays[name] = {
            "cut": arrays[name][:-1],
            "text": np.array(["a", "b"]),
            "large": arrays[name] * 0 + 100,
            "flat": arrays[name].ravel(),
            "nan": arrays[name] * np.nan,
        }[change]
    with damaged(facts, packed):
        _write_arrays(folder, arrays)
        refusal = refusal_of(folder)

    if change == "drop":
        assert name.startswith(("floor/", "left_wrist/", "right_wrist/")) or name in refusal


def _write_arrays(folder, arrays):
    facts, packed = truth_files(folder)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    packed.write_bytes(buffer.getvalue())
    document = json.loads(gzip.decompress(facts.read_bytes()))
    document["arrays_sha256"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    facts.write_bytes(gzip.compress(json.dumps(document).encode(), compresslevel=1))


def first_replaced(rows, **changes):
    return (replace(rows[0], **changes), *rows[1:])


CONTRADICTIONS = {
    "event 1 names shopper 'nobody'": lambda t: {"events": first_replaced(t.events, shopper_id="nobody")},
    "names unit 9999": lambda t: {"events": first_replaced(t.events, unit_id=9999)},
    "is at slot 'roof'": lambda t: {"events": first_replaced(t.events, slot_id="roof")},
    "Infinity is no number": lambda t: {"events": first_replaced(t.events, start_s=np.inf)},
    "names visit 'visit-9'": lambda t: {"shoppers": first_replaced(t.shoppers, visit_id="visit-9")},
    "'shopper-1' is listed twice": lambda t: {"shoppers": (*t.shoppers, t.shoppers[0])},
    "the gate let in 'shopper-1', who has no visit": lambda t: {
        "visits": first_replaced(t.visits, account="somebody")
    },
    "has 'gold', which store.toml does not sell": lambda t: {
        "visits": first_replaced(t.visits, cart={"gold": 1})
    },
    "an expectation names visit": lambda t: {"expectations": (Expectation(Outcome.RIGHT, "visit-9"),)},
    "which is no place": lambda t: {"units": first_replaced(t.units, places=(UnitPlace(0.0, "heaven"),))},
    "are not in order of time": lambda t: {
        "units": first_replaced(t.units, places=(UnitPlace(2.0, "floor"), UnitPlace(1.0, "floor")))
    },
    "is nowhere": lambda t: {"units": first_replaced(t.units, places=())},
    "a track names shopper 'nobody'": lambda t: {"head_m": {"nobody": np.zeros((len(t.ticks_s), 3))}},
    "for 684 ticks": lambda t: {"head_m": {"shopper-1": np.zeros((3, 3))}},
    "ticks_s does not rise": lambda t: {"ticks_s": t.ticks_s[::-1]},
    "camera 'cam9' is not in store.toml": lambda t: {"cameras": {"cam9": ()}},
    "the time stamps of cam1 do not rise": lambda t: {"cameras": {"cam1": t.cameras["cam1"][::-1]}},
}


@pytest.mark.parametrize("says", CONTRADICTIONS)
def test_a_truth_that_contradicts_itself_or_the_store_is_refused(folder, truth, says):
    with damaged(*truth_files(folder)):
        write_truth(folder, replace(truth, **CONTRADICTIONS[says](truth)))

        assert says in refusal_of(folder)


GATE_LINES = {
    "no json": "no event of a gate",
    "[1]": "no event of a gate",
    '{"at_s": 1.0, "gate_id": "gate-1"}': "shopper is missing",
    '{"kind": "jump", "at_s": 1.0, "gate_id": "gate-1"}': "'jump' is not a valid GateKind",
    '{"at_s": NaN, "gate_id": "gate-1", "shopper": "a"}': "NaN is no number",
    '{"at_s": 1.0, "gate_id": "gate-1", "shopper": "stranger"}': "'stranger', who has no visit",
}


@pytest.mark.parametrize("line", GATE_LINES)
def test_a_line_that_no_gate_wrote_is_refused(folder, line):
    path = folder / "gate.jsonl"
    with damaged(path):
        path.write_text(path.read_text() + line + "\n")

        assert GATE_LINES[line] in refusal_of(folder)


def test_truths_of_two_recordings_do_not_mix(folder, truth, tmp_path):
    write_truth(tmp_path, replace(truth, ticks_s=truth.ticks_s + 0.5))
    with damaged(*truth_files(folder)):
        shutil.copy(tmp_path / "truth.npz", folder)

        assert "checksum" in refusal_of(folder)
