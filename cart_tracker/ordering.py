"""Observations in the order of their capture times, whatever order they arrived in."""

import heapq

from cart_tracker.observations import (
    CameraHealthChanged,
    GateCrossed,
    GateScanned,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotChanged,
    SlotsWatched,
)

REORDER_S = 0.15  # cameras of one store differ by less than this from shutter to observation

_Key = tuple[float, int, str, int, int, str]


def capture_order(observation: Observation) -> _Key:
    """Sort key: capture time, then people before facts about them, then names; never arrival order."""
    match observation:
        case PeopleSeen():
            return (observation.at_s, 0, observation.camera_id, 0, 0, "")
        case CameraHealthChanged():
            return (observation.at_s, 1, observation.camera_id, 0, 0, observation.reason)
        case GateScanned():
            return (observation.at_s, 2, observation.gate_id, 0, 0, observation.visit_id)
        case GateCrossed():
            return (observation.at_s, 2, observation.gate_id, 1 + observation.is_inward, 0, "")
        case HandSeen():
            hand = int(observation.hand)
            return (observation.at_s, 3, observation.camera_id, int(observation.tracklet_id), hand, "")
        case SlotsWatched():
            return (observation.at_s, 1, observation.camera_id, 1, 0, "")
        case SlotChanged():
            return (observation.at_s, 4, observation.camera_id, 0, 0, observation.slot_id)


class ReorderBuffer:
    """Holds observations back until no earlier one is to be expected."""

    def __init__(self) -> None:
        self._heap: list[tuple[_Key, int, Observation]] = []
        self._arrivals = 0

    def push(self, observation: Observation) -> None:
        """Add one observation."""
        self._arrivals += 1
        heapq.heappush(self._heap, (capture_order(observation), self._arrivals, observation))

    def release(self, until_s: float) -> list[Observation]:
        """Take out everything captured up to `until_s`, in capture order."""
        released = []
        while self._heap and self._heap[0][0][0] <= until_s:
            released.append(heapq.heappop(self._heap)[2])
        return released
