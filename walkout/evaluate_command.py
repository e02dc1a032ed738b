"""`walkout evaluate`: run the store on recordings with truth and say how right it was."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from cart_tracker.confidence import ConfidenceSettings
from cart_tracker.confidence import read_settings as read_confidence
from vision.settings import read_settings
from walkout.checkout import PriceOnlyCheckout
from walkout.evaluation import OBSERVATIONS, Evaluation, evaluate_recordings
from walkout.run_result import StoreRun
from walkout.store import Store, confidence_of, read_scans
from walkout.tables import accuracy_line, expectations_table, figures_table, receipts_table, scenarios_table


def run_evaluate(
    folders: Sequence[Path],
    out: Path,
    json_path: Path | None,
    *,
    from_journal: bool,
    workers: int,
    console: Console,
    confidence: Path | None = None,
) -> Evaluation:
    """Evaluate recordings and show the figures; `confidence` is a file of `--calibrate`.

    Raises:
        WalkoutError, VisionError, CartTrackerError, DatasetError, ModelError: See `evaluate_recordings`.
    """
    settings = None if confidence is None else read_confidence(confidence)
    evaluation = evaluate_recordings(
        folders,
        out,
        json_path,
        from_journal=from_journal,
        run_recording=partial(run_recording, settings=settings),
        workers=workers,
        console=console,
    )
    for comparison in evaluation.comparisons:
        console.print(receipts_table(comparison))
        expected = expectations_table(comparison)
        if expected is not None:
            console.print(expected)
    currency = evaluation.comparisons[0].store_map.currency
    console.print(figures_table(evaluation.figures, currency))
    if len(evaluation.per_scenario) > 1:
        console.print(scenarios_table(evaluation.per_scenario))
    console.print(accuracy_line(evaluation.figures))
    console.print(f"  report  {evaluation.report_path}", highlight=False)
    if json_path is not None:
        console.print(f"  figures {json_path}", highlight=False)
    return evaluation


def run_recording(
    folder: Path, journal: Path, from_journal: bool, settings: ConfidenceSettings | None = None
) -> StoreRun:
    """Run the store on one recording: from its videos, from a journal, or from simulated observations.

    `settings` are used instead of the store's own.
    """
    recorded = read_settings(folder)
    store = Store(
        recorded.store_map,
        PriceOnlyCheckout(recorded.store_map),
        confidence=settings or confidence_of(recorded),
    )
    simulated = folder / OBSERVATIONS
    if not from_journal and simulated.is_file():
        shutil.copyfile(simulated, journal)
        from_journal = True
    if from_journal:
        return store.replay(journal, read_scans(recorded))
    return store.play(recorded, journal)
