"""Measure what vision says of shelf slots and of hands beside the truth, without a tracker in between.

People come from the truth, exactly or with the pixel noise that rays are stated to have, or from the network;
who a detection is and where bodies stand is always the truth's, so that only eyes and wrists are judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from cart_tracker.hands3d import WristRays, Wrists
from cart_tracker.identity import ShopperId
from cart_tracker.observations import SlotChanged
from cart_tracker.store_map import StoreMap
from datasets.metrics.hands import PlacedWrist
from datasets.recording import FrameTruth, RecordingTruth, read_truth
from vision.boxes import iou
from vision.camera_model import Camera
from vision.ground import floor_points, pixel_sigma
from vision.pipeline import Networks, load_networks
from vision.settings import read_settings
from vision.slot_change import Comparison
from vision.slots import SlotWatcher
from vision.sources import open_sources
from vision.types import Detections, Frame, people_found
from vision.wrist_finder import people_at_shelves
from vision.wrists import camera_centre, wrist_rays
from walkout.eyes import Eyes

FloatArray = npt.NDArray[np.float64]

TICK_S = 0.05  # as the tracker's
SAME_PERSON_IOU = 0.3
SEEN = 2  # state of a true keypoint that the camera sees


@dataclass(frozen=True, slots=True)
class Sight:
    """What one recording gave.

    Attributes:
        changes: Everything compared in any camera.
        wrists: Every wrist at every tick while its person was in the store.
        slot_hours: Slots watched, over all cameras, times the length.
        slot_s: Processor seconds spent on slots.
        frames: Camera frames.
    """

    truth: RecordingTruth
    changes: tuple[SlotChanged, ...]
    wrists: tuple[PlacedWrist, ...]
    slot_hours: float
    slot_s: float
    frames: int


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """Wrist rays of one frame; `shopper` are rows of the truth's shoppers."""

    at_s: float
    shopper: npt.NDArray[np.int64]
    origin_m: FloatArray
    direction: FloatArray
    sigma_rad: FloatArray


def measure_sight(folder: Path, eyes: Eyes) -> Sight:
    """Watch one recording.

    Args:
        folder: A recording with its truth.
        eyes: Who finds people.

    Raises:
        RecordingError: If it has no truth.
        ModelError: If a network is unusable.
        VisionError: If its videos or its description are unusable.
    """
    truth, settings = read_truth(folder), read_settings(folder)
    networks = load_networks(settings)()
    rng = np.random.default_rng(truth.seed)
    changes: list[SlotChanged] = []

    def note(_: Comparison, change: SlotChanged) -> None:
        changes.append(change)

    looks: list[_Look] = []
    slot_s, slots, frames = 0.0, 0, 0
    for camera, source in zip(settings.cameras, open_sources(settings), strict=True):
        watcher = SlotWatcher(camera.camera, settings.store_map, on_compared=note)
        slots += watcher.n_slots
        frames_true = truth.cameras[camera.camera_id]
        stamps = np.array([frame.stamped_s for frame in frames_true])
        for frame in source:
            true = frames_true[int(np.abs(stamps - frame.at_s).argmin())]
            people = (
                _found(frame, networks, camera.camera, settings.store_map)
                if eyes is Eyes.NETWORK
                else _told(true, eyes, camera.camera, rng)
            )
            started = thread_time()
            watcher.look(frame, people.xyxy, networks.slots)
            slot_s += thread_time() - started
            frames += 1
            looks.append(_look(frame, people, true, truth, camera.camera))
    wrists = tuple(_placed(truth, sorted(looks, key=lambda look: look.at_s)))
    hours = slots * truth.duration_s / 3600
    return Sight(truth, tuple(changes), wrists, hours, slot_s, frames)


def _found(frame: Frame, networks: Networks, camera: Camera, store_map: StoreMap) -> Detections:
    people = networks.detector.detect(frame.image)
    if networks.wrists is None:
        return people
    at_shelves = people_at_shelves(people, floor_points(camera, people).xy_m, store_map)
    return networks.wrists.find(frame.image, people, at_shelves)


