"""`walkout sight`: how well slots are watched and hands are placed, on recordings with truth."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from datasets.metrics.hands import WristFigures, wrist_figures
from datasets.metrics.rates import Rate
from datasets.metrics.slots import SlotFigures, WatchedSlots, beside_truth, slot_figures, true_moves
from walkout.errors import OutputError
from walkout.eyes import Eyes
from walkout.figure_rows import NO_VALUE, interval, percent
from walkout.sight import Sight, measure_sight


def run_sight(folders: Sequence[Path], eyes: Eyes, json_path: Path | None, console: Console) -> None:
    """Watch recordings, sum up over all of them, and say what was found.

    Raises:
        DatasetError: If a recording is unusable.
        ModelError: If the network is.
        OutputError: If the figures cannot be written.
    """
    sights = [
        measure_sight(folder, eyes) for folder in track(folders, "watching", console=console, transient=True)
    ]
    slots = slots_of(sights)
    wrists = {name: figures for name, figures in wrists_of(sights).items() if figures is not None}
    slot_ms = 1000 * sum(one.slot_s for one in sights) / max(sum(one.frames for one in sights), 1)
    console.print(_slot_table(slots, slot_ms))
    console.print(_wrist_table(wrists))
    if json_path is not None:
        figures: dict[str, Any] = {"slots": asdict(slots), "slot_ms_per_camera_frame": slot_ms}
        figures["wrists"] = {name: asdict(one) for name, one in wrists.items()}
        try:
            json_path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"{json_path} cannot be written: {error.strerror}; choose another file"
            ) from error


def slots_of(sights: Sequence[Sight]) -> SlotFigures:
    """Figures of slots over all recordings."""
    return slot_figures(
        [
            WatchedSlots(true_moves(one.truth), beside_truth(one.changes, one.truth), one.slot_hours)
            for one in sights
        ]
    )


def wrists_of(sights: Sequence[Sight]) -> dict[str, WristFigures | None]:
    """Figures of wrists by how many cameras saw them."""
    placed = [wrist for one in sights for wrist in one.wrists]
    return {
        "two views or more": wrist_figures([wrist for wrist in placed if wrist.views >= 2]),
        "one view": wrist_figures([wrist for wrist in placed if wrist.views == 1]),
        "no view": wrist_figures([wrist for wrist in placed if wrist.views == 0]),
    }


def _slot_table(slots: SlotFigures, slot_ms: float) -> Table:
    table = Table(title="Shelf slots", title_justify="left")
    for column in ("what", "figure", "95 % interval", "of"):
        table.add_column(column)
    rates: tuple[tuple[str, Rate], ...] = (
        ("moves told, clear to a camera", slots.recall),
        ("  picks", slots.recall_picks),
        ("  put-backs", slots.recall_puts),
        ("moves told, of all", slots.recall_all),
        ("sign right", slots.sign_right),
        ("quantity right, where the sign is", slots.quantity_right),
    )
    for name, one in rates:
        table.add_row(name, percent(one.value), interval(one), str(one.n))
    false = slots.false_per_slot_hour
    table.add_row(
        "false changes per slot-hour", _number(false), "", f"{slots.n_false} in {slots.slot_hours:.2f} h"
    )
    table.add_row(
        "calibration error, moved or not", _number(slots.calibration_error), "", str(slots.n_compared)
    )
    table.add_row("calibration error, left or came", _number(slots.sign_calibration_error), "", "")
    table.add_row("CPU ms per camera frame", f"{slot_ms:.2f}", "", "")
    return table


def _wrist_table(wrists: dict[str, WristFigures]) -> Table:
    table = Table(title="Wrists in metres", title_justify="left")
    for column in ("seen by", "wrists", "median", "90 %", "squared error / covariance", "within 95 %"):
        table.add_column(column)
    for name, one in wrists.items():
        table.add_row(
            name,
            str(one.n),
            f"{100 * one.median_m:.1f} cm",
            f"{100 * one.p90_m:.1f} cm",
            f"{one.squared:.2f} (exact: 3)",
            percent(one.inside_95),
        )
    return table


def _number(value: float | None) -> str:
    return NO_VALUE if value is None else f"{value:.3f}"
