"""`walkout calibrate shelves`: shelves as lines drawn on a plan, checked before they are believed.

The plan is an SVG in centimetres. A shelf is a straight line along its front, from its left to its right end
as a shopper sees it, whose id (Inkscape: object properties) is the shelf's; `depth` in metres may be given
as an attribute.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from cart_tracker.observations import CameraId
from cart_tracker.store_map import Shelf, ShelfId, StoreMap
from vision.calibration.drift import shelves_seen
from vision.camera_model import Camera, CameraModel, FloorCamera
from vision.errors import CalibrationError
from vision.types import FloatArray

_CM = 100.0
_DEPTH_M = 0.4
_WIDTH_M = (0.2, 15.0)
_SVG = "{http://www.w3.org/2000/svg}"
_PATH = re.compile(
    r"^\s*([Mm])\s*([-\d.e]+)[\s,]+([-\d.e]+)\s*([LlHhVv]?)\s*([-\d.e]+)(?:[\s,]+([-\d.e]+))?\s*$"
)
_SNAPPED_SHARE = 0.15  # a drawn line that differs more from the measured width is another shelf


@dataclass(frozen=True, slots=True)
class ShelfRemark:
    """Something to look at about a shelf."""

    shelf_id: ShelfId
    text: str


def write_plan(path: Path, store_map: StoreMap, cameras: Sequence[Camera]) -> None:
    """Write the plan to draw on: floor, gate, exit, cameras, a metre grid, and the shelves there are."""
    low, high = store_map.floor_xy_m.min(axis=0) - 0.3, store_map.floor_xy_m.max(axis=0) + 0.3
    width, height = ((high - low) * _CM).tolist()

    def to_svg(xy_m: FloatArray) -> FloatArray:
        return np.round(np.column_stack([xy_m[:, 0] - low[0], high[1] - xy_m[:, 1]]) * _CM, 1)

    def polygon(xy_m: FloatArray, colour: str) -> str:
        points = " ".join(f"{x:g},{y:g}" for x, y in to_svg(xy_m))
        return f'<polygon points="{points}" fill="{colour}" stroke="#444" stroke-width="1"/>'

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}mm" height="{height:.0f}mm"'
        f' viewBox="0 0 {width:.1f} {height:.1f}" data-origin="{low[0]:.4f} {high[1]:.4f}">',
        '<g id="walkout-background">',
        polygon(store_map.floor_xy_m, "#fff"),
        polygon(store_map.gate_xy_m, "#cfe8cf"),
        polygon(store_map.exit_xy_m, "#cfdcf5"),
    ]
    for x in range(int(np.ceil(low[0])), int(high[0]) + 1):
        (u, _), (_, bottom) = to_svg(np.array([[x, high[1]], [x, low[1]]], float))
        lines.append(f'<polyline points="{u:g},0 {u:g},{bottom:g}" stroke="#ddd" fill="none"/>')
        lines.append(f'<text x="{u + 2:g}" y="{bottom - 3:g}" font-size="9" fill="#888">{x} m</text>')
    for y in range(int(np.ceil(low[1])), int(high[1]) + 1):
        ((right, v),) = to_svg(np.array([[high[0], y]], float))
        lines.append(f'<polyline points="0,{v:g} {right:g},{v:g}" stroke="#ddd" fill="none"/>')
        lines.append(f'<text x="2" y="{v - 2:g}" font-size="9" fill="#888">{y} m</text>')
    for camera in cameras:
        if isinstance(camera, CameraModel):
            ((u, v),) = to_svg(camera.position_m[None, :2])
            lines.append(f'<circle cx="{u:g}" cy="{v:g}" r="5" fill="#0072b2"/>')
            lines.append(
                f'<text x="{u + 7:g}" y="{v + 4:g}" font-size="10" fill="#0072b2">{camera.camera_id}</text>'
            )
    lines.append("</g>")
    lines.append('<g id="walkout-shelves" stroke="#d55e00" stroke-width="4">')
    for shelf in store_map.shelves:
        ends = shelf.to_store(np.array([[0.0, 0.0, 0.0], [shelf.width_m, 0.0, 0.0]]))[:, :2]
        (x1, y1), (x2, y2) = to_svg(ends)
        lines.append(
            f'<line id="{shelf.shelf_id}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
            f' depth="{shelf.depth_m:g}"/>'
        )
    path.write_text("\n".join([*lines, "</g>", "</svg>", ""]), encoding="utf-8")


def read_plan(path: Path, widths_m: Mapping[ShelfId, float]) -> tuple[Shelf, ...]:
    """Read the shelves drawn on a plan, without slots; measured widths replace drawn ones.

    Raises:
        CalibrationError: If it is no such plan, or a line is no shelf.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if "<!ENTITY" in text:
            raise CalibrationError(f"{path} defines entities; save it as plain SVG")
        root = ET.fromstring(text)  # noqa: S314 - see above
    except FileNotFoundError as error:
        raise CalibrationError(
            f"{path} does not exist; 'walkout calibrate shelves' without --plan writes one"
        ) from error
    except (OSError, UnicodeDecodeError, ET.ParseError) as error:
        raise CalibrationError(f"{path} is not SVG ({error}); save it as plain SVG") from error
    origin = root.get("data-origin")
    if origin is None:
        raise CalibrationError(f"{path} has lost its data-origin; draw on the plan that this command wrote")
    left, top = (float(value) for value in origin.split())
    shelves = [
        _shelf(path, element, np.array([left, top]))
        for element in root.iter()
        if element.tag in (f"{_SVG}line", f"{_SVG}path") and element.get("id")
    ]
    names = [shelf.shelf_id for shelf in shelves]
    for name in names:
        if names.count(name) > 1:
            raise CalibrationError(f"{path}: two lines are called {name!r}; give each shelf its own id")
    for name in widths_m:
        if name not in names:
            raise CalibrationError(
                f"{path} has no shelf {name!r}; it has {', '.join(map(str, names)) or 'none'}"
            )
    return tuple(_snapped(shelf, widths_m.get(shelf.shelf_id)) for shelf in shelves)


