import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.synthetic.play.faults import FaultKind
from datasets.synthetic.sensors.capture import (
    ORDINARY,
    PERFECT,
    CameraPlan,
    Imperfections,
    fault_truths,
    plan_camera,
)
from datasets.synthetic.sensors.clocks import CameraClock, random_clock
from datasets.synthetic.sensors.faults import CameraFault

FPS, TICKS = 10, 300


def planned(*faults: CameraFault, imperfections: Imperfections = PERFECT, seed: int = 1) -> CameraPlan:
    return plan_camera(TICKS, FPS, faults, imperfections, np.random.default_rng(seed))


def fault(kind: FaultKind, from_s: float, to_s: float, amount: float = 0.0) -> CameraFault:
    return CameraFault(kind, 0, from_s, to_s, amount)


def captured(plan: CameraPlan) -> list[float]:
    return [shot.captured_s for shot in plan.shots]


def test_a_perfect_camera_has_every_frame_at_its_time() -> None:
    plan = planned()
    assert captured(plan) == [tick / FPS for tick in range(TICKS)]
    assert all(shot.stamped_s == pytest.approx(shot.captured_s) for shot in plan.shots)
    assert not plan.lost_s


@given(st.integers(0, 10_000))
def test_an_ordinary_camera_is_some_hundredths_of_a_second_off_and_loses_next_to_nothing(seed: int) -> None:
    plan = planned(imperfections=ORDINARY, seed=seed)
    off = np.array([shot.stamped_s - shot.captured_s for shot in plan.shots])
    assert np.abs(off).max() < 0.08
    assert len(plan.shots) > 0.97 * TICKS
    assert (np.diff([shot.stamped_s for shot in plan.shots]) > 0).all()


def test_a_dead_camera_has_no_frames_and_comes_back() -> None:
    plan = planned(fault(FaultKind.DEAD, 5.0, 15.0))
    assert not any(5.0 <= at_s < 15.0 for at_s in captured(plan))
    assert captured(plan)[-1] == (TICKS - 1) / FPS


def test_a_camera_that_is_dead_all_the_time_has_shown_one_picture_at_least() -> None:
    plan = planned(fault(FaultKind.DEAD, 0.0, 30.0))
    assert captured(plan) == [0.0]
    assert plan.ends_s == 0.0


def test_a_frozen_camera_goes_on_stamping_its_last_picture() -> None:
    plan = planned(fault(FaultKind.FROZEN, 5.0, 15.0))
    assert len(plan.shots) == TICKS
    frozen = [shot for shot in plan.shots if shot.is_frozen]
    assert {shot.captured_s for shot in frozen} == {4.9}
    assert len({shot.stamped_s for shot in frozen}) == len(frozen) == 100


def test_a_camera_that_is_frozen_from_the_start_shows_its_first_picture() -> None:
    plan = planned(fault(FaultKind.FROZEN, 0.0, 2.0))
    assert not plan.shots[0].is_frozen
    assert {shot.captured_s for shot in plan.shots[:20]} == {0.0}


def test_a_low_rate_spreads_its_frames_evenly() -> None:
    plan = planned(fault(FaultKind.LOW_RATE, 0.0, 30.0, 5.0))
    assert len(plan.shots) in (TICKS // 2, TICKS // 2 + 1)
    assert np.diff(captured(plan))[1:] == pytest.approx(0.2)


def test_a_lossy_line_drops_about_the_share_that_it_should_and_says_which() -> None:
    plan = planned(fault(FaultKind.DROPPED, 0.0, 30.0, 0.3))
    assert len(plan.lost_s) == pytest.approx(0.3 * TICKS, rel=0.3)
    assert sorted([*captured(plan), *plan.lost_s]) == [tick / FPS for tick in range(TICKS)]


@given(st.floats(-0.5, 0.5), st.floats(0, 20))
def test_a_clock_that_is_off_shifts_stamps_but_they_always_rise_from_the_start_on(
    offset_s: float, from_s: float
) -> None:
    plan = planned(fault(FaultKind.CLOCK_OFFSET, from_s, from_s + 8, offset_s))
    stamps = [shot.stamped_s for shot in plan.shots]
    assert stamps[0] >= 0
    assert (np.diff(stamps) > 0).all()
    for shot in plan.shots:
        expected = offset_s if from_s <= shot.captured_s < from_s + 8 else 0.0
        assert shot.stamped_s - shot.captured_s == pytest.approx(expected, abs=1e-3)


def test_a_knocked_camera_says_in_which_frames() -> None:
    plan = planned(fault(FaultKind.KNOCKED, 10.0, 30.0, 0.4))
    assert [shot.is_knocked for shot in plan.shots] == [at_s >= 10.0 for at_s in captured(plan)]


def test_the_same_seed_gives_the_same_frames() -> None:
    first, second = (planned(imperfections=ORDINARY, seed=7) for _ in range(2))
    assert first == second
    assert first != planned(imperfections=ORDINARY, seed=8)


def test_every_fault_and_every_lost_frame_is_in_the_truth() -> None:
    dead = CameraFault(FaultKind.DEAD, 1, 5.0, 15.0, 0.0)
    lossy = plan_camera(TICKS, FPS, (), Imperfections(loss=0.05), np.random.default_rng(3))
    truths = fault_truths((dead,), {"cam1": lossy, "cam2": planned(dead)}, 1000.0)
    assert [(t.kind, t.camera_id, t.from_s, t.to_s) for t in truths if t.kind == "dead"] == [
        ("dead", "cam2", 1005.0, 1015.0)
    ]
    assert [t.from_s - 1000.0 for t in truths if t.kind == "dropped"] == pytest.approx(lossy.lost_s)


@given(st.integers(0, 10_000))
def test_stamps_of_any_clock_rise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    clock = CameraClock(*(getattr(random_clock(rng), name) for name in ("offset_s", "drift_ppm")), 0.2)
    assert (np.diff(clock.stamps_s(np.arange(100) / 10, rng)) > 0).all()
