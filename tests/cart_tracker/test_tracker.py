from collections import Counter
from functools import cache

import numpy as np
import pytest

from cart_tracker.errors import ObservationError
from cart_tracker.journal import FootageEnded, JournalWriter
from cart_tracker.observations import (
    CameraId,
    GateScanned,
    Hand,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotChanged,
    SlotLogLikelihood,
    TrackletId,
    VisitId,
)
from cart_tracker.replay import replay
from cart_tracker.store_map import SlotId
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import (
    CartChanged,
    Decision,
    EventRecognised,
    ShoppersMoved,
    TrackerOutput,
    VisitClosed,
    VisitOpened,
)
from tests.cart_tracker.builders import people
from tests.cart_tracker.observation_simulator import START_S, Noise, Script, observe, store_map
from tests.cart_tracker.scoring import Score, basket, track

MAP = store_map()
LEFT = SlotLogLikelihood.of_ratio(3.0, -1.0)
UNKNOWN = SlotLogLikelihood.of_ratio(float("nan"), -1.0)
QUIET = Noise(foot_sigma_m=0.02, miss=0.02, occluded=0.02, wrist_hidden_in_shelf=0.2, hand_accuracy=0.97)


@cache
def recording(seed: int, n_shoppers: int, noise: Noise = QUIET) -> tuple[Script, tuple[Observation, ...]]:
    script = Script(seed, n_shoppers)
    return script, tuple(observe(script, noise, seed))


@cache
def outputs_of(seed: int, n_shoppers: int, noise: Noise = QUIET) -> tuple[TrackerOutput, ...]:
    script, observations = recording(seed, n_shoppers, noise)
    return tuple(track(MAP, observations, script.end_s))


def told(outputs: list[TrackerOutput] | tuple[TrackerOutput, ...]) -> list[str]:
    """Everything that was told, exactly: `repr` of a float comes back to the same float."""
    return [
        repr((one.at_s, one.shopper_id, one.visit_id, one.xy_m.tolist(), one.is_seen.tolist()))
        if isinstance(one, ShoppersMoved)
        else repr(one)
        for one in outputs
    ]


def closed(outputs: list[TrackerOutput] | tuple[TrackerOutput, ...]) -> dict[str, VisitClosed]:
    return {one.visit_id: one for one in outputs if isinstance(one, VisitClosed)}


def walk_through(visit_id: str | None, start_s: float = START_S) -> list[Observation]:
    """Somebody walks from the gate to the exit without touching anything."""
    path = np.concatenate([np.linspace([0.3, 0.5], [5.5, 0.5], 60), np.linspace([5.5, 0.5], [6.3, 0.5], 8)])
    observations: list[Observation] = [
        people(camera, start_s + 0.1 * step, (1, *xy))
        for step, xy in enumerate(path)
        for camera in ("cam1", "cam2")
    ]
    if visit_id is not None:
        observations.append(GateScanned(start_s + 0.5, "gate-1", VisitId(visit_id)))
    observations += [people("cam1", start_s + 6.8 + 0.1 * step) for step in range(60)]
    return sorted(observations, key=lambda one: one.at_s)


def test_one_shopper_gets_the_right_basket_and_is_charged_without_asking():
    script, _ = recording(2, 1)

    visit = closed(outputs_of(2, 1))["visit-1"]

    assert basket(visit) == script.shoppers[0].cart
    assert visit.decision is Decision.CHARGE
    assert visit.left_s == pytest.approx(START_S + len(script.shoppers[0].xy) / 10, abs=1.5)


def test_ten_quiet_recordings_are_nearly_all_right():
    score = Score()
    for seed in range(20, 26):
        score.add(recording(seed, 1 + seed % 2)[0], outputs_of(seed, 1 + seed % 2))

    assert score.item_f1 > 0.93
    assert score.auto_wrong <= 1


def test_the_cart_fills_while_the_shopper_is_inside():
    outputs = outputs_of(2, 1)
    opened = next(index for index, one in enumerate(outputs) if isinstance(one, VisitOpened))
    ended = next(index for index, one in enumerate(outputs) if isinstance(one, VisitClosed))
    carts = [index for index, one in enumerate(outputs) if isinstance(one, CartChanged)]

    assert carts
    assert all(opened < index < ended for index in carts)
    assert all(line.quantity > 0 for index in carts for line in outputs[index].lines)


def test_events_come_within_two_seconds_of_the_hand_leaving_the_shelf():
    now_s = START_S
    for output in outputs_of(2, 1):
        if isinstance(output, ShoppersMoved):
            now_s = output.at_s
        elif isinstance(output, EventRecognised):
            assert now_s - output.hand_out_s < 2.0


def test_a_replayed_journal_gives_the_same_outputs_bit_for_bit(tmp_path):
    script, observations = recording(3, 2)
    with JournalWriter(tmp_path / "journal.jsonl", MAP) as journal:
        for observation in observations:
            journal.write(observation)
        journal.write(FootageEnded(script.end_s))

    assert told(replay(tmp_path / "journal.jsonl", MAP)) == told(outputs_of(3, 2))


