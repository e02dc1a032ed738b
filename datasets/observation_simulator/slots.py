"""Slots that look different after somebody stood before them, as one camera would tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import CameraId, SlotChanged, SlotLogLikelihood
from cart_tracker.store_map import Shelf, SlotId, StoreMap
from datasets.observation_simulator.bodies import Bodies
from datasets.observation_simulator.noise import SlotNoise
from datasets.observation_simulator.sight import behind_shelves
from datasets.recording import RecordingTruth
from vision.camera_model import CameraModel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CLEAR_S = 0.7  # as of vision.slots: a look must last
GROWN_M = 0.35  # boxes around people hide more than people do
FURTHEST_M = 7.0
STEEPEST = 0.2  # cosine between the way to the camera and straight out of the shelf
SHIFTS = frozenset({"touch", "turn", "push", "hold"})


@dataclass(frozen=True, slots=True)
class _Change:
    """Something happened in a slot: units that came, 0 for units that were only moved."""

    at_s: float
    units: int


def changes_in(truth: RecordingTruth) -> dict[str, list[_Change]]:
    """Everything that happened in slots, in order of time."""
    found: dict[str, list[_Change]] = {}
    for unit in truth.units:
        for before, after in pairwise(unit.places):
            for place, units in ((before.place, -1), (after.place, 1)):
                kind, _, slot_id = place.partition(":")
                if kind == "slot":
                    found.setdefault(slot_id, []).append(_Change(after.from_s, units))
    for event in truth.events:
        if event.kind in SHIFTS and event.slot_id is not None:
            found.setdefault(event.slot_id, []).append(_Change(event.contact_s, 0))
    return {slot_id: sorted(changes, key=lambda one: one.at_s) for slot_id, changes in sorted(found.items())}


def watch(
    camera: CameraModel,
    store_map: StoreMap,
    bodies: Bodies,
    ticks: IntArray,
    at_s: FloatArray,
    changes: dict[str, list[_Change]],
    noise: SlotNoise,
    rng: np.random.Generator,
) -> list[SlotChanged]:
    """Draw what one camera tells of all slots; `at_s` are its frames' times."""
    told: list[SlotChanged] = []
    for shelf in store_map.shelves:
        if not _faces(camera, shelf):
            continue
        for slot in shelf.slots:
            middle = shelf.to_store(np.array([np.mean(slot.along_m), 0.0, np.mean(slot.height_m)]))
            if not _in_view(camera, store_map.shelves, shelf, middle):
                continue
            happened = changes.get(slot.slot_id, [])
            covered = _covered(camera, middle, bodies, ticks)
            stays = clear_spells(covered, at_s)
            told += _told(camera.camera_id, slot.slot_id, stays, happened, noise, rng)
    return told


