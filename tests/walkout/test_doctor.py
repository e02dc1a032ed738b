import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from walkout import doctor
from walkout.cli import app
from walkout.doctor import Verdict, examine

RECORDING = Path(__file__).parents[2] / "recordings" / "demo"


@pytest.fixture(autouse=True)
def no_checkout(monkeypatch):
    for name in ("WALKOUT_DATABASE_URL", "WALKOUT_DEMO"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def no_networks(monkeypatch):
    """Loading them takes a second."""
    monkeypatch.setattr(doctor, "load_networks", lambda settings: lambda: None)


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    shutil.copy(RECORDING / "store.toml", folder)
    for video in RECORDING.glob("*.mp4"):
        (folder / video.name).symlink_to(video)
    shutil.copy(RECORDING / "gate.jsonl", folder)
    return folder


def found(store, seconds=1.0):
    return {finding.part: finding for finding in examine(store, seconds)}


def test_a_well_recording_is_well(store):
    findings = found(store)

    assert [one.part for one in findings.values() if one.verdict is Verdict.BAD] == []
    assert findings["camera cam1"].text.startswith("684 frames, 68.4 s of")
    assert findings["gate"].text == "3 scans in the recording"


def test_a_store_that_cannot_be_read_is_told_and_ends_with_status_one(tmp_path):
    result = CliRunner().invoke(app, ["doctor", str(tmp_path)])

    assert result.exit_code == 1
    assert "does not exist" in " ".join(result.stdout.split())


def test_every_trouble_is_found_in_one_go(store, monkeypatch, no_networks):
    (store / "cam2.mp4").unlink()
    (store / "gate.jsonl").write_text("{no")
    monkeypatch.setenv("WALKOUT_DEMO", "true")
    monkeypatch.setenv("WALKOUT_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    monkeypatch.setattr(doctor, "FREE_DISK_GB", 1e9)

    findings = found(store)

    bad = {one.part for one in findings.values() if one.verdict is Verdict.BAD}
    assert bad == {"cameras", "gate", "database"}
    assert findings["disk"].verdict is Verdict.DOUBTFUL
    assert "cam2" in findings["cameras"].text


def test_a_live_camera_that_does_not_answer_is_bad_and_says_what_to_do(store, no_networks):
    path = store / "store.toml"
    text = path.read_text()
    for k in range(1, 5):
        text = text.replace(f'"cam{k}.mp4"', f'"rtsp://127.0.0.1:9/cam{k}"')
    path.write_text(text)

    findings = found(store)

    assert findings["camera cam1"].verdict is Verdict.BAD
    assert "rtsp://127.0.0.1:9/cam1 cannot be opened (Connection refused)" in findings["camera cam1"].text
    assert findings["gate"].verdict is Verdict.DOUBTFUL
