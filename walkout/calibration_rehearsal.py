"""`walkout calibrate rehearse`: film a synthetic calibration, do it, compare with the truth."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from datasets.synthetic.calibration_footage import CalibrationWish, record_calibration
from vision.calibration.coverage import cells_before_shelves
from vision.calibration.disagreement import Disagreement, disagreement
from vision.calibration.floor import FloorWish
from vision.calibration.store_file import StoreFile
from vision.calibration.store_frame import parse_place, parse_tape
from vision.calibration.targets import CharucoBoard
from vision.camera_model import CameraModel, camera_from_toml
from vision.types import FloatArray
from walkout.calibration_footage import Footage, map_of
from walkout.calibration_steps import run_floor, run_intrinsics
from walkout.calibration_walk import DetectorMaker, run_walk

FILMED = "filmed"


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """What came of one store, against the truth.

    Attributes:
        floor: Where pairs of cameras put the same floor points, after the sheets.
        walked: The same after the walk.
        error: How far from the truth each camera puts floor points, after the walk.
        clock_s: Per camera, the lateness found minus the true one, less their mean.
    """

    seed: int
    cameras: int
    floor: Disagreement
    walked: Disagreement
    error: Disagreement
    clock_s: FloatArray


def run_rehearsal(seeds: Iterable[int], walk_s: float, out: Path, console: Console) -> tuple[Rehearsal, ...]:
    """Film, calibrate and compare each store; stores already filmed in `out` are taken as they are."""
    results = []
    for seed in seeds:
        folder = out / str(seed)
        if not (folder / FILMED).exists():
            console.print(f"filming store {seed} ...", highlight=False)
            record_calibration(seed, folder, CalibrationWish(walk_s=walk_s))
            (folder / FILMED).touch()
        results.append(rehearse(seed, folder, console))
    table = Table(
        "store", "cameras", "sheets: median / 95 %", "walk: median / 95 %", "error: median", "worst clock"
    )
    for one in results:
        table.add_row(
            str(one.seed),
            str(one.cameras),
            f"{_cm(one.floor.median_m)} / {_cm(one.floor.p95_m)}",
            f"{_cm(one.walked.median_m)} / {_cm(one.walked.p95_m)}",
            _cm(one.error.median_m),
            f"{1000 * np.abs(one.clock_s).max():.0f} ms",
        )
    console.print(table)
    console.print("next: the same with your own cameras, from walkout calibrate sheets on", highlight=False)
    return tuple(results)


def rehearse(seed: int, folder: Path, console: Console) -> Rehearsal:
    """Calibrate one filmed store as an installer would, and compare with the truth that only we know."""
    truth = tomllib.loads((folder / "truth.toml").read_text(encoding="utf-8"))
    file = StoreFile(folder)
    for entry in file.cameras():
        if not (folder / "lenses" / f"{entry.camera_id}.toml").exists():
            place = folder / "lens" / str(entry.camera_id)
            run_intrinsics(
                place, str(entry.camera_id), CharucoBoard(), folder, folder / "reports" / place.name, console
            )
    tapes, places = (
        (folder / name).read_text(encoding="ascii").split() for name in ("tapes.txt", "places.txt")
    )
    wish = FloorWish(
        tapes=tuple(parse_tape(text) for text in tapes), places=tuple(parse_place(text) for text in places)
    )
    run_floor(folder, Footage(folder / "floor"), wish, folder / "reports" / "floor", console)
    hung = (camera_from_toml(entry) for entry in truth["cameras"])
    true = [camera for camera in hung if isinstance(camera, CameraModel)]
    cells = _floor_cells(StoreFile(folder))
    after_floor = _points(true, _poses(StoreFile(folder)), cells)
    walked = run_walk(
        folder,
        Footage(folder / "walk"),
        every_s=0.2,
        keep_poses=False,
        make_detector=DetectorMaker(),
        out=folder / "reports" / "walk",
        console=console,
    )
    after_walk = _points(true, _poses(StoreFile(folder)), cells)
    off = np.array([walked.late_s[camera.camera_id] for camera in true]) - [
        entry["clock_late_s"] for entry in truth["cameras"]
    ]
    errors = np.concatenate([np.linalg.norm(points - cells, axis=1) for points in after_walk])
    return Rehearsal(
        seed,
        len(true),
        disagreement(after_floor),
        disagreement(after_walk),
        Disagreement(errors[np.isfinite(errors)]),
        off - off.mean(),
    )


def _poses(file: StoreFile) -> list[CameraModel]:
    return [entry.pose for entry in file.cameras() if isinstance(entry.pose, CameraModel)]


def _floor_cells(file: StoreFile) -> FloatArray:
    store_map = map_of(file)
    return np.empty((0, 2)) if store_map is None else cells_before_shelves(store_map)


def _points(true: Iterable[CameraModel], found: list[CameraModel], cells: FloatArray) -> list[FloatArray]:
    """Where cameras as found put floor points that the true ones see; NaN where they see none."""
    points = []
    for camera, as_found in zip(true, found, strict=True):
        uv = camera.project(np.column_stack([cells, np.zeros(len(cells))]))
        with np.errstate(invalid="ignore"):
            outside = ~((uv > 0) & (uv < np.array(camera.size_px)))
        uv[outside] = np.nan
        points.append(as_found.at_height(uv))
    return points


def _cm(metres: float) -> str:
    return f"{100 * metres:.1f} cm"
