"""A first guess of every camera's pose from tags on the floor: each camera's own floor, then one for all.

A square in one picture fits two poses; both are kept until other tags in the picture decide, because all tags
lie in one plane. Cameras are then joined over the tags they share, best joint first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.lens_profile import LensProfile
from vision.calibration.rotations import PlaneMove, about_z, fit_move
from vision.calibration.tags import TagId, TagSighting
from vision.calibration.targets import tag_corners_m
from vision.camera_model import CameraModel
from vision.errors import CalibrationError
from vision.lens import straighten
from vision.types import FloatArray

# A pose whose error is not this much smaller than its mirror image's is a guess.
_CLEAR_RATIO = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class TagPose:
    """Where a tag lies: its middle, and how far it is turned counter-clockwise from above."""

    xy_m: FloatArray
    turn_rad: float

    def corners_m(self, side_m: float) -> FloatArray:
        """Its corners `(4, 2)` on the floor."""
        return PlaneMove(self.turn_rad, self.xy_m).apply(tag_corners_m(side_m))


@dataclass(frozen=True, slots=True, eq=False)
class FloorStart:
    """First guesses in one frame: that of the first camera's own floor."""

    cameras: dict[CameraId, CameraModel]
    tags: dict[TagId, TagPose]


@dataclass(frozen=True, slots=True, eq=False)
class _OwnFloor:
    """One camera over its own floor, and how badly its tags fit squares there, in pixels."""

    camera: CameraModel
    corners_m: dict[TagId, FloatArray]
    misfit_px: float


def start_from(
    sightings: Sequence[TagSighting], lenses: Mapping[CameraId, LensProfile], side_m: float
) -> FloorStart:
    """Guess all poses.

    Raises:
        CalibrationError: If a camera sees no tag, or one whose pose is ambiguous, or cameras share no tags.
    """
    floors = {
        camera_id: _own_floors([s for s in sightings if s.camera_id == camera_id], camera_id, lens, side_m)
        for camera_id, lens in lenses.items()
    }
    first = max(
        floors, key=lambda camera_id: (len(floors[camera_id][0].corners_m), -floors[camera_id][0].misfit_px)
    )
    placed = {first: floors[first][0].camera}
    corners = dict(floors[first][0].corners_m)
    while len(placed) < len(floors):
        camera_id = max(
            (c for c in floors if c not in placed),
            key=lambda c: len(floors[c][0].corners_m.keys() & corners.keys()),
        )
        shared = floors[camera_id][0].corners_m.keys() & corners.keys()
        if not shared:
            raise _not_joined(placed, floors)
        own, move = min(
            ((own, _joint(own, corners)) for own in floors[camera_id]),
            key=lambda pair: _joint_error(pair[0], pair[1], corners),
        )
        placed[camera_id] = moved(own.camera, move)
        corners |= {tag: move.apply(xy) for tag, xy in own.corners_m.items() if tag not in corners}
    tags = {tag: _tag_pose(corners[tag], side_m) for tag in sorted(corners)}
    return FloorStart({camera_id: placed[camera_id] for camera_id in lenses}, tags)


def moved(camera: CameraModel, move: PlaneMove) -> CameraModel:
    """Carry a camera along with its floor; heights scale with the plane."""
    xy = move.apply(camera.position_m[None, :2])[0]
    position = np.array([xy[0], xy[1], move.scale * camera.position_m[2]])
    rotation = camera.rotation @ about_z(-move.turn_rad)
    return CameraModel(
        camera.camera_id, camera.size_px, camera.matrix, camera.distortion, rotation, position, camera.lens
    )


def camera_from(
    camera_id: CameraId, lens: LensProfile, rotation: FloatArray, position_m: FloatArray
) -> CameraModel:
    """Hang a camera of a profile at a pose."""
    return CameraModel(camera_id, lens.size_px, lens.matrix, lens.distortion, rotation, position_m, lens.lens)


