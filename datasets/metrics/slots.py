"""What cameras said of shelf slots beside the units that really moved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cart_tracker.observations import SlotChanged
from datasets.metrics.calibration import expected_calibration_error, posterior
from datasets.metrics.rates import Rate, rate
from datasets.recording_truth import RecordingTruth, UnitTruth

TOLERANCE_S = 0.3  # clocks of cameras differ by so much
UNDONE_S = 12.0  # what is back in its slot so soon was never missed by a camera
CLEAR_SHARE = 0.5  # of a unit that a camera must see to notice it
CLEAR_PX = 16.0  # and so many pixels of its box
CLEAR_WITHIN_S = 15.0  # before a pick, or after a put-back
_SLOT = "slot:"
_SHIFTING = ("turn", "push")


@dataclass(frozen=True, slots=True)
class SlotMove:
    """One unit that left a slot (-1) or came to it (1), seconds since the epoch.

    Attributes:
        is_clear: Some camera saw the unit well while it stood there.
    """

    at_s: float
    slot_id: str
    unit_id: int
    units: int
    is_clear: bool


@dataclass(frozen=True, slots=True)
class ToldChange:
    """What a camera said, beside what was so.

    Attributes:
        net_units: Units that came less units that left in the time it speaks of.
        is_shift: Nothing came or left for good, but something was turned, pushed or put back.
    """

    change: SlotChanged
    net_units: int
    is_shift: bool


@dataclass(frozen=True, slots=True)
class WatchedSlots:
    """One recording: what moved, and everything its cameras compared.

    Attributes:
        slot_hours: Slots of every camera times the length of the recording.
    """

    moves: tuple[SlotMove, ...]
    told: tuple[ToldChange, ...]
    slot_hours: float


@dataclass(frozen=True, slots=True)
class SlotFigures:
    """How well slots were watched.

    Attributes:
        recall: Share of moves, clear to some camera and not undone at once, that a change tells; so are
            `recall_picks` and `recall_puts`.
        recall_all: The same share of all moves.
        n_false: Changes told where as many units stood before as after.
        slot_hours: Slots of every camera times the length of the recording.
        sign_right: Share of the right changes with the right sign; those with no sign count as wrong.
        quantity_right: Share of the changes of the right sign with the right number of units.
        calibration_error: Of "units moved" against "as many as before", over everything compared.
        sign_calibration_error: Of "left" against "came".
    """

    n_moves: int
    recall: Rate
    recall_picks: Rate
    recall_puts: Rate
    recall_all: Rate
    n_false: int
    slot_hours: float
    sign_right: Rate
    quantity_right: Rate
    calibration_error: float | None
    sign_calibration_error: float | None
    n_compared: int

    @property
    def false_per_slot_hour(self) -> float | None:
        """How often a slot of a camera is said to have changed for nothing."""
        return self.n_false / self.slot_hours if self.slot_hours else None


def true_moves(truth: RecordingTruth) -> tuple[SlotMove, ...]:
    """Every unit that left a slot or came to one, in order of time; what is undone at once is left out."""
    clear = _clear_times(truth)
    moves = []
    for unit in truth.units:
        for at_s, slot_id, units in _lasting(_unit_moves(unit)):
            window = (at_s - CLEAR_WITHIN_S, at_s) if units < 0 else (at_s, at_s + CLEAR_WITHIN_S)
            times = clear.get(unit.unit_id, np.empty(0))
            is_clear = bool(((times > window[0]) & (times < window[1])).any())
            moves.append(SlotMove(at_s, slot_id, unit.unit_id, units, is_clear))
    return tuple(sorted(moves, key=lambda move: (move.at_s, move.unit_id)))


def beside_truth(changes: Iterable[SlotChanged], truth: RecordingTruth) -> tuple[ToldChange, ...]:
    """Put every change beside what moved in its slot meanwhile."""
    by_slot: dict[str, list[tuple[float, int]]] = {}
    for unit in truth.units:
        for at_s, slot_id, units in _unit_moves(unit):
            by_slot.setdefault(slot_id, []).append((at_s, units))
    shifts: dict[str, list[float]] = {}
    for event in truth.events:
        if event.kind in _SHIFTING and event.slot_id is not None:
            shifts.setdefault(event.slot_id, []).append(event.contact_s)
    told = []
    for change in changes:
        low, high = change.since_s - TOLERANCE_S, change.at_s + TOLERANCE_S
        moved = [units for at_s, units in by_slot.get(change.slot_id, ()) if low < at_s < high]
        is_touched = any(low < at_s < high for at_s in shifts.get(change.slot_id, ()))
        told.append(ToldChange(change, sum(moved), sum(moved) == 0 and (bool(moved) or is_touched)))
    return tuple(told)


def slot_figures(recordings: Sequence[WatchedSlots]) -> SlotFigures:
    """Count over recordings; what has a positive log ratio was said, the rest only compared."""
    told = [one for recording in recordings for one in recording.told]
    said = [one for one in told if one.change.log_ratio > 0.0]
    right = [one for one in said if one.net_units != 0]
    signed = [one for one in right if one.change.units * one.net_units > 0]
    moves = [(move, _is_told(move, one.told)) for one in recordings for move in one.moves]
    clear = [(move, found) for move, found in moves if move.is_clear]
    return SlotFigures(
        n_moves=len(moves),
        recall=_recall(clear),
        recall_picks=_recall([(move, found) for move, found in clear if move.units < 0]),
        recall_puts=_recall([(move, found) for move, found in clear if move.units > 0]),
        recall_all=_recall(moves),
        n_false=len(said) - len(right),
        slot_hours=sum(one.slot_hours for one in recordings),
        sign_right=rate(len(signed), len(right)),
        quantity_right=rate(sum(abs(one.change.units) == abs(one.net_units) for one in signed), len(signed)),
        calibration_error=_calibration(
            [one.change.log_ratio for one in told], [one.net_units != 0 for one in told]
        ),
        sign_calibration_error=_calibration(
            [one.change.log_likelihood.taken - one.change.log_likelihood.came for one in right],
            [one.net_units < 0 for one in right],
        ),
        n_compared=len(told),
    )


def _recall(moves: Sequence[tuple[SlotMove, bool]]) -> Rate:
    return rate(sum(found for _, found in moves), len(moves))


def _calibration(log_ratio: Sequence[float], happened: Sequence[bool]) -> float | None:
    """Of likelihood ratios, which say nothing of how often things happen: that share is taken as known."""
    share = float(np.mean(happened)) if happened else 0.0
    if not 0.0 < share < 1.0:
        return None
    return expected_calibration_error(posterior(np.array(log_ratio), share), np.array(happened))


def _is_told(move: SlotMove, told: Sequence[ToldChange]) -> bool:
    return any(
        one.change.log_ratio > 0.0
        and one.change.slot_id == move.slot_id
        and one.net_units * move.units > 0
        and one.change.since_s - TOLERANCE_S < move.at_s < one.change.at_s + TOLERANCE_S
        for one in told
    )


def _unit_moves(unit: UnitTruth) -> list[tuple[float, str, int]]:
    """When a unit left slots and came to them: time, slot, units."""
    moves = []
    slot_id: str | None = None
    for number, place in enumerate(unit.places):
        new = place.place.removeprefix(_SLOT) if place.place.startswith(_SLOT) else None
        if number > 0 and new != slot_id:
            if slot_id is not None:
                moves.append((place.from_s, slot_id, -1))
            if new is not None:
                moves.append((place.from_s, new, 1))
        slot_id = new
    return moves


def _lasting(moves: Sequence[tuple[float, str, int]]) -> list[tuple[float, str, int]]:
    """Leave out pairs that undo each other before a camera could look."""
    kept: list[tuple[float, str, int]] = []
    for move in moves:
        if kept and kept[-1][1] == move[1] and kept[-1][2] == -move[2] and move[0] - kept[-1][0] < UNDONE_S:
            kept.pop()
        else:
            kept.append(move)
    return kept


def _clear_times(truth: RecordingTruth) -> Mapping[int, np.ndarray]:
    """When some camera saw each unit well while nobody held it."""
    times: dict[int, list[float]] = {}
    for frames in truth.cameras.values():
        for frame in frames:
            for unit in frame.units:
                left, top, right, bottom = unit.visible_xyxy
                is_large = (right - left) * (bottom - top) >= CLEAR_PX
                if unit.holder_id is None and unit.visibility >= CLEAR_SHARE and is_large:
                    times.setdefault(unit.unit_id, []).append(frame.captured_s)
    return {unit_id: np.array(seen) for unit_id, seen in times.items()}
