"""What a user can get wrong: one line that says what and where, exit status 2, nothing half written."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from walkout.cli import app

RECORDING = Path(__file__).parents[2] / "recordings" / "demo"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RECORDING, tmp_path / "recording"))


def walkout(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def replace(recording: Path, old: str, new: str) -> None:
    path = recording / "store.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def remove_video(recording: Path) -> None:
    (recording / "cam2.mp4").unlink()


def empty_video(recording: Path) -> None:
    (recording / "cam2.mp4").write_bytes(b"")


def cut_video(recording: Path) -> None:
    video = recording / "cam2.mp4"
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])


def other_frame_size(recording: Path) -> None:
    replace(recording, "[640, 480]", "[1280, 720]")


def no_calibration(recording: Path) -> None:
    path = recording / "store.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("matrix"))
    path.write_text("\n".join(lines[:first] + lines[first + 1 :]), encoding="utf-8")


def unknown_product(recording: Path) -> None:
    path = recording / "store.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.lstrip().startswith("product ="))
    lines[first] = 'product = "caviar-1000"'
    path.write_text("\n".join(lines), encoding="utf-8")


def damaged_gate_log(recording: Path) -> None:
    (recording / "gate.jsonl").write_text("{not json\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (remove_video, "cam2"),
        (empty_video, "cam2"),
        (cut_video, "cam2"),
        (other_frame_size, "640"),
        (no_calibration, "calibration"),
        (unknown_product, "caviar-1000"),
        (damaged_gate_log, "gate.jsonl, line 1"),
    ],
)
@pytest.mark.parametrize("command", ["demo", "evaluate", "run"])
def test_a_damaged_recording_gets_one_line_and_writes_nothing(
    recording: Path, tmp_path: Path, command: str, damage: Callable[[Path], None], says: str
) -> None:
    damage(recording)
    out = tmp_path / "out"

    result = walkout(command, recording, "--out", out)

    assert result.exit_code == 2
    assert result.stderr.startswith("walkout: ")
    assert len(result.stderr.strip().splitlines()) == 1
    assert says in result.stderr
    assert not out.exists()


def test_a_port_in_use_is_named(recording: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = walkout("demo", recording, "--out", tmp_path / "out", "--port", str(port))

    assert result.exit_code == 2
    assert str(port) in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_place_that_cannot_be_written_is_named(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    result = walkout("demo", recording, "--out", tmp_path / "file" / "out")

    assert result.exit_code == 2
    assert "choose another --out" in result.stderr


def test_a_scenario_nobody_wrote_is_answered_with_those_there_are(tmp_path: Path) -> None:
    result = walkout("simulate", "riot", "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert "easy" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_missing_confidence_file_is_named_and_the_results_of_before_stay(
    recording: Path, tmp_path: Path, command: str
) -> None:
    replace(recording, 'confidence = "confidence.json"', 'confidence = "none.json"')
    out = tmp_path / "out"
    out.mkdir()
    (out / "journal.jsonl").write_text("of yesterday", encoding="utf-8")

    result = walkout(command, recording, "--out", out)

    assert result.exit_code == 2
    assert "none.json" in result.output
    assert (out / "journal.jsonl").read_text(encoding="utf-8") == "of yesterday"
