"""The journal that the cameras of a recording would give: everything in the order in which it arrives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cart_tracker.observations import (
    CameraHealthChanged,
    CameraId,
    GateCrossed,
    GateScanned,
    Hand,
    HandSeen,
    Observation,
    PeopleSeen,
    TrackletId,
    VisitId,
)
from cart_tracker.store_map import StoreMap
from datasets.observation_simulator.bodies import Bodies, bodies_of
from datasets.observation_simulator.hands import Reader, Wrists, find_wrists
from datasets.observation_simulator.knocked import misplace
from datasets.observation_simulator.noise import ASSUMED, Noise
from datasets.observation_simulator.people import Found, find
from datasets.observation_simulator.sight import look
from datasets.observation_simulator.slots import changes_in, watch
from datasets.recording import FrameTruth, GateEvent, GateKind, RecordingTruth
from vision.camera_model import Camera, CameraModel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LATENCY_S = (0.02, 0.09)  # from the shutter to the tracker: decoding and networks, drawn per camera
UNUSABLE_AFTER_S = 1.0  # without a new picture, as of vision.health
_GHOST_ID = 1_000_000
_FPS = 10.0


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An observation and when it comes in."""

    at_s: float
    rank: int
    observation: Observation


def observe(
    truth: RecordingTruth,
    store_map: StoreMap,
    cameras: Mapping[str, Camera],
    gate_events: Sequence[GateEvent],
    noise: Noise = ASSUMED,
    hangs: Mapping[str, CameraModel] | None = None,
) -> list[Observation]:
    """Tell a recording's truth as its cameras would; the same truth and noise give the same observations.

    Cameras that know only their floor tell nothing. The n-th code of the gate is visit `visit-n`.

    Args:
        truth: What happened; its frames say when cameras took pictures and what they claim about that.
        store_map: As the store knows it.
        cameras: By id, as the store knows them.
        gate_events: What the gate reported, in order of time.
        noise: How bad vision is.
        hangs: Cameras that are knocked, as they hang while the truth says so.
    """
    bodies = bodies_of(truth, tuple(store_map.product_ids))
    arrivals: list[_Arrival] = []
    for row, (name, camera) in enumerate(cameras.items()):
        frames = truth.cameras.get(name, ())
        if isinstance(camera, CameraModel) and frames:
            rng = np.random.default_rng([truth.seed, 0x0B5E, row])
            late_s = float(rng.uniform(*LATENCY_S))
            told = _camera(truth, store_map, bodies, camera, frames, noise, rng, (hangs or {}).get(name))
            arrivals += [_Arrival(one.at_s + late_s, row, one) for one in told]
    arrivals += [_Arrival(one.at_s, -1, one) for one in _gate(gate_events)]
    arrivals.sort(key=lambda one: (one.at_s, one.rank))
    return [one.observation for one in arrivals]


def _camera(
    truth: RecordingTruth,
    store_map: StoreMap,
    bodies: Bodies,
    camera: CameraModel,
    frames: Sequence[FrameTruth],
    noise: Noise,
    rng: np.random.Generator,
    hangs: CameraModel | None,
) -> Iterator[Observation]:
    captured = np.array([frame.captured_s for frame in frames])
    stamped = np.array([frame.stamped_s for frame in frames])
    ticks = np.clip(
        np.rint((captured - bodies.at_s[0]) * truth.fps).astype(np.int64), 0, len(bodies.at_s) - 1
    )
    sight = look(camera, store_map.shelves, bodies, ticks)
    found = find(camera, bodies, ticks, stamped, sight, noise.people, rng)
    wrists = find_wrists(camera, store_map, bodies, ticks, sight, found, noise.hands, rng)
    if hangs is not None:
        faults = [one for one in truth.faults if one.kind == "knocked" and one.camera_id == camera.camera_id]
        is_knocked = np.any([(captured >= one.from_s) & (captured < one.to_s) for one in faults], axis=0)
        found, wrists = misplace(found, wrists, is_knocked, hangs, camera)
    ghosts = _ghosts(store_map, stamped, noise, rng)
    reader = Reader(len(store_map.product_ids), noise.hands, np.random.default_rng([truth.seed, 0xA11CE]))
    for frame, at_s in enumerate(stamped.tolist()):
        yield _people(camera, frame, at_s, found, wrists, ghosts[frame])
        tick = int(ticks[frame])
        yield from _looks(camera.camera_id, frame, at_s, bodies, tick, found, wrists, reader)
    yield from camera_health(camera.camera_id, captured, stamped, truth.start_s + truth.duration_s)
    yield from watch(camera, store_map, bodies, ticks, stamped, changes_in(truth), noise.slots, rng)


