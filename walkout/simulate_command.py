"""`walkout simulate`: recordings of the synthetic store, or a training set. Needs the `simulate` extra."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from datasets.engines import Engine, EngineName, ProcessEngine, RayEngine, remove_leftovers
from datasets.observation_simulator.recordings import simulate_observations
from datasets.slot_set import make_slot_set
from datasets.synthetic.play.scenarios import Knobs, list_scenarios
from datasets.synthetic.simulate import known_scenario, recording_folder, simulate, simulate_many
from datasets.synthetic.studio import SimulationOptions
from datasets.training_set import make_training_set


def show_scenarios(console: Console) -> None:
    """Say what each scenario is."""
    table = Table(title="Scenarios", title_justify="left")
    table.add_column("name", style="bold")
    table.add_column("row", justify="right")
    table.add_column("shoppers", justify="right")
    table.add_column("what happens")
    for scenario in list_scenarios():
        fewest, most = scenario.shoppers
        table.add_row(
            scenario.name,
            "" if scenario.row is None else str(scenario.row),
            str(most) if fewest == most else f"{fewest} to {most}",
            scenario.description,
        )
    console.print(table)
    console.print(
        "Rows are those of the table of adversarial scenarios. --shoppers and --crowding change a scenario;"
        " what is expected of a store is in the recording's truth, and evaluate judges it.",
        highlight=False,
    )
    console.print("walkout simulate NAME --seed 1 --count 2 --out out/recordings", highlight=False)


def chosen_engine(name: EngineName, workers: int, address: str | None) -> Engine:
    """Return the engine of this name.

    Raises:
        EngineError: If it is not installed.
    """
    return RayEngine(address) if name is EngineName.RAY else ProcessEngine(workers)


def run_simulate(
    scenario: str,
    seeds: Sequence[int],
    out: Path,
    engine: Engine,
    options: SimulationOptions,
    console: Console,
) -> None:
    """Render one recording per seed; those that exist already are kept.

    Raises:
        DatasetError: If there is no such scenario, or a folder cannot be written.
    """
    known_scenario(scenario)
    if len(seeds) == 1 and isinstance(engine, ProcessEngine):
        _render_here(scenario, seeds[0], out, options, console)
    else:
        with _progress(console, "recordings", len(seeds)) as advance:
            for folder in simulate_many(scenario, seeds, out, engine, options):
                advance()
                console.print(f"  {folder}", highlight=False)
    console.print(f"Measure the store on them: walkout evaluate {out}/{scenario}-*", highlight=False)


def run_observations(
    scenario: str, seeds: Sequence[int], out: Path, engine: Engine, knobs: Knobs, console: Console
) -> None:
    """Write one recording without pictures per seed; those that exist already are kept.

    Raises:
        DatasetError: If there is no such scenario, or a folder cannot be written.
    """
    with _progress(console, "recordings", len(seeds)) as advance:
        for _ in simulate_observations(scenario, seeds, out, engine, knobs):
            advance()
    console.print(f"Measure the tracker on them: walkout evaluate {out}/{scenario}-*", highlight=False)


def _render_here(scenario: str, seed: int, out: Path, options: SimulationOptions, console: Console) -> None:
    """Render one recording in this process, where every time step can be told."""
    folder = recording_folder(out, scenario, seed)
    if not folder.exists():
        remove_leftovers(out)
        with _progress(console, "store, light and script", None) as advance:
            simulate(scenario, seed, folder, options, advance.film)
    console.print(f"  {folder}", highlight=False)


def run_training_set(
    out: Path, images: int, per_store: int, seed: int, engine: Engine, console: Console
) -> None:
    """Render a training set in YOLO format, with a tenth more for validation; an interrupted one goes on.

    Raises:
        DatasetError: If the folder cannot be written.
    """
    with _progress(console, "pictures", images + images // 10) as advance:
        make_training_set(
            out, images, seed, engine, per_store=per_store, progress=lambda done, _: advance(done)
        )
    console.print(f"Train on it: walkout train pose --data {out} --out out/training/pose", highlight=False)


def run_slot_set(out: Path, stores: int, seed: int, engine: Engine, console: Console) -> None:
    """Film restless shelves, with a tenth more stores for validation; an interrupted run goes on.

    Raises:
        DatasetError: If the folder cannot be written.
    """
    with _progress(console, "stores", None) as advance:
        make_slot_set(out, stores, seed, engine, progress=advance.to)
    console.print(f"Train on it: walkout train slots --data {out} --out out/training/slots", highlight=False)


class _Advance:
    """Moves a progress bar by one, or to a given count."""

    def __init__(self, progress: Progress, what: str, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total)

    def __call__(self, done: int | None = None) -> None:
        if done is None:
            self._progress.advance(self._task)
        else:
            self._progress.update(self._task, completed=done)

    def film(self, done: int, total: int) -> None:
        """Tell time steps of one film."""
        self._progress.update(self._task, description="filming", completed=done, total=total)

    def to(self, done: int, total: int) -> None:
        """Tell how many of how many are done."""
        self._progress.update(self._task, completed=done, total=total)


@contextmanager
def _progress(console: Console, what: str, total: int | None) -> Iterator[_Advance]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Advance(progress, what, total)
