"""`walkout demo`: a recording through the whole system, with a database, a payment provider and receipts."""

import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.server import run_in_thread
from checkout_api.settings import Settings
from datasets.recording import read_truth, truth_path
from vision.pipeline import load_networks
from vision.settings import StoreSettings, read_settings
from vision.sources import open_sources
from vision.video_writer import VideoWriter
from walkout.annotated_video import AnnotatedVideo, save_poster
from walkout.clips import write_clips
from walkout.comparison import RecordingComparison, compare
from walkout.figure_rows import money
from walkout.figures import figures_of
from walkout.folders import result_folder
from walkout.http_checkout import Customer, HttpCheckout, connected_checkout
from walkout.report import write_report
from walkout.run_result import StoreRun
from walkout.screen import Screen
from walkout.store import Listener, Store, confidence_of, read_scans
from walkout.tables import accuracy_line, receipts_table

_DATABASE, _BOOKS, _LINE = "checkout.db", "provider-books.db", "store-line.db"
_JOURNAL, _VIDEO = "journal.jsonl", "annotated.mp4"
_POSTER, _CLIPS = "annotated.png", "clips"


@dataclass(frozen=True, slots=True, eq=False)
class DemoResult:
    """What a demo made.

    Attributes:
        provider_total_minor: Money in the payment provider's own books.
        comparison: The run beside the truth; None where the recording has no truth file.
    """

    run: StoreRun
    provider_total_minor: int
    comparison: RecordingComparison | None


def run_demo(recording: Path, out: Path, *, port: int, with_video: bool, console: Console) -> DemoResult:
    """Play a recording through the whole system and show what happens.

    Args:
        recording: Folder of the recording.
        out: Folder for database, books, journal, video, receipts and report; what an earlier demo left
            there is replaced.
        port: Of the checkout API; 0 takes a free one.
        with_video: Whether to write the annotated video.
        console: Where to show it.

    Raises:
        WalkoutError, VisionError, CartTrackerError, CheckoutError, DatasetError, ModelError: Before
            anything is written where that can be known.
    """
    settings = read_settings(recording)
    scans = read_scans(settings)
    end_s = max(source.start_s + source.duration_s for source in open_sources(settings))
    load_networks(settings)
    confidence = confidence_of(settings)
    truth = read_truth(recording) if truth_path(recording).exists() else None
    _clear(result_folder(out))
    start_s = settings.recording.start_s if settings.recording else time.time()
    with ExitStack() as stack:
        gateway = stack.enter_context(closing(SimulatorGateway(out / _BOOKS)))
        base_url = stack.enter_context(run_in_thread(_api_settings(out, port, settings), gateway))
        checkout = stack.enter_context(
            connected_checkout(base_url, _api_settings(out, port, settings), settings.store_map, out / _LINE)
        )
        customers = checkout.sign_up(scan.shopper for scan in scans)
        console.print(
            f"[bold]{settings.store_map.name}[/]: {len(settings.cameras)} cameras, {len(customers)} shoppers "
            f"with entry codes; checkout API at {base_url} (its page: {base_url}/docs)"
        )
        screen = stack.enter_context(Screen(console, settings.store_map, start_s, end_s))
        listeners: list[Listener] = [screen]
        video = None
        if with_video:
            video = AnnotatedVideo(
                stack.enter_context(VideoWriter(out / _VIDEO, settings.cameras[0].fps)), settings
            )
            listeners.append(video)
        store = Store(settings.store_map, checkout, listeners, confidence=confidence)
        run = store.play(settings, out / _JOURNAL, None if video is None else video.draw)
        _save_receipts(checkout, customers, out)
        provider_total = gateway.captured_total_minor()
    if video is not None:
        save_poster(video, out / _POSTER)
    comparison = None if truth is None else compare(recording.resolve().name, truth, settings.store_map, run)
    _show_result(console, out, run, comparison, settings, provider_total, with_video=with_video)
    return DemoResult(run, provider_total, comparison)


def _clear(out: Path) -> None:
    for name in (_DATABASE, _BOOKS, _LINE, _JOURNAL):
        for left in out.glob(f"{name}*"):
            left.unlink()
    shutil.rmtree(out / _CLIPS, ignore_errors=True)


def _api_settings(out: Path, port: int, settings: StoreSettings) -> Settings:
    return Settings(
        demo=True,
        port=port,
        database_url=f"sqlite:///{out / _DATABASE}",
        simulator_books=out / _BOOKS,
        store_id=settings.store_map.store_id,
        store_name=settings.store_map.name,
        currency=settings.store_map.currency,
    )


def _save_receipts(checkout: HttpCheckout, customers: Sequence[Customer], out: Path) -> None:
    """Fetch every receipt as its shopper would, as PDF."""
    folder = result_folder(out / "receipts")
    for left in folder.glob("*.pdf"):
        left.unlink()
    for customer in customers:
        for number, pdf in enumerate(checkout.receipt_pdfs(customer), start=1):
            (folder / f"{customer.shopper}-{number}.pdf").write_bytes(pdf)


def _show_result(
    console: Console,
    out: Path,
    run: StoreRun,
    comparison: RecordingComparison | None,
    settings: StoreSettings,
    provider_total: int,
    *,
    with_video: bool,
) -> None:
    currency = settings.store_map.currency
    charged = sum(visit.charged_minor for visit in run.visits)
    books = "agree" if charged == provider_total else "[bold red]disagree[/]"
    if comparison is not None:
        clips = write_clips(out / _CLIPS, comparison, settings)
        write_report(out, (comparison,), clips)
        console.print(receipts_table(comparison))
        console.print(accuracy_line(figures_of((comparison,))))
    console.print(
        f"Receipts: {money(charged, currency)} charged; the payment provider's books say "
        f"{money(provider_total, currency)}: they {books}."
    )
    console.print(
        f"{run.media_s:.0f} s of {len(settings.cameras)} cameras in {run.wall_s:.0f} s "
        f"({run.media_s / max(run.wall_s, 1e-6):.1f} x real time), {run.peak_memory_mb or 0:.0f} MB."
    )
    made = [("receipts", "receipts"), ("journal", _JOURNAL), ("database", _DATABASE)]
    made += [("annotated video", _VIDEO)] if with_video else []
    made += [("report", "index.html")] if comparison is not None else []
    for what, name in reversed(made):
        console.print(f"  {what:<16}{out / name}", highlight=False)
