"""Whether a truth makes sense: everybody it names is listed, everything measured is a number, and so on."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from datasets.recording_truth import FrameTruth, RecordingTruth, UnitTruth


def first_contradiction(truth: RecordingTruth) -> str | None:
    """Return what is wrong with a truth, in one line; None if nothing is."""
    return next(_contradictions(truth), None)


def _contradictions(truth: RecordingTruth) -> Iterator[str]:
    shoppers = [shopper.shopper_id for shopper in truth.shoppers]
    visits = [visit.visit_id for visit in truth.visits]
    units = [unit.unit_id for unit in truth.units]
    yield from _doubles("shopper", shoppers)
    yield from _doubles("visit", visits)
    yield from _doubles("unit", units)
    yield from _unknown("shopper", shoppers, _named_shoppers(truth))
    yield from _unknown("visit", visits, _named_visits(truth))
    yield from _unknown(
        "unit", units, ((e.unit_id, f"event {e.event_id}") for e in truth.events if e.unit_id is not None)
    )
    yield from _not_finite(truth)
    if not (np.diff(truth.ticks_s) > 0).all():
        yield "ticks_s does not rise"
    for unit in truth.units:
        yield from _impossible_places(unit)
    for camera, frames in truth.cameras.items():
        yield from _impossible_frames(camera, frames)


def _doubles(what: str, names: Sequence[str] | Sequence[int]) -> Iterator[str]:
    for name in names:
        if names.count(name) > 1:
            yield f"{what} {name!r} is listed twice"


def _unknown(
    what: str, known: Sequence[str] | Sequence[int], named: Iterable[tuple[str | int, str]]
) -> Iterator[str]:
    listed = frozenset(known)
    for name, where in named:
        if name not in listed:
            yield f"{where} names {what} {name!r}, who is not listed"


def _named_shoppers(truth: RecordingTruth) -> Iterator[tuple[str, str]]:
    for event in truth.events:
        yield event.shopper_id, f"event {event.event_id}"
        if event.partner_id is not None:
            yield event.partner_id, f"event {event.event_id}"
    for visit in truth.visits:
        yield from ((shopper, f"visit {visit.visit_id!r}") for shopper in visit.shopper_ids)
    for unit in truth.units:
        for place in unit.places:
            kind, _, rest = place.place.partition(":")
            if kind in ("hand", "bag", "eaten", "outside"):
                yield (rest.rpartition(":")[0] if kind == "hand" else rest), f"unit {unit.unit_id}"
    for track in (truth.floor_xy_m, truth.left_wrist_m, truth.right_wrist_m, truth.head_m):
        yield from ((shopper, "a track") for shopper in track)


def _named_visits(truth: RecordingTruth) -> Iterator[tuple[str, str]]:
    for shopper in truth.shoppers:
        if shopper.visit_id is not None:
            yield shopper.visit_id, f"shopper {shopper.shopper_id!r}"
    for expectation in truth.expectations:
        if expectation.visit_id is not None:
            yield expectation.visit_id, "an expectation"


def _not_finite(truth: RecordingTruth) -> Iterator[str]:
    numbers = {
        "duration_s": [truth.duration_s, truth.start_s, truth.fps],
        "ticks_s": truth.ticks_s,
        "a time of a shopper": [at_s for s in truth.shoppers for at_s in (s.entered_s, s.left_s)],
        "a time of a visit": [at_s for v in truth.visits for at_s in (v.scanned_s, v.left_s)],
        "a time of an event": [at_s for e in truth.events for at_s in (e.start_s, e.contact_s, e.end_s)],
        "a time of a unit": [place.from_s for unit in truth.units for place in unit.places],
        "a time of a frame": [
            at_s for frames in truth.cameras.values() for f in frames for at_s in (f.captured_s, f.stamped_s)
        ],
    }
    for what, values in numbers.items():
        if not np.isfinite(np.asarray(values, dtype=np.float64)).all():
            yield f"{what} is no finite number"


def _impossible_places(unit: UnitTruth) -> Iterator[str]:
    if not unit.places:
        yield f"unit {unit.unit_id} is nowhere"
    times = [place.from_s for place in unit.places]
    if times != sorted(times):
        yield f"the places of unit {unit.unit_id} are not in order of time"
    for place in unit.places:
        if place.place.partition(":")[0] not in ("slot", "hand", "bag", "floor", "eaten", "outside"):
            yield f"unit {unit.unit_id} is at {place.place!r}, which is no place"


def _impossible_frames(camera: str, frames: Sequence[FrameTruth]) -> Iterator[str]:
    if not (np.diff([frame.stamped_s for frame in frames]) > 0).all():
        yield f"the time stamps of {camera} do not rise"
    for index, frame in enumerate(frames):
        for visibility in (*(p.visibility for p in frame.people), *(u.visibility for u in frame.units)):
            if not 0 <= visibility <= 1:
                yield f"frame {index} of {camera} has a visibility of {visibility}"
