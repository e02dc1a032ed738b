from dataclasses import replace

import numpy as np
import pytest

from cart_tracker.observations import CameraId, SlotChanged, SlotLogLikelihood
from cart_tracker.store_map import SlotId
from datasets.metrics.calibration import expected_calibration_error, posterior
from datasets.metrics.hands import PlacedWrist, wrist_figures
from datasets.metrics.slots import WatchedSlots, beside_truth, slot_figures, true_moves
from datasets.recording_truth import (
    EventTruth,
    FrameTruth,
    RecordingTruth,
    UnitInFrame,
    UnitPlace,
    UnitTruth,
)

MILK = UnitTruth(1, "milk", (UnitPlace(0, "slot:a"), UnitPlace(20, "hand:ann:left"), UnitPlace(40, "slot:b")))
RICE = UnitTruth(2, "rice", (UnitPlace(0, "slot:a"), UnitPlace(20, "hand:ann:left"), UnitPlace(25, "slot:a")))
TURNED = EventTruth(1, "turn", "ann", "oil", 3, "c", "left", 49.0, 50.0, 51.0, is_misplaced=False)


def seen(unit_id: int, share: float) -> UnitInFrame:
    return UnitInFrame(unit_id, "milk", None, None, np.array([10.0, 10.0, 20.0, 30.0]), share)


TRUTH = RecordingTruth(
    scenario="easy",
    seed=1,
    fps=10,
    start_s=0.0,
    duration_s=60.0,
    shoppers=(),
    events=(TURNED,),
    ticks_s=np.arange(60.0),
    floor_xy_m={},
    units=(MILK, RICE),
    cameras={
        "cam1": (FrameTruth(15.0, 15.0, (), (seen(1, 0.9),)), FrameTruth(45.0, 45.0, (), (seen(1, 0.1),)))
    },
)


def said(slot: str, since_s: float, at_s: float, log_ratio: float = 3.0, units: float = -1.0) -> SlotChanged:
    told = SlotLogLikelihood.of_ratio(log_ratio, units)
    return SlotChanged(CameraId("cam1"), at_s, since_s, SlotId(slot), told, units)


def figures(*changes: SlotChanged):
    return slot_figures([WatchedSlots(true_moves(TRUTH), beside_truth(changes, TRUTH), 0.5)])


def test_moves_are_what_was_not_undone_at_once_and_clear_where_a_camera_saw_the_unit_well():
    told = [(move.slot_id, move.units, move.is_clear) for move in true_moves(TRUTH)]

    assert told == [("a", -1, True), ("b", 1, False)]


def test_a_change_that_spans_a_move_tells_it():
    found = figures(said("a", 18, 30), said("b", 38, 44, units=1.0))

    assert (found.recall.value, found.recall_all.value) == (1.0, 1.0)
    assert (found.sign_right.value, found.quantity_right.value) == (1.0, 1.0)
    assert found.n_false == 0


def test_weak_evidence_tells_nothing_but_is_calibrated():
    found = figures(said("a", 18, 30, log_ratio=-1.0), said("c", 1, 5, log_ratio=-2.0))

    assert found.recall.value == 0.0
    assert (found.n_false, found.n_compared) == (0, 2)
    assert found.calibration_error is not None


def test_a_change_where_nothing_left_for_good_is_false():
    changes = (said("b", 10, 30), said("c", 48, 53))

    found = figures(*changes)

    assert found.n_false == 2
    assert found.false_per_slot_hour == 4.0
    assert [one.is_shift for one in beside_truth([said("b", 10, 30), said("c", 48, 53)], TRUTH)] == [
        False,
        True,
    ]


def test_a_wrong_sign_and_a_wrong_number_are_told_apart():
    change = said("a", 18, 30)

    assert figures(replace(change, units=1.0)).sign_right.value == 0.0
    assert figures(replace(change, units=-2.0)).quantity_right.value == 0.0


def test_probabilities_that_mean_what_they_say_have_no_calibration_error():
    rng = np.random.default_rng(1)
    probability = rng.uniform(size=200_000)

    assert expected_calibration_error(probability, rng.uniform(size=200_000) < probability) == pytest.approx(
        0.0, abs=0.005
    )
    assert expected_calibration_error(np.array([0.9, 0.9]), np.array([True, False])) == pytest.approx(0.4)
    assert expected_calibration_error(np.empty(0), np.empty(0, np.bool_)) is None
    assert posterior(np.array([0.0, np.log(3)]), 0.25) == pytest.approx([0.25, 0.5])


def test_wrists_with_honest_covariances_have_a_squared_error_of_three():
    rng = np.random.default_rng(2)
    cov = np.diag([0.01, 0.02, 0.03]) ** 2
    placed = [PlacedWrist(2, rng.multivariate_normal(np.zeros(3), cov), cov) for _ in range(4000)]

    found = wrist_figures(placed)

    assert found is not None
    assert found.squared == pytest.approx(3.0, abs=0.15)
    assert found.inside_95 == pytest.approx(0.95, abs=0.02)
    assert found.median_m < found.p90_m
    assert wrist_figures([]) is None
