"""Cameras that the nightly drift check found moved: told to be of no use, and not listened to.

What they would say in metres is wrong. The tracker hears `CameraHealthChanged`, and sends what is bought
while a camera is missing to a person; it is in the journal, so a replay gives the same receipts after the
camera is calibrated again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cart_tracker.observations import CameraHealthChanged, GateCrossed, GateScanned, Observation
from vision.calibration.drift import ReviewMark, read_marks


@dataclass(slots=True)
class MovedCameras:
    """Stands between the cameras and the store.

    Attributes:
        marks: As the drift check left them; none for a store whose cameras hang where they should.
    """

    marks: tuple[ReviewMark, ...] = ()
    _is_told: bool = field(default=False, init=False)

    @classmethod
    def beside(cls, store_toml: Path) -> "MovedCameras":
        """Read the marks beside a `store.toml`.

        Raises:
            CalibrationError: If their file is malformed.
        """
        return cls(read_marks(store_toml.parent))

    def heard(self, observations: Iterable[Observation]) -> list[Observation]:
        """Leave out what moved cameras say; before the first observation of all, say that they moved."""
        moved = {mark.camera_id for mark in self.marks}
        kept: list[Observation] = []
        for observation in observations:
            if not self._is_told:
                self._is_told = True
                kept += [
                    CameraHealthChanged(observation.at_s, mark.camera_id, False, _reason(mark))
                    for mark in self.marks
                ]
            if isinstance(observation, GateScanned | GateCrossed) or observation.camera_id not in moved:
                kept.append(observation)
        return kept


def _reason(mark: ReviewMark) -> str:
    shelves = ", ".join(str(shelf) for shelf in mark.shelves)
    return f"{mark.reason}; shelves to review: {shelves}" if shelves else mark.reason
