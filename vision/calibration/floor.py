"""`walkout calibrate floor`: from one averaged picture per camera to every camera's pose in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.disagreement import Disagreement, tag_disagreement
from vision.calibration.floor_adjustment import FloorSolution, Tape, adjust, rms_px
from vision.calibration.floor_start import TagPose, moved, start_from
from vision.calibration.lens_profile import LensProfile
from vision.calibration.store_frame import KnownPlace, check_in_line, check_tapes, place
from vision.calibration.tags import TagId, TagSighting, find_tags
from vision.calibration.targets import TAG_SIDE_M, TagFamily
from vision.camera_model import CameraModel
from vision.errors import CalibrationError
from vision.types import Image

MIN_TAGS = 3
_OUTLIER_PX = 3.0  # of one sheet in one camera, after the fit
_MOST_RMS_PX = 0.6  # of a camera; sharp sheets through the right lens stay below 0.3
_MOST_NOMINAL_RMS_PX = 2.5  # of one whose lens nobody measured
_FEW_SHEETS = 2


@dataclass(frozen=True, slots=True)
class FloorWish:
    """What the user says about the sheets.

    Attributes:
        side_m: Side of the tags' black squares as they should have been printed.
        tapes: Measured distances.
        places: Known places in the store.
    """

    family: TagFamily = TagFamily.APRILTAG_36H11
    side_m: float = TAG_SIDE_M
    tapes: tuple[Tape, ...] = ()
    places: tuple[KnownPlace, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FloorCalibration:
    """Where all cameras hang.

    Attributes:
        cameras: In the store's frame, in the order of the pictures.
        tags: Where the sheets lie, in the store's frame.
        sightings: What was found and used.
        residual_px: Per sighting `(4, 2)`: seen minus expected.
        rms_px: Per camera.
        rotation_sigma_rad: Per camera, the largest of its three.
        position_sigma_m: Per camera, the largest of its three.
        side_m: Of the printed tags.
        disagreement: Between cameras, over the corners of shared sheets.
        notes: What the user should know, in sentences.
    """

    cameras: tuple[CameraModel, ...]
    tags: dict[TagId, TagPose]
    sightings: tuple[TagSighting, ...]
    residual_px: tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]
    rms_px: Mapping[CameraId, float]
    rotation_sigma_rad: Mapping[CameraId, float]
    position_sigma_m: Mapping[CameraId, float]
    side_m: float
    disagreement: Disagreement
    notes: tuple[str, ...]


def calibrate_floor(
    pictures: Mapping[CameraId, Image], lenses: Mapping[CameraId, LensProfile], wish: FloorWish
) -> FloorCalibration:
    """Calibrate all cameras at once.

    Args:
        pictures: One picture per camera, BGR, of the size of its lens profile; see `pictures.average`.
        lenses: Per camera.
        wish: Sheets, tapes, places.

    Raises:
        CalibrationError: Saying what is wrong and what to do.
    """
    sightings: list[TagSighting] = []
    for camera_id, picture in pictures.items():
        size = (picture.shape[1], picture.shape[0])
        if size != lenses[camera_id].size_px:
            raise CalibrationError(
                f"camera {camera_id!r} gives {size[0]}x{size[1]} pixels, but size_px says"
                f" {'x'.join(map(str, lenses[camera_id].size_px))}; set the camera back, or change size_px"
            )
        sightings += find_tags(camera_id, picture, wish.family)
    return solve_floor(tuple(sightings), {camera_id: lenses[camera_id] for camera_id in pictures}, wish)


def solve_floor(
    sightings: tuple[TagSighting, ...], lenses: Mapping[CameraId, LensProfile], wish: FloorWish
) -> FloorCalibration:
    """Calibrate from sheets that were already found; see `calibrate_floor`.

    Raises:
        CalibrationError: Saying what is wrong and what to do.
    """
    tags = {sighting.tag_id for sighting in sightings}
    _check_known(tags, wish)
    start = start_from(sightings, lenses, wish.side_m)
    if len(tags) < MIN_TAGS:
        raise CalibrationError(
            f"only {len(tags)} sheets were seen; lay at least {MIN_TAGS}, better 6 to 10, so that every"
            " camera sees"
            " two or three"
        )
    solution = adjust(start, sightings, wish.tapes, wish.side_m)
    kept, notes = _without_outliers(solution, sightings, lenses)
    if len(kept) < len(sightings):
        solution = adjust(start_from(kept, lenses, wish.side_m), kept, wish.tapes, wish.side_m)
    check_in_line(solution)
    notes += check_tapes(solution, wish.tapes, wish.side_m)
    errors = rms_px(solution, kept)
    _check_errors(errors, lenses)
    notes += _remarks(kept, lenses, wish)
    move = place(solution, wish.places)
    cameras = tuple(moved(solution.cameras[camera_id], move) for camera_id in lenses)
    poses = {
        tag: replace(pose, xy_m=move.apply(pose.xy_m[None])[0], turn_rad=pose.turn_rad + move.turn_rad)
        for tag, pose in solution.tags.items()
    }
    return FloorCalibration(
        cameras,
        poses,
        kept,
        solution.residual_px,
        errors,
        {camera_id: float(sigma[:3].max()) for camera_id, sigma in solution.sigma.items()},
        {camera_id: float(sigma[3:].max()) for camera_id, sigma in solution.sigma.items()},
        solution.side_m,
        tag_disagreement(cameras, kept),
        notes,
    )


def _check_known(tags: set[TagId], wish: FloorWish) -> None:
    for tape in wish.tapes:
        for tag in tape.tags:
            if tag not in tags:
                raise CalibrationError(
                    f"tag{tag} was measured, but no camera saw it; check the number on the sheet, or lay"
                    " it where it is"
                    " seen"
                )


def _without_outliers(
    solution: FloorSolution, sightings: tuple[TagSighting, ...], lenses: Mapping[CameraId, LensProfile]
) -> tuple[tuple[TagSighting, ...], tuple[str, ...]]:
    """Leave out sheets that one camera sees elsewhere than the others, if it has enough other ones."""
    errors = [float(np.sqrt(np.square(residual).sum(axis=1).mean())) for residual in solution.residual_px]
    left_out = [n for n, error in enumerate(errors) if error > _OUTLIER_PX]
    kept = tuple(s for n, s in enumerate(sightings) if n not in left_out)
    counts = {camera_id: sum(s.camera_id == camera_id for s in kept) for camera_id in lenses}
    if not left_out or min(counts.values()) < _FEW_SHEETS:
        return sightings, ()
    notes = tuple(
        f"camera {sightings[n].camera_id} sees tag{sightings[n].tag_id} {errors[n]:.1f} px from where the"
        " others do; left"
        " out: was it moved, or does it not lie flat?"
        for n in left_out
    )
    return kept, notes


def _check_errors(errors: Mapping[CameraId, float], lenses: Mapping[CameraId, LensProfile]) -> None:
    bad = {
        camera_id: error
        for camera_id, error in errors.items()
        if error > (_MOST_NOMINAL_RMS_PX if lenses[camera_id].is_nominal else _MOST_RMS_PX)
    }
    if bad:
        raise CalibrationError(
            "; ".join(
                f"camera {camera_id!r} fits its sheets only to {error:.1f} px (lens profile"
                f" {lenses[camera_id].name!r})"
                for camera_id, error in bad.items()
            )
            + ": measure the lens with 'walkout calibrate intrinsics', and check that no sheet was moved or"
            " bent while you recorded and that no two sheets bear the same number"
        )


def _remarks(
    sightings: Sequence[TagSighting], lenses: Mapping[CameraId, LensProfile], wish: FloorWish
) -> tuple[str, ...]:
    notes = []
    for camera_id, lens in lenses.items():
        count = sum(s.camera_id == camera_id for s in sightings)
        if count < _FEW_SHEETS:
            notes.append(
                f"camera {camera_id} sees {count} sheet; two or three make it several times as accurate"
            )
        if lens.is_nominal:
            notes.append(
                f"camera {camera_id} uses the nominal lens profile {lens.name!r}: measure its lens, or"
                " expect several"
                " centimetres"
            )
    if not wish.tapes:
        notes.append("no tape measures: the scale is that of the printer; give two or three with --measure")
    if len(wish.places) < _FEW_SHEETS:
        notes.append("the store's frame follows a sheet; give the places of two sheets or corners with --at")
    return tuple(notes)
