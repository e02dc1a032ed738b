"""`walkout run` with live cameras: watch the store until somebody stops it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import numpy as np
from rich.console import Console

from cart_tracker.journal import is_unfinished
from cart_tracker.store_map import StoreMap
from checkout_api.store_line import StoreLine
from vision.clock import StoreClock
from vision.live_pipeline import LivePipeline
from vision.pipeline import load_networks
from vision.settings import StoreSettings
from walkout.checkout import Checkout, PriceOnlyCheckout
from walkout.folders import result_folder
from walkout.gate_feed import GateFeed
from walkout.line_checkout import LineCheckout, connected_line, line_path, read_device_keys
from walkout.moved_cameras import MovedCameras
from walkout.screen import Screen
from walkout.store import Store, confidence_of

# Trips of those who were inside when the store stops should not wait for its next start.
_LAST_WORDS_S = 10.0


def watch_store(settings: StoreSettings, out: Path, console: Console) -> None:
    """Watch live cameras until SIGINT or SIGTERM; who is inside then is closed for review, not charged.

    Visits go to the checkout API that `store.toml` names, if it does.

    Args:
        settings: The store.
        out: Gets the journal, named after the time of the start; the newest one there is taken up if the
            program was killed.
        console: Where to show what happens.

    Raises:
        WalkoutError, VisionError, CartTrackerError, CheckoutError, ModelError: Before anything is written
            where that can be known.
    """
    clock = StoreClock()
    keys = None if settings.checkout_url is None else read_device_keys()
    networks = load_networks(settings)
    confidence, moved = confidence_of(settings), MovedCameras.beside(settings.path)
    journal = _unfinished(result_folder(out), settings.store_map)
    if journal is None:
        journal = out / f"journal-{_name(clock.now_s())}.jsonl"
    pipeline = LivePipeline(settings, networks, clock, np.random.default_rng())
    feed = None if settings.gate_log is None else GateFeed(settings.gate_log, clock)
    gate = "no gate log in store.toml: nobody has a visit"
    if settings.gate_log is not None:
        gate = f"gate log {settings.gate_log}"
    charging = "no [checkout] in store.toml: nobody is charged"
    if settings.checkout_url is not None:
        charging = f"visits go to {settings.checkout_url}"
    console.print(
        f"[bold]{settings.store_map.name}[/]: {len(settings.cameras)} live cameras; {gate}; {charging};"
        f" journal {journal}; stop with Ctrl-C",
        highlight=False,
    )
    screen = Screen(console, settings.store_map, clock.now_s(), None, lambda: _state(pipeline))
    with ExitStack() as stack:
        checkout: Checkout = PriceOnlyCheckout(settings.store_map)
        line = None
        if keys is not None and settings.checkout_url is not None:
            line = stack.enter_context(connected_line(settings.checkout_url, keys, settings))
            checkout = LineCheckout(line)
        store = Store(
            settings.store_map, checkout, [screen], keeps_history=False, confidence=confidence, moved=moved
        )
        with _stopped_by_signals() as stop, screen:
            store.watch(pipeline.run(stop), (list) if feed is None else feed.new_events, journal)
        if line is not None:
            _say_last_words(line, settings, console)
    for status in pipeline.status():
        counts = status.counts
        console.print(
            f"  {status.camera_id:<10}{counts.received} frames, {counts.dropped} dropped, {counts.discarded}"
            f" discarded, {counts.damaged} damaged, {counts.connections} connections",
            highlight=False,
        )


def _say_last_words(line: StoreLine, settings: StoreSettings, console: Console) -> None:
    if not line.flush(_LAST_WORDS_S):
        console.print(
            f"{line.waiting()} messages wait in {line_path(settings)} for the checkout API; they are sent"
            " when 'walkout run' or 'walkout gate' starts again",
            highlight=False,
        )
    for refused in line.refused():
        console.print(
            f"[red]the {refused.kind} of visit {refused.visit_id} was refused for good:[/] {refused.reason}",
            highlight=False,
        )


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and a polite kill set; the second Ctrl-C acts as usual."""
    stop = threading.Event()
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, usual[signal.Signals(number)])

    for number in usual:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def _state(pipeline: LivePipeline) -> str:
    """Say how many cameras are well, and how many frames were dropped."""
    cameras = pipeline.status()
    well = sum(camera.health.is_usable for camera in cameras)
    dropped = sum(camera.counts.dropped for camera in cameras)
    return f"· {well} of {len(cameras)} cameras · {dropped} frames dropped"


def _unfinished(out: Path, store_map: StoreMap) -> Path | None:
    """Find the newest journal, if it was not finished: its people are still inside."""
    newest = max(out.glob("journal-*.jsonl"), default=None)
    return newest if newest is not None and is_unfinished(newest, store_map) else None


def _name(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
