"""`walkout evaluate`: run the store on recordings with truth and say how right it was."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from vision.settings import read_settings
from walkout.checkout import PriceOnlyCheckout
from walkout.evaluation import Evaluation, evaluate_recordings
from walkout.run_result import StoreRun
from walkout.store import Store, read_scans
from walkout.tables import accuracy_line, expectations_table, figures_table, receipts_table, scenarios_table


def run_evaluate(
    folders: Sequence[Path],
    out: Path,
    json_path: Path | None,
    *,
    from_journal: bool,
    workers: int,
    console: Console,
) -> Evaluation:
    """Evaluate recordings and show the figures.

    Raises:
        WalkoutError, VisionError, CartTrackerError, DatasetError, ModelError: See `evaluate_recordings`.
    """
    evaluation = evaluate_recordings(
        folders,
        out,
        json_path,
        from_journal=from_journal,
        run_recording=run_recording,
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


def run_recording(folder: Path, journal: Path, from_journal: bool) -> StoreRun:
    """Run the store on one recording, from its videos or from a journal."""
    settings = read_settings(folder)
    store = Store(settings.store_map, PriceOnlyCheckout(settings.store_map))
    if from_journal:
        return store.replay(journal, read_scans(settings))
    return store.play(settings, journal)
