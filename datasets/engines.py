"""Where folders are rendered: processes of this machine, or the machines of a Ray cluster.

A job fills one folder and shares nothing with other jobs. Whatever renders it, the folder has the same bytes;
an engine only decides where. Nobody sees a folder that is not complete, and what an interrupted run left
behind is removed by the next. Two runs of the same command may meet: a folder that the other one has finished
meanwhile is taken, for it has the same bytes.
"""

import importlib.util
import multiprocessing
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from types import ModuleType
from typing import Protocol

from datasets.errors import EngineError, OutputError

_PARTIAL = ".part-"
_FOUND_BY_RAY = ("auto", "local")  # addresses that Ray looks up on this machine
_KNOCK_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class FolderJob:
    """A folder to be made.

    Attributes:
        folder: Where it shall be; jobs whose folder exists are done.
        make: Fills an empty folder. Called in another process, perhaps on another machine: must be
            picklable and depend on nothing but its arguments.
    """

    folder: Path
    make: Callable[[Path], None]


class Engine(Protocol):
    """Makes folders somewhere."""

    def run(self, jobs: Sequence[FolderJob]) -> Iterator[FolderJob]:
        """Make all folders, yielding each job when its folder is complete and in its place.

        Raises:
            OutputError: If a folder cannot be written.
            EngineError: If the engine cannot be reached.
        """


class EngineName(StrEnum):
    """Engines there are."""

    PROCESSES = "processes"
    RAY = "ray"


class ProcessEngine:
    """Processes of this machine."""

    def __init__(self, workers: int) -> None:
        """Use this many, at least one."""
        self._workers = max(1, workers)

    def run(self, jobs: Sequence[FolderJob]) -> Iterator[FolderJob]:
        """See `Engine`."""
        if not jobs:
            return
        # Started afresh: a forked copy of a process with threads can hang.
        with ProcessPoolExecutor(
            self._workers, mp_context=get_context("spawn"), initializer=_end_with_the_parent
        ) as pool:
            futures = {pool.submit(make_or_take, job): job for job in jobs}
            try:
                for future in as_completed(futures):
                    future.result()
                    yield futures[future]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


class RayEngine:
    """The machines of a Ray cluster; each renders into a scratch folder and sends the files back.

    The machines share no disk, but walkout with its `simulate` extra is installed on all of them in the same
    version. A job takes one processor; a machine that dies has its jobs done again elsewhere.
    """

    def __init__(self, address: str | None = None) -> None:
        """Take the cluster at an address such as `auto` or `ray://head:10001`; None starts one here.

        Raises:
            EngineError: If Ray is not installed.
        """
        if importlib.util.find_spec("ray") is None:
            raise EngineError("ray is not installed; for --engine ray: .venv/bin/pip install -e '.[ray]'")
        self._address = address

    def run(self, jobs: Sequence[FolderJob]) -> Iterator[FolderJob]:
        """See `Engine`."""
        if not jobs:
            return
        import ray

        was_connected = ray.is_initialized()
        if not was_connected:
            self._connect(ray)
        try:
            remote = ray.remote(num_cpus=1)(_files_made_elsewhere)
            waiting = {remote.remote(job.make): job for job in jobs}
            while waiting:
                done, _ = ray.wait(list(waiting))
                job = waiting.pop(done[0])
                _unpack(ray.get(done[0]), job.folder)
                yield job
        finally:
            if not was_connected:
                ray.shutdown()

    def _connect(self, ray: ModuleType) -> None:
        try:
            _knock(self._address)
            ray.init(self._address, log_to_driver=False, include_dashboard=False, logging_level="error")
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineError(
                f"no Ray cluster at {self._address or 'this machine'} ({error}); start one with 'ray start"
                " --head', or leave --engine out"
            ) from error


def _knock(address: str | None) -> None:
    """Find out quickly whether somebody listens: Ray itself waits for minutes.

    Raises:
        OSError: If nobody does.
    """
    if address is None or address in _FOUND_BY_RAY:
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    socket.create_connection((host, int(port)), _KNOCK_TIMEOUT_S).close()


def _end_with_the_parent() -> None:
    """Let this process end as soon as the one that started it is gone, killed or not.

    A pool's worker waits for work, or works, without ever looking; an orphan would go on for hours.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)  # at once: whatever the other threads are in

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def make_or_take(job: FolderJob) -> None:
    """Make one folder on this machine, in this process; one that is there is taken as it is.

    Raises:
        OutputError: If it cannot be written.
    """
    if not job.folder.is_dir():
        _make(job)


def make_here(job: FolderJob) -> None:
    """Make one folder on this machine, in this process.

    Raises:
        OutputError: If it exists already or cannot be written.
    """
    if job.folder.exists():
        raise OutputError(f"{job.folder} exists already; remove it or choose another folder")
    _make(job)


def _make(job: FolderJob) -> None:
    try:
        partial = _partial_of(job.folder)
        try:
            job.make(partial)
            partial.rename(job.folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        if job.folder.is_dir():
            return  # another run has finished it meanwhile
        raise OutputError(f"cannot write {job.folder} ({error.strerror}); choose another folder") from error


def remove_leftovers(parent: Path) -> None:
    """Remove what processes that are gone left behind in a folder of results."""
    for partial in parent.glob(f".*{_PARTIAL}*"):
        if not _is_running(partial.name.rpartition(_PARTIAL)[2]):
            shutil.rmtree(partial, ignore_errors=True)


def _partial_of(folder: Path) -> Path:
    """Make a folder beside another, whose name tells which process writes it."""
    partial = folder.with_name(f".{folder.name}{_PARTIAL}{os.getpid()}")
    partial.mkdir(parents=True)
    return partial


def _is_running(pid: str) -> bool:
    if not pid.isdigit():
        return False
    with suppress(ProcessLookupError):
        try:
            os.kill(int(pid), 0)
        except PermissionError:
            return True
        return True
    return False


def _files_made_elsewhere(make: Callable[[Path], None]) -> dict[str, bytes]:
    """Make a folder in a scratch place and return its files, by path inside it."""
    with tempfile.TemporaryDirectory(prefix="walkout-") as scratch:
        folder = Path(scratch)
        make(folder)
        return {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }


def _unpack(files: dict[str, bytes], folder: Path) -> None:
    def write(into: Path) -> None:
        for name, content in files.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    make_or_take(FolderJob(folder, write))
