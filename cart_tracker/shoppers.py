"""Everybody on the floor: who is followed, who was just found, who coasts, who has left.

A *candidate* is somebody seen but not yet believed. It becomes a *shopper* when it first appeared in
the gate; elsewhere it can only be a shopper who went missing (`closed_world`); else it stays a ghost.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cart_tracker.association import HIGH_SCORE, association_cost, match_two_rounds
from cart_tracker.closed_world import GATE_MARGIN_M, cluster_orphans, find_again, has_left, strangers
from cart_tracker.floor_filter import FloorFilter, fuse, measurement_covariance
from cart_tracker.identity import ShopperId
from cart_tracker.observations import CameraId, PeopleSeen, TrackletId
from cart_tracker.polygons import distance
from cart_tracker.store_map import StoreMap

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FLOOR_MARGIN_M = 0.4  # foot points of people at the walls may fall this far outside
BELIEVED_AFTER_TICKS = 3
GATE_FACTOR = 1.5  # on covariances when matching: their slow part is in the people's covariance already
LOST_AFTER_S = 0.35  # three frames at 10 fps
CANDIDATE_LIFE_S = 1.0
GHOST_RADIUS_M = 0.6  # an orphan this near to somebody in sight is a second view of the same person
DOUBLE_RADIUS_M = 0.55  # two people whom no camera ever shows apart are one
DOUBLE_AFTER_TICKS = 8
TRAIL_S = 6.0
HEADING_S = 1.5  # the way of so long tells whether somebody is going out


@dataclass(slots=True, eq=False)
class Person:
    """One row of the filter."""

    shopper_id: ShopperId
    first_seen_s: float
    first_xy_m: FloatArray
    last_seen_s: float
    last_xy_m: FloatArray
    last_velocity_m_s: FloatArray
    is_shopper: bool = False
    ticks_seen: int = 1
    swap_doubt: float = 0.0
    trail: deque[tuple[float, float, float]] = field(default_factory=deque)

    def xy_at(self, at_s: float) -> FloatArray:
        """Where the person was at a time of the last seconds, or nearest to it: `(2,)`."""
        nearest = min(self.trail, key=lambda point: abs(point[0] - at_s))
        return np.array(nearest[1:])


@dataclass(frozen=True, slots=True)
class Merged:
    """Two ids turned out to be one person; everything of `gone` belongs to `kept`."""

    gone: ShopperId
    kept: ShopperId


@dataclass(frozen=True, slots=True)
class Departed:
    """A shopper has left through the exit."""

    shopper_id: ShopperId
    left_s: float
    swap_doubt: float


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one tick told: the owner of each detection, frame by frame (-1: nobody), and what changed."""

    owner: tuple[IntArray, ...]
    merged: tuple[Merged, ...]
    departed: tuple[Departed, ...]


