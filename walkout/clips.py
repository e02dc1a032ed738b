"""Short annotated videos, one for every wrong line: what happened at the shelf beside what was recognised."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import SlotId, StoreMap
from vision.camera_model import Camera, CameraModel
from vision.draw import Label, colour_of, draw_people, write
from vision.keypoints import KEYPOINT_COUNT
from vision.privacy import FaceHider, open_face_hider
from vision.settings import CameraSettings, StoreSettings
from vision.types import Image, Tracklets, people_found
from vision.video_writer import VideoWriter
from walkout.comparison import RecordingComparison
from walkout.moments import Moment, moment_of, wrong_lines
from walkout.plots.svg import colour_index
from walkout.report import ReportClip

FloatArray = npt.NDArray[np.float64]

BEFORE_S, AFTER_S = 3.0, 2.5  # enough to see the hand come, the contact, and what it leaves with
VIEWS = 2
CAPTION_PX = 66
RED, GREEN, INK, PAPER = (60, 60, 200), (70, 140, 40), (40, 40, 40), (245, 245, 245)
# A standing person as a cylinder, to draw where the tracker believes somebody is.
BODY_HEIGHT_M, BODY_RADIUS_M = 1.75, 0.25


def write_clips(
    folder: Path, comparison: RecordingComparison, settings: StoreSettings
) -> tuple[ReportClip, ...]:
    """Write a clip of every wrong line into `folder`; a line without any event has none.

    Args:
        folder: Created if there is something to write.
        comparison: The run beside the truth.
        settings: Cameras and videos of the same recording.

    Returns:
        Clips in the order of the baskets; no face can be recognised in them.

    Raises:
        ModelError: If there is something to write and the network that finds people cannot be loaded.
    """
    start_s = settings.recording.start_s if settings.recording else 0.0
    moments = [(line, moment_of(comparison, line)) for line in wrong_lines(comparison)]
    told = [(line, moment) for line, moment in moments if moment is not None]
    if not told:
        return ()
    faces = open_face_hider(settings.vision.shopper_model, settings.vision.provider)
    clips = []
    for line, moment in told:
        folder.mkdir(parents=True, exist_ok=True)
        path = (
            folder
            / f"{_file_word(comparison.name)}-{_file_word(line.shopper)}-{_file_word(line.product_id)}.mp4"
        )
        cameras = best_cameras(settings.cameras, settings.store_map, moment.slot_id)
        _write_clip(path, comparison, cameras, moment, start_s, faces)
        second = moment.at_s - start_s
        caption = f"{line.shopper}, {second:.1f} s. True: {moment.true_text}. Recognised: {moment.seen_text}."
        clips.append(ReportClip(comparison.name, path, caption))
    return tuple(clips)


def best_cameras(
    cameras: Sequence[CameraSettings], store_map: StoreMap, slot_id: str | None
) -> tuple[CameraSettings, ...]:
    """Return the two cameras in which the front of the slot covers most pixels, best first.

    Without a slot, or where too few cameras see it, the first of the others fill up.
    """
    ranked = sorted(cameras, key=lambda camera: -front_area_px(camera.camera, store_map, slot_id))
    return tuple(ranked[:VIEWS])


def front_area_px(camera: Camera, store_map: StoreMap, slot_id: str | None) -> float:
    """Return the pixels that a slot's front covers in a camera; 0 from behind or outside the picture.

    What stands in between is not considered.
    """
    if slot_id is None or not isinstance(camera, CameraModel):
        return 0.0
    front = _front_corners(store_map, slot_id)
    shelf = store_map.shelf_of(SlotId(slot_id))
    if float((front.mean(axis=0)[:2] - camera.position_m[:2]) @ np.asarray(shelf.inward_xy)) <= 0:
        return 0.0
    outline = camera.project(front)
    width, height = camera.size_px
    centre = outline.mean(axis=0)
    if not np.isfinite(outline).all() or not (0 <= centre[0] < width and 0 <= centre[1] < height):
        return 0.0
    return float(cv2.contourArea(outline.astype(np.float32)))


def _front_corners(store_map: StoreMap, slot_id: str) -> FloatArray:
    """Corners of a slot's front `(4, 3)`, metres, around the rectangle."""
    shelf = store_map.shelf_of(SlotId(slot_id))
    slot = next(slot for slot in shelf.slots if slot.slot_id == slot_id)
    (left, right), (low, high) = slot.along_m, slot.height_m
    return shelf.to_store(np.array([[left, 0, low], [right, 0, low], [right, 0, high], [left, 0, high]]))


