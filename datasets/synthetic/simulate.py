"""Makes recordings; several at once wherever an engine runs them."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from datasets.engines import Engine, FolderJob, ProcessEngine, make_here, remove_leftovers
from datasets.errors import ScenarioError
from datasets.synthetic.play.scenarios import Scenario, find_scenario, list_scenarios
from datasets.synthetic.play.script import ScriptError
from datasets.synthetic.studio import AS_THE_SCENARIO_SAYS, Progress, SimulationOptions, record


def simulate(
    scenario: str,
    seed: int,
    out: Path,
    options: SimulationOptions = AS_THE_SCENARIO_SAYS,
    progress: Progress | None = None,
) -> Path:
    """Make one recording; the same scenario, seed and options give the same bytes.

    Nothing is left under `out` unless the recording is complete.

    Args:
        scenario: Name of a scenario.
        seed: Store, people and script follow from it.
        out: Folder of the recording itself; its parents are made.
        options: What it comes with.
        progress: Called with frames done and frames in all, per time step.

    Returns:
        `out`.

    Raises:
        ScenarioError: If there is no such scenario, or no script fits the seed.
        OutputError: If `out` exists already or cannot be written.
    """
    known_scenario(scenario)
    make_here(FolderJob(out, partial(fill_recording, scenario, seed, options, progress=progress)))
    return out


def simulate_many(
    scenario: str,
    seeds: Sequence[int],
    out: Path,
    engine: Engine | None = None,
    options: SimulationOptions = AS_THE_SCENARIO_SAYS,
) -> Iterator[Path]:
    """Make `out/SCENARIO-SEED` for every seed; yields each folder when it is complete.

    Folders that exist already are yielded as they are: an interrupted run goes on where it was.

    Args:
        scenario: Name of a scenario.
        seeds: One recording each.
        out: Folder that gets the recordings' folders.
        engine: Where they are made; one process of this machine by default.
        options: What they come with.

    Raises:
        ScenarioError: If there is no such scenario, or no script fits a seed.
        OutputError: If a folder cannot be written.
    """
    known_scenario(scenario)
    remove_leftovers(out)
    jobs = [
        FolderJob(recording_folder(out, scenario, seed), partial(fill_recording, scenario, seed, options))
        for seed in seeds
    ]
    missing = [job for job in jobs if not job.folder.exists()]
    yield from (job.folder for job in jobs if job not in missing)
    for job in (engine or ProcessEngine(1)).run(missing):
        yield job.folder


def recording_folder(out: Path, scenario: str, seed: int) -> Path:
    """Return where `simulate_many` puts a recording."""
    return out / f"{scenario}-{seed}"


def known_scenario(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises:
        ScenarioError: If there is none; the message lists those there are.
    """
    found = find_scenario(name)
    if found is None:
        names = ", ".join(scenario.name for scenario in list_scenarios())
        raise ScenarioError(f"there is no scenario {name!r}; choose one of {names}")
    return found


def fill_recording(
    scenario: str, seed: int, options: SimulationOptions, folder: Path, progress: Progress | None = None
) -> None:
    """Write a recording into an empty folder; see `simulate`, which is safer."""
    try:
        record(known_scenario(scenario), seed, options, folder, progress)
    except ScriptError as error:
        raise ScenarioError(str(error)) from error
