"""The health of all cameras of a recorded store: pictures, calibration, and clocks against each other."""

from collections.abc import Mapping, Sequence

from cart_tracker.observations import (
    CameraHealthChanged,
    CameraId,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotChanged,
)
from vision.calibration.drift import read_marks
from vision.clock_comparison import ClockComparison
from vision.health import StreamWatch
from vision.settings import StoreSettings


def moved_cameras(settings: StoreSettings) -> Mapping[CameraId, str]:
    """Say which cameras `walkout calibrate drift` found moved, and why; what they see is not used.

    Raises:
        CalibrationError: If its file beside `store.toml` is damaged.
    """
    return {mark.camera_id: mark.reason for mark in read_marks(settings.path.parent)}


class StoreHealth:
    """Puts together what is wrong with each camera, so that it is usable again only when nothing is."""

    def __init__(self, settings: StoreSettings) -> None:
        """Start with every camera usable but those that were moved.

        Raises:
            CalibrationError: If the file of moved cameras is damaged.
        """
        cameras, moved = [camera.camera_id for camera in settings.cameras], moved_cameras(settings)
        self._watches = {one: StreamWatch(one, moved.get(one, "")) for one in cameras}
        self._clocks = ClockComparison(cameras)
        self._has_begun = False

    def combined(self, told: Sequence[Observation], at_s: float) -> list[Observation]:
        """Return what is to be told of one capture time, with what changed for each camera as a whole."""
        observations: list[Observation] = []
        if not self._has_begun:
            self._has_begun = True
            for watch in self._watches.values():
                observations += watch.changes("", at_s, at_s)
        for observation in told:
            if isinstance(observation, CameraHealthChanged):
                watch = self._watches[observation.camera_id]
                watch.picture_changed(observation)
                observations += watch.changes("", at_s, at_s)
            elif isinstance(observation, PeopleSeen | HandSeen | SlotChanged):
                if self._watches[observation.camera_id].sees:
                    observations.append(observation)
            else:
                observations.append(observation)
        sightings = (observation for observation in observations if isinstance(observation, PeopleSeen))
        for change in self._clocks.hear(sightings, at_s):
            watch = self._watches[change.camera_id]
            watch.clock_changed(change)
            observations += watch.changes("", at_s, at_s)
        return observations
