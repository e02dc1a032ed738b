import json
from pathlib import Path

import av
import pytest
from rich.console import Console

from datasets.errors import RecordingError
from datasets.recording import read_truth
from vision.errors import VisionError
from vision.settings import read_settings
from walkout.clips import best_cameras, front_area_px, write_clips
from walkout.errors import EvaluationError, OutputError
from walkout.evaluation import evaluate_recordings

QUIET = Console(quiet=True)


@pytest.fixture
def recording(build, tmp_path):
    return build.recording(tmp_path / "tale", build_story(build))


def build_story(build, seed=1):
    acts = [build.act("shopper-1", "pick", "cola", 4.0), build.act("shopper-2", "pick", "beans", 1.0)]
    return build.truth(acts, ["shopper-1", "shopper-2"], seed=seed)


@pytest.fixture
def runner(build):
    """Run a store that forgets what shopper 2 took; its journal only says that it was there."""

    def run(folder, journal, from_journal):
        if from_journal:
            assert journal.read_text(encoding="utf-8") == folder.name
        else:
            journal.write_text(folder.name, encoding="utf-8")
        truth = read_truth(folder)
        perfect = build.perfect_run(truth)
        visits = (build.visit("shopper-1", {"cola": 1}), build.visit("shopper-2", {}))
        frames = {"camera_frames": 0, "stages": ()} if from_journal else {}
        return build.replace(perfect, visits=visits, events=perfect.events[1:], **frames)

    return run


def evaluate(folders, out, runner, *, json_path=None, from_journal=False):
    return evaluate_recordings(
        folders,
        out,
        json_path,
        from_journal=from_journal,
        run_recording=runner,
        workers=1,
        console=QUIET,
    )


def test_an_evaluation_leaves_figures_report_clip_and_journal(recording, runner, tmp_path):
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    result = evaluate([recording], out, runner, json_path=figures)
    assert json.loads(figures.read_text(encoding="utf-8"))["baskets_exact"] == 0.5
    assert result.figures.item_recall.value == 0.5
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()) == [
        "clips/tale-shopper-2-beans.mp4",
        "index.html",
        "journals/tale.jsonl",
    ]
    assert 'src="clips/tale-shopper-2-beans.mp4#t=3"' in result.report_path.read_text(encoding="utf-8")
    assert [clip.path for clip in result.clips] == [out / "clips" / "tale-shopper-2-beans.mp4"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.json", "out", "tale"]


def test_a_clip_shows_the_seconds_around_the_event_from_two_cameras(recording, runner, tmp_path):
    (clip,) = evaluate([recording], tmp_path / "out", runner).clips
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        # the event is 1 s after the start: 1 s before it and 2.5 s after it, at 10 fps
        assert (stream.frames, stream.codec_context.name) == (36, "h264")
        assert stream.width == 2 * 160
    assert "shopper-2 took Beans. Recognised: nothing" in clip.caption


def test_a_journal_gives_the_same_figures_without_the_video(recording, runner, tmp_path):
    out = tmp_path / "out"
    played = evaluate([recording], out, runner).figures
    for video in recording.glob("*.mp4"):
        video.unlink()
    replayed = evaluate([recording], out, runner, from_journal=True)
    assert replayed.figures.baskets_exact == played.baskets_exact
    assert replayed.figures.cpu_s_per_camera_frame is None
    assert (out / "journals" / "tale.jsonl").is_file()
    assert not (out / "clips").exists()


def test_a_missing_journal_is_named_before_anything_is_written(recording, runner, tmp_path):
    with pytest.raises(EvaluationError, match=r"tale\.jsonl; evaluate it once without --from-journal"):
        evaluate([recording], tmp_path / "out", runner, from_journal=True)
    assert not (tmp_path / "out").exists()


def test_two_recordings_of_one_name_are_refused(build, recording, runner, tmp_path):
    other = build.recording(tmp_path / "elsewhere" / "tale", build_story(build))
    with pytest.raises(EvaluationError, match="two recordings are called 'tale'"):
        evaluate([recording, other], tmp_path / "out", runner)


def test_no_recording_at_all_is_refused(runner, tmp_path):
    with pytest.raises(EvaluationError, match="no recording"):
        evaluate([], tmp_path / "out", runner)


def test_a_damaged_video_stops_everything_before_the_first_run(build, recording, tmp_path):
    damaged = build.recording(tmp_path / "damaged", build_story(build))
    video = damaged / "cam2.mp4"
    video.write_bytes(video.read_bytes()[:500])

    with pytest.raises(VisionError, match=r"cam2\.mp4"):
        evaluate([recording, damaged], tmp_path / "out", never, json_path=tmp_path / "figures.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged", "tale"]


def test_truth_of_a_product_that_is_not_sold_is_refused(build, recording, runner, tmp_path):
    store = recording / "store.toml"
    text = store.read_text(encoding="utf-8")
    store.write_text(
        text.replace('id = "beans"', 'id = "peas"').replace('product = "beans"', 'product = "peas"')
    )
    with pytest.raises(RecordingError, match=r"'beans', which store\.toml does not sell"):
        evaluate([recording], tmp_path / "out", runner)


def test_a_run_that_fails_leaves_nothing_behind(recording, tmp_path):
    def fail(folder: Path, journal: Path, from_journal: bool):
        journal.write_text("half")
        raise EvaluationError(f"{folder} broke off, {from_journal}")

    with pytest.raises(EvaluationError, match="broke off"):
        evaluate([recording], tmp_path / "out", fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tale"]


def never(folder: Path, journal: Path, from_journal: bool):
    pytest.fail(f"{folder} was run, {journal}, {from_journal}")


def test_outputs_that_cannot_be_are_refused_before_the_first_run(recording, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="choose another --out"):
        evaluate([recording], tmp_path / "file", never)
    with pytest.raises(OutputError, match="give a file name"):
        evaluate([recording], tmp_path / "out", never, json_path=tmp_path / "folder")


def test_a_second_evaluation_drops_old_clips_and_keeps_other_journals(build, recording, runner, tmp_path):
    out = tmp_path / "out"
    evaluate([recording], out, runner)
    other = build.recording(tmp_path / "other", build_story(build, seed=2))
    evaluate([other], out, runner)
    assert [path.name for path in (out / "clips").iterdir()] == ["other-shopper-2-beans.mp4"]
    assert sorted(path.name for path in (out / "journals").iterdir()) == ["other.jsonl", "tale.jsonl"]


def test_the_camera_in_front_and_near_sees_a_slot_best(recording):
    settings = read_settings(recording)
    ranked = best_cameras(settings.cameras, settings.store_map, "slot-cola")
    assert [str(camera.camera_id) for camera in ranked] == ["cam1", "cam2"]
    behind = next(camera for camera in settings.cameras if camera.camera_id == "cam3")
    assert front_area_px(behind.camera, settings.store_map, "slot-cola") == 0.0
    assert front_area_px(behind.camera, settings.store_map, None) == 0.0


def test_a_right_run_writes_no_clip_and_no_folder(build, recording, tmp_path):
    truth = read_truth(recording)
    comparison = build.comparison(truth, build.perfect_run(truth))
    assert write_clips(tmp_path / "clips", comparison, read_settings(recording)) == ()
    assert not (tmp_path / "clips").exists()
