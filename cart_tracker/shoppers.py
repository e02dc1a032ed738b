"""Everybody on the floor: who is followed, who was just found, who coasts, who has left.

A *candidate* is somebody seen but not yet believed. It becomes a *shopper* when it first appeared in
the gate; elsewhere it can only be a shopper who went missing (`closed_world`); else it stays a ghost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cart_tracker.association import (
    HIGH_SCORE,
    association_cost,
    match_two_rounds,
)
from cart_tracker.closed_world import (
    EXIT_MARGIN_M,
    GATE_MARGIN_M,
    cluster_orphans,
    find_again,
    has_left,
    strangers,
)
from cart_tracker.doors import Doors
from cart_tracker.floor_filter import FloorFilter, fuse, measurement_covariance
from cart_tracker.identity import ShopperId
from cart_tracker.observations import CameraId, GateCrossed, PeopleSeen, TrackletId
from cart_tracker.people import Departed, Merged, Mixed, Person, TickResult
from cart_tracker.polygons import distance
from cart_tracker.store_map import StoreMap

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FLOOR_MARGIN_M = 0.4  # foot points of people at the walls may fall this far outside
BELIEVED_AFTER_TICKS = 3
GATE_FACTOR = 1.5  # on covariances when matching: their slow part is in the people's covariance already
LOST_AFTER_S = 0.35  # three frames at 10 fps
CANDIDATE_LIFE_S = 1.0
GHOST_RADIUS_M = 0.6  # an orphan this near to somebody in sight is a second view of the same person
DOUBLE_RADIUS_M = 0.55  # two people whom no camera ever shows apart are one
STRANGER_RADIUS_M = 0.75  # the same, where barriers count who comes in and one of them did not
DOUBLE_AFTER_TICKS = 8
STRANGER_AFTER_TICKS = 25  # somebody who walks about for so long without having come in is staff
STRANGER_WALKED_M = 1.0
STRANGER_LIFE_S = 20.0
UNSEEN_AT_EXIT_S = 8.0  # barriers miss somebody now and then
BORN_SIGMA_M = 0.5
PASSED_M = 0.15  # beyond the gate: more than the noise of somebody who waits at its end


class Roster:
    """All people on the floor, as rows of one filter."""

    def __init__(self, store_map: StoreMap) -> None:
        self._map = store_map
        self._inner_xy_m = store_map.floor_xy_m.mean(axis=0)
        self._next_id = 1
        self._links: dict[tuple[CameraId, TrackletId], ShopperId] = {}
        self._near_ticks: dict[tuple[ShopperId, ShopperId], int] = {}
        self._mixed: list[Mixed] = []
        self.doors = Doors(store_map)
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
        self._come_in(at_s)
        seen = _Detections.of(frames)
        usable = np.isfinite(seen.cov_m2).all(axis=(1, 2))
        usable &= distance(self._map.floor_xy_m, seen.xy_m) <= FLOOR_MARGIN_M
        row = self._associate(seen, usable)
        self._correct(seen, row, at_s)
        row = self._adopt_orphans(seen, usable, row, at_s)
        ids = np.array([person.shopper_id for person in self.people] + [-1], np.int64)
        owner = seen.per_frame(ids[row])
        for frame, owners in zip(frames, owner, strict=True):
            for tracklet, shopper in zip(frame.tracklet_id.tolist(), owners.tolist(), strict=True):
                if shopper >= 0:
                    self._links[frame.camera_id, TrackletId(tracklet)] = ShopperId(shopper)
        self._count_doubles(owner)
        merged = self._believe(at_s) + self._join_doubles()
        departed = self.let_go(at_s)
        for merge in merged:
            owner = tuple(np.where(owners == merge.gone, merge.kept, owners) for owners in owner)
        mixed, self._mixed = tuple(self._mixed), []
        return TickResult(owner, tuple(merged), tuple(departed), mixed)

    def at_exit(self, now_s: float) -> list[Person]:
        """Who was seen a moment ago in the exit or right before it."""
        here = [one for one in self.people if one.is_shopper and now_s - one.last_seen_s <= LOST_AFTER_S]
        if not here:
            return []
        away = distance(self._map.exit_xy_m, np.stack([one.last_xy_m for one in here]))
        return [one for one, metres in zip(here, away.tolist(), strict=True) if metres <= EXIT_MARGIN_M]

    def forget_tracklets(self) -> None:
        """Forget which tracklet is whose: the cameras number people anew."""
        self._links.clear()

    def crossed(self, crossing: GateCrossed) -> None:
        """Learn that somebody went through the gate or the exit."""
        self.doors.crossed(crossing)

    def let_go(self, now_s: float) -> list[Departed]:
        """Drop shoppers who have left, strangers who are gone, and candidates who were nothing."""
        departed = []
        gone = set()
        for exit_ in self.doors.deaths(now_s, self.people):
            person = self.people[exit_.row]
            gone.add(person.shopper_id)
            if person.is_shopper:
                departed.append(Departed(person.shopper_id, exit_.at_s))
        for person in self.people:
            if person.shopper_id in gone:
                continue
            unseen_s = now_s - person.last_seen_s
            if not person.is_shopper:
                if unseen_s > CANDIDATE_LIFE_S or (person.ticks_seen < 2 and unseen_s > LOST_AFTER_S):
                    gone.add(person.shopper_id)
            elif not person.came_in and self.doors.has_barriers and unseen_s > STRANGER_LIFE_S:
                gone.add(person.shopper_id)
            elif self._has_vanished(person, unseen_s):
                gone.add(person.shopper_id)
                departed.append(Departed(person.shopper_id, person.last_seen_s))
        self._remove(gone)
        return departed

    def _has_vanished(self, person: Person, unseen_s: float) -> bool:
        """Say whether somebody has left whom no barrier saw."""
        if unseen_s <= (UNSEEN_AT_EXIT_S if self.doors.has_barriers else LOST_AFTER_S):
            return False
        return has_left(
            self._map.exit_xy_m, self._inner_xy_m, person.last_xy_m, person.last_velocity_m_s, unseen_s
        )

    def _come_in(self, at_s: float) -> None:
        """Let those be born who went in through the barrier, seen or not."""
        for crossing, row in self.doors.births(at_s, self.people):
            if row is not None:
                person = self.people[row]
                person.is_shopper = person.came_in = person.is_counted = True
                continue
            self.filter.add(self.doors.gate_xy_m, np.eye(2) * BORN_SIGMA_M**2)
            person = self._new(self.doors.gate_xy_m, crossing.at_s)
            person.is_shopper = person.came_in = person.is_counted = True

    def _new(self, xy_m: FloatArray, at_s: float) -> Person:
        """Append the person of the filter's newest row."""
        person = Person(ShopperId(self._next_id), at_s, xy_m, at_s, xy_m, np.zeros(2))
        person.trail.append((at_s, float(xy_m[0]), float(xy_m[1])))
        self._next_id += 1
        self.people.append(person)
        return person

    def _associate(self, seen: "_Detections", usable: BoolArray) -> IntArray:
        """Row of the person of each detection `(d,)`, -1 for nobody; camera by camera."""
        row_of = {person.shopper_id: row for row, person in enumerate(self.people)}
        linked = np.array(
            [row_of.get(self._links.get(name, ShopperId(-1)), -1) for name in seen.name], np.int64
        )
        cost = association_cost(
            seen.xy_m,
            seen.cov_m2 * GATE_FACTOR,
            self.filter.mean[:, :2],
            self.filter.covariance[:, :2, :2],
            linked,
        )
        cost[~usable] = np.inf
        row = np.full(len(seen.score), -1, np.int64)
        for camera in range(seen.n_frames):
            own = slice(seen.start[camera], seen.start[camera + 1])
            row[own] = match_two_rounds(cost[own], seen.score[own])
        return row

    def _correct(self, seen: "_Detections", row: IntArray, at_s: float) -> None:
        taken = row >= 0
        cov = measurement_covariance(seen.cov_m2[taken], seen.score[taken])
        fused = fuse(row[taken], seen.xy_m[taken], cov, len(self.people))
        self.filter.update(fused)
        for index in fused.row:
            self.people[index].seen(at_s, self.filter.mean[index, :2].copy())
        self._note_passing(at_s)

    def _note_passing(self, at_s: float) -> None:
        """Note who has left the gate for the store."""
        rows = [
            row for row, one in enumerate(self.people) if one.passed_s is None and one.last_seen_s == at_s
        ]
        if rows:
            away = distance(self._map.gate_xy_m, np.stack([self.people[row].last_xy_m for row in rows]))
            for row, metres in zip(rows, away.tolist(), strict=True):
                if metres > PASSED_M and self.people[row].is_shopper:
                    self.people[row].passed_s = at_s

    def _adopt_orphans(self, seen: "_Detections", usable: BoolArray, row: IntArray, at_s: float) -> IntArray:
        orphans = np.flatnonzero((row < 0) & usable & (seen.score >= HIGH_SCORE))
        if len(orphans) == 0:
            return row
        row = row.copy()
        xy, cov = seen.xy_m[orphans], measurement_covariance(seen.cov_m2[orphans], seen.score[orphans])
        for group in cluster_orphans(xy, seen.camera[orphans]):
            fused = fuse(np.zeros(len(group), np.int64), xy[group], cov[group], 1)
            self.filter.add(fused.xy_m[0], fused.cov_m2[0])
            self._new(fused.xy_m[0], at_s)
            row[orphans[group]] = len(self.people) - 1
        return row

    def _count_doubles(self, owner: Sequence[IntArray]) -> None:
        """Count for how long two people stand on one spot without any camera showing both."""
        together = {
            pair for owners in owner for pair in combinations(sorted(set(owners[owners >= 0].tolist())), 2)
        }
        in_sight = {int(one) for owners in owner for one in owners[owners >= 0].tolist()}
        xy = self.filter.mean[:, :2]
        gap = np.linalg.norm(xy[:, None] - xy[None], axis=2)
        near = {
            (self.people[i].shopper_id, self.people[j].shopper_id)
            for i, j in zip(*np.nonzero(gap < STRANGER_RADIUS_M), strict=True)
            if i < j and gap[i, j] < self._double_radius_m(self.people[i], self.people[j])
        }
        for first, second in sorted(near | self._near_ticks.keys()):
            if first not in in_sight or second not in in_sight:
                continue
            pair = (first, second)
            ticks = self._near_ticks.get(pair, 0)
            if pair in together:
                self._near_ticks[pair] = max(-20, ticks - 5)
            else:
                self._near_ticks[pair] = ticks + 1 if pair in near else max(-20, ticks - 1)

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
        for pair in pairs:
            orphan, missing = ready[pair.orphan], lost[pair.missing]
            is_new = not self.doors.has_barriers and self._was_born_in_gate(orphan)
            if is_new and not _just_lost(orphan, missing):
                continue
            if pair.rival >= 0:
                self._mixed.append(Mixed(missing.shopper_id, lost[pair.rival].shopper_id, pair.doubt))
            merged.append(self._join(orphan, missing))
        taken = {merge.gone for merge in merged}
        for person in ready:
            if person.shopper_id in taken:
                continue
            if not self.doors.has_barriers:
                person.is_shopper = person.came_in = self._was_born_in_gate(person)
            elif person.ticks_seen >= STRANGER_AFTER_TICKS:
                walked = float(np.linalg.norm(person.last_xy_m - person.first_xy_m))
                person.is_shopper = walked > STRANGER_WALKED_M
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
            if len(pair) == 2 and not all(self._is_certain(p) for p in pair):
                older, younger = sorted(pair, key=lambda p: (not self._is_certain(p), p.shopper_id))
                merged.append(self._join(younger, older, keep_place=True))
        return merged

    def _double_radius_m(self, one: Person, other: Person) -> float:
        is_stranger = one.is_shopper and other.is_shopper and one.came_in != other.came_in
        return STRANGER_RADIUS_M if is_stranger and self.doors.has_barriers else DOUBLE_RADIUS_M

    def _is_certain(self, person: Person) -> bool:
        """A shopper, and where barriers count who comes in, one of those: a stranger may be a ghost."""
        return person.is_shopper and (person.came_in or not self.doors.has_barriers)

    def _join(self, gone: Person, kept: Person, *, keep_place: bool = False) -> Merged:
        rows = {person.shopper_id: row for row, person in enumerate(self.people)}
        if not keep_place:
            self.filter.replace(rows[kept.shopper_id], rows[gone.shopper_id])
            kept.last_seen_s, kept.last_xy_m = gone.last_seen_s, gone.last_xy_m
            kept.last_velocity_m_s = gone.last_velocity_m_s
            kept.trail.extend(gone.trail)
            kept.ticks_seen += gone.ticks_seen
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


