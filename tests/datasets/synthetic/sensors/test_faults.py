import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cart_tracker.observations import CameraId
from datasets.synthetic.play.faults import FaultKind, FaultWish
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.sensors.faults import CameraFault, knocked, placed_faults
from vision.camera_model import CameraModel


def camera() -> CameraModel:
    matrix = np.array([[60.0, 0.0, 48.0], [0.0, 60.0, 36.0], [0.0, 0.0, 1.0]])
    down = np.diag([1.0, -1.0, -1.0])
    return CameraModel(CameraId("cam1"), (96, 72), matrix, np.zeros(5), down, np.array([0.3, 0.4, 2.6]))


def third_sees_best(row: int, _: FloatArray) -> float:
    return 100.0 if row == 2 else 10.0


def placed(*wishes: FaultWish, cameras: int = 4) -> tuple[CameraFault, ...]:
    return placed_faults(wishes, cameras, 30.0, third_sees_best, np.random.default_rng(1))


def test_the_camera_that_sees_the_place_best_is_hit() -> None:
    (fault,) = placed(FaultWish(FaultKind.DEAD, 3.0, 9.0, sees_xyz_m=(1.0, 1.0, 1.0)))
    assert (fault.camera, fault.from_s, fault.to_s) == (2, 3.0, 9.0)


def test_a_camera_can_be_named_or_is_drawn() -> None:
    named, drawn = placed(FaultWish(FaultKind.FROZEN, camera=1), FaultWish(FaultKind.FROZEN))
    assert named.camera == 1
    assert 0 <= drawn.camera < 4
    assert named.to_s == 30.0


def test_what_would_begin_after_the_end_is_left_out() -> None:
    assert placed(FaultWish(FaultKind.DEAD, 31.0, 40.0)) == ()


@given(st.integers(0, 10_000))
def test_a_knocked_camera_hangs_so_much_elsewhere_and_still_in_the_room(seed: int) -> None:
    moved = knocked(camera(), 0.4, (6.0, 4.0), np.random.default_rng(seed))
    shift = moved.position_m - camera().position_m
    assert np.linalg.norm(shift) == pytest.approx(0.4)
    assert ((moved.position_m[:2] > 0) & (moved.position_m[:2] < [6.0, 4.0])).all()
    assert moved.rotation @ moved.rotation.T == pytest.approx(np.eye(3))
    assert 0.02 < np.arccos((np.trace(moved.rotation @ camera().rotation.T) - 1) / 2) < 0.11


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_fault_can_be_put_in_words(kind: FaultKind) -> None:
    assert CameraFault(kind, 0, 0.0, 1.0, 0.3).detail