def test_cameras_that_report_in_another_order_change_nothing():
    script, observations = recording(3, 2)
    shuffled: list[Observation] = []
    for start in range(0, len(observations), 4):
        shuffled += reversed(observations[start : start + 4])

    assert told(track(MAP, shuffled, script.end_s)) == told(outputs_of(3, 2))


def test_everybody_who_came_in_is_on_the_floor_until_they_have_left():
    outputs = outputs_of(4, 3)
    left_s = {visit_id: visit.left_s for visit_id, visit in closed(outputs).items()}
    inside: set[str] = set()
    for output in outputs:
        if isinstance(output, VisitOpened):
            inside.add(output.visit_id)
        elif isinstance(output, ShoppersMoved):
            on_floor = {visit_id for visit_id in output.visit_id if visit_id is not None}
            assert {visit_id for visit_id in inside if output.at_s <= left_s[visit_id]} <= on_floor

    assert inside == set(left_s)


def test_a_visit_without_picks_is_closed_empty_and_costs_nothing():
    visit = closed(track(MAP, walk_through("visit-1"), START_S + 15))["visit-1"]

    assert visit.lines == ()
    assert visit.decision is Decision.CHARGE
    assert visit.seconds == pytest.approx(6.0, abs=1.0)


def test_a_scan_to_which_nobody_comes_is_closed_empty():
    observations: list[Observation] = [GateScanned(START_S, "gate-1", VisitId("visit-1"))]
    observations += [people("cam1", START_S + 0.1 * step) for step in range(200)]

    visit = closed(track(MAP, observations, START_S + 20))["visit-1"]

    assert visit.lines == ()
    assert "nobody came" in visit.reason


def test_somebody_without_a_scan_is_nobodys_bill():
    outputs = track(MAP, walk_through(None), START_S + 15)

    assert closed(outputs) == {}
    assert any(isinstance(one, ShoppersMoved) and one.visit_id == (None,) for one in outputs)


def test_whoever_is_still_inside_at_the_end_is_never_charged_without_asking():
    script, observations = recording(2, 1)
    half_s = START_S + len(script.shoppers[0].xy) / 20
    inside = [one for one in observations if one.at_s < half_s]

    visit = closed(track(MAP, inside, half_s))["visit-1"]

    assert visit.decision is Decision.REVIEW
    assert all(line.decision is not Decision.CHARGE for line in visit.lines)


def test_strange_observations_change_nothing_else():
    script, observations = recording(3, 2)
    strange: list[Observation] = [
        HandSeen(CameraId("cam99"), START_S + 5, TrackletId(1), Hand.LEFT, np.zeros(3)),
        SlotChanged(CameraId("cam1"), START_S + 5, START_S + 4, SlotId("no-such-slot"), LEFT, -1.0),
        SlotChanged(CameraId("cam1"), START_S + 5, START_S + 4, SlotId("wall-0-0"), UNKNOWN, -1.0),
        GateScanned(START_S + 5, "gate-1", VisitId("visit-1")),
    ]
    mixed = sorted([*observations, *strange], key=lambda one: one.at_s)

    outputs = track(MAP, mixed, script.end_s)

    assert {key: basket(visit) for key, visit in closed(outputs).items()} == {
        key: basket(visit) for key, visit in closed(outputs_of(3, 2)).items()
    }


def test_a_time_that_is_no_time_is_refused():
    with pytest.raises(ObservationError, match="at_s is nan"):
        StoreTracker(MAP).handle(GateScanned(float("nan"), "gate-1", VisitId("visit-1")))


def test_frames_that_come_much_too_late_or_twice_are_dropped_and_counted():
    tracker = StoreTracker(MAP)
    for step in range(20):
        tracker.handle(people("cam1", START_S + 0.1 * step, (1, 0.5, 0.5)))
    tracker.handle(people("cam2", START_S + 0.3, (1, 0.5, 0.5)))
    tracker.handle(people("cam1", START_S + 1.9, (1, 0.5, 0.5)))
    tracker.finish(START_S + 3)

    assert tracker.n_dropped_late == 2


def test_an_unknown_camera_is_just_another_camera():
    script, observations = recording(2, 1)
    renamed = [
        PeopleSeen(
            CameraId("new"), *(getattr(one, name) for name in list(PeopleSeen.__dataclass_fields__)[1:])
        )
        if isinstance(one, PeopleSeen) and one.camera_id == "cam4"
        else one
        for one in observations
    ]

    assert basket(closed(track(MAP, renamed, script.end_s))["visit-1"]) == script.shoppers[0].cart


def test_no_line_is_negative_or_unknown_in_a_crowd_with_bad_cameras():
    noise = Noise(hand_accuracy=0.5, slot_recall=0.4, hands_swapped=0.2)
    for visit in closed(outputs_of(6, 3, noise)).values():
        assert all(count > 0 for count in Counter(basket(visit)).values())
        assert all(line.product_id in MAP.product_ids for line in visit.lines)
        assert all(0.0 <= line.confidence <= 1.0 for line in visit.lines)
        assert 0.0 <= visit.confidence <= 1.0


def test_nothing_at_all_is_no_visit():
    tracker = StoreTracker(MAP)

    assert tracker.advance(START_S) == []
    assert tracker.finish(START_S + 1) == []
