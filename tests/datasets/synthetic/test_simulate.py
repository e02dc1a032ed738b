from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from datasets.engines import FolderJob, ProcessEngine, make_here
from datasets.errors import OutputError, ScenarioError
from datasets.masks import read_masks
from datasets.recording import read_recording, read_truth
from datasets.scale_readings import read_scales
from datasets.synthetic.simulate import simulate, simulate_many
from datasets.synthetic.studio import GENERATOR, SimulationOptions
from vision.settings import read_settings
from vision.sources import open_sources

TINY = SimulationOptions(
    with_scales=True, with_masks=True, longest_s=1.2, largest_px=(80, 60), most_cameras=2
)
SEED = 3


class InOrder:
    """An engine that makes folders one after the other in this process, and stops after some."""

    def __init__(self, most: int) -> None:
        self._most = most

    def run(self, jobs: Sequence[FolderJob]) -> Iterator[FolderJob]:
        for job in jobs[: self._most]:
            make_here(job)
            yield job


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate("easy", SEED, tmp_path_factory.mktemp("recordings") / "tiny", TINY)


def test_a_recording_can_be_read_and_says_how_it_came_to_be(folder: Path) -> None:
    recording = read_recording(folder)
    assert (recording.scenario, recording.seed, len(recording.videos)) == ("easy", SEED, 2)
    assert recording.duration_s == pytest.approx(1.2)
    assert GENERATOR in (folder / "recording.toml").read_text()


def test_every_frame_of_a_video_is_in_the_truth_with_its_stamp(folder: Path) -> None:
    truth = read_truth(folder)
    settings = read_settings(folder / "store.toml")
    for source in open_sources(settings):
        frames = truth.cameras[source.camera_id]
        shown = [frame.at_s for frame in source]
        assert len(frames) in (11, 12)
        assert shown == pytest.approx([frame.stamped_s for frame in frames], abs=1e-3)
        assert [frame.captured_s for frame in frames] == pytest.approx(shown, abs=0.06)


def test_masks_belong_to_frames_and_scales_to_slots(folder: Path) -> None:
    truth, recording = read_truth(folder), read_recording(folder)
    for camera, frames in truth.cameras.items():
        assert len(read_masks(folder, camera, len(frames))) == len(frames)
    scales = read_scales(folder)
    assert scales is not None
    slots = {slot.slot_id for shelf in recording.store_map.shelves for slot in shelf.slots}
    assert {slot for plate in scales.plates for slot in plate.slot_ids} == slots
    assert np.median(scales.grams) > 100


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    (other,) = simulate_many("easy", [SEED], tmp_path, ProcessEngine(1), TINY)
    assert bytes_of(other) == bytes_of(folder)


def test_what_is_there_already_is_kept_and_what_was_left_unfinished_is_removed(
    folder: Path, tmp_path: Path
) -> None:
    done = tmp_path / f"easy-{SEED}"
    folder_copy = bytes_of(folder)
    done.mkdir()
    for name, content in folder_copy.items():
        (done / name).parent.mkdir(parents=True, exist_ok=True)
        (done / name).write_bytes(content)
    killed = tmp_path / ".easy-5.part-999999999"
    killed.mkdir()
    assert list(simulate_many("easy", [SEED, 5], tmp_path, InOrder(most=0), TINY)) == [done]
    assert not killed.exists()
    assert bytes_of(done) == folder_copy


def test_nothing_is_written_over_a_folder_that_exists(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="exists already"):
        simulate("easy", SEED, tmp_path, TINY)


def test_an_unknown_scenario_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no scenario 'eassy'"):
        simulate("eassy", SEED, tmp_path / "out", TINY)
    assert list(tmp_path.iterdir()) == []
