"""What live cameras saw, in order of capture, without waiting for a camera that is gone."""

import math
from collections.abc import Collection, Sequence
from typing import Generic, Protocol, TypeVar

from cart_tracker.observations import CameraId

# How long a frame that is there waits for one that should be: the tracker's own patience, once more.
WINDOW_S = 0.15
LONGEST_LAG_S = 1.0
LAG_FADES = 0.98  # per frame: a lag of one bad moment is forgotten within some 10 s


class Seen(Protocol):
    """What one camera saw in one frame."""

    @property
    def at_s(self) -> float:
        """Capture time."""


Item = TypeVar("Item", bound=Seen)


class LiveMerge(Generic[Item]):
    """Holds what was seen until every usable camera has got past it, or should have.

    Cameras take different times from shutter to here; the slowest usable one lately, and a little more, is
    what the others wait for.

    Attributes:
        until_s: Everything captured up to here has been released.
        n_late: How much came after its time had been released; released all the same.
    """

    def __init__(self, cameras: Sequence[CameraId]) -> None:
        """Start with nothing seen; what is seen at one time comes in the order of `cameras`."""
        self.until_s = -math.inf
        self.n_late = 0
        self._rank = {camera_id: rank for rank, camera_id in enumerate(cameras)}
        self._newest_s: dict[CameraId, float] = {}
        self._lag_s = dict.fromkeys(cameras, 0.0)
        self._held: list[tuple[float, int, Item]] = []

    def add(self, camera_id: CameraId, item: Item, now_s: float) -> None:
        """Take in what a camera saw; its items come in order of time."""
        if item.at_s <= self.until_s:
            self.n_late += 1
        self._held.append((item.at_s, self._rank[camera_id], item))
        self._newest_s[camera_id] = item.at_s
        lag_s = min(now_s - item.at_s, LONGEST_LAG_S)
        self._lag_s[camera_id] = max(lag_s, LAG_FADES * self._lag_s[camera_id])

    def release(self, now_s: float, usable: Collection[CameraId]) -> list[Item]:
        """Return what need not wait any more, in order of (time, camera), and move `until_s`."""
        lag_s = max(self._lag_s[camera_id] for camera_id in usable or self._rank)
        passed_s = min((self._newest_s.get(camera_id, -math.inf) for camera_id in usable), default=-math.inf)
        self.until_s = max(self.until_s, now_s - lag_s - WINDOW_S, min(passed_s, now_s))
        self._held.sort(key=lambda held: held[:2])
        due = [item for at_s, _, item in self._held if at_s <= self.until_s]
        self._held = [held for held in self._held if held[0] > self.until_s]
        return due
