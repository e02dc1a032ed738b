"""From the frame of the first tag to the store's: tape measures give the scale, known places the rest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.floor_adjustment import FloorSolution, Tape
from vision.calibration.rotations import PlaneMove, fit_move
from vision.calibration.tags import TagId
from vision.errors import CalibrationError
from vision.types import FloatArray

_NUMBER = r"-?\d+(?:\.\d+)?"
_TAPE = re.compile(rf"(?:tag)?(\d+)\s*-\s*(?:tag)?(\d+)\s*=\s*({_NUMBER})\s*(m|cm|mm)?", re.IGNORECASE)
_TAG_PLACE = re.compile(rf"(?:tag)?(\d+)\s*=\s*({_NUMBER})\s*,\s*({_NUMBER})", re.IGNORECASE)
_PIXEL_PLACE = re.compile(
    rf"([\w.-]+):({_NUMBER})\s*,\s*({_NUMBER})\s*=\s*({_NUMBER})\s*,\s*({_NUMBER})", re.IGNORECASE
)
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
TAPE_OFF_M, TAPE_OFF_SHARE = 0.025, 0.01  # beyond both, a tape was misread
PRINT_OFF_SHARE = 0.04  # "fit to page" shrinks A3 by 3 to 6 percent; more is a tape at the wrong tag
PLACE_OFF_M = 0.05


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """Where a tag's middle, or a floor point in one camera's picture, is in the store.

    Attributes:
        tag_id: The tag; None for a point in a picture.
        camera_id: The camera of the point; None for a tag.
        uv_px: The point.
        xy_m: In the store.
    """

    xy_m: tuple[float, float]
    tag_id: TagId | None = None
    camera_id: CameraId | None = None
    uv_px: tuple[float, float] | None = None

    def __str__(self) -> str:
        """Say it as the user did."""
        what = f"tag{self.tag_id}" if self.camera_id is None else f"{self.camera_id}:{self.uv_px}"
        return f"{what} at {self.xy_m[0]:g}, {self.xy_m[1]:g}"


def parse_tape(text: str) -> Tape:
    """Read `tag3-tag7=2.35m`.

    Raises:
        CalibrationError: If it is not like that.
    """
    match = _TAPE.fullmatch(text.strip())
    if match is None:
        raise CalibrationError(f"{text!r} is no tape measure; write for instance tag3-tag7=2.35m")
    first, second, value, unit = match.groups()
    distance = float(value) * _METRES[(unit or "m").lower()]
    if first == second or not 0.2 <= distance <= 100:
        raise CalibrationError(
            f"{text!r}: measure between the middles of two different sheets, 0.2 to 100 m, as tag3-tag7=2.35m"
        )
    return Tape((TagId(int(first)), TagId(int(second))), distance)


def parse_place(text: str) -> KnownPlace:
    """Read `tag3=1.20,0.80` or `cam1:120,340=0,0`.

    Raises:
        CalibrationError: If it is neither.
    """
    tag = _TAG_PLACE.fullmatch(text.strip())
    if tag is not None:
        number, x, y = tag.groups()
        return KnownPlace((float(x), float(y)), tag_id=TagId(int(number)))
    point = _PIXEL_PLACE.fullmatch(text.strip())
    if point is not None:
        camera, u, v, x, y = point.groups()
        return KnownPlace((float(x), float(y)), camera_id=CameraId(camera), uv_px=(float(u), float(v)))
    raise CalibrationError(
        f"{text!r} is no place; write tag3=1.20,0.80 (metres in the store), or cam1:120,340=0,0 for a"
        " corner of the"
        " floor seen at pixel 120, 340 of cam1"
    )


def check_tapes(solution: FloorSolution, tapes: Sequence[Tape], nominal_side_m: float) -> tuple[str, ...]:
    """Compare tapes with each other and with the printed size; return what is worth knowing.

    Raises:
        CalibrationError: If a tape contradicts the pictures.
    """
    wrong = []
    for tape in tapes:
        found = _distance(solution, tape)
        off = abs(found - tape.distance_m)
        if off > max(TAPE_OFF_M, TAPE_OFF_SHARE * tape.distance_m):
            wrong.append(
                f"tag{tape.tags[0]}-tag{tape.tags[1]} is {tape.distance_m:.2f} m by tape, {found:.2f} m"
                " in the pictures"
            )
    printed = solution.side_m / nominal_side_m
    if wrong:
        raise CalibrationError(
            "; ".join(wrong)
            + ": measure again, from the middle of one sheet to the middle of the other, and check"
            " the numbers on the sheets"
        )
    if abs(printed - 1) > PRINT_OFF_SHARE:
        raise CalibrationError(
            f"by the tape measures the sheets' tags are {1000 * solution.side_m:.0f} mm wide, not"
            f" {1000 * nominal_side_m:.0f} mm: check the tape measures, and measure a tag; if it was"
            " printed in another"
            f" size, say so with --tag-side"
        )
    if abs(printed - 1) > 0.01:
        return (
            f"the sheets were printed at {100 * printed:.1f} % of their size; the tape measures made up"
            " for it",
        )
    return ()


def place(solution: FloorSolution, places: Sequence[KnownPlace]) -> PlaneMove:
    """Find the move from the first tag's frame to the store's.

    Without places the tag with the lowest number is the origin, and its sheet's lower edge the x axis. With
    one place the turn stays that of the sheet. With two or more the frame is fitted to them.

    Raises:
        CalibrationError: If a place is unknown, or places contradict each other.
    """
    if not places:
        lowest = solution.tags[min(solution.tags)]
        turned = PlaneMove(-lowest.turn_rad, np.zeros(2))
        return PlaneMove(-lowest.turn_rad, -turned.apply(lowest.xy_m[None])[0])
    found = np.array([_found(solution, known) for known in places])
    wanted = np.array([known.xy_m for known in places])
    if len(places) == 1:
        turn_rad = -solution.tags[min(solution.tags)].turn_rad
        return PlaneMove(turn_rad, wanted[0] - PlaneMove(turn_rad, np.zeros(2)).apply(found)[0])
    if float(np.linalg.norm(wanted - wanted.mean(axis=0), axis=1).max()) < 0.5:
        raise CalibrationError("the known places are within half a metre; give two that are further apart")
    move = fit_move(found, wanted)
    off = np.linalg.norm(move.apply(found) - wanted, axis=1)
    if off.max() > PLACE_OFF_M:
        raise CalibrationError(
            "the known places do not fit each other: "
            + "; ".join(f"{known} is {100 * o:.0f} cm off" for known, o in zip(places, off, strict=True))
            + "; measure them again, or give other ones"
        )
    return move


def check_in_line(solution: FloorSolution) -> None:
    """Refuse sheets that lie in one line: they say little about which way the floor leans.

    Raises:
        CalibrationError: If they do.
    """
    xy = np.array([solution.tags[tag].xy_m for tag in sorted(solution.tags)])
    long, short = np.linalg.svd(xy - xy.mean(axis=0), compute_uv=False)[:2] / np.sqrt(len(xy))
    if short < max(0.15, 0.05 * long):
        raise CalibrationError(
            f"all sheets lie in one line (within {100 * short:.0f} cm); move some at least a metre aside"
            " and record again"
        )


def _distance(solution: FloorSolution, tape: Tape) -> float:
    first, second = (solution.tags[tag].xy_m for tag in tape.tags)
    return float(np.linalg.norm(first - second))


def _found(solution: FloorSolution, known: KnownPlace) -> FloatArray:
    if known.tag_id is not None:
        if known.tag_id not in solution.tags:
            raise CalibrationError(f"no camera saw tag{known.tag_id}; give the place of another one")
        return solution.tags[known.tag_id].xy_m
    if known.camera_id not in solution.cameras or known.uv_px is None:
        raise CalibrationError(f"{known}: there is no such camera; the cameras are {_list(solution.cameras)}")
    xy = solution.cameras[known.camera_id].at_height(np.array([known.uv_px]))[0]
    if not np.isfinite(xy).all():
        raise CalibrationError(f"{known}: that pixel does not show the floor; give one that does")
    return np.asarray(xy, np.float64)


def _list(ids: Mapping[CameraId, object]) -> str:
    return ", ".join(str(camera_id) for camera_id in ids)
