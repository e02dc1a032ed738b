"""Where people walked and where the tracker had them, on the plan of the store."""

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from cart_tracker.store_map import Shelf
from walkout.comparison import RecordingComparison
from walkout.plots.svg import colour_index, svg

FloatArray = npt.NDArray[np.float64]

PIXELS_PER_METRE = 62
BORDER_M = 0.15
TRACK_STEP_S = 0.3  # drawn resolution; a person moves less than half a metre in it


def floor_plan(comparison: RecordingComparison) -> Markup:
    """Draw true tracks wide and faint, recognised ones thin and strong, a colour a shopper."""
    store = comparison.store_map
    low = store.floor_xy_m.min(axis=0) - BORDER_M
    width_m, height_m = store.floor_xy_m.max(axis=0) + BORDER_M - low

    def pixels(xy_m: FloatArray) -> FloatArray:
        """Turn store metres (y up) into picture coordinates (y down)."""
        local = (xy_m - low) * PIXELS_PER_METRE
        return np.column_stack([local[:, 0], height_m * PIXELS_PER_METRE - local[:, 1]])

    parts = [
        _polygon(pixels(store.floor_xy_m), "floor", ""),
        _polygon(pixels(store.gate_xy_m), "gate", "gate"),
        _polygon(pixels(store.exit_xy_m), "exit", "exit"),
    ]
    parts += [_polygon(pixels(_footprint(shelf)), "shelf", str(shelf.shelf_id)) for shelf in store.shelves]
    for tracks, row in ((comparison.true_floor, "true"), (comparison.seen_floor, "seen")):
        step = _step(tracks.at_s)
        for shopper, xy in tracks.xy_m.items():
            css = f"path {row} who{colour_index(comparison, shopper)}"
            parts += [_polyline(pixels(piece), css, f"{shopper}, {row}") for piece in _pieces(xy[::step])]
    label = f"Floor of {comparison.name}"
    return svg(width_m * PIXELS_PER_METRE, height_m * PIXELS_PER_METRE, label, parts)


def _footprint(shelf: Shelf) -> FloatArray:
    w, d = shelf.width_m, shelf.depth_m
    corners = np.array([[0, 0, 0], [w, 0, 0], [w, d, 0], [0, d, 0]], dtype=np.float64)
    return shelf.to_store(corners)[:, :2]


def _step(at_s: FloatArray) -> int:
    if len(at_s) < 2:
        return 1
    return max(1, round(TRACK_STEP_S / float(np.median(np.diff(at_s)))))


def _pieces(xy_m: FloatArray) -> list[FloatArray]:
    """Split `(n, 2)` at unknown positions; single points are left out."""
    known = np.asarray(np.isfinite(xy_m).all(axis=1))
    edges = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    pieces = np.split(np.arange(len(xy_m)), edges)
    return [xy_m[piece] for piece in pieces if len(piece) > 1 and known[piece[0]]]


def _polyline(points: FloatArray, css: str, title: str) -> Markup:
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"><title>{}</title></polyline>').format(css, path, title)


def _polygon(points: FloatArray, css: str, label: str) -> Markup:
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    shape = Markup('<polygon class="{}" points="{}"/>').format(css, path)
    if not label:
        return shape
    x, y = points.mean(axis=0)
    return shape + Markup('<text class="place" x="{:.0f}" y="{:.0f}">{}</text>').format(x, y + 4, label)