@dataclass(frozen=True, slots=True, eq=False)
class _Detections:
    """Everybody whom the cameras saw in one tick, camera after camera.

    Attributes:
        name: `(d,)` camera and tracklet of each.
        camera: `(d,)` index of the frame.
        start: `(frames + 1,)` where each frame's detections begin.
    """

    name: tuple[tuple[CameraId, TrackletId], ...]
    camera: IntArray
    start: IntArray
    score: FloatArray
    xy_m: FloatArray
    cov_m2: FloatArray

    @classmethod
    def of(cls, frames: Sequence[PeopleSeen]) -> "_Detections":
        count = [len(frame.tracklet_id) for frame in frames]
        return cls(
            tuple(
                (frame.camera_id, TrackletId(one)) for frame in frames for one in frame.tracklet_id.tolist()
            ),
            np.repeat(np.arange(len(frames)), count),
            np.concatenate([[0], np.cumsum(count)]),
            np.concatenate([frame.score for frame in frames]),
            np.concatenate([frame.xy_m for frame in frames]),
            np.concatenate([frame.cov_m2 for frame in frames]),
        )

    @property
    def n_frames(self) -> int:
        return len(self.start) - 1

    def per_frame(self, values: IntArray) -> tuple[IntArray, ...]:
        return tuple(values[self.start[one] : self.start[one + 1]] for one in range(self.n_frames))


def _just_lost(orphan: Person, missing: Person) -> bool:
    """Is it plain that this newcomer of the gate is the one who vanished there a moment ago?"""
    elapsed_s = orphan.first_seen_s - missing.last_seen_s
    metres = float(np.linalg.norm(orphan.first_xy_m - missing.last_xy_m))
    return elapsed_s < 2.0 and metres < 0.8 + 1.2 * elapsed_s
