"""`walkout calibrate drift`: has a camera been moved since it was calibrated?

Sheets that stayed on the floor are compared corner by corner. Without them, corners of the picture are
matched with those of the reference picture, and what moved together counts: the building does, goods and
people do not.
Source: Lowe, Distinctive image features from scale-invariant keypoints, IJCV 2004, and RANSAC, both as in
OpenCV.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import tomlkit

from cart_tracker.observations import CameraId
from cart_tracker.store_map import ShelfId, StoreMap
from vision.calibration.tags import find_tags
from vision.calibration.targets import TagFamily
from vision.camera_model import Camera, CameraModel
from vision.errors import CalibrationError
from vision.types import FloatArray, Image

REVIEW_FILE = "calibration-review.toml"
REFERENCE_FOLDER = "calibration/reference"
MOVED_PX = 3.0  # of a picture 640 wide
_MIN_TAGS = 2
_MOST_FEATURES, _RATIO = 1500, 0.75
_MIN_MATCHES, _MIN_TOGETHER = 24, 0.30
_TOGETHER_PX = 2.0


class Verdict(StrEnum):
    """What a comparison came to."""

    STEADY = "steady"
    MOVED = "moved"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """One camera, compared with its reference picture.

    Attributes:
        shift_px: Median shift; NaN if unclear.
        compared_by: "sheets" or "picture".
        points_px: `(n, 2)` where things were.
        moves_px: `(n, 2)` how far they went.
        reason: In words.
    """

    camera_id: CameraId
    verdict: Verdict
    shift_px: float
    compared_by: str
    points_px: FloatArray
    moves_px: FloatArray
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewMark:
    """A camera that is not where its calibration says, and the shelves that it sees.

    Attributes:
        at: When it was noticed, ISO 8601.
    """

    camera_id: CameraId
    at: str
    reason: str
    shelves: tuple[ShelfId, ...]


def compare(
    camera_id: CameraId, reference: Image, tonight: Image, family: TagFamily = TagFamily.APRILTAG_36H11
) -> Drift:
    """Compare a picture with the reference of the same camera, both BGR.

    Raises:
        CalibrationError: If their sizes differ.
    """
    if reference.shape != tonight.shape:
        raise CalibrationError(
            f"camera {camera_id!r} gives {tonight.shape[1]}x{tonight.shape[0]} pixels, it was calibrated at"
            f" {reference.shape[1]}x{reference.shape[0]}; set it back, or calibrate again"
        )
    limit = MOVED_PX * reference.shape[1] / 640
    before = {s.tag_id: s.uv_px for s in find_tags(camera_id, reference, family)}
    after = {s.tag_id: s.uv_px for s in find_tags(camera_id, tonight, family)}
    shared = sorted(before.keys() & after.keys())
    if len(shared) >= _MIN_TAGS:
        points = np.concatenate([before[tag] for tag in shared])
        moves = np.concatenate([after[tag] for tag in shared]) - points
        return _judged(camera_id, points, moves, "sheets", limit)
    points, moves = _matched(reference, tonight)
    if len(points) < _MIN_MATCHES:
        return Drift(
            camera_id,
            Verdict.UNCLEAR,
            float("nan"),
            "picture",
            points,
            moves,
            "the picture cannot be compared with its reference: dark, blocked, or turned away",
        )
    return _judged(camera_id, points, moves, "picture", limit)


def _judged(
    camera_id: CameraId, points: FloatArray, moves: FloatArray, compared_by: str, limit_px: float
) -> Drift:
    shift = float(np.median(np.linalg.norm(moves, axis=1)))
    if shift > limit_px:
        reason = f"moved by {shift:.1f} pixels since its calibration ({compared_by})"
        return Drift(camera_id, Verdict.MOVED, shift, compared_by, points, moves, reason)
    return Drift(camera_id, Verdict.STEADY, shift, compared_by, points, moves, "where it was")


def _matched(reference: Image, tonight: Image) -> tuple[FloatArray, FloatArray]:
    """Match corners of two pictures and keep those that moved together; nothing if too few did."""
    sift = cv2.SIFT.create(nfeatures=_MOST_FEATURES)
    keys, descriptors = [], []
    for picture in (reference, tonight):
        grey = cv2.createCLAHE(2.0).apply(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        found, described = sift.detectAndCompute(grey, None)
        keys.append(np.array([key.pt for key in found]).reshape(-1, 2))
        descriptors.append(described)
    if min(len(points) for points in keys) < _MIN_MATCHES:
        return np.empty((0, 2)), np.empty((0, 2))
    pairs = cv2.BFMatcher().knnMatch(descriptors[0], descriptors[1], k=2)
    good = [a for a, b in pairs if a.distance < _RATIO * b.distance]
    if len(good) < _MIN_MATCHES:
        return np.empty((0, 2)), np.empty((0, 2))
    before = keys[0][[match.queryIdx for match in good]]
    after = keys[1][[match.trainIdx for match in good]]
    model, mask = cv2.findHomography(before, after, cv2.RANSAC, _TOGETHER_PX, maxIters=3000)
    together = np.zeros(len(good), bool) if model is None else np.ravel(mask).astype(bool)
    if together.sum() < _MIN_MATCHES or together.mean() < _MIN_TOGETHER:
        return np.empty((0, 2)), np.empty((0, 2))
    return before[together], (after - before)[together]


def shelves_seen(camera: Camera, store_map: StoreMap) -> tuple[ShelfId, ...]:
    """Shelves whose front a camera sees at least partly; all of them if it knows only its floor."""
    if not isinstance(camera, CameraModel):
        return tuple(shelf.shelf_id for shelf in store_map.shelves)
    seen = []
    for shelf in store_map.shelves:
        along, height = np.meshgrid(np.linspace(0, shelf.width_m, 9), (0.3, 1.0, 1.7))
        front = np.column_stack([along.ravel(), np.zeros(along.size), height.ravel()])
        uv = camera.project(shelf.to_store(front))
        if ((uv > 0) & (uv < np.array(camera.size_px))).all(axis=1).any():
            seen.append(shelf.shelf_id)
    return tuple(seen)


def write_marks(folder: Path, marks: Sequence[ReviewMark]) -> Path:
    """Write which cameras are marked for review, beside `store.toml`; no marks remove the file."""
    path = folder / REVIEW_FILE
    if not marks:
        path.unlink(missing_ok=True)
        return path
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Cameras that moved. 'walkout calibrate' makes it anew; delete a mark to trust one.")
    )
    document["moved"] = [
        {
            "camera": str(mark.camera_id),
            "at": mark.at,
            "reason": mark.reason,
            "shelves": [str(shelf) for shelf in mark.shelves],
        }
        for mark in marks
    ]
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return path


def read_marks(folder: Path) -> tuple[ReviewMark, ...]:
    """Read the marks beside a `store.toml`; none if there is no file.

    Raises:
        CalibrationError: If the file is malformed.
    """
    path = folder / REVIEW_FILE
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("moved", [])
        return tuple(
            ReviewMark(
                CameraId(str(entry["camera"])),
                str(entry["at"]),
                str(entry["reason"]),
                tuple(ShelfId(str(shelf)) for shelf in entry["shelves"]),
            )
            for entry in entries
        )
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CalibrationError(
            f"{path}: {error}; run 'walkout calibrate drift' again, or delete it"
        ) from error


def clear_marks(folder: Path, cameras: Sequence[CameraId]) -> None:
    """Take back the marks of cameras that have been calibrated again."""
    write_marks(folder, [mark for mark in read_marks(folder) if mark.camera_id not in cameras])
