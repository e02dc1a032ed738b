"""Frames in, observations out: find people, follow them, stand them on the floor, look at hands and slots."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, fields, replace
from time import thread_time

import cv2
import numpy as np

from cart_tracker.observations import (
    CameraHealthChanged,
    CameraId,
    HandSeen,
    Observation,
    PeopleSeen,
    SlotsWatched,
)
from cart_tracker.store_map import StoreMap
from models import zoo
from vision.camera_model import Camera
from vision.detector import PoseDetector, check_pose_card
from vision.enrolment import store_gallery
from vision.ghosts import GhostWatch
from vision.ground import FloorPoints, floor_points
from vision.hand_readers import ClassReader, GalleryReader, HandReader, columns_for
from vision.hands import HandClassifier
from vision.health import CameraHealth
from vision.inference import open_session
from vision.motion_gate import MotionGate
from vision.privacy import head_windows, upper_parts
from vision.products import ProductEyes, check_product_card
from vision.schedule import Schedule
from vision.settings import SHOPPER_MODEL as SHOPPER_MODEL
from vision.settings import StoreSettings
from vision.slot_evidence import SlotReader, check_slot_card
from vision.slots import SlotWatcher
from vision.sources import FrameSource, open_sources
from vision.store_health import StoreHealth
from vision.tracklets import TrackletFollower
from vision.types import FloatArray, Frame, Tracklets, no_detections
from vision.wrist_finder import WristFinder, check_wrist_card, people_at_shelves
from vision.wrists import camera_centre, wrist_rays

WORKERS = 2
# Frames a camera may be ahead of the slowest one: enough to keep the workers busy, little enough memory.
FRAMES_AHEAD = 4

OnFrame = Callable[[Frame, Tracklets, FloatArray], None]


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks of one worker; `wrists` is None without shelves, `hands` where nothing is sold."""

    detector: PoseDetector
    wrists: WristFinder | None
    hands: HandClassifier | None
    slots: SlotReader


