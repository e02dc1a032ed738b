"""What a person sees while the store runs: a progress bar, and a line for everything that happens."""

from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeRemainingColumn

from cart_tracker.observations import CameraHealthChanged, VisitId
from cart_tracker.store_map import ProductId, StoreMap
from cart_tracker.visits import (
    CartChanged,
    CartLine,
    Decision,
    EventKind,
    EventRecognised,
    TrackerOutput,
    VisitClosed,
)
from walkout.checkout import Settlement
from walkout.figure_rows import money
from walkout.gate_log import GateScan

_VERB = {
    EventKind.PICK: "[green]takes[/]",
    EventKind.PUT: "[yellow]puts back[/]",
    EventKind.TOUCH: "[dim]touches[/]",
    EventKind.GIVE: "[yellow]gives away[/]",
}


class Screen:
    """Prints events, carts and receipts as they come; use as a context manager around the run."""

    def __init__(
        self,
        console: Console,
        store_map: StoreMap,
        start_s: float,
        end_s: float | None,
        state: Callable[[], str] = str,
    ) -> None:
        """Prepare for footage from `start_s` to `end_s`, seconds since the epoch; None: it is live.

        `state` returns what else to say beside the time.
        """
        self._console = console
        self._store_map = store_map
        self._start_s = start_s
        self._names: dict[VisitId, str] = {}
        self._state = state
        columns: list[ProgressColumn] = [SpinnerColumn(), TextColumn("{task.description}")]
        if end_s is not None:
            columns += [BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn()]
        self._progress = Progress(*columns, console=console, transient=True)
        length_s = None if end_s is None else max(end_s - start_s, 1e-3)
        self._task = self._progress.add_task("watching", total=length_s)

    def __enter__(self) -> "Screen":
        """Show the progress bar."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the progress bar."""
        self._progress.stop()

    def ticked(self, at_s: float) -> None:
        """Move the progress bar."""
        self._progress.update(
            self._task,
            completed=at_s - self._start_s,
            description=f"watching {clock(at_s)} {self._state()}".rstrip(),
        )

    def admitted(self, visit_id: str, scan: GateScan) -> None:
        """Say who comes in."""
        self._names[VisitId(visit_id)] = scan.label
        self._say(scan.at_s, scan.label, "[cyan]comes in[/]", f"code accepted at {scan.gate_id}")

    def heard(self, output: TrackerOutput) -> None:
        """Say what was recognised, and what the cart holds now."""
        if isinstance(output, EventRecognised):
            what = "" if output.product_id is None else self._product(output.product_id)
            self._say(
                output.at_s,
                self._names.get(output.visit_id, "somebody"),
                _VERB[output.kind],
                f"{what} [dim]at {output.slot_id}, {output.confidence:.0%} sure[/]",
            )
        elif isinstance(output, CartChanged):
            self._console.print(f"{'':10}{'':12}[dim]cart:[/] {self._cart(output.lines)}", highlight=False)

    def settled(self, visit: VisitClosed, settlement: Settlement) -> None:
        """Say who left and what was charged."""
        name = self._names.get(visit.visit_id, "somebody")
        charged = money(settlement.charged_minor, self._store_map.currency)
        open_lines = sum(line.decision is Decision.REVIEW for line in visit.lines)
        doubt = f", {open_lines} to review" if open_lines else ""
        what = "receipt pending" if settlement.is_pending else f"[bold]{charged}[/] charged"
        self._say(visit.left_s, name, "[cyan]leaves[/]", what + doubt)

    def camera_changed(self, change: CameraHealthChanged) -> None:
        """Say what is wrong with a camera, or that it is well again."""
        colour = "green" if change.is_usable else "red"
        self._say(change.at_s, change.camera_id, f"[{colour}]camera:[/]", escape(change.reason))

    def _say(self, at_s: float, name: str, verb: str, rest: str) -> None:
        self._console.print(f"{clock(at_s):<10}{escape(name):<12}{verb} {rest}", highlight=False)

    def _product(self, product_id: ProductId) -> str:
        return escape(self._store_map.product(product_id).name)

    def _cart(self, lines: tuple[CartLine, ...]) -> str:
        return ", ".join(f"{line.quantity} x {self._product(line.product_id)}" for line in lines) or "empty"


def clock(at_s: float) -> str:
    """Return a time of day, UTC."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S")