def _own_floors(
    sightings: Sequence[TagSighting], camera_id: CameraId, lens: LensProfile, side_m: float
) -> list[_OwnFloor]:
    """Lay a camera's tags on every floor that one of them suggests; best first."""
    if not sightings:
        raise CalibrationError(
            f"camera {camera_id!r} sees no sheet; lay two or three where it looks, flat and lit, each at"
            " least 12"
            " pixels wide in its picture, and record again"
        )
    floors = []
    for sighting in sightings:
        for rotation, position in _square_poses(sighting, lens, side_m):
            camera = camera_from(camera_id, lens, rotation, position)
            corners = {s.tag_id: camera.at_height(s.uv_px) for s in sightings}
            if all(np.isfinite(xy).all() for xy in corners.values()):
                floors.append(_OwnFloor(camera, corners, _misfit_px(camera, corners, sightings, side_m)))
    floors.sort(key=lambda floor: floor.misfit_px)
    if not floors:
        raise CalibrationError(
            f"camera {camera_id!r}: no floor fits its sheets; they must lie flat on one floor, and its"
            " lens profile"
            f" ({lens.name!r}) must be the right one"
        )
    if len(sightings) == 1 and len(floors) > 1 and floors[1].misfit_px < _CLEAR_RATIO * floors[0].misfit_px:
        raise CalibrationError(
            f"camera {camera_id!r} sees only sheet {sightings[0].tag_id}, and cannot tell which way it"
            " lies; lay"
            " one or two more where it looks"
        )
    return floors


def _square_poses(
    sighting: TagSighting, lens: LensProfile, side_m: float
) -> list[tuple[FloatArray, FloatArray]]:
    """Return both poses of a camera over one tag: rotation `(3, 3)` and position `(3,)` in the tag's frame.

    Source: Collins and Bartoli, Infinitesimal plane-based pose estimation, IJCV 2014, as in OpenCV.
    """
    bent = (sighting.uv_px - lens.matrix[:2, 2]) @ np.linalg.inv(lens.matrix[:2, :2]).T
    straight = straighten(lens.lens, lens.distortion, bent)
    if not np.isfinite(straight).all():
        return []
    corners = np.column_stack([tag_corners_m(side_m), np.zeros(4)])
    _, turns, shifts, _ = cv2.solvePnPGeneric(
        corners, straight[:, None], np.eye(3), np.zeros(4), flags=cv2.SOLVEPNP_IPPE_SQUARE
    )
    poses = []
    for turn, shift in zip(turns, shifts, strict=True):
        rotation = np.asarray(cv2.Rodrigues(turn)[0], np.float64)
        position = -rotation.T @ np.asarray(shift, np.float64).reshape(3)
        if np.isfinite(position).all() and position[2] > 0:
            poses.append((rotation, position))
    return poses


def _misfit_px(
    camera: CameraModel, corners: Mapping[TagId, FloatArray], sightings: Sequence[TagSighting], side_m: float
) -> float:
    """Root mean square in pixels between tags as seen and as squares laid where they seem to be."""
    errors = []
    for sighting in sightings:
        square = _tag_pose(corners[sighting.tag_id], side_m).corners_m(side_m)
        seen = camera.project(np.column_stack([square, np.zeros(4)]))
        errors.append(np.square(seen - sighting.uv_px).sum(axis=1))
    return float(np.sqrt(np.mean(np.nan_to_num(errors, nan=1e6))))


def _tag_pose(corners_m: FloatArray, side_m: float) -> TagPose:
    move = fit_move(tag_corners_m(side_m), corners_m)
    return TagPose(move.shift_m, move.turn_rad)


def _joint(own: _OwnFloor, corners: Mapping[TagId, FloatArray]) -> PlaneMove:
    shared = sorted(own.corners_m.keys() & corners.keys())
    return fit_move(
        np.concatenate([own.corners_m[tag] for tag in shared]),
        np.concatenate([corners[tag] for tag in shared]),
    )


def _joint_error(own: _OwnFloor, move: PlaneMove, corners: Mapping[TagId, FloatArray]) -> float:
    """Misfit of a camera's own squares, plus in pixels how far shared tags end up from their place."""
    camera = moved(own.camera, move)
    off = [
        np.square(
            camera.project(np.column_stack([corners[tag], np.zeros(4)]))
            - camera.project(np.column_stack([move.apply(xy), np.zeros(4)]))
        )
        for tag, xy in own.corners_m.items()
        if tag in corners
    ]
    return own.misfit_px + float(np.sqrt(np.mean(np.nan_to_num(off, nan=1e6))))


def _not_joined(placed: Mapping[CameraId, object], floors: Mapping[CameraId, object]) -> CalibrationError:
    joined = ", ".join(str(camera_id) for camera_id in floors if camera_id in placed)
    apart = ", ".join(str(camera_id) for camera_id in floors if camera_id not in placed)
    return CalibrationError(
        f"cameras {joined} share no sheet with {apart}; lay one where a camera of both groups sees it,"
        " and record again"
    )
