"""`walkout run`: follow the cameras of a store, live ones until Ctrl-C, recorded ones to their end."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from vision.pipeline import load_networks
from vision.settings import StoreSettings, read_settings
from vision.sources import open_sources
from vision.video_writer import VideoWriter
from walkout.annotated_video import AnnotatedVideo
from walkout.checkout import PriceOnlyCheckout
from walkout.errors import OutputError
from walkout.folders import result_folder
from walkout.moved_cameras import MovedCameras
from walkout.screen import Screen
from walkout.store import Listener, Store, confidence_of, read_scans
from walkout.watch import watch_store

_JOURNAL, _VIDEO = "journal.jsonl", "annotated.mp4"


def run_store(path: Path, out: Path, *, with_video: bool | None, console: Console) -> None:
    """Follow the cameras of a `store.toml`.

    Args:
        path: The `store.toml` or its folder.
        out: Gets the journal, and of recordings the video; an earlier run's are replaced, but never a live
            journal.
        with_video: Whether to write the annotated video; None: of recordings.
        console: Where to show what happens.

    Raises:
        WalkoutError, VisionError, CartTrackerError, ModelError: Before anything is written where that can
            be known.
    """
    settings = read_settings(path)
    if not settings.is_live:
        _play(settings, out, with_video=with_video is not False, console=console)
    elif with_video:
        raise OutputError("an annotated video is drawn of recordings only; leave --video out")
    else:
        watch_store(settings, out, console)


def _play(settings: StoreSettings, out: Path, *, with_video: bool, console: Console) -> None:
    sources = open_sources(settings)
    read_scans(settings)
    load_networks(settings)
    confidence, moved = confidence_of(settings), MovedCameras.beside(settings.path)
    result_folder(out)
    (out / _JOURNAL).unlink(missing_ok=True)
    start_s = min(source.start_s for source in sources)
    end_s = max(source.start_s + source.duration_s for source in sources)
    with ExitStack() as stack:
        screen = stack.enter_context(Screen(console, settings.store_map, start_s, end_s))
        listeners: list[Listener] = [screen]
        video = None
        if with_video:
            writer = stack.enter_context(VideoWriter(out / _VIDEO, settings.cameras[0].fps))
            video = AnnotatedVideo(writer, settings)
            listeners.append(video)
        store = Store(
            settings.store_map,
            PriceOnlyCheckout(settings.store_map),
            listeners,
            confidence=confidence,
            moved=moved,
        )
        run = store.play(settings, out / _JOURNAL, None if video is None else video.draw)
    console.print(
        f"{run.media_s:.0f} s of {len(settings.cameras)} cameras in {run.wall_s:.0f} s; "
        f"{len(run.visits)} visits, {len(run.events)} events."
    )
    console.print(f"  journal         {out / _JOURNAL}", highlight=False)
    if with_video:
        console.print(f"  annotated video {out / _VIDEO}", highlight=False)
