"""`walkout yardstick`: what a network that has only seen photographs finds in rendered pictures."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from datasets.labels import label_box
from datasets.metrics.rates import Rate
from datasets.picture_notes import PersonNote, PictureNote, read_picture_notes
from datasets.yardstick import (
    LEAST_VISIBILITY,
    Judged,
    PersonInPicture,
    YardstickReport,
    YoloxPeople,
    judge,
    report_on,
)
from walkout.errors import OutputError
from walkout.figure_rows import interval, percent

SHEET, FIGURES = "sheet.jpg", "yardstick.json"
_SHEET_COLUMNS, _SHEET_PICTURES = 4, 24
_SHEET_PX = (480, 360)
_FOUND_BGR, _MISSED_BGR, _FALSE_BGR = (80, 200, 60), (50, 50, 240), (40, 220, 250)
_AGES = ((13, "6-12"), (18, "13-17"), (60, "18-59"), (200, "60-80"))
_TILTS = ((20, "0-20 degrees"), (40, "20-40 degrees"), (90, "40-66 degrees"))
_HIDDEN = ((0.1, "0-10 %"), (0.3, "10-30 %"), (1.01, "30-60 %"))
_SIZES = ((60, "up to 60 pixels"), (100, "60-100 pixels"), (200, "100-200 pixels"), (9999, "over 200 pixels"))

Image = npt.NDArray[np.uint8]


def run_yardstick(weights: Path, data: Path, out: Path, console: Console) -> YardstickReport:
    """Look at every picture of a training set, say what was found, and write a sheet of some.

    Raises:
        DatasetError: If the network or the training set is unusable.
        OutputError: If the result cannot be written.
    """
    network, notes = YoloxPeople(weights), read_picture_notes(data)
    judged: list[Judged] = []
    shown: list[Image] = []
    step = max(1, len(notes) // _SHEET_PICTURES)
    for number, note in enumerate(track(notes, "looking", console=console, transient=True)):
        image = _picture(data, note)
        people = tuple(_person(person, note, image) for person in note.people)
        verdict = judge(network.find(image), people)
        judged.append(verdict)
        if number % step == 0 and len(shown) < _SHEET_PICTURES:
            shown.append(_drawn(image, verdict))
    report = report_on(judged)
    _write(out, report, shown)
    _show(report, len({note.layout_seed for note in notes}), console)
    console.print(f"  pictures {out / SHEET} (green found, red missed, yellow nobody)", highlight=False)
    console.print(f"  figures  {out / FIGURES}", highlight=False)
    return report


def _picture(data: Path, note: PictureNote) -> Image:
    path = data / "images" / note.split / f"{note.name}.jpg"
    image = cv2.imread(str(path))
    if image is None:
        raise OutputError(f"{path} is missing or no picture; make the training set again")
    return np.asarray(image, dtype=np.uint8)


def _person(person: PersonNote, note: PictureNote, image: Image) -> PersonInPicture:
    visible, amodal = np.array(person.visible_xyxy), np.array(person.amodal_xyxy)
    size = (image.shape[1], image.shape[0])
    looks = person.looks
    return PersonInPicture(
        np.stack([visible, label_box(1.0, visible, amodal, size)]),
        person.visibility,
        person.visibility * (1 - person.truncation),
        {
            "age": _band(looks.age_years, _AGES),
            "skin tone": looks.skin_tone,
            "garment": looks.garment,
            "headwear": looks.headwear,
            "pose": person.pose,
            "pushes": looks.pushes,
            "camera tilt": _band(note.camera.tilt_deg, _TILTS),
            "store": note.template,
            "hidden": _band(1 - person.visibility, _HIDDEN),
            "longest side": _band(float((visible[2:] - visible[:2]).max()), _SIZES),
            "in the picture": "whole" if person.truncation < 0.05 else "cut by its edge",
        },
    )


def _band(value: float, bands: Sequence[tuple[float, str]]) -> str:
    return next((name for below, name in bands if value < below), bands[-1][1])


def _drawn(image: Image, verdict: Judged) -> Image:
    drawn = image.copy()
    for person, is_found in zip(verdict.people, verdict.is_found, strict=True):
        _draw_box(drawn, person.boxes_xyxy[0], _FOUND_BGR if is_found else _MISSED_BGR)
    for box in verdict.false_xyxy:
        _draw_box(drawn, box, _FALSE_BGR)
    return np.asarray(cv2.resize(drawn, _SHEET_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _draw_box(image: Image, xyxy: npt.NDArray[np.float64], colour_bgr: tuple[int, int, int]) -> None:
    left, top, right, bottom = (round(float(value)) for value in xyxy)
    cv2.rectangle(image, (left, top), (right, bottom), colour_bgr, 2)


def _write(out: Path, report: YardstickReport, shown: Sequence[Image]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / FIGURES).write_text(json.dumps(_figures(report), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}); choose another --out") from error
    blank = np.zeros((_SHEET_PX[1], _SHEET_PX[0], 3), np.uint8)
    cells = [*shown, *[blank] * (-len(shown) % _SHEET_COLUMNS)]
    rows = [np.hstack(cells[k : k + _SHEET_COLUMNS]) for k in range(0, len(cells), _SHEET_COLUMNS)]
    if rows:
        cv2.imwrite(str(out / SHEET), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 82])


def _figures(report: YardstickReport) -> dict[str, object]:
    return {
        "pictures": report.pictures,
        "recall": report.recall.value,
        "persons": report.recall.n,
        "recall_whole_body": report.whole_recall.value,
        "persons_whole_body": report.whole_recall.n,
        "false_per_picture": report.false_per_picture,
        "by_group": {
            kind: {name: {"recall": rate.value, "persons": rate.n} for name, rate in groups.items()}
            for kind, groups in report.by_group.items()
        },
    }


def _show(report: YardstickReport, layouts: int, console: Console) -> None:
    table = Table(title="People found by a network that has only seen photographs", title_justify="left")
    for title in ("group", "", "found", "95 % interval", "of"):
        table.add_column(title, justify="left" if title in ("group", "") else "right")
    least = f"{100 * LEAST_VISIBILITY:.0f} %"
    table.add_row("all", f"{least} of what is in the picture seen", *_cells_of(report.recall), style="bold")
    table.add_row("", f"{least} of the whole body seen", *_cells_of(report.whole_recall), style="bold")
    for kind, name, rate in _groups(report):
        table.add_row(kind, name, *_cells_of(rate))
    console.print(table)
    console.print(
        f"{report.pictures} pictures of {layouts} stores, {report.false_per_picture:.3f} false people each",
        highlight=False,
    )


def _groups(report: YardstickReport) -> Iterator[tuple[str, str, Rate]]:
    for kind, groups in report.by_group.items():
        for number, (name, rate) in enumerate(groups.items()):
            yield kind if number == 0 else "", name, rate


def _cells_of(rate: Rate) -> tuple[str, str, str]:
    return percent(rate.value), interval(rate), str(rate.n)
