"""Overlays for people: boxes, joints, shelves, captions, four views and a floor plan in one picture.

Who draws into a picture that is kept hides heads first (`vision.privacy`). Colours are BGR.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cart_tracker.store_map import StoreMap
from vision.boxes import FloatArray
from vision.camera_model import Camera, CameraModel
from vision.keypoints import BONES, Keypoint
from vision.types import Image, Tracklets

Colour = tuple[int, int, int]

INK: Colour = (40, 40, 40)
PAPER: Colour = (245, 245, 245)
SHELF: Colour = (180, 140, 60)
GATE: Colour = (90, 170, 90)
# Distinct for the common kinds of colour blindness. Source: Okabe and Ito, 2008.
PALETTE: tuple[Colour, ...] = (
    (178, 114, 0),
    (0, 94, 213),
    (115, 158, 0),
    (167, 121, 204),
    (233, 180, 86),
    (0, 159, 230),
    (66, 228, 240),
)
FONT = cv2.FONT_HERSHEY_SIMPLEX
MIN_CONFIDENCE = 0.3


@dataclass(frozen=True, slots=True)
class Label:
    """What to write beside one person, and in which colour."""

    text: str
    colour: Colour


def colour_of(number: int) -> Colour:
    """Return a colour that stays the same for one person."""
    return PALETTE[number % len(PALETTE)]


def draw_people(image: Image, tracklets: Tracklets, labels: Mapping[int, Label]) -> None:
    """Draw boxes, limbs and labels into `image`.

    Args:
        image: BGR picture, changed in place.
        tracklets: Who is in it.
        labels: By tracklet id; people without one get their tracklet id.
    """
    for tracklet_id, box, points in zip(
        tracklets.tracklet_id.tolist(), tracklets.people.xyxy, tracklets.people.keypoints, strict=True
    ):
        label = labels.get(tracklet_id, Label(f"#{tracklet_id}", colour_of(tracklet_id)))
        left, top, right, bottom = (round(value) for value in box.tolist())
        cv2.rectangle(image, (left, top), (right, bottom), label.colour, 1, cv2.LINE_AA)
        for start, end in BONES:
            if points[[start, end], 2].min() >= MIN_CONFIDENCE:
                cv2.line(image, _pixel(points[start]), _pixel(points[end]), label.colour, 2, cv2.LINE_AA)
        for wrist in (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST):
            if points[wrist, 2] >= MIN_CONFIDENCE:
                cv2.circle(image, _pixel(points[wrist]), 4, label.colour, -1, cv2.LINE_AA)
        write(image, label.text, (left, max(top - 4, 12)), label.colour)


def draw_shelves(image: Image, camera: Camera, store_map: StoreMap, lit: Mapping[str, Colour]) -> None:
    """Outline the slots' fronts in place, those in `lit` (by slot id) thick and in their colour."""
    if not isinstance(camera, CameraModel):
        return
    for shelf in store_map.shelves:
        for slot in shelf.slots:
            (left, right), (low, high) = slot.along_m, slot.height_m
            corners = np.array([[left, 0, low], [right, 0, low], [right, 0, high], [left, 0, high]])
            outline = camera.project(shelf.to_store(corners))
            if np.isfinite(outline).all() and _is_front(outline):
                colour = lit.get(slot.slot_id)
                cv2.polylines(
                    image,
                    [np.round(outline).astype(np.int32)],
                    isClosed=True,
                    color=SHELF if colour is None else colour,
                    thickness=1 if colour is None else 3,
                    lineType=cv2.LINE_AA,
                )


def write(image: Image, text: str, at: tuple[int, int], colour: Colour, size: float = 0.45) -> None:
    """Write one line whose baseline starts at `at`, on paper so that it can be read anywhere; in place."""
    (width, height), base = cv2.getTextSize(text, FONT, size, 1)
    x, y = min(at[0], image.shape[1] - width - 2), at[1]
    cv2.rectangle(image, (x - 1, y - height - 2), (x + width + 1, y + base), PAPER, -1)
    cv2.putText(image, text, (x, y), FONT, size, colour, 1, cv2.LINE_AA)