def clear_spells(covered: BoolArray, at_s: FloatArray) -> list[tuple[float, float]]:
    """From and to of the times in which nobody stood before a slot for long enough to look at it."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], covered, [True]]).astype(np.int8)))
    found = [(float(at_s[start]), float(at_s[end - 1])) for start, end in edges.reshape(-1, 2)]
    return [(from_s, to_s) for from_s, to_s in found if to_s - from_s >= CLEAR_S]


def _told(
    camera_id: CameraId,
    slot_id: SlotId,
    spells_s: Sequence[tuple[float, float]],
    happened: Sequence[_Change],
    noise: SlotNoise,
    rng: np.random.Generator,
) -> Iterable[SlotChanged]:
    pending: list[_Change] = []
    remaining = list(happened)
    for (_, since_s), (from_s, _) in pairwise(spells_s):
        during = [change for change in remaining if change.at_s < from_s]
        remaining = [change for change in remaining if change.at_s >= from_s]
        pending += during
        units = sum(change.units for change in pending)
        is_seen = units != 0 and rng.random() < noise.recall
        if is_seen:
            pending = []
            yield _moved(camera_id, slot_id, since_s, from_s, units, noise, rng)
        elif during and units == 0:
            pending = []
            if rng.random() < noise.shift_noticed:
                yield _shifted(camera_id, slot_id, since_s, from_s, noise, rng)
        elif not during and rng.random() < noise.false_per_stay:
            yield _shifted(camera_id, slot_id, since_s, from_s, noise, rng)


def _moved(
    camera_id: CameraId,
    slot_id: SlotId,
    since_s: float,
    at_s: float,
    units: int,
    noise: SlotNoise,
    rng: np.random.Generator,
) -> SlotChanged:
    sign = np.sign(units) * (-1 if rng.random() < noise.wrong_sign else 1)
    count = abs(units) if rng.random() < noise.counted else 1
    told = sign * max(0.5, count + rng.normal(0, 0.2))
    margin = max(0.2, rng.normal(noise.margin, np.sqrt(2.0 * noise.margin) / 2))
    other = margin - abs(rng.normal(3.0, 1.5))
    taken, came = (margin, other) if sign < 0 else (other, margin)
    shifted = margin - abs(rng.normal(2.5, 1.5))
    looks = SlotLogLikelihood(0.0, round(shifted, 3), round(taken, 3), round(came, 3))
    return SlotChanged(camera_id, at_s + CLEAR_S, since_s, slot_id, looks, round(float(told), 2))


def _shifted(
    camera_id: CameraId,
    slot_id: SlotId,
    since_s: float,
    at_s: float,
    noise: SlotNoise,
    rng: np.random.Generator,
) -> SlotChanged:
    margin = max(0.2, rng.normal(2.0, 1.0))
    if rng.random() < noise.shift_taken:
        sign = float(rng.choice([-1.0, 1.0], p=[0.6, 0.4]))
        moved, shifted = margin, margin - rng.normal(1.0, 1.0)
    else:
        sign = 0.0
        shifted, moved = margin, margin - abs(rng.normal(2.0, 1.0))
    other = moved - abs(rng.normal(1.5, 1.0))
    taken, came = (moved, other) if sign <= 0 else (other, moved)
    looks = SlotLogLikelihood(0.0, round(shifted, 3), round(taken, 3), round(came, 3))
    return SlotChanged(camera_id, at_s + CLEAR_S, since_s, slot_id, looks, sign)


def _faces(camera: CameraModel, shelf: Shelf) -> bool:
    eye = shelf.to_shelf(camera.position_m)
    middle = np.array([shelf.width_m / 2, 0.0, 1.0])
    way = eye - middle
    return bool(-way[1] / np.linalg.norm(way) > STEEPEST)


def _in_view(camera: CameraModel, shelves: Sequence[Shelf], own: Shelf, middle_m: FloatArray) -> bool:
    pixel = camera.project(middle_m[None])[0]
    size = np.asarray(camera.size_px)
    if not np.isfinite(pixel).all() or (pixel < 0).any() or (pixel >= size).any():
        return False
    if np.linalg.norm(middle_m - camera.position_m) > FURTHEST_M:
        return False
    others = [shelf for shelf in shelves if shelf is not own]
    return not bool(behind_shelves(camera.position_m, others, middle_m[None])[0])


def _covered(camera: CameraModel, middle_m: FloatArray, bodies: Bodies, ticks: IntArray) -> BoolArray:
    """`(t,)` whether anybody's box is over a slot, as a wide cylinder about their axis."""
    eye = camera.position_m
    axis = bodies.floor_m[ticks]
    way = middle_m - eye
    share = np.clip(((axis - eye[:2]) @ way[:2]) / max(float(way[:2] @ way[:2]), 1e-6), 0.0, 1.0)
    nearest = eye + share[..., None] * way
    with np.errstate(invalid="ignore"):
        near = np.linalg.norm(nearest[..., :2] - axis, axis=-1) < GROWN_M
        near &= nearest[..., 2] < bodies.head_m[ticks][..., 2] + 0.1
    return np.asarray(near.any(axis=1))