def _told(true: FrameTruth, eyes: Eyes, camera: Camera, rng: np.random.Generator) -> Detections:
    keypoints = np.array([person.keypoints for person in true.people]).reshape(-1, 11, 3)
    keypoints[..., 2] = keypoints[..., 2] == SEEN
    if eyes is Eyes.NOISY:
        sigma_px = pixel_sigma(camera, keypoints[..., 2])
        keypoints[..., :2] += rng.normal(0.0, 1.0, keypoints[..., :2].shape) * sigma_px[..., None]
    xyxy = np.array([person.visible_xyxy for person in true.people]).reshape(-1, 4)
    return people_found(xyxy, np.ones(len(xyxy)), keypoints)


def _look(frame: Frame, people: Detections, true: FrameTruth, truth: RecordingTruth, camera: Camera) -> _Look:
    """Rays of those detections that are somebody, with who they are."""
    row_of = {shopper.shopper_id: row for row, shopper in enumerate(truth.shoppers)}
    boxes = np.array([person.visible_xyxy for person in true.people]).reshape(-1, 4)
    overlap = iou(people.xyxy, boxes)
    found, person = linear_sum_assignment(-overlap)
    is_same = overlap[found, person] >= SAME_PERSON_IOU
    found, person = found[is_same], person[is_same]
    direction, sigma = wrist_rays(camera, people.take(found))
    shopper = np.array([row_of[true.people[index].shopper_id] for index in person], np.int64)
    origin = np.broadcast_to(camera_centre(camera), (len(found), 3))
    return _Look(frame.at_s, shopper, origin, direction, sigma)


def _placed(truth: RecordingTruth, looks: Sequence[_Look]) -> Iterator[PlacedWrist]:
    """Fuse all cameras' rays tick by tick, with everybody standing where they really do."""
    wrists = Wrists()
    names = [shopper.shopper_id for shopper in truth.shoppers]
    floor = [_Track(truth.ticks_s, truth.floor_xy_m[name]) for name in names]
    hands = [
        [_Track(truth.ticks_s, side[name]) for side in (truth.left_wrist_m, truth.right_wrist_m)]
        for name in names
    ]
    for tick in _ticks(looks):
        at_s = tick[-1].at_s
        inside = [row for row in range(len(names)) if np.isfinite(floor[row].at(at_s)).all()]
        state = np.array([[*floor[row].at(at_s), 0.0, 0.0] for row in inside]).reshape(-1, 4)
        points, _ = wrists.update(at_s, [ShopperId(row) for row in inside], state, _rays(tick, at_s))
        for index, row in enumerate(inside):
            for hand, track in enumerate(hands[row]):
                error = wrists.wrist_m[index, hand] - track.at(at_s)
                if np.isfinite(error).all():
                    yield PlacedWrist(int(points.views[index, hand]), error, points.cov_m2[index, hand])


def _ticks(looks: Sequence[_Look]) -> Iterator[list[_Look]]:
    tick: list[_Look] = []
    for look in looks:
        if tick and look.at_s >= tick[0].at_s + TICK_S:
            yield tick
            tick = []
        tick.append(look)
    if tick:
        yield tick


def _rays(tick: Sequence[_Look], at_s: float) -> WristRays:
    return WristRays(
        np.concatenate([look.shopper for look in tick]),
        np.concatenate([look.origin_m for look in tick]),
        np.concatenate([look.direction for look in tick]),
        np.concatenate([look.sigma_rad for look in tick]),
        np.concatenate([np.full(len(look.shopper), at_s - look.at_s) for look in tick]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """Where something is over time, `(n, k)`; between two times on the line between them."""

    ticks_s: FloatArray
    place_m: FloatArray

    def at(self, at_s: float) -> FloatArray:
        """Return `(k,)`; NaN while it is not there."""
        after = int(np.clip(np.searchsorted(self.ticks_s, at_s), 1, len(self.ticks_s) - 1))
        low, high = self.ticks_s[after - 1], self.ticks_s[after]
        share = np.clip((at_s - low) / (high - low), 0.0, 1.0)
        place: FloatArray = self.place_m[after - 1] * (1 - share) + self.place_m[after] * share
        return place