def camera_health(
    camera_id: CameraId, captured_s: FloatArray, stamped_s: FloatArray, end_s: float
) -> Iterator[CameraHealthChanged]:
    """Say when a camera gives no frames, or the same one again and again, for so long that vision notices.

    Args:
        camera_id: Which.
        captured_s: `(n,)` when the light of each frame fell in.
        stamped_s: `(n,)` when the camera says so.
        end_s: End of the recording.
    """
    is_fresh = np.concatenate([[True], np.diff(captured_s) > 0.0])
    fresh_s = np.concatenate([stamped_s[is_fresh], [end_s]])
    for before_s, after_s in pairwise(fresh_s.tolist()):
        if after_s - before_s > UNUSABLE_AFTER_S:
            came = stamped_s[(stamped_s > before_s) & (stamped_s < after_s)]
            reason = "the picture stands still" if len(came) else "no frames"
            yield CameraHealthChanged(before_s + UNUSABLE_AFTER_S, camera_id, False, reason)
            if after_s < end_s:
                yield CameraHealthChanged(after_s, camera_id, True, "frames again")


def _gate(events: Sequence[GateEvent]) -> Iterator[GateScanned | GateCrossed]:
    scans = 0
    for event in events:
        if event.kind is GateKind.SCAN:
            scans += 1
            yield GateScanned(event.at_s, event.gate_id, VisitId(f"visit-{scans}"))
        elif event.kind in (GateKind.CROSS_IN, GateKind.CROSS_OUT):
            yield GateCrossed(event.at_s, event.gate_id, event.kind is GateKind.CROSS_IN)


def _people(
    camera: CameraModel,
    frame: int,
    at_s: float,
    found: Found,
    wrists: Wrists,
    ghosts: Sequence[tuple[int, FloatArray]],
) -> PeopleSeen:
    rows = np.flatnonzero(found.is_found[frame])
    k = len(ghosts)
    ghost_xy = np.array([xy for _, xy in ghosts]).reshape(k, 2)
    return PeopleSeen(
        camera.camera_id,
        at_s,
        np.concatenate([found.tracklet[frame, rows], np.array([one for one, _ in ghosts], np.int64)]),
        np.round(np.concatenate([found.score[frame, rows], np.full(k, 0.55)]), 3),
        np.round(np.concatenate([found.xy_m[frame, rows], ghost_xy]), 4),
        np.round(np.concatenate([found.cov_m2[frame, rows], np.tile(np.eye(2) * 0.02, (k, 1, 1))]), 6),
        np.round(np.concatenate([wrists.direction[frame, rows], np.full((k, 2, 3), np.nan)]), 5),
        np.round(np.concatenate([wrists.sigma_rad[frame, rows], np.full((k, 2), np.nan)]), 5),
        np.round(camera.position_m, 4),
    )


def _looks(
    camera_id: CameraId,
    frame: int,
    at_s: float,
    bodies: Bodies,
    tick: int,
    found: Found,
    wrists: Wrists,
    reader: Reader,
) -> Iterator[HandSeen]:
    for person, hand in zip(*np.nonzero(wrists.is_looked_at[frame]), strict=True):
        really = int(wrists.shows[frame, person, hand])
        told = reader.read(int(person), really, int(bodies.held[tick, person, really]))
        units = reader.count(int(bodies.units[tick, person, really]))
        tracklet = TrackletId(int(found.tracklet[frame, person]))
        yield HandSeen(camera_id, at_s, tracklet, Hand(int(hand)), told, units)


def _ghosts(
    store_map: StoreMap, at_s: FloatArray, noise: Noise, rng: np.random.Generator
) -> list[list[tuple[int, FloatArray]]]:
    """Tracklet and place of what is taken for people, frame by frame."""
    ghosts: list[list[tuple[int, FloatArray]]] = [[] for _ in at_s]
    low, high = store_map.floor_xy_m.min(axis=0), store_map.floor_xy_m.max(axis=0)
    for number in range(int(rng.poisson(noise.people.ghosts_per_minute * len(at_s) / _FPS / 60.0))):
        first = int(rng.integers(len(at_s)))
        last = first + max(2, int(rng.exponential(noise.people.ghost_s) * _FPS))
        place = rng.uniform(low, high)
        for frame in range(first, min(last, len(at_s))):
            ghosts[frame].append((_GHOST_ID + number, place + rng.normal(0, 0.04, 2)))
    return ghosts
