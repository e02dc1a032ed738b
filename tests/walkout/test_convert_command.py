"""`walkout convert` writes a folder and says what reads it, or says in one line why not."""

import pytest
from typer.testing import CliRunner

from datasets.recording import FrameTruth
from walkout.cli import app


@pytest.fixture
def recording(build, tmp_path):
    """Write a recording of which one camera has a truth."""
    frames = tuple(FrameTruth(build.start_s + k / 10, build.start_s + k / 10, ()) for k in range(60))
    truth = build.replace(build.truth([], ["anna"]), cameras={"cam1": frames})
    return build.recording(tmp_path / "tale", truth)


def convert(*arguments):
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


def test_a_recording_becomes_mot_challenge(recording, tmp_path):
    result = convert(recording, "--to", "mot", "--out", tmp_path / "mot", "--every", "20")

    assert result.exit_code == 0, result.output
    assert "3 pictures" in result.output
    assert (tmp_path / "mot/seqmap.txt").read_text() == "name\ntale-cam1\n"
    assert len(list((tmp_path / "mot/tale-cam1/img1").iterdir())) == 3


def test_a_folder_in_the_way_is_refused_in_one_line(recording, tmp_path):
    result = convert(recording, "--to", "coco", "--out", tmp_path)

    assert result.exit_code == 2
    assert "exists already" in result.output
