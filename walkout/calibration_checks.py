"""Checks of `walkout calibrate`: shelves on the plan, what cameras see of the floor, cameras that moved."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from cart_tracker.store_map import ShelfId, StoreMap
from vision.calibration.coverage import ENOUGH_SIGMA_M, ENOUGH_VIEWS, FloorCoverage, advise, cover
from vision.calibration.drift import (
    REFERENCE_FOLDER,
    Drift,
    ReviewMark,
    Verdict,
    compare,
    shelves_seen,
    write_marks,
)
from vision.calibration.overlays import draw_coverage, draw_drift, draw_floor_grid
from vision.calibration.pictures import average, read_pictures
from vision.calibration.shelf_plan import check_shelves, read_plan, write_plan
from vision.calibration.store_file import StoreFile
from vision.calibration.targets import TagFamily
from vision.errors import CalibrationError
from vision.privacy import open_face_hider
from walkout.calibration_footage import Footage, map_of, now_text
from walkout.calibration_report import CalibrationPage, Figure, say, write_page

PLAN = "plan.svg"


def run_shelves(
    path: Path, plan: Path | None, widths_m: Mapping[str, float], out: Path, console: Console
) -> None:
    """Take shelves from a drawn plan, or check those there are; always leave a plan and overlays to look at.

    Raises:
        VisionError: If the plan cannot be read; nothing is written then.
    """
    file = StoreFile(path)
    store_map = _map_or_error(file)
    if plan is not None:
        shelves = read_plan(plan, {ShelfId(name): width for name, width in widths_m.items()})
        file.set_shelves(shelves)
        slots = {shelf.shelf_id: shelf.slots for shelf in store_map.shelves}
        drawn = tuple(replace(shelf, slots=slots.get(shelf.shelf_id, ())) for shelf in shelves)
        ids = {shelf.shelf_id for shelf in drawn}
        others = tuple(shelf for shelf in store_map.shelves if shelf.shelf_id not in ids)
        store_map = replace(store_map, shelves=(*drawn, *others))
        file.save()
    cameras = [entry.pose for entry in file.cameras() if entry.pose is not None]
    remarks = check_shelves(store_map.shelves, store_map, cameras)
    low, high = store_map.floor_xy_m.min(axis=0), store_map.floor_xy_m.max(axis=0)
    figures = []
    for camera in cameras:
        reference = file.folder / REFERENCE_FOLDER / f"{camera.camera_id}.png"
        if reference.is_file():
            picture = next(iter(read_pictures(str(reference))))
            caption = f"{camera.camera_id}: the drawn edges must lie on the shelves' real edges"
            overlay = draw_floor_grid(picture, camera, store_map, low, high)
            figures.append(Figure(f"{camera.camera_id}.png", caption, overlay))
    by_shelf = {
        shelf.shelf_id: [remark.text for remark in remarks if remark.shelf_id == shelf.shelf_id]
        for shelf in store_map.shelves
    }
    page = CalibrationPage(
        "Shelves on the plan",
        f"{len(store_map.shelves)} shelves, {len(remarks)} remarks. Look at every picture: a shelf that"
        " is off by a"
        " hand's width takes hands for its neighbour's.",
        not remarks,
        tuple(f"{remark.shelf_id}: {remark.text}" for remark in remarks),
        ("shelf", "left end at", "width", "depth", "remarks"),
        tuple(
            (
                str(shelf.shelf_id),
                f"{shelf.origin_xy_m[0]:.2f}, {shelf.origin_xy_m[1]:.2f} m",
                f"{shelf.width_m:.2f} m",
                f"{shelf.depth_m:.2f} m",
                "; ".join(by_shelf[shelf.shelf_id]),
            )
            for shelf in store_map.shelves
        ),
    )
    report = write_page(out, page, figures)
    write_plan(out / PLAN, store_map, cameras)
    say(console, page, report)
    console.print(
        f"next: draw or move shelves in {out / PLAN}, then walkout calibrate shelves {path} --plan"
        f" {out / PLAN};"
        " or walkout calibrate coverage",
        highlight=False,
        markup=False,
    )


def run_coverage(path: Path, out: Path, console: Console) -> FloorCoverage:
    """Colour the floor before the shelves by what the cameras see of it, and say which camera to move.

    Raises:
        VisionError: If the store has no map, or no calibrated camera.
    """
    file = StoreFile(path)
    store_map = _map_or_error(file)
    cameras = [entry.pose for entry in file.cameras() if entry.pose is not None]
    if not cameras:
        raise CalibrationError("no camera has a pose yet; run 'walkout calibrate floor' first")
    covered = cover(cameras, store_map)
    advice = advise(cameras, store_map, covered) if covered.green_share < 1 else None
    green = 100 * covered.green_share
    notes = [str(advice)] if advice is not None else []
    if covered.green_share < 1 and advice is None:
        notes.append(
            "no single camera, turned where it hangs, makes more of it green: add one, or hang one elsewhere"
        )
    rows = []
    for row, camera_id in enumerate(covered.camera_ids):
        alone = covered.views[row] & (covered.count == 1)
        rows.append(
            (str(camera_id), f"{100 * covered.views[row].mean():.0f} %", f"{100 * alone.mean():.0f} %")
        )
    known = covered.sigma_m[np.isfinite(covered.sigma_m)]
    if len(known):
        notes.append(f"a shopper's place is known to {100 * np.median(known):.0f} cm (median of the cells)")
    page = CalibrationPage(
        "What the cameras see",
        f"{green:.0f} % of the floor before shelves is green: {ENOUGH_VIEWS} cameras or more see a"
        " shopper there from"
        f" knee to head, to {100 * ENOUGH_SIGMA_M:.0f} cm or better. Crossed cells are seen by none.",
        covered.green_share >= 0.9,
        tuple(notes),
        ("camera", "sees", "sees alone"),
        tuple(rows),
    )
    picture = draw_coverage(covered, store_map, cameras)
    caption = "Green (dark): seen well. Red (bright): not. Arrows: cameras and where they look"
    say(console, page, write_page(out, page, [Figure("floor.png", caption, picture)]))
    console.print(
        "next: walkout run, or move a camera, walkout calibrate floor, and look again", highlight=False
    )
    return covered


def run_drift(
    path: Path, footage: Footage, family: TagFamily, out: Path, console: Console
) -> tuple[Drift, ...]:
    """Compare every camera with its reference picture, and mark those that moved.

    Raises:
        VisionError: If a reference or a picture is missing.
    """
    file = StoreFile(path)
    faces = open_face_hider()
    drifts, figures, marks = [], [], []
    store_map = map_of(file)
    for entry in footage.chosen(file):
        reference = file.folder / REFERENCE_FOLDER / f"{entry.camera_id}.png"
        if not reference.is_file():
            raise CalibrationError(
                f"camera {entry.camera_id!r} has no reference picture; 'walkout calibrate floor' keeps"
                " one, or put a"
                f" picture from when it was calibrated at {reference}"
            )
        tonight = average(footage.of(entry))
        drift = compare(entry.camera_id, next(iter(read_pictures(str(reference)))), tonight, family)
        drifts.append(drift)
        drawn = draw_drift(faces.hidden(tonight), drift)
        figures.append(Figure(f"{entry.camera_id}.png", drift.reason, drawn))
        if drift.verdict is not Verdict.STEADY:
            shelves = shelves_seen(entry.pose, store_map) if entry.pose and store_map else ()
            marks.append(ReviewMark(entry.camera_id, now_text(), drift.reason, shelves))
    write_marks(file.folder, marks)
    rows = tuple(
        (
            str(drift.camera_id),
            str(drift.verdict),
            "" if np.isnan(drift.shift_px) else f"{drift.shift_px:.1f} px",
            drift.compared_by,
            ", ".join(str(s) for mark in marks if mark.camera_id == drift.camera_id for s in mark.shelves),
        )
        for drift in drifts
    )
    moved = ", ".join(str(mark.camera_id) for mark in marks)
    verdict = (
        f"{moved}: not where the calibration says. What these cameras see is not used, and what is taken"
        " from their"
        " shelves goes to a person, until they are calibrated again."
        if marks
        else "Every camera is where it was."
    )
    page = CalibrationPage(
        "Have cameras moved?",
        verdict,
        not marks,
        (),
        ("camera", "verdict", "shift", "compared by", "to review"),
        rows,
    )
    say(console, page, write_page(out, page, figures))
    if marks:
        console.print(f"next: put {moved} back, or walkout calibrate floor again", highlight=False)
    return tuple(drifts)


def _map_or_error(file: StoreFile) -> StoreMap:
    store_map = map_of(file)
    if store_map is None:
        raise CalibrationError(
            f"{file.path} has no complete [store] yet: id, name, currency, floor_xy_m, gate_xy_m, exit_xy_m,"
            " scanner_xy_m, and lists (empty at first) of products and shelves"
        )
    return store_map