def check_shelves(
    shelves: Sequence[Shelf], store_map: StoreMap, cameras: Sequence[Camera]
) -> tuple[ShelfRemark, ...]:
    """Say what looks wrong: outside the floor, from right to left, through one another, unseen."""
    remarks = []
    outline = store_map.floor_xy_m.astype(np.float32)
    drawn = replace(store_map, shelves=tuple(shelves), products=store_map.products)
    seen: dict[ShelfId, list[CameraId]] = {shelf.shelf_id: [] for shelf in shelves}
    for camera in cameras:
        if not isinstance(camera, FloorCamera):
            for shelf_id in shelves_seen(camera, drawn):
                seen[shelf_id].append(camera.camera_id)
    for n, shelf in enumerate(shelves):
        middle = shelf.to_store(np.array([[shelf.width_m / 2, -0.35, 0.0]]))[0, :2]
        behind = shelf.to_store(np.array([[shelf.width_m / 2, shelf.depth_m + 0.35, 0.0]]))[0, :2]
        is_before, is_behind = (
            cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in (middle, behind)
        )
        if not is_before and is_behind:
            text = "its front looks out of the store; draw it from left to right as a shopper sees it"
            remarks.append(ShelfRemark(shelf.shelf_id, text))
        elif not is_before:
            remarks.append(ShelfRemark(shelf.shelf_id, "nobody can stand before it: it is outside the floor"))
        for other in shelves[n + 1 :]:
            if _overlap(shelf, other):
                remarks.append(ShelfRemark(shelf.shelf_id, f"overlaps {other.shelf_id}"))
        views = seen[shelf.shelf_id]
        if cameras and len(views) < 2:
            who = f"only {views[0]} sees" if views else "no camera sees"
            remarks.append(
                ShelfRemark(shelf.shelf_id, f"{who} its front; two are needed for hands in three dimensions")
            )
    return tuple(remarks)


def _shelf(path: Path, element: ET.Element, upper_left_m: FloatArray) -> Shelf:
    name = str(element.get("id"))
    ends = _ends(element)
    if ends is None or element.get("transform"):
        raise CalibrationError(
            f"{path}: {name!r} is no straight line; draw one along the shelf's front (Inkscape: pen, two"
            " clicks, and"
            " Path > Object to Path if it was turned)"
        )
    start, end = (upper_left_m + np.array([x, -y]) / _CM for x, y in ends)
    width = float(np.linalg.norm(end - start))
    if not _WIDTH_M[0] <= width <= _WIDTH_M[1]:
        raise CalibrationError(
            f"{path}: {name!r} is {width:.2f} m wide; shelves have {_WIDTH_M[0]:g} to {_WIDTH_M[1]:g} m"
        )
    try:
        depth = float(element.get("depth", _DEPTH_M))
    except ValueError as error:
        raise CalibrationError(f"{path}: the depth of {name!r} is not a number of metres") from error
    along = (end - start) / width
    return Shelf(
        ShelfId(name),
        (round(float(start[0]), 4), round(float(start[1]), 4)),
        (round(float(along[0]), 6), round(float(along[1]), 6)),
        round(width, 4),
        depth,
        (),
    )


def _ends(element: ET.Element) -> tuple[tuple[float, float], tuple[float, float]] | None:
    try:
        if element.tag == f"{_SVG}line":
            x1, y1, x2, y2 = (float(element.get(key, "nan")) for key in ("x1", "y1", "x2", "y2"))
            return ((x1, y1), (x2, y2)) if np.isfinite([x1, y1, x2, y2]).all() else None
        match = _PATH.match(element.get("d", ""))
        if match is None:
            return None
        start, _, _, command, first, second = match.group(1, 2, 3, 4, 5, 6)
        x, y, a = float(match.group(2)), float(match.group(3)), float(first)
        command = command or ("l" if start == "m" else "L")
        if command in "Hh":
            return (x, y), (a if command == "H" else x + a, y)
        if command in "Vv":
            return (x, y), (x, a if command == "V" else y + a)
        b = float(second)
        return (x, y), ((a, b) if command == "L" else (x + a, y + b))
    except (TypeError, ValueError):
        return None


def _snapped(shelf: Shelf, width_m: float | None) -> Shelf:
    """Give a shelf its measured width, from its left end on."""
    if width_m is None:
        return shelf
    if abs(shelf.width_m / width_m - 1) > _SNAPPED_SHARE:
        raise CalibrationError(
            f"shelf {shelf.shelf_id!r} was drawn {shelf.width_m:.2f} m wide and measured {width_m:.2f} m;"
            " one of them is"
            " another shelf's"
        )
    return replace(shelf, width_m=width_m)


def _overlap(shelf: Shelf, other: Shelf) -> bool:
    """Tell whether two shelves stand in each other by more than the width of a hand."""
    outlines = [cv2.convexHull(_outline(one).astype(np.float32)) for one in (shelf, other)]
    area, _ = cv2.intersectConvexConvex(outlines[0], outlines[1])
    return bool(area > 0.1 * min(shelf.width_m * shelf.depth_m, other.width_m * other.depth_m))


def _outline(shelf: Shelf) -> FloatArray:
    local = np.array(
        [[0, 0, 0], [shelf.width_m, 0, 0], [shelf.width_m, shelf.depth_m, 0], [0, shelf.depth_m, 0]],
        np.float64,
    )
    corners: FloatArray = shelf.to_store(local)[:, :2]
    return corners