def mosaic(views: Sequence[Image], side: Image, caption: str, view_px: tuple[int, int] = (480, 360)) -> Image:
    """Put up to four views in two columns, a panel at their right and a caption line under them.

    Returns:
        `(h, w, 3)` with even sides, as video encoders want.
    """
    width, height = view_px
    rows = max((len(views) + 1) // 2, 1)
    panel_width = round(side.shape[1] * rows * height / side.shape[0] / 2) * 2
    caption_height = 28
    picture: Image = np.full((rows * height + caption_height, 2 * width + panel_width, 3), PAPER[0], np.uint8)
    for number, view in enumerate(views[: 2 * rows]):
        row, column = divmod(number, 2)
        target = picture[row * height : (row + 1) * height, column * width : (column + 1) * width]
        target[:] = cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
    picture[: rows * height, 2 * width :] = cv2.resize(
        side, (panel_width, rows * height), interpolation=cv2.INTER_AREA
    )
    cv2.putText(picture, caption, (8, rows * height + 19), FONT, 0.5, INK, 1, cv2.LINE_AA)
    return picture


def floor_plan(
    store_map: StoreMap, xy_m: FloatArray, labels: Sequence[Label], size_px: tuple[int, int] = (480, 720)
) -> Image:
    """Draw the store from above with shoppers at `xy_m` `(n, 2)`; north is up.

    Args:
        store_map: Floor, gate, exit, shelves.
        xy_m: Positions; rows with NaN are left out.
        labels: One per row of `xy_m`.
        size_px: Width and height of the picture.
    """
    width, height = size_px
    plan: Image = np.full((height, width, 3), PAPER[0], np.uint8)
    low, high = store_map.floor_xy_m.min(axis=0), store_map.floor_xy_m.max(axis=0)
    scale = 0.9 * float(np.min(np.array([width, height]) / np.maximum(high - low, 0.1)))
    middle = (low + high) / 2

    def to_plan(points: FloatArray) -> FloatArray:
        offset = (np.asarray(points, np.float64) - middle) * scale
        on_plan: FloatArray = np.array([width / 2, height / 2]) + offset * np.array([1.0, -1.0])
        return on_plan

    def fill(points: FloatArray, colour: Colour) -> None:
        cv2.fillPoly(plan, [np.round(to_plan(points)).astype(np.int32)], colour, cv2.LINE_AA)

    fill(store_map.floor_xy_m, (255, 255, 255))
    fill(store_map.gate_xy_m, (200, 235, 200))
    fill(store_map.exit_xy_m, (200, 215, 245))
    for shelf in store_map.shelves:
        local = np.array(
            [[0, 0, 0], [shelf.width_m, 0, 0], [shelf.width_m, shelf.depth_m, 0], [0, shelf.depth_m, 0]]
        )
        fill(shelf.to_store(local.astype(np.float64))[:, :2], SHELF)
    outline = np.round(to_plan(store_map.floor_xy_m)).astype(np.int32)
    cv2.polylines(plan, [outline], isClosed=True, color=INK, thickness=2, lineType=cv2.LINE_AA)
    for point, label in zip(to_plan(xy_m), labels, strict=True):
        if np.isfinite(point).all():
            cv2.circle(plan, _pixel(point), 9, label.colour, -1, cv2.LINE_AA)
            write(plan, label.text, (round(float(point[0])) + 12, round(float(point[1])) + 4), label.colour)
    return plan


def _is_front(outline: FloatArray) -> bool:
    """Whether a rectangle drawn lower left, lower right, upper right, upper left is seen from its front."""
    first, second = outline[1] - outline[0], outline[3] - outline[0]
    return float(first[0] * second[1] - first[1] * second[0]) < 0


def _pixel(point: FloatArray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
