"""Cameras whose clocks disagree, found by people who walk where two of them see.

If a camera's clock is ahead, everybody it sees seems to be where they were a little before, so two cameras'
places of one person differ along the way they walk, in proportion to how fast. For each pair of cameras the
difference of places is regressed on velocity; what is constant in it is calibration, and does not count.
Source: Li and Mourikis, Online temporal calibration for camera-IMU systems, IJRR 2014 (an offset enters as
velocity times offset); differs: on the floor, by least squares with a constant.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cart_tracker.observations import CameraHealthChanged, CameraId, PeopleSeen
from vision.types import FloatArray, IntArray

OFF_S, WELL_S = (
    0.08,
    0.05,
)  # a step of a walking person: 10 cm; told from the first, taken back below the second
SURE_SIGMAS = 3.5  # it is asked twice a second
MEMORY_S = 120.0  # of pairs; clocks drift by less than a hundredth of a second in that time
LOOK_EVERY_S = 0.5
WINDOW_S = 2.5  # of sightings that are kept
SPEED_OVER_S = 0.4  # either way
WALKING_M_S = 0.4
SAME_PERSON_M, APART_M = 0.9, 1.6  # nobody else may be nearer than the second in either camera
MOST_SIGMA_M = 0.4  # of a place
LEAST_PAIRS = 40  # four seconds of walking
# Noise of places is alike for about half a second (gait, and corners of shelves that hide feet).
ALIKE_FRAMES = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Moments at which two cameras saw one walking person.

    Attributes:
        apart_m: `(n, 2)` place in the second camera less that in the first.
        velocity_m_s: `(n, 2)`.
    """

    at_s: FloatArray
    apart_m: FloatArray
    velocity_m_s: FloatArray

    def joined(self, other: "_Pairs") -> "_Pairs":
        recent = self.at_s >= other.at_s.max() - MEMORY_S
        return _Pairs(
            np.concatenate([self.at_s[recent], other.at_s]),
            np.concatenate([self.apart_m[recent], other.apart_m]),
            np.concatenate([self.velocity_m_s[recent], other.velocity_m_s]),
        )


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """How far the second camera's clock is ahead of the first's.

    Attributes:
        offset_s: To be taken from the second camera's times.
        sigma_s: Standard deviation.
    """

    first: CameraId
    second: CameraId
    offset_s: float
    sigma_s: float


@dataclass(slots=True)
class ClockComparison:
    """Listens to the sightings of all cameras of a store, in order of time, and says whose clock is off.

    It takes some seconds of somebody walking alone where two cameras see; until then nothing is known.
    """

    cameras: Sequence[CameraId]
    _seen: dict[CameraId, deque[PeopleSeen]] = field(default_factory=dict)
    _pairs: dict[tuple[CameraId, CameraId], _Pairs] = field(default_factory=dict)
    _off: dict[CameraId, bool] = field(default_factory=dict)
    _looked_s: float = -np.inf

    def hear(self, sightings: Iterable[PeopleSeen], now_s: float) -> list[CameraHealthChanged]:
        """Take in what was seen and return which clocks turned out wrong or right since.

        Args:
            sightings: Those of one time or of several.
            now_s: Capture time up to which everything has been told.
        """
        for seen in sightings:
            self._seen.setdefault(seen.camera_id, deque()).append(seen)
        if now_s - self._looked_s < LOOK_EVERY_S:
            return []
        since_s, self._looked_s = self._looked_s, now_s
        for kept in self._seen.values():
            while kept and kept[0].at_s < now_s - WINDOW_S:
                kept.popleft()
        walks = {camera_id: _walks(self._seen.get(camera_id, ())) for camera_id in self.cameras}
        # A sighting is paired once it has neighbours on both sides.
        from_s, to_s = max(since_s, now_s - LOOK_EVERY_S) - 1.0, now_s - 1.0
        is_new = False
        for row, first in enumerate(self.cameras):
            for second in self.cameras[row + 1 :]:
                fresh = _paired(walks[first], walks[second], from_s, to_s)
                if fresh is not None:
                    known = self._pairs.get((first, second))
                    self._pairs[first, second] = fresh if known is None else known.joined(fresh)
                    is_new = True
        return self._changes(now_s) if is_new else []

    def differences(self) -> tuple[ClockDifference, ...]:
        """Return what is known of each pair of cameras, in order of the cameras."""
        measured = (_difference(first, second, pairs) for (first, second), pairs in self._pairs.items())
        return tuple(one for one in measured if one is not None)

    def _changes(self, now_s: float) -> list[CameraHealthChanged]:
        offsets = _by_camera(self.cameras, self.differences())
        changes = []
        for camera_id, (offset_s, sigma_s) in offsets.items():
            was_off = self._off.get(camera_id, False)
            is_off = abs(offset_s) - SURE_SIGMAS * sigma_s > 0 and abs(offset_s) > OFF_S
            if was_off and abs(offset_s) > WELL_S:
                is_off = True
            if is_off != was_off:
                self._off[camera_id] = is_off
                way = "ahead of" if offset_s > 0 else "behind"
                reason = f"its clock is {1000 * abs(offset_s):.0f} ms {way} the other cameras'"
                text = reason if is_off else "its clock is right again"
                changes.append(CameraHealthChanged(now_s, camera_id, not is_off, text))
        return changes


