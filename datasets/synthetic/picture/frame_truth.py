"""What one camera sees of whoever and whatever moves, read from what was drawn."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from datasets.synthetic.picture.bake import SAMPLES, BakedCamera
from datasets.synthetic.picture.canvas import Canvas, Drawn, Window
from datasets.synthetic.picture.movers import Movers
from datasets.synthetic.picture.raster import measure_window
from datasets.synthetic.scene import (
    FloatArray,
    InstanceMask,
    IntArray,
    PersonTruth,
    SceneState,
    UnitTruth,
)

OWN_BODY_M = 0.12  # a joint lies inside its body: this much of the own body may be in front of a seen joint
OTHER_SURFACE_M = 0.03  # anything else in front by more than this hides a joint
MASK_SAMPLES = 2  # of a pixel's four: then most of it, or half


def people_truth(
    state: SceneState, movers: Movers, drawn: Sequence[Drawn | None], canvas: Canvas, baked: BakedCamera
) -> tuple[PersonTruth, ...]:
    """Return the people whose bodies reach into the picture."""
    truths = []
    width, height = baked.camera.size_px
    for index, (person, _) in enumerate(state.people):
        one = drawn[index]
        if one is None:
            continue
        visibility, visible = _visible(movers, index, one, canvas)
        amodal = one.amodal / SAMPLES
        inside = np.clip(amodal, 0, [width, height, width, height])
        area = max(float((amodal[2] - amodal[0]) * (amodal[3] - amodal[1])), 1e-9)
        kept = float((inside[2] - inside[0]) * (inside[3] - inside[1]))
        uv, seen = _keypoints(movers, index, canvas, baked)
        truths.append(PersonTruth(person, amodal, visible, visibility, 1.0 - kept / area, uv, seen))
    return tuple(truths)


def units_truth(
    state: SceneState, movers: Movers, drawn: Sequence[Drawn | None], canvas: Canvas
) -> tuple[UnitTruth, ...]:
    """Return the moving units that reach into the picture."""
    truths = []
    for index, unit in enumerate(state.moving_units, start=len(state.people)):
        one = drawn[index]
        if one is not None:
            visibility, visible = _visible(movers, index, one, canvas)
            truths.append(UnitTruth(unit.unit_id, visible, visibility))
    return tuple(truths)


def instance_masks(
    state: SceneState, movers: Movers, drawn: Sequence[Drawn | None], canvas: Canvas
) -> tuple[InstanceMask, ...]:
    """Return the pixels of every person and unit that shows in at least one."""
    owners: list[tuple[int | None, int | None]] = [
        *((person, None) for person, _ in state.people),
        *((None, unit.unit_id) for unit in state.moving_units),
    ]
    masks = []
    for index, (person, unit_id) in enumerate(owners):
        one = drawn[index]
        if one is None:
            continue
        pixels = _mask(canvas, one.window, movers.first_face[index], movers.first_face[index + 1])
        if pixels.any():
            masks.append(InstanceMask(person, unit_id, pixels))
    return tuple(masks)


def _mask(canvas: Canvas, window: Window, first_face: int, last_face: int) -> npt.NDArray[np.bool_]:
    faces = canvas.face_at[window.slices]
    own = ((faces >= first_face) & (faces < last_face)).astype(np.uint8)
    rows, columns = own.shape[0] // SAMPLES, own.shape[1] // SAMPLES
    count = own.reshape(rows, SAMPLES, columns, SAMPLES).sum((1, 3))
    pixels = np.zeros(canvas.coverage.shape, dtype=np.bool_)
    top, left = window.top // SAMPLES, window.left // SAMPLES
    pixels[top : top + rows, left : left + columns] = count >= MASK_SAMPLES
    return pixels


def _visible(movers: Movers, index: int, one: Drawn, canvas: Canvas) -> tuple[float, FloatArray]:
    """Visible share of one mover and the box `(4,)` of its visible samples, pixels."""
    found = np.zeros(5, dtype=np.int64)
    window = np.array([one.window.left, one.window.top, one.window.right, one.window.bottom])
    measure_window(canvas.face_at, movers.first_face[index], movers.first_face[index + 1], window, found)
    box = found[1:] / SAMPLES if found[0] else np.zeros(4)
    return float(found[0] / max(one.covered, 1)), box


def _keypoints(movers: Movers, index: int, canvas: Canvas, baked: BakedCamera) -> tuple[FloatArray, IntArray]:
    """Project a person's joints and test them against what the picture shows there."""
    joints = movers.posed[index].keypoints_m
    uv = baked.camera.project(joints)
    projected = baked.lens.project(joints)
    rows, columns = canvas.nearness.shape
    seen = np.zeros(len(joints), dtype=np.int64)
    for row, (u, v, depth) in enumerate(projected):
        if depth <= 0 or not (0 <= u < columns and 0 <= v < rows):
            continue
        face = canvas.face_at[int(v), int(u)]
        is_own = movers.first_face[index] <= face < movers.first_face[index + 1]
        nearness = float(canvas.nearness[int(v), int(u)])
        in_front_m = depth - 1.0 / nearness if nearness > 0 else 0.0
        seen[row] = 2 if in_front_m < (OWN_BODY_M if is_own else OTHER_SURFACE_M) else 1
    return uv, seen
