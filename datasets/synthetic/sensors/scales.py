"""Shelf scales: load cells under every slot, and everything that is wrong with them.

Ranges are those of published shelf-scale datasets and of cheap bar load cells (about 0.02 % of a 10 to 20 kg
full scale per kelvin and after creep).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cart_tracker.store_map import Shelf
from datasets.scale_readings import FloatArray, ScalePlate, ScaleReadings

RATE_HZ = 60
NOISE_G = (3.0, 10.0)  # standard deviation of one reading
DRIFT_G_PER_MINUTE = 6.0  # standard deviation of a slow random walk
STEP_RATE_PER_MINUTE = 0.08  # a door opens, the compressor starts: the cells' temperature jumps
STEP_G = (4.0, 18.0)
SPILL = (0.01, 0.05)  # share of a weight that each neighbouring plate carries
SETTLING_S = 0.06
BOUNCE = 0.35  # of a unit that is put down: overshoot, dying away within BOUNCE_S
BOUNCE_S, BOUNCE_HZ = 0.12, 9.0
HAND_G = (40.0, 600.0)  # what a hand presses while it is inside
HAND_TREMOR_HZ = 2.5
ON_BOARD_M = 0.06  # a thing on a board has its base within this of it


@dataclass(frozen=True, slots=True)
class Load:
    """A weight that lies on a slot for a while; times from the start of the recording."""

    slot_id: str
    from_s: float
    to_s: float
    grams: float


@dataclass(frozen=True, slots=True)
class HandInside:
    """A hand that is in a slot between two times."""

    slot_id: str
    from_s: float
    to_s: float


def plates_of(shelves: Sequence[Shelf]) -> tuple[ScalePlate, ...]:
    """Return one plate per slot, board by board from left to right."""
    return tuple(
        ScalePlate(f"scale-{slot.slot_id}", shelf.shelf_id, (slot.slot_id,), slot.along_m)
        for shelf in shelves
        for slot in sorted(shelf.slots, key=lambda slot: (slot.height_m[0], slot.along_m[0]))
    )


def slot_under(shelves: Sequence[Shelf], xyz_m: FloatArray) -> str | None:
    """Return the slot on whose board something with its base at `(3,)` stands, None if on none.

    Between two slots of a board the nearer one carries it.
    """
    for shelf in shelves:
        along, inward, height = shelf.to_shelf(xyz_m)
        if not (0 <= along <= shelf.width_m and 0 <= inward <= shelf.depth_m):
            continue
        on_board = [slot for slot in shelf.slots if abs(slot.height_m[0] - height) < ON_BOARD_M]
        if on_board:
            return min(on_board, key=lambda slot: abs(sum(slot.along_m) / 2 - along)).slot_id
    return None


def weigh(
    shelves: Sequence[Shelf],
    loads: Sequence[Load],
    hands: Sequence[HandInside],
    duration_s: float,
    start_s: float,
    rng: np.random.Generator,
) -> ScaleReadings:
    """Return what the scales say while loads come and go.

    Args:
        shelves: What the scales are under.
        loads: Everything that stands on them; what never moves lasts from before 0 to after the end.
        hands: Everybody's reaches.
        duration_s: Of the recording.
        start_s: Of the recording, seconds since the Unix epoch.
        rng: Draws noise, drift, spill-over and pressure.
    """
    plates = plates_of(shelves)
    row = {slot: index for index, plate in enumerate(plates) for slot in plate.slot_ids}
    at_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    spill, errors = _spill(shelves, rng), _errors(at_s, len(plates), rng)
    true_g = np.zeros((len(at_s), len(plates)))
    for load in loads:
        true_g[:, row[load.slot_id]] += load.grams * _on_plate(at_s, load.from_s, load.to_s)
    for hand in hands:
        true_g[:, row[hand.slot_id]] += _pressure(at_s, hand, rng)
    seen = true_g @ spill + errors
    return ScaleReadings(plates, np.round(start_s + at_s, 4), np.round(seen).astype(np.int32))


def _on_plate(at_s: FloatArray, from_s: float, to_s: float) -> FloatArray:
    """Share `(n,)` of a weight that the plate feels."""
    came, gone = at_s - from_s, at_s - to_s
    share = np.where(came >= 0, 1 - np.exp(-np.maximum(came, 0) / SETTLING_S), 0.0)
    bounce = BOUNCE * np.exp(-np.maximum(came, 0) / BOUNCE_S) * np.sin(2 * np.pi * BOUNCE_HZ * came)
    share += np.where((came >= 0) & (from_s > 0), bounce, 0.0)
    share *= np.where(gone >= 0, np.exp(-np.maximum(gone, 0) / SETTLING_S), 1.0)
    return np.ones_like(share) if from_s <= 0 and to_s > at_s[-1] else share


def _pressure(at_s: FloatArray, hand: HandInside, rng: np.random.Generator) -> FloatArray:
    """Grams `(n,)`: a swell while the hand works, with some tremor; many hands hardly touch the board."""
    middle, half = (hand.from_s + hand.to_s) / 2, max((hand.to_s - hand.from_s) / 2, 0.05)
    swell = np.clip(1 - ((at_s - middle) / (0.7 * half)) ** 2, 0, None)
    grams = float(np.exp(rng.uniform(*np.log(HAND_G)))) * float(rng.random() < 0.5)
    tremor = 1 + 0.3 * np.sin(2 * np.pi * HAND_TREMOR_HZ * at_s + rng.uniform(0, 2 * np.pi))
    pressure: FloatArray = grams * swell * tremor
    return pressure


def _spill(shelves: Sequence[Shelf], rng: np.random.Generator) -> FloatArray:
    """Share `(plates, plates)` of a weight on one plate (row) that each plate (column) carries."""
    boards = [(shelf.shelf_id, plate) for shelf in shelves for plate in _board_of(shelf)]
    shares = np.eye(len(boards))
    for left in range(len(boards) - 1):
        right = left + 1
        if boards[left] == boards[right]:
            for own, other in ((left, right), (right, left)):
                spilt = float(rng.uniform(*SPILL))
                shares[own, own] -= spilt
                shares[own, other] += spilt
    return shares


def _board_of(shelf: Shelf) -> list[float]:
    """Height of the board of each plate of a shelf, in their order."""
    return sorted(slot.height_m[0] for slot in shelf.slots)


def _errors(at_s: FloatArray, plates: int, rng: np.random.Generator) -> FloatArray:
    noise = rng.normal(size=(len(at_s), plates)) * rng.uniform(*NOISE_G, plates)
    walk = rng.normal(size=(len(at_s), plates)) * (DRIFT_G_PER_MINUTE / np.sqrt(60 * RATE_HZ))
    jumps = rng.random((len(at_s), plates)) < STEP_RATE_PER_MINUTE / (60 * RATE_HZ)
    sizes = rng.uniform(*STEP_G, (len(at_s), plates)) * rng.choice([-1.0, 1.0], (len(at_s), plates))
    errors: FloatArray = noise + np.cumsum(walk + jumps * sizes, axis=0)
    return errors
