"""The page that every step of `walkout calibrate` leaves: a verdict, figures, and pictures to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console

from vision.types import Image
from walkout.folders import result_folder


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A picture and what it shows.

    Attributes:
        name: Of its file.
    """

    name: str
    caption: str
    picture: Image


@dataclass(frozen=True, slots=True)
class CalibrationPage:
    """What a step found.

    Attributes:
        verdict: In one or two sentences.
        notes: What the shop should know.
        header: Of the table.
        rows: Of the table, as text.
    """

    title: str
    verdict: str
    is_good: bool
    notes: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def write_page(folder: Path, page: CalibrationPage, figures: Sequence[Figure]) -> Path:
    """Write `index.html` and its pictures into a folder, and return the page's path."""
    result_folder(folder)
    for figure in figures:
        cv2.imwrite(str(folder / figure.name), figure.picture)
    environment = Environment(
        loader=PackageLoader("walkout"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    html = environment.get_template("calibration.html").render(
        title=page.title,
        verdict=page.verdict,
        is_good=page.is_good,
        notes=page.notes,
        header=page.header,
        rows=page.rows,
        figures=[{"name": figure.name, "caption": figure.caption} for figure in figures],
    )
    path = folder / "index.html"
    path.write_text(html, encoding="utf-8")
    return path


def say(console: Console, page: CalibrationPage, report: Path) -> None:
    """Tell on the console what the page says, and where it is."""
    console.print(page.verdict, highlight=False, markup=False)
    for note in page.notes:
        console.print(f"  - {note}", highlight=False, markup=False)
    console.print(f"  report {report}", highlight=False, markup=False)