@dataclass(slots=True)
class StageTimes:
    """Processor seconds by stage, and the frames they were spent on.

    Attributes:
        looked: Frames that the network looked at; the motion gate kept it from the others.
    """

    frames: int = 0
    looked: int = 0
    decode_s: float = 0.0
    detect_s: float = 0.0
    track_s: float = 0.0
    wrists_s: float = 0.0
    hands_s: float = 0.0
    slots_s: float = 0.0

    @property
    def total_s(self) -> float:
        """All stages together."""
        seen_s = self.decode_s + self.detect_s + self.track_s
        return seen_s + self.wrists_s + self.hands_s + self.slots_s

    def since(self, earlier: "StageTimes") -> "StageTimes":
        """Return what was added after `earlier`."""
        parts = [part.name for part in fields(self)]
        return StageTimes(**{part: getattr(self, part) - getattr(earlier, part) for part in parts})

    def add(self, other: "StageTimes") -> None:
        """Add another camera's."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


@dataclass(frozen=True, slots=True, eq=False)
class CameraTick:
    """What one camera had to say about one frame.

    Attributes:
        heads_xyxy: `(n, 4)` windows that hide every head in the frame, followed or not.
    """

    at_s: float
    frame: Frame
    tracklets: Tracklets
    heads_xyxy: FloatArray
    observations: tuple[Observation, ...]


class CameraWorker:
    """All that is remembered about one camera from frame to frame; not for two threads at once."""

    def __init__(
        self, source: FrameSource, camera: Camera, store_map: StoreMap, gate: MotionGate | None = None
    ) -> None:
        """Prepare for the frames of `source`; without a `gate` the network looks at all of them."""
        self.times = StageTimes()
        self._frames = iter(source)
        self._camera = camera
        self._store_map = store_map
        self._follower = TrackletFollower()
        self._slots = SlotWatcher(camera, store_map)
        self._health = CameraHealth(camera.size_px)
        self._ghosts = GhostWatch()
        self._gate = gate
        self._detections = no_detections()
        self._tracklets = Tracklets(np.empty(0, np.int64), no_detections())
        self._hands: list[HandSeen] = []

    def slots_watched(self, at_s: float) -> SlotsWatched:
        """Say how well this camera watches the shelves."""
        return self._slots.watched(at_s)

    def step(self, networks: Networks) -> CameraTick | None:
        """Take the next frame through all stages; None at the end of the video.

        Raises:
            SourceError: If the video is damaged.
        """
        started = thread_time()
        frame = next(self._frames, None)
        if frame is None:
            return None
        changed = self._health.check(frame, len(self._tracklets))
        if not self._health.is_usable:
            self.times.add(StageTimes(frames=1, decode_s=thread_time() - started))
            return _unusable(frame, changed)
        decoded = thread_time()
        looks = self._gate is None or self._gate.opens(frame)
        if looks:
            self._detections = networks.detector.detect(frame.image)
        detected = thread_time()
        people = self._detections.take(~self._ghosts.find(self._detections, self._tracklets, frame.at_s))
        tracklets = self._follower.follow(people, frame.at_s)
        floor = floor_points(self._camera, tracklets.people)
        tracked = thread_time()
        if looks and networks.wrists is not None:
            at_shelves = people_at_shelves(tracklets.people, floor.xy_m, self._store_map)
            closely = networks.wrists.find(frame.image, tracklets.people, at_shelves)
            tracklets = replace(tracklets, people=closely)
        elif not looks:  # the same picture would be told the same
            tracklets = tracklets.with_wrists_of(self._tracklets)
        self._tracklets = tracklets
        observations: list[Observation] = [people_seen(frame, tracklets, floor, self._camera)]
        found = thread_time()
        if looks and networks.hands is not None:
            self._hands = networks.hands.look(frame, tracklets, floor.xy_m, self._store_map)
            observations += self._hands
        else:
            observations += [replace(hand, at_s=frame.at_s) for hand in self._hands]
        looked = thread_time()
        missing_xyxy = self._follower.missing_xyxy(frame.at_s)
        people_xyxy = np.concatenate([people.xyxy, missing_xyxy])
        observations += self._slots.look(frame, people_xyxy, networks.slots)
        heads_xyxy = np.concatenate([head_windows(self._detections), upper_parts(missing_xyxy)])
        if changed is not None:
            observations.append(changed)
        ended = thread_time()
        self.times.add(
            StageTimes(
                frames=1,
                looked=int(looks),
                decode_s=decoded - started,
                detect_s=detected - decoded,
                track_s=tracked - detected,
                wrists_s=found - tracked,
                hands_s=looked - found,
                slots_s=ended - looked,
            )
        )
        return CameraTick(frame.at_s, frame, tracklets, heads_xyxy, tuple(observations))


def _unusable(frame: Frame, changed: CameraHealthChanged | None) -> CameraTick:
    """What is told of a frame that nobody looks for people in; all of it is hidden where it is kept."""
    height, width = frame.image.shape[:2]
    whole_xyxy = np.array([[0.0, 0.0, width, height]])
    nobody = Tracklets(np.empty(0, np.int64), no_detections())
    return CameraTick(frame.at_s, frame, nobody, whole_xyxy, () if changed is None else (changed,))


@dataclass(slots=True)
class Pipeline:
    """The eyes of one store: all cameras, two workers, one stream of observations.

    Attributes:
        settings: The store.
        make_networks: Called once in every worker.
        on_frame: Called with every frame, who is followed in it and the windows that hide all heads, in
            order, before its observations are yielded; for drawing.
    """

    settings: StoreSettings
    make_networks: Callable[[], Networks]
    on_frame: OnFrame | None = None
    workers: int = WORKERS
    _cameras: list[CameraWorker] = field(default_factory=list)
    _silent: dict[CameraId, CameraWorker] = field(default_factory=dict)

    def run(self, sources: Sequence[FrameSource] | None = None) -> Generator[list[Observation], None, None]:
        """Yield what is seen, one list per capture time, ordered by (time, camera, kind).

        The order and every value depend on the frames alone, not on how threads happen to run.

        Args:
            sources: One per camera of the settings; by default their videos, opened and checked here.

        Raises:
            SourceError: If a video is unusable (before the first list), or damaged (when it comes to that).
        """
        cv2.setNumThreads(1)
        opened = open_sources(self.settings) if sources is None else sources
        self._cameras = [
            CameraWorker(source, camera.camera, self.settings.store_map, gate_of(self.settings))
            for source, camera in zip(opened, self.settings.cameras, strict=True)
        ]
        health = StoreHealth([camera.camera_id for camera in self.settings.cameras])
        schedule = Schedule[CameraTick, Networks](
            [camera.step for camera in self._cameras], self.make_networks, self.workers, FRAMES_AHEAD
        )
        self._silent = {one.camera_id: worker for one, worker in zip(opened, self._cameras, strict=True)}
        for ticks in schedule.merged():
            if self.on_frame is not None:
                for tick in ticks:
                    self.on_frame(tick.frame, tick.tracklets, tick.heads_xyxy)
            told = [observation for tick in ticks for observation in self._told(tick)]
            yield health.combined(told, ticks[0].at_s)

    def _told(self, tick: CameraTick) -> tuple[Observation, ...]:
        """Return what a camera tells; first of all which slots it watches."""
        worker = self._silent.pop(tick.frame.camera_id, None)
        return tick.observations if worker is None else (worker.slots_watched(tick.at_s), *tick.observations)

    @property
    def times(self) -> StageTimes:
        """Processor seconds by stage of all cameras so far."""
        total = StageTimes()
        for camera in self._cameras:
            total.add(camera.times)
        return total


def gate_of(settings: StoreSettings) -> MotionGate | None:
    """Make the motion gate of one camera, where the store has them."""
    return MotionGate() if settings.vision.motion_gate else None


def load_networks(settings: StoreSettings) -> Callable[[], Networks]:
    """Check the weights of a store's networks and return a function that makes one worker's networks.

    Raises:
        models.errors.ModelError: If weights are missing or do not match their card.
        vision.errors.ModelError: If they do not fit this code or this store.
    """
    vision, store_map = settings.vision, settings.store_map
    shopper = zoo.load(vision.shopper_model)
    input_px = check_pose_card(shopper)
    slots = zoo.load(vision.slot_model)
    check_slot_card(slots.card)
    wrists = zoo.load(vision.wrist_model)
    check_wrist_card(wrists.card)
    make_reader = _hand_readers(settings) if store_map.products else None

    def make() -> Networks:
        return Networks(
            PoseDetector(open_session(shopper.path, vision.provider), input_px),
            WristFinder(open_session(wrists.path, vision.provider)) if store_map.shelves else None,
            None if make_reader is None else HandClassifier(make_reader()),
            SlotReader(open_session(slots.path, vision.provider)),
        )

    return make


def _hand_readers(settings: StoreSettings) -> Callable[[], HandReader]:
    """Return a function that makes one worker's reader of hands."""
    provider, store_map = settings.vision.provider, settings.store_map
    model = zoo.load(settings.vision.hand_model)
    if model.card.task == "classify":
        columns = columns_for(model, store_map)
        return lambda: ClassReader(open_session(model.path, provider), columns, model.card.input.width)
    check_product_card(model.card)

    def eyes() -> ProductEyes:
        return ProductEyes(open_session(model.path, provider))

    gallery = store_gallery(settings.path, store_map, eyes())
    return lambda: GalleryReader(eyes(), gallery)


def people_seen(frame: Frame, tracklets: Tracklets, floor: FloorPoints, camera: Camera) -> PeopleSeen:
    """Bundle what is known about everybody; people whose place is unknown are left out.

    Lengths are rounded to 0.1 mm and angles to 10 microradians: far below the noise, and short in a journal.
    """
    rows = floor.known
    people = tracklets.people.take(rows)
    directions, sigma = wrist_rays(camera, people)
    return PeopleSeen(
        camera_id=frame.camera_id,
        at_s=frame.at_s,
        tracklet_id=tracklets.tracklet_id[rows],
        score=np.round(people.score, 3),
        xy_m=np.round(floor.xy_m[rows], 4),
        cov_m2=np.round(floor.cov_m2[rows], 6),
        wrist_direction=np.round(directions, 5),
        wrist_sigma_rad=np.round(sigma, 5),
        camera_xyz_m=np.round(camera_centre(camera), 4),
    )
