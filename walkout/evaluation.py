"""Evaluate recordings: check them all, run them all, then write everything at once."""

import json
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from datasets.recording import RecordingTruth, read_truth
from vision.settings import StoreSettings, read_settings
from vision.sources import open_sources
from walkout.clips import write_clips
from walkout.comparison import RecordingComparison, compare
from walkout.errors import EvaluationError, OutputError
from walkout.figures import Figures, figures_file, figures_of, figures_per_scenario
from walkout.gate_log import read_gate_log
from walkout.report import ReportClip, write_report
from walkout.run_result import StoreRun

JOURNALS, CLIPS = "journals", "clips"
OBSERVATIONS = "observations.jsonl"  # of a recording without pictures, see datasets.observation_simulator

RunRecording = Callable[[Path, Path, bool], StoreRun]
"""Run the store on one recording: `(folder, journal, from_journal)`.

Plays the videos and writes the journal, or, from a journal, reads it and needs no video. With several
workers it is called in other processes and must be importable there.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What an evaluation found and where it lies.

    Attributes:
        comparisons: One per recording, in the order given.
        report_path: The page.
        clips: Clips of wrong lines, beside the page.
    """

    figures: Figures
    per_scenario: dict[str, Figures]
    comparisons: tuple[RecordingComparison, ...]
    report_path: Path
    clips: tuple[ReportClip, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _CheckedRecording:
    """A recording that can be evaluated."""

    name: str
    folder: Path
    settings: StoreSettings
    truth: RecordingTruth


def evaluate_recordings(
    folders: Sequence[Path],
    out_dir: Path,
    json_path: Path | None,
    *,
    from_journal: bool,
    run_recording: RunRecording,
    workers: int,
    console: Console,
) -> Evaluation:
    """Run the store on recordings and judge it by their truth.

    Nothing is written before every recording has been checked and run: `out_dir` and `json_path` are
    filled at the end, or not at all.

    Args:
        folders: Recordings; their folder names tell them apart.
        out_dir: Gets `index.html`, `clips/` and `journals/NAME.jsonl`.
        json_path: Gets the figures file.
        from_journal: Replay `out_dir/journals` of an earlier evaluation instead of the videos.
        run_recording: Runs the store.
        workers: Recordings run side by side, each in its own process if more than one.
        console: Shows the progress.

    Raises:
        EvaluationError: If there is no recording, two share a name, or a journal is missing.
        RecordingError, VisionError, CartTrackerError, WalkoutError: If a recording or journal is damaged.
        OutputError: If a result cannot be written.
    """
    recordings = _checked(folders, out_dir, from_journal)
    _check_outputs(out_dir, json_path)
    with _staging(out_dir) as stage:
        journals = out_dir / JOURNALS if from_journal else stage / JOURNALS
        journals.mkdir(exist_ok=True)
        with _progress(console) as progress:
            runs = _run_all(recordings, journals, from_journal, run_recording, workers, progress)
            comparisons = tuple(
                compare(recording.name, recording.truth, recording.settings.store_map, run)
                for recording, run in zip(recordings, runs, strict=True)
            )
            clips = _write_all_clips(stage / CLIPS, recordings, comparisons, progress)
        write_report(stage, comparisons, clips)
        overall, per_scenario = figures_of(comparisons), figures_per_scenario(comparisons)
        if json_path is not None:
            _write_json(json_path, json.dumps(figures_file(overall, per_scenario), indent=2) + "\n")
        _publish(stage, out_dir)
    return Evaluation(
        figures=overall,
        per_scenario=per_scenario,
        comparisons=comparisons,
        report_path=out_dir / "index.html",
        clips=tuple(
            ReportClip(clip.recording, out_dir / CLIPS / clip.path.name, clip.caption) for clip in clips
        ),
    )


def _checked(folders: Sequence[Path], out_dir: Path, from_journal: bool) -> tuple[_CheckedRecording, ...]:
    if not folders:
        raise EvaluationError("no recording to evaluate; give at least one folder")
    names = [folder.resolve().name for folder in folders]
    for name in names:
        if names.count(name) > 1:
            raise EvaluationError(f"two recordings are called {name!r}; give their folders different names")
    return tuple(
        _check(name, folder, out_dir / JOURNALS / f"{name}.jsonl" if from_journal else None)
        for name, folder in zip(names, folders, strict=True)
    )


def _check(name: str, folder: Path, journal: Path | None) -> _CheckedRecording:
    settings = read_settings(folder)
    truth = read_truth(folder)
    if settings.recording is not None and settings.recording.gate_log is not None:
        read_gate_log(settings.recording.gate_log)
    if journal is None:
        if not (folder / OBSERVATIONS).is_file():
            open_sources(settings)
    elif not journal.is_file():
        raise EvaluationError(
            f"recording {folder} has no journal {journal}; evaluate it once without --from-journal"
        )
    return _CheckedRecording(name, folder, settings, truth)


def _check_outputs(out_dir: Path, json_path: Path | None) -> None:
    """Refuse what would only fail after all recordings were run."""
    if out_dir.exists() and not out_dir.is_dir():
        raise OutputError(f"{out_dir} is a file; choose another --out")
    if json_path is not None and json_path.is_dir():
        raise OutputError(f"figures file {json_path} is a folder; give a file name")


def _run_all(
    recordings: Sequence[_CheckedRecording],
    journals: Path,
    from_journal: bool,
    run_recording: RunRecording,
    workers: int,
    progress: Progress,
) -> list[StoreRun]:
    task = progress.add_task("evaluating", total=len(recordings))
    jobs = [
        (recording.folder, journals / f"{recording.name}.jsonl", from_journal) for recording in recordings
    ]
    if workers <= 1 or len(jobs) == 1:
        runs = []
        for job in jobs:
            runs.append(run_recording(*job))
            progress.advance(task)
        return runs
    # Spawned, not forked: the parent's inference and video libraries have threads of their own.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(run_recording, *job) for job in jobs]
        try:
            for done in as_completed(futures):
                done.result()
                progress.advance(task)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _write_all_clips(
    folder: Path,
    recordings: Sequence[_CheckedRecording],
    comparisons: Sequence[RecordingComparison],
    progress: Progress,
) -> list[ReportClip]:
    """Write clips where there is video to cut them from."""
    task = progress.add_task("cutting clips", total=len(recordings))
    clips: list[ReportClip] = []
    for recording, comparison in zip(recordings, comparisons, strict=True):
        if _has_videos(recording.settings):
            clips += write_clips(folder, comparison, recording.settings)
        progress.advance(task)
    return clips


def _has_videos(settings: StoreSettings) -> bool:
    return all(Path(camera.video).is_file() for camera in settings.cameras)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


@contextmanager
def _staging(out_dir: Path) -> Iterator[Path]:
    """Lend a folder on the same disk as `out_dir`; it is gone afterwards."""
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        stage = tempfile.TemporaryDirectory(dir=out_dir.parent, prefix=f".{out_dir.name}-")
    except OSError as error:
        raise OutputError(f"{out_dir} cannot be written ({error.strerror}); choose another --out") from error
    with stage as path:
        yield Path(path)


def _publish(stage: Path, out_dir: Path) -> None:
    """Move the results to their place; clips of an earlier evaluation go, its other journals stay."""
    try:
        out_dir.mkdir(exist_ok=True)
        shutil.rmtree(out_dir / CLIPS, ignore_errors=True)
        if (stage / CLIPS).is_dir():
            (stage / CLIPS).replace(out_dir / CLIPS)
        (out_dir / JOURNALS).mkdir(exist_ok=True)
        for journal in sorted((stage / JOURNALS).glob("*")):
            journal.replace(out_dir / JOURNALS / journal.name)
        (stage / "index.html").replace(out_dir / "index.html")
    except OSError as error:
        raise OutputError(f"{out_dir} cannot be written ({error.strerror}); choose another --out") from error


def _write_json(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OutputError(
            f"figures file {path} cannot be written ({error.strerror}); choose another"
        ) from error
