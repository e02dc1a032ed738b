"""Faults that a scenario wishes for, worked out for the cameras of a recording."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from datasets.synthetic.play.faults import FaultKind, FaultWish
from datasets.synthetic.scene import FloatArray
from vision.camera_model import CameraModel

# How sharply camera `row` sees a place: pixels per metre there, 0 if it does not.
Sharpness = Callable[[int, FloatArray], float]

_KNOCK_TURN_RAD = (0.03, 0.10)  # of a camera that is pushed aside; 2 to 6 degrees
_KNOCK_ASIDE_RAD = 0.6  # at most, off the way into the room


@dataclass(frozen=True, slots=True)
class CameraFault:
    """A fault of one camera; times from the start of the recording.

    Attributes:
        camera: Row of the camera.
        amount: See `FaultWish`.
    """

    kind: FaultKind
    camera: int
    from_s: float
    to_s: float
    amount: float

    @property
    def detail(self) -> str:
        """How much of it, in words."""
        return {
            FaultKind.DEAD: "no frames",
            FaultKind.FROZEN: "the same picture with new stamps",
            FaultKind.DROPPED: f"{self.amount:.0%} of the frames lost",
            FaultKind.KNOCKED: f"hangs {self.amount:.2f} m from where the store thinks",
            FaultKind.CLOCK_OFFSET: f"stamps {1000 * self.amount:+.0f} ms late",
            FaultKind.LOW_RATE: f"{self.amount:g} frames per second",
        }[self.kind]

    def holds_at(self, at_s: float) -> bool:
        """Whether it is there at a time."""
        return self.from_s <= at_s < self.to_s


def placed_faults(
    wishes: Sequence[FaultWish],
    cameras: int,
    duration_s: float,
    sharpness: Sharpness,
    rng: np.random.Generator,
) -> tuple[CameraFault, ...]:
    """Choose the camera of every wish; those that would begin after the end are left out.

    Args:
        wishes: From the scenario.
        cameras: How many there are.
        duration_s: Of the recording.
        sharpness: How well each sees a place.
        rng: Draws cameras for wishes that leave it open.
    """
    faults = []
    for wish in wishes:
        row = wish.camera
        if row is None and wish.sees_xyz_m is not None:
            place = np.array(wish.sees_xyz_m)
            row = int(np.argmax([sharpness(index, place) for index in range(cameras)]))
        drawn = int(rng.integers(cameras))
        if wish.from_s < duration_s:
            chosen = drawn if row is None else row % cameras
            faults.append(
                CameraFault(wish.kind, chosen, wish.from_s, min(wish.to_s, duration_s), wish.amount)
            )
    return tuple(faults)


def knocked(
    camera: CameraModel, shift_m: float, room_xy_m: tuple[float, float], rng: np.random.Generator
) -> CameraModel:
    """Return the camera pushed `shift_m` into the room, and turned a little with it."""
    inward = np.array(room_xy_m) / 2 - camera.position_m[:2]
    angle = float(np.arctan2(inward[1], inward[0])) + float(rng.uniform(-_KNOCK_ASIDE_RAD, _KNOCK_ASIDE_RAD))
    shift = shift_m * np.array([np.cos(angle), np.sin(angle), 0.0])
    axis = rng.normal(size=3)
    turn = float(rng.uniform(*_KNOCK_TURN_RAD)) * axis / np.linalg.norm(axis)
    return replace(camera, position_m=camera.position_m + shift, rotation=_rotation(turn) @ camera.rotation)


def _rotation(turn_rad: FloatArray) -> FloatArray:
    """Return the rotation `(3, 3)` about a vector by its length (Rodrigues)."""
    angle = float(np.linalg.norm(turn_rad))
    x, y, z = turn_rad / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation: FloatArray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation
