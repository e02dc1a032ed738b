"""Engines put complete folders in their places, whatever happens on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from datasets.engines import (
    Engine,
    FolderJob,
    ProcessEngine,
    RayEngine,
    make_here,
    make_or_take,
    remove_leftovers,
)
from datasets.errors import EngineError, OutputError, ScenarioError


def fill(folder: Path, seed: int) -> None:
    (folder / "deep").mkdir()
    (folder / "noise.bin").write_bytes(np.random.default_rng(seed).bytes(1000))
    (folder / "deep" / "seed.txt").write_text(str(seed), encoding="ascii")


def fail(folder: Path) -> None:
    (folder / "half.txt").write_text("half", encoding="ascii")
    raise ScenarioError("no script for this seed")


def jobs(out: Path, count: int = 3) -> list[FolderJob]:
    return [FolderJob(out / f"job-{seed}", partial(fill, seed=seed)) for seed in range(count)]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture
def two_machines() -> Iterator[str]:
    pytest.importorskip("ray", reason="the ray extra is not installed")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    yield cluster.address
    cluster.shutdown()


def test_every_engine_yields_each_job_when_its_folder_is_complete(tmp_path: Path) -> None:
    asked = jobs(tmp_path)
    done = list(ProcessEngine(2).run(asked))
    assert sorted(done, key=lambda job: job.folder) == asked
    assert contents(tmp_path / "job-2")["deep/seed.txt"] == b"2"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # ray warns about its own future defaults
def test_two_machines_of_a_cluster_make_the_same_bytes_as_this_process(
    tmp_path: Path, two_machines: str
) -> None:
    here, there = jobs(tmp_path / "here", 4), jobs(tmp_path / "there", 4)
    for job in here:
        make_here(job)
    assert len(list(RayEngine(two_machines).run(there))) == 4
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_renders_the_same_recordings_as_this_machine(tmp_path: Path, two_machines: str) -> None:
    from datasets.synthetic.simulate import SimulationOptions, simulate_many

    tiny = SimulationOptions(longest_s=0.3, largest_px=(64, 48), most_cameras=1)
    here, there = tmp_path / "here", tmp_path / "there"
    assert len(list(simulate_many("easy", (1, 2), here, options=tiny))) == 2
    assert len(list(simulate_many("easy", (1, 2), there, RayEngine(two_machines), tiny))) == 2
    assert contents(there) == contents(here)


def test_a_job_that_fails_leaves_nothing_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no script"):
        list(ProcessEngine(1).run([FolderJob(tmp_path / "bad", fail)]))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "job-0").mkdir()
    with pytest.raises(OutputError, match="exists already"):
        make_here(jobs(tmp_path)[0])


def test_a_folder_that_another_run_finished_meanwhile_is_taken(tmp_path: Path) -> None:
    (job, *_) = jobs(tmp_path)

    def overtaken(folder: Path) -> None:
        fill(folder, 0)
        job.folder.mkdir()
        fill(job.folder, 0)

    make_or_take(FolderJob(job.folder, overtaken))
    make_or_take(FolderJob(job.folder, fail))

    assert list(tmp_path.iterdir()) == [job.folder]
    assert contents(job.folder)["deep/seed.txt"] == b"0"


_SLEEPERS = """
import os, time
from pathlib import Path
from datasets.engines import FolderJob, ProcessEngine

def sleep(folder):
    (folder / "pid.txt").write_text(str(os.getpid()))
    time.sleep(300)

if __name__ == "__main__":
    list(ProcessEngine(1).run([FolderJob(Path("out/sleeper"), sleep)]))
"""


def _wait_for(what: Callable[[], object], timeout_s: float = 30.0) -> None:
    until = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_process_that_started_them(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "sleepers.py"
    script.write_text(_SLEEPERS, encoding="ascii")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    parent = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, env=environment)  # noqa: S603
    try:
        _wait_for(lambda: [*tmp_path.glob("out/.sleeper*/pid.txt")])
    finally:
        parent.send_signal(how)
        parent.wait()

    # Nobody removes the folder of a process that runs.
    def is_cleaned() -> bool:
        remove_leftovers(tmp_path / "out")
        return not any((tmp_path / "out").iterdir())

    _wait_for(is_cleaned)


def test_what_a_killed_run_left_behind_is_removed_and_a_running_one_is_left_alone(tmp_path: Path) -> None:
    dead, alive = tmp_path / ".job-0.part-999999999", tmp_path / f".job-1.part-{os.getpid()}"
    dead.mkdir()
    alive.mkdir()
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [alive]


@pytest.mark.parametrize("engine", [ProcessEngine(1)])
def test_no_jobs_start_nothing(engine: Engine) -> None:
    assert list(engine.run([])) == []


def test_a_cluster_that_is_not_there_is_told_in_one_line() -> None:
    pytest.importorskip("ray", reason="the ray extra is not installed")
    with pytest.raises(EngineError, match="no Ray cluster at"):
        list(RayEngine("127.0.0.1:1").run(jobs(Path("nowhere"))))