def _write_clip(
    path: Path,
    comparison: RecordingComparison,
    cameras: Sequence[CameraSettings],
    moment: Moment,
    start_s: float,
    faces: FaceHider,
) -> None:
    from_s, to_s = moment.at_s - BEFORE_S, moment.at_s + AFTER_S
    streams = [faces.hidden_clip(_frames(camera, start_s, from_s, to_s)) for camera in cameras]
    with VideoWriter(path, cameras[0].fps) as writer:
        for frames in zip(*streams, strict=False):
            at_s = frames[0][0]
            views = [
                _annotated(image, camera.camera, comparison, moment, at_s)
                for camera, (_, image) in zip(cameras, frames, strict=True)
            ]
            writer.write(_with_caption(views, moment, at_s, start_s))


def _frames(
    camera: CameraSettings, start_s: float, from_s: float, to_s: float
) -> Iterator[tuple[float, Image]]:
    """Yield capture time and picture of the frames of one camera inside a span of time."""
    with av.open(camera.video) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        if stream.time_base is not None:
            container.seek(max(0, int((from_s - start_s) / stream.time_base)), stream=stream)
        for frame in container.decode(stream):
            at_s = start_s + (frame.time or 0.0)
            if at_s > to_s:
                return
            if at_s >= from_s:
                yield at_s, np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)


def _annotated(
    image: Image, camera: Camera, comparison: RecordingComparison, moment: Moment, at_s: float
) -> Image:
    """Return the picture with the slot, and boxes where the tracker believed the shoppers were."""
    picture = image.copy()
    if isinstance(camera, CameraModel):
        people, labels = _believed_people(camera, comparison, at_s)
        draw_people(picture, people, labels)
        if moment.slot_id is not None:
            outline = camera.project(_front_corners(comparison.store_map, moment.slot_id))
            if np.isfinite(outline).all():
                corners = np.round(outline).astype(np.int32)
                cv2.polylines(picture, [corners], isClosed=True, color=RED, thickness=2, lineType=cv2.LINE_AA)
    write(picture, str(camera.camera_id), (6, 18), INK)
    return picture


def _believed_people(
    camera: CameraModel, comparison: RecordingComparison, at_s: float
) -> tuple[Tracklets, dict[int, Label]]:
    ticks = comparison.seen_floor.at_s
    tick = int(np.clip(np.searchsorted(ticks, at_s - 1e-3), 0, len(ticks) - 1)) if len(ticks) else 0
    boxes, labels = [], {}
    for number, (shopper, track) in enumerate(comparison.seen_floor.xy_m.items()):
        box = _body_box(camera, track[tick]) if len(ticks) else None
        if box is not None:
            labels[number] = Label(shopper, colour_of(colour_index(comparison, shopper)))
            boxes.append((number, box))
    numbers = np.array([number for number, _ in boxes], dtype=np.int64)
    xyxy = np.array([box for _, box in boxes], dtype=np.float64).reshape(-1, 4)
    people = people_found(xyxy, np.ones(len(boxes)), np.zeros((len(boxes), KEYPOINT_COUNT, 3)))
    return Tracklets(numbers, people), labels


def _body_box(camera: CameraModel, xy_m: FloatArray) -> FloatArray | None:
    """Return the box around a standing person's cylinder, clipped; None if it is not in the picture."""
    if not np.isfinite(xy_m).all():
        return None
    angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = xy_m + BODY_RADIUS_M * np.column_stack([np.cos(angles), np.sin(angles)])
    outline = camera.project(
        np.vstack([np.column_stack([ring, np.full(8, height)]) for height in (0.0, BODY_HEIGHT_M)])
    )
    if not np.isfinite(outline).all():
        return None
    size = np.array(camera.size_px, dtype=np.float64)
    low, high = np.clip(outline.min(axis=0), 0, size), np.clip(outline.max(axis=0), 0, size)
    return np.concatenate([low, high]) if (high - low).min() > 2 else None


def _with_caption(views: Sequence[Image], moment: Moment, at_s: float, start_s: float) -> Image:
    """Put the views side by side over what was true and what was recognised."""
    height = min(view.shape[0] for view in views)
    row = np.hstack(
        [cv2.resize(view, (round(view.shape[1] * height / view.shape[0]), height)) for view in views]
    )
    strip: Image = np.full((CAPTION_PX, row.shape[1], 3), PAPER[0], np.uint8)
    is_contact = abs(at_s - moment.at_s) <= 0.5
    write(strip, f"true: {moment.true_text}", (8, 24), GREEN, 0.55)
    write(strip, f"recognised: {moment.seen_text}", (8, 50), RED, 0.55)
    clock = f"{at_s - start_s:5.1f} s{'   contact' if is_contact else ''}"
    write(strip, clock, (row.shape[1] - 150, 24), RED if is_contact else INK, 0.5)
    picture: Image = np.vstack([row, strip])
    return np.ascontiguousarray(picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2])


def _file_word(text: str) -> str:
    """Make a label safe as part of a file name."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)
