"""Find printed tags in a camera's averaged picture, small ones too, to a fraction of a pixel."""

from dataclasses import dataclass
from typing import NewType

import cv2
import cv2.aruco
import numpy as np

from cart_tracker.observations import CameraId
from vision.calibration.targets import TagFamily
from vision.types import FloatArray, Image

TagId = NewType("TagId", int)

# Pictures are looked at in these sizes: far tags need enlarging, near ones are found as they are.
_ENLARGED = (1, 2, 3)
_MIN_SIDE_PX = 9.0  # below, a code that fits is chance
_MAX_SKEW = 6.0  # longest over shortest side; flatter tags have useless corners
_FITTED_SIDE_PX = 80.0  # tags are enlarged to about this for the fit
_AROUND_PX = 8  # of the picture around a tag that takes part
_PIXEL_BLUR = 0.5  # standard deviation of what a lens and pixels blur, in pixels


@dataclass(frozen=True, slots=True, eq=False)
class TagSighting:
    """One tag in one camera's picture.

    Attributes:
        uv_px: `(4, 2)` its corners, as `targets.tag_corners_m` lists them; a pixel spans from i to i + 1.
    """

    camera_id: CameraId
    tag_id: TagId
    uv_px: FloatArray

    @property
    def side_px(self) -> float:
        """The shortest side."""
        return float(np.linalg.norm(self.uv_px - np.roll(self.uv_px, 1, axis=0), axis=1).min())


def find_tags(camera_id: CameraId, image: Image, family: TagFamily) -> tuple[TagSighting, ...]:
    """Find every tag in a BGR picture, in order of their ids.

    A tag that is found in several sizes counts with the corners of the largest. Source: Garrido-Jurado et
    al., Automatic generation and detection of highly reliable fiducial markers, Pattern Recognition 2014, as
    in OpenCV.
    """
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    detector = cv2.aruco.ArucoDetector(family.dictionary, _parameters())
    found: dict[int, FloatArray] = {}
    for times in _ENLARGED:
        enlarged = (
            grey if times == 1 else cv2.resize(grey, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        )
        corners, ids, _ = detector.detectMarkers(enlarged)
        for number, quad in zip([] if ids is None else np.ravel(ids).tolist(), corners, strict=True):
            found[int(number)] = (np.asarray(quad, np.float64).reshape(4, 2) + 0.5) / times
    sightings = (
        TagSighting(camera_id, TagId(number), _refined(grey, found[number], family.picture(number)))
        for number in sorted(found)
    )
    return tuple(sighting for sighting in sightings if _is_usable(sighting))


def _parameters() -> cv2.aruco.DetectorParameters:
    parameters = cv2.aruco.DetectorParameters()
    parameters.minMarkerPerimeterRate = 0.01
    parameters.adaptiveThreshWinSizeMax = 35
    # Floors have joints and prints; a code that needs more repair than this is one of them.
    parameters.errorCorrectionRate = 0.4
    return parameters


def _refined(grey: Image, uv_px: FloatArray, pattern: Image) -> FloatArray:
    """Lay the tag's known pattern over the picture and move its corners until both agree best.

    The whole pattern takes part, so that corners of small tags are four times as good as from their own
    surroundings. Where that does not settle, the detector's corners stay. Source: Evangelidis and Psarakis,
    Parametric image alignment using enhanced correlation coefficient maximization, PAMI 2008.
    """
    side = float(np.linalg.norm(uv_px - np.roll(uv_px, 1, axis=0), axis=1).mean())
    low = np.maximum(np.floor(uv_px.min(axis=0) - _AROUND_PX), 0).astype(int)
    high = np.minimum(np.ceil(uv_px.max(axis=0) + _AROUND_PX), grey.shape[::-1]).astype(int)
    scale = max(1, round(_FITTED_SIDE_PX / side))
    patch = cv2.resize(
        grey[low[1] : high[1], low[0] : high[0]], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC
    )
    cells = len(pattern)
    cell_px = max(2, round(side * scale / cells))
    sheet = cv2.copyMakeBorder(pattern, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(255.0,))
    template = cv2.resize(sheet, None, fx=cell_px, fy=cell_px, interpolation=cv2.INTER_NEAREST)
    template = cv2.GaussianBlur(template, (0, 0), _PIXEL_BLUR * cell_px * cells / side)
    # Half of the white takes part: around the rest the picture is blurred with the floor.
    cut = cell_px // 2
    template = np.ascontiguousarray(template[cut : len(template) - cut, cut : len(template) - cut])
    near, far = cell_px - cut - 0.5, cell_px * (cells + 1) - cut - 0.5
    square = np.array([[near, near], [far, near], [far, far], [near, far]], np.float32)
    in_patch = ((uv_px - low) * scale - 0.5).astype(np.float32)
    start = cv2.getPerspectiveTransform(square, in_patch).astype(np.float32)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 1e-6)
    try:
        _, warp = cv2.findTransformECC(
            template, patch, start, cv2.MOTION_HOMOGRAPHY, stop, np.full_like(patch, 255), 1
        )
    except cv2.error:  # it does not converge
        return uv_px
    fitted = cv2.perspectiveTransform(square[:, None], np.asarray(warp, np.float32))[:, 0].astype(np.float64)
    moved: FloatArray = (fitted + 0.5) / scale + low
    is_near = np.linalg.norm(moved - uv_px, axis=1).max() < max(2.0, 0.12 * side)
    return moved if is_near else uv_px


def _is_usable(sighting: TagSighting) -> bool:
    sides = np.linalg.norm(sighting.uv_px - np.roll(sighting.uv_px, 1, axis=0), axis=1)
    return bool(sides.min() >= _MIN_SIDE_PX and sides.max() / sides.min() <= _MAX_SKEW)
