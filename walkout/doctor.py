"""`walkout doctor`: look at everything a store needs, and say what to do about what is wrong."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from cart_tracker.errors import CartTrackerError
from checkout_api.client import CheckoutClient
from checkout_api.database import open_database
from checkout_api.errors import CheckoutError
from checkout_api.settings import read_settings as read_checkout_settings
from models.errors import ModelError
from vision.clock import StoreClock
from vision.errors import VisionError
from vision.pipeline import load_networks
from vision.settings import CameraSettings, StoreSettings, read_settings
from vision.sources import open_sources
from vision.sources.live_camera import LiveCamera
from walkout.errors import WalkoutError
from walkout.line_checkout import GATE_TIMEOUT_S, read_device_keys
from walkout.store import read_scans

FREE_DISK_GB = 5.0  # a busy day's journal is some 100 MB; databases and evidence need the rest
SLOW_RATE = 0.8  # of the frames that store.toml promises
SENDER_OFF_S = 1.0
_DEVICE_KEYS = {
    "WALKOUT_GATE_KEY",
    "WALKOUT_STORE_COMPUTER_KEY",
}  # a store computer has these and no database


class Verdict(StrEnum):
    """How one thing is doing."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


_COLOUR = {Verdict.GOOD: "green", Verdict.DOUBTFUL: "yellow", Verdict.BAD: "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one part of the store.

    Attributes:
        part: "camera cam1", "models".
        text: What is so, and for a trouble what to do.
    """

    part: str
    verdict: Verdict
    text: str


def run_doctor(path: Path, seconds: float, console: Console) -> bool:
    """Examine a store and show what was found.

    Args:
        path: The `store.toml` or its folder.
        seconds: How long to watch live cameras.
        console: Where to show it.

    Returns:
        Whether the store can work as it is.
    """
    table = Table(show_header=False, box=None, padding=(0, 1))
    is_well = True
    for finding in examine(path, seconds):
        is_well &= finding.verdict is not Verdict.BAD
        colour = _COLOUR[finding.verdict]
        table.add_row(finding.part, f"[{colour}]{finding.verdict.value}[/]", escape(finding.text))
    console.print(table)
    return is_well


def examine(path: Path, seconds: float) -> Iterator[Finding]:
    """Look at every part of the store described at `path`; live cameras are watched for `seconds`."""
    try:
        settings = read_settings(path)
    except VisionError as error:
        yield Finding("store", Verdict.BAD, str(error))
        return
    store_map = settings.store_map
    what = f"{len(settings.cameras)} cameras, {len(store_map.shelves)} shelves, {len(store_map.slots)} slots"
    yield Finding("store", Verdict.GOOD, f"{store_map.name}: {what}, {len(store_map.products)} products")
    yield from _live_cameras(settings, seconds) if settings.is_live else _recorded_cameras(settings)
    yield _gate(settings)
    if settings.is_live:
        yield _checkout(settings)
    yield _models(settings)
    yield _database()
    yield _disk(settings.path.parent)


def _recorded_cameras(settings: StoreSettings) -> Iterator[Finding]:
    try:
        sources = open_sources(settings)
    except VisionError as error:
        yield Finding("cameras", Verdict.BAD, str(error))
        return
    for source in sources:
        what = f"{source.frame_count} frames, {source.duration_s:.1f} s of {source.path}"
        yield Finding(f"camera {source.camera_id}", Verdict.GOOD, what)


def _live_cameras(settings: StoreSettings, seconds: float) -> Iterator[Finding]:
    """Watch all at once, as the store does."""
    clock = StoreClock()
    cameras = [LiveCamera(one, clock, np.random.default_rng()) for one in settings.cameras]
    takers = [threading.Thread(target=_take_all, args=(camera,), daemon=True) for camera in cameras]
    for camera, taker in zip(cameras, takers, strict=True):
        camera.start()
        taker.start()
    time.sleep(seconds)
    findings = [
        _live_camera(one, camera, seconds) for one, camera in zip(settings.cameras, cameras, strict=True)
    ]
    for camera in cameras:
        camera.stop()
    yield from findings


def _take_all(camera: LiveCamera) -> None:
    for _ in camera:
        pass


def _live_camera(settings: CameraSettings, camera: LiveCamera, seconds: float) -> Finding:
    part, health, counts = f"camera {camera.camera_id}", camera.health(), camera.counts
    if not health.is_usable:
        return Finding(part, Verdict.BAD, f"{settings.video} {health.reason}")
    rate = counts.taken / max(seconds - 1.0, 0.5)  # connecting takes about a second
    if rate < SLOW_RATE * settings.fps:
        return Finding(
            part,
            Verdict.DOUBTFUL,
            f"{rate:.1f} good frames/s where store.toml says {settings.fps:g} ({counts.damaged} damaged,"
            f" {counts.discarded} discarded); set the camera's rate, or correct fps",
        )
    if counts.connections > 1 or counts.damaged:
        return Finding(
            part,
            Verdict.DOUBTFUL,
            f"{counts.connections} connections and {counts.damaged} damaged frames in {seconds:.0f} s; check"
            " its cable, its power and the network",
        )
    offset_s = health.sender_offset_s
    if offset_s is None:
        return Finding(part, Verdict.GOOD, f"{rate:.1f} frames/s; tells no clock, arrival times are used")
    if abs(offset_s) > SENDER_OFF_S:
        return Finding(
            part,
            Verdict.DOUBTFUL,
            f"{rate:.1f} frames/s; its clock is {offset_s:+.1f} s off and not used; set an NTP server in it",
        )
    return Finding(part, Verdict.GOOD, f"{rate:.1f} frames/s; its clock is {1000 * offset_s:+.0f} ms off")


def _gate(settings: StoreSettings) -> Finding:
    if not settings.is_live:
        return _checked("gate", lambda: f"{len(read_scans(settings))} scans in the recording")
    log = settings.gate_log
    if log is None:
        return Finding("gate", Verdict.DOUBTFUL, "no [gate] log in store.toml: nobody will have a visit")
    if not log.exists():
        return Finding("gate", Verdict.DOUBTFUL, f"{log} does not exist yet; has the gate opened once?")
    return Finding("gate", Verdict.GOOD, f"{log}")


def _checkout(settings: StoreSettings) -> Finding:
    url = settings.checkout_url
    if url is None:
        return Finding("checkout", Verdict.DOUBTFUL, "no [checkout] url in store.toml: nobody is charged")

    def check() -> str:
        key = read_device_keys().gate_key.get_secret_value()
        with CheckoutClient(url, key, tries=1, timeout_s=GATE_TIMEOUT_S) as client:
            client.signing_keys()
        return f"{url} answers and knows the gate's key"

    return _checked("checkout", check)


def _models(settings: StoreSettings) -> Finding:
    def check() -> str:
        load_networks(settings)()
        return "weights are those of their cards and fit this store"

    return _checked("models", check)


def _database() -> Finding:
    if not {name for name in os.environ if name.startswith("WALKOUT_")} - _DEVICE_KEYS:
        return Finding("database", Verdict.GOOD, "no checkout is set up here (no WALKOUT_ settings)")

    def check() -> str:
        url = make_url(read_checkout_settings().database_url)
        path = Path(url.database or "")
        if url.get_backend_name() == "sqlite" and path.parent.is_dir() and not path.exists():
            return f"{path} does not exist yet; 'walkout serve' makes it"  # and a look would, empty
        database = open_database(url.render_as_string(hide_password=False))
        with database.read() as session:
            session.execute(text("SELECT 1"))
        database.close()
        return f"{url.render_as_string(hide_password=True)} answers"

    return _checked("database", check)


def _disk(folder: Path) -> Finding:
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < FREE_DISK_GB:
        return Finding("disk", Verdict.DOUBTFUL, f"only {free_gb:.1f} GB free; make room for journals")
    return Finding("disk", Verdict.GOOD, f"{free_gb:.0f} GB free")


def _checked(part: str, check: Callable[[], str]) -> Finding:
    """Return what `check` says, or the known error it raises."""
    try:
        return Finding(part, Verdict.GOOD, check())
    except (CartTrackerError, CheckoutError, ModelError, VisionError, WalkoutError, SQLAlchemyError) as error:
        return Finding(part, Verdict.BAD, str(error).splitlines()[0])
