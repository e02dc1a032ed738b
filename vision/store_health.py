"""The health of all cameras of a recorded store: their pictures, and their clocks against each other."""

from collections.abc import Sequence

from cart_tracker.observations import CameraHealthChanged, CameraId, Observation, PeopleSeen
from vision.clock_comparison import ClockComparison
from vision.health import StreamWatch


class StoreHealth:
    """Puts together what is wrong with each camera, so that it is usable again only when nothing is."""

    def __init__(self, cameras: Sequence[CameraId]) -> None:
        """Start with every camera usable."""
        self._watches = {camera_id: StreamWatch(camera_id) for camera_id in cameras}
        self._clocks = ClockComparison(cameras)

    def combined(self, told: Sequence[Observation], at_s: float) -> list[Observation]:
        """Return what is to be told of one capture time, with what changed for each camera as a whole."""
        observations: list[Observation] = []
        for observation in told:
            if isinstance(observation, CameraHealthChanged):
                watch = self._watches[observation.camera_id]
                watch.picture_changed(observation)
                observations += watch.changes("", at_s, at_s)
            else:
                observations.append(observation)
        sightings = (observation for observation in told if isinstance(observation, PeopleSeen))
        for change in self._clocks.hear(sightings, at_s):
            watch = self._watches[change.camera_id]
            watch.clock_changed(change)
            observations += watch.changes("", at_s, at_s)
        return observations