class Roster:
    """All people on the floor, as rows of one filter."""

    def __init__(self, store_map: StoreMap) -> None:
        self._map = store_map
        self._inner_xy_m = store_map.floor_xy_m.mean(axis=0)
        self._next_id = 1
        self._links: dict[tuple[CameraId, TrackletId], ShopperId] = {}
        self._near_ticks: dict[tuple[ShopperId, ShopperId], int] = {}
        self.filter = FloorFilter()
        self.people: list[Person] = []

    def owner_of(self, camera_id: CameraId, tracklet_id: TrackletId) -> ShopperId | None:
        """Return the person this tracklet belongs to now."""
        return self._links.get((camera_id, tracklet_id))

    def observe(self, frames: Sequence[PeopleSeen]) -> TickResult:
        """Take in the frames of one tick, at most one per camera."""
        at_s = max(frame.at_s for frame in frames)
        is_lost = np.array([at_s - person.last_seen_s > LOST_AFTER_S for person in self.people], np.bool_)
        self.filter.predict(at_s, is_lost)
        rows = [self._associate(frame) for frame in frames]
        self._correct(frames, rows, at_s)
        rows = self._adopt_orphans(frames, rows, at_s)
        ids = np.array([person.shopper_id for person in self.people] + [-1], np.int64)
        owner = [ids[row] for row in rows]
        for frame, owners in zip(frames, owner, strict=True):
            for tracklet, shopper in zip(frame.tracklet_id, owners, strict=True):
                if shopper >= 0:
                    self._links[frame.camera_id, TrackletId(int(tracklet))] = ShopperId(int(shopper))
        self._count_doubles(owner)
        merged = self._believe(at_s) + self._join_doubles()
        departed = self.let_go(at_s)
        for merge in merged:
            owner = [np.where(owners == merge.gone, merge.kept, owners) for owners in owner]
        return TickResult(tuple(owner), tuple(merged), tuple(departed))

    def let_go(self, now_s: float) -> list[Departed]:
        """Drop shoppers who have left and candidates who were nothing."""
        departed = []
        gone = set()
        for person in self.people:
            unseen_s = now_s - person.last_seen_s
            if not person.is_shopper:
                if unseen_s > CANDIDATE_LIFE_S or (person.ticks_seen < 2 and unseen_s > LOST_AFTER_S):
                    gone.add(person.shopper_id)
            elif unseen_s > LOST_AFTER_S and has_left(
                self._map.exit_xy_m, self._inner_xy_m, person.last_xy_m, person.last_velocity_m_s, unseen_s
            ):
                gone.add(person.shopper_id)
                departed.append(Departed(person.shopper_id, person.last_seen_s, person.swap_doubt))
        self._remove(gone)
        return departed

    def _associate(self, frame: PeopleSeen) -> IntArray:
        usable = np.isfinite(frame.cov_m2).all(axis=(1, 2))
        usable &= distance(self._map.floor_xy_m, frame.xy_m) <= FLOOR_MARGIN_M
        row_of = {person.shopper_id: row for row, person in enumerate(self.people)}
        links = (self._links.get((frame.camera_id, TrackletId(int(one)))) for one in frame.tracklet_id)
        linked = np.array([-1 if link is None else row_of.get(link, -1) for link in links], np.int64)
        cost = association_cost(
            frame.xy_m,
            frame.cov_m2 * GATE_FACTOR,
            self.filter.mean[:, :2],
            self.filter.covariance[:, :2, :2],
            linked,
        )
        cost[~usable] = np.inf
        return match_two_rounds(cost, frame.score)

    def _correct(self, frames: Sequence[PeopleSeen], rows: Sequence[IntArray], at_s: float) -> None:
        row = np.concatenate(rows)
        taken = row >= 0
        xy = np.concatenate([frame.xy_m for frame in frames])[taken]
        cov = np.concatenate([frame.cov_m2 for frame in frames])
        cov = measurement_covariance(cov, np.concatenate([frame.score for frame in frames]))[taken]
        fused = fuse(row[taken], xy, cov, len(self.people))
        self.filter.update(fused)
        for index in fused.row:
            self._seen(int(index), at_s)

    def _seen(self, row: int, at_s: float) -> None:
        person = self.people[row]
        person.last_seen_s = at_s
        person.last_xy_m = self.filter.mean[row, :2].copy()
        person.ticks_seen += 1
        person.trail.append((at_s, float(person.last_xy_m[0]), float(person.last_xy_m[1])))
        while person.trail[0][0] < at_s - TRAIL_S:
            person.trail.popleft()
        person.last_velocity_m_s = (person.last_xy_m - person.xy_at(at_s - HEADING_S)) / HEADING_S

    def _adopt_orphans(
        self, frames: Sequence[PeopleSeen], rows: Sequence[IntArray], at_s: float
    ) -> list[IntArray]:
        rows = [row.copy() for row in rows]
        orphans = [
            (camera, index)
            for camera, (frame, row) in enumerate(zip(frames, rows, strict=True))
            for index in np.flatnonzero((row < 0) & (frame.score >= HIGH_SCORE))
            if distance(self._map.floor_xy_m, frame.xy_m[index : index + 1])[0] <= FLOOR_MARGIN_M
            and np.isfinite(frame.cov_m2[index]).all()
        ]
        if not orphans:
            return rows
        xy = np.stack([frames[camera].xy_m[index] for camera, index in orphans])
        cov = measurement_covariance(
            np.stack([frames[camera].cov_m2[index] for camera, index in orphans]),
            np.array([frames[camera].score[index] for camera, index in orphans]),
        )
        for group in cluster_orphans(xy, np.array([camera for camera, _ in orphans], np.int64)):
            fused = fuse(np.zeros(len(group), np.int64), xy[group], cov[group], 1)
            self.filter.add(fused.xy_m[0], fused.cov_m2[0])
            place = fused.xy_m[0]
            trail = deque([(at_s, float(place[0]), float(place[1]))])
            self.people.append(
                Person(ShopperId(self._next_id), at_s, place, at_s, place, np.zeros(2), trail=trail)
            )
            self._next_id += 1
            for member in group:
                camera, index = orphans[member]
                rows[camera][index] = len(self.people) - 1
        return rows

    def _count_doubles(self, owner: Sequence[IntArray]) -> None:
        """Count for how long two people stand on one spot without any camera showing both."""
        together = {
            pair
            for owners in owner
            for pair in combinations(sorted({int(one) for one in owners if one >= 0}), 2)
        }
        in_sight = {int(one) for owners in owner for one in owners if one >= 0}
        xy = self.filter.mean[:, :2]
        for (row, first), (other, second) in combinations(enumerate(self.people), 2):
            pair = (first.shopper_id, second.shopper_id)
            if first.shopper_id not in in_sight or second.shopper_id not in in_sight:
                continue
            is_near = float(np.linalg.norm(xy[row] - xy[other])) < DOUBLE_RADIUS_M
            if pair in together or not is_near:
                self._near_ticks[pair] = max(
                    -20, self._near_ticks.get(pair, 0) - (5 if pair in together else 1)
                )
            else:
                self._near_ticks[pair] = self._near_ticks.get(pair, 0) + 1

    def _believe(self, at_s: float) -> list[Merged]:
        """Turn candidates into shoppers: newborn in the gate, or one of the missing."""
        ready = [p for p in self.people if not p.is_shopper and p.ticks_seen >= BELIEVED_AFTER_TICKS]
        shoppers = [p for p in self.people if p.is_shopper]
        lost = [p for p in shoppers if at_s - p.last_seen_s > LOST_AFTER_S]
        in_sight = [p.last_xy_m for p in shoppers if at_s - p.last_seen_s <= LOST_AFTER_S]
        if ready:
            far = strangers(np.stack([p.last_xy_m for p in ready]), in_sight, GHOST_RADIUS_M)
            ready = [p for p, is_far in zip(ready, far, strict=True) if is_far or self._is_shown_apart(p)]
        pairs = find_again(
            np.array([p.first_xy_m for p in ready]).reshape(-1, 2),
            np.array([p.first_seen_s for p in ready]),
            np.array([p.last_xy_m for p in lost]).reshape(-1, 2),
            np.array([p.last_seen_s for p in lost]),
        )
        merged = []
        for orphan, missing, doubt in pairs:
            if self._was_born_in_gate(ready[orphan]) and not _just_lost(ready[orphan], lost[missing]):
                continue
            lost[missing].swap_doubt = max(lost[missing].swap_doubt, doubt)
            merged.append(self._join(ready[orphan], lost[missing]))
        taken = {merge.gone for merge in merged}
        for person in ready:
            if person.shopper_id not in taken and self._was_born_in_gate(person):
                person.is_shopper = True
        return merged

    def _was_born_in_gate(self, person: Person) -> bool:
        return bool(distance(self._map.gate_xy_m, person.first_xy_m[None])[0] <= GATE_MARGIN_M)

    def _is_shown_apart(self, person: Person) -> bool:
        """Has a camera lately shown this person beside everybody near?"""
        return all(
            ticks < 0 for pair, ticks in self._near_ticks.items() if person.shopper_id in pair
        ) and any(person.shopper_id in pair for pair in self._near_ticks)

    def _join_doubles(self) -> list[Merged]:
        merged = []
        for (first, second), ticks in list(self._near_ticks.items()):
            if ticks < DOUBLE_AFTER_TICKS:
                continue
            pair = [p for p in self.people if p.shopper_id in (first, second)]
            if len(pair) == 2 and not all(p.is_shopper for p in pair):
                older, younger = sorted(pair, key=lambda p: (not p.is_shopper, p.shopper_id))
                merged.append(self._join(younger, older, keep_place=True))
        return merged

    def _join(self, gone: Person, kept: Person, *, keep_place: bool = False) -> Merged:
        rows = {person.shopper_id: row for row, person in enumerate(self.people)}
        if not keep_place:
            self.filter.replace(rows[kept.shopper_id], rows[gone.shopper_id])
            kept.last_seen_s, kept.last_xy_m = gone.last_seen_s, gone.last_xy_m
            kept.last_velocity_m_s = gone.last_velocity_m_s
            kept.trail.extend(gone.trail)
        for key, owner in self._links.items():
            if owner == gone.shopper_id:
                self._links[key] = kept.shopper_id
        self._remove({gone.shopper_id})
        return Merged(gone.shopper_id, kept.shopper_id)

    def _remove(self, gone: set[ShopperId]) -> None:
        if not gone:
            return
        keep = np.array([person.shopper_id not in gone for person in self.people], np.bool_)
        self.filter.keep(keep)
        self.people = [person for person in self.people if person.shopper_id not in gone]
        self._links = {key: owner for key, owner in self._links.items() if owner not in gone}
        self._near_ticks = {
            pair: ticks for pair, ticks in self._near_ticks.items() if not gone.intersection(pair)
        }


def _just_lost(orphan: Person, missing: Person) -> bool:
    """Is it plain that this newcomer of the gate is the one who vanished there a moment ago?"""
    elapsed_s = orphan.first_seen_s - missing.last_seen_s
    metres = float(np.linalg.norm(orphan.first_xy_m - missing.last_xy_m))
    return elapsed_s < 2.0 and metres < 0.8 + 1.2 * elapsed_s