@dataclass(frozen=True, slots=True, eq=False)
class _Walks:
    """Places of people in one camera, by tracklet and time: `at_s`, `tracklet_id` `(n,)`, `xy_m` `(n, 2)`."""

    at_s: FloatArray
    tracklet_id: IntArray
    xy_m: FloatArray
    is_sharp: IntArray


def _walks(kept: Iterable[PeopleSeen]) -> _Walks:
    sightings = [seen for seen in kept if len(seen.tracklet_id)]
    if not sightings:
        return _Walks(np.empty(0), np.empty(0, np.int64), np.empty((0, 2)), np.empty(0, np.int64))
    cov = np.concatenate([seen.cov_m2 for seen in sightings])
    return _Walks(
        np.concatenate([np.full(len(seen.tracklet_id), seen.at_s) for seen in sightings]),
        np.concatenate([seen.tracklet_id for seen in sightings]),
        np.concatenate([seen.xy_m for seen in sightings]),
        (np.trace(cov, axis1=1, axis2=2) < 2 * MOST_SIGMA_M**2).astype(np.int64),
    )


def _paired(first: _Walks, second: _Walks, from_s: float, to_s: float) -> _Pairs | None:
    """Pair who walks alone in both cameras, at the first's times in `[from_s, to_s)`."""
    found: list[tuple[float, FloatArray, FloatArray]] = []
    rows = np.flatnonzero((first.at_s >= from_s) & (first.at_s < to_s) & (first.is_sharp > 0))
    for row in rows.tolist():
        at_s, here = float(first.at_s[row]), first.xy_m[row]
        beside = (first.at_s == at_s) & (np.linalg.norm(first.xy_m - here, axis=1) < APART_M)
        near = (np.abs(second.at_s - at_s) < SPEED_OVER_S) & (
            np.linalg.norm(second.xy_m - here, axis=1) < APART_M
        )
        others = np.unique(second.tracklet_id[near])
        if beside.sum() > 1 or len(others) != 1:
            continue
        velocity = _velocity(first, int(first.tracklet_id[row]), at_s)
        there = _place(second, int(others[0]), at_s)
        if velocity is None or there is None or np.linalg.norm(there - here) > SAME_PERSON_M:
            continue
        if np.linalg.norm(velocity) >= WALKING_M_S:
            found.append((at_s, there - here, velocity))
    if not found:
        return None
    return _Pairs(
        np.array([at_s for at_s, _, _ in found]),
        np.array([apart for _, apart, _ in found]),
        np.array([velocity for _, _, velocity in found]),
    )


def _place(walks: _Walks, tracklet_id: int, at_s: float) -> FloatArray | None:
    """Where a tracklet was at a time, between sightings at most 0.3 s apart; None if it was not seen then."""
    mine = walks.tracklet_id == tracklet_id
    times, places = walks.at_s[mine], walks.xy_m[mine]
    after = int(np.searchsorted(times, at_s))
    if after < len(times) and times[after] == at_s:
        return np.asarray(places[after], np.float64)
    if after == 0 or after == len(times) or times[after] - times[after - 1] > 0.3:
        return None
    share = (at_s - times[after - 1]) / (times[after] - times[after - 1])
    return np.asarray(places[after - 1] + share * (places[after] - places[after - 1]), np.float64)


def _velocity(walks: _Walks, tracklet_id: int, at_s: float) -> FloatArray | None:
    before = _place(walks, tracklet_id, at_s - SPEED_OVER_S)
    after = _place(walks, tracklet_id, at_s + SPEED_OVER_S)
    if before is None or after is None:
        return None
    return (after - before) / (2 * SPEED_OVER_S)


def _difference(first: CameraId, second: CameraId, pairs: _Pairs) -> ClockDifference | None:
    """Regress places apart on velocity, with a constant for calibration; outliers are left out."""
    if len(pairs.at_s) < LEAST_PAIRS:
        return None
    used = np.ones(len(pairs.at_s), np.bool_)
    slope, sigma = 0.0, np.inf
    for _ in range(3):
        velocity, apart = pairs.velocity_m_s[used], pairs.apart_m[used]
        centred = velocity - velocity.mean(axis=0)
        power = float(np.square(centred).sum())
        if used.sum() < LEAST_PAIRS or power < 1e-6:
            return None
        slope = float((centred * apart).sum()) / power
        constant = (apart - slope * velocity).mean(axis=0)
        residual = np.linalg.norm(pairs.apart_m - slope * pairs.velocity_m_s - constant, axis=1)
        spread = float(np.sqrt(np.square(residual[used]).mean() / 2))
        sigma = spread * float(np.sqrt(ALIKE_FRAMES / power))
        used = residual < 3 * max(spread, 0.02) * np.sqrt(2)
    return ClockDifference(first, second, -slope, sigma)


def _by_camera(
    cameras: Sequence[CameraId], differences: Sequence[ClockDifference]
) -> dict[CameraId, tuple[float, float]]:
    """Offset and sigma of each camera that was compared, against the median of those it is connected with."""
    known: dict[CameraId, tuple[float, float]] = {}
    for camera_id in cameras:
        mine = [one for one in differences if camera_id in (one.first, one.second)]
        if not mine:
            continue
        signed = [one.offset_s if one.second == camera_id else -one.offset_s for one in mine]
        order = np.argsort(signed, kind="stable")
        middles = order[[(len(order) - 1) // 2, len(order) // 2]].tolist()
        middle = min(middles, key=lambda row: abs(signed[row]))
        known[camera_id] = (float(signed[middle]), mine[middle].sigma_s)
    return known
