"""One bundle adjustment of all cameras and all tags, with the tags flat on the floor.

Unknown are the pose of every camera, place and turn of every tag (but the first, which holds the frame) and
the side of the printed tags; tape measures give the scale. Source: Triggs et al., Bundle adjustment - a
modern synthesis, 1999; solved with SciPy's trust region and a sparse numeric Jacobian.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.sparse import lil_matrix

from cart_tracker.observations import CameraId
from vision.calibration.floor_start import FloorStart, TagPose
from vision.calibration.rotations import about_z, matrix_of, vector_of
from vision.calibration.tags import TagId, TagSighting
from vision.calibration.targets import tag_corners_m
from vision.camera_model import CameraModel
from vision.types import FloatArray

CORNER_SIGMA_PX = 0.15  # of corners in rendered pictures; real ones are a little worse
_HUBER_PX = 1.0
TAPE_SIGMA_M = 0.005
# A printer keeps the scale to a few tenths of a percent, unless told to fit the page.
_SIDE_SIGMA, _SIDE_SIGMA_WITH_TAPE = 0.004, 0.04
_BEHIND_PX = 1e3


@dataclass(frozen=True, slots=True)
class Tape:
    """A distance between the middles of two tags, measured with a tape."""

    tags: tuple[TagId, TagId]
    distance_m: float


@dataclass(frozen=True, slots=True, eq=False)
class FloorSolution:
    """All poses, in the frame of the first tag.

    Attributes:
        side_m: Side of the tags as printed.
        residual_px: Per sighting, in their order, `(4, 2)`: seen minus expected.
        sigma: Camera to `(6,)` standard deviations of its rotation vector (rad) and position (m).
    """

    cameras: dict[CameraId, CameraModel]
    tags: dict[TagId, TagPose]
    side_m: float
    residual_px: tuple[FloatArray, ...]
    sigma: dict[CameraId, FloatArray]


def adjust(
    start: FloorStart, sightings: Sequence[TagSighting], tapes: Sequence[Tape], side_m: float
) -> FloorSolution:
    """Find the poses that explain all sightings and tapes best; Huber's loss from one pixel on."""
    problem = _Problem(start, sightings, tapes, side_m)
    solution = least_squares(
        problem.residuals,
        problem.start,
        jac_sparsity=problem.sparsity(),
        loss="huber",
        f_scale=_HUBER_PX / CORNER_SIGMA_PX,
        x_scale="jac",
        method="trf",
        xtol=1e-8,
        ftol=1e-8,
        max_nfev=200,
    )
    normal = np.asarray((solution.jac.T @ solution.jac).todense())
    covariance = np.linalg.pinv(normal, hermitian=True)
    return problem.solution(solution.x, np.sqrt(np.maximum(np.diag(covariance), 0.0)))


class _Problem:
    """The unknowns in a row: side, cameras (rotation vector, position), tags (x, y, turn)."""

    def __init__(
        self, start: FloorStart, sightings: Sequence[TagSighting], tapes: Sequence[Tape], side_m: float
    ) -> None:
        # The first tag holds the frame: the one that most cameras see.
        counts = {tag: sum(s.tag_id == tag for s in sightings) for tag in start.tags}
        self._tags = sorted(start.tags, key=lambda tag: (-counts[tag], tag))
        self._cameras = list(start.cameras)
        self._models = dict(start.cameras)
        self._sightings, self._tapes, self._nominal_m = tuple(sightings), tuple(tapes), side_m
        self._first = start.tags[self._tags[0]]
        self._camera_row = {camera_id: 1 + 6 * n for n, camera_id in enumerate(self._cameras)}
        after = 1 + 6 * len(self._cameras)
        self._tag_row = {tag: after + 3 * n for n, tag in enumerate(self._tags[1:])}
        values = [np.zeros(1)]
        for camera in start.cameras.values():
            values += [vector_of(camera.rotation), camera.position_m]
        for tag in self._tags[1:]:
            values.append(np.array([*start.tags[tag].xy_m, start.tags[tag].turn_rad]))
        self.start: FloatArray = np.concatenate(values)

    def residuals(self, x: FloatArray) -> FloatArray:
        """Everything that should be zero, in standard deviations."""
        side = self._nominal_m * float(np.exp(x[0]))
        seen = self._seen(x, side)
        pixels = np.concatenate([(s.uv_px - uv).ravel() for s, uv in zip(self._sightings, seen, strict=True)])
        pixels = np.nan_to_num(pixels, nan=_BEHIND_PX)
        lengths = [
            (float(np.linalg.norm(self._tag(x, a).xy_m - self._tag(x, b).xy_m)) - tape.distance_m)
            / TAPE_SIGMA_M
            for tape in self._tapes
            for a, b in (tape.tags,)
        ]
        scale = float(x[0]) / (_SIDE_SIGMA_WITH_TAPE if self._tapes else _SIDE_SIGMA)
        return np.concatenate([pixels / CORNER_SIGMA_PX, lengths, [scale]])

    def sparsity(self) -> lil_matrix:
        """Which residual depends on which unknown."""
        rows = 8 * len(self._sightings)
        pattern = lil_matrix((rows + len(self._tapes) + 1, len(self.start)), dtype=np.int8)
        pattern[:rows, 0] = 1
        for n, sighting in enumerate(self._sightings):
            here = slice(8 * n, 8 * n + 8)
            camera = self._camera_row[sighting.camera_id]
            pattern[here, camera : camera + 6] = 1
            if sighting.tag_id in self._tag_row:
                tag = self._tag_row[sighting.tag_id]
                pattern[here, tag : tag + 3] = 1
        for n, tape in enumerate(self._tapes):
            for tag_id in tape.tags:
                if tag_id in self._tag_row:
                    tag = self._tag_row[tag_id]
                    pattern[rows + n, tag : tag + 2] = 1
        pattern[rows + len(self._tapes), 0] = 1
        return pattern

    def solution(self, x: FloatArray, sigma: FloatArray) -> FloorSolution:
        """Say in words of the store what the numbers mean."""
        side = self._nominal_m * float(np.exp(x[0]))
        residual = tuple(s.uv_px - uv for s, uv in zip(self._sightings, self._seen(x, side), strict=True))
        rows = self._camera_row
        return FloorSolution(
            {camera_id: self._camera(x, camera_id) for camera_id in self._cameras},
            {tag: self._tag(x, tag) for tag in sorted(self._tags)},
            side,
            residual,
            {camera_id: sigma[rows[camera_id] : rows[camera_id] + 6] for camera_id in self._cameras},
        )

    def _seen(self, x: FloatArray, side_m: float) -> list[FloatArray]:
        """Project every sighting's corners; all of one camera at once."""
        seen: list[FloatArray] = [np.empty((0, 2))] * len(self._sightings)
        square = tag_corners_m(side_m)
        for camera_id in self._cameras:
            mine = [n for n, s in enumerate(self._sightings) if s.camera_id == camera_id]
            floor = np.zeros((4 * len(mine), 3))
            for k, n in enumerate(mine):
                tag = self._tag(x, self._sightings[n].tag_id)
                floor[4 * k : 4 * k + 4, :2] = square @ about_z(tag.turn_rad)[:2, :2].T + tag.xy_m
            uv = self._camera(x, camera_id).project(floor)
            for k, n in enumerate(mine):
                seen[n] = uv[4 * k : 4 * k + 4]
        return seen

    def _camera(self, x: FloatArray, camera_id: CameraId) -> CameraModel:
        row, model = self._camera_row[camera_id], self._models[camera_id]
        return CameraModel(
            camera_id,
            model.size_px,
            model.matrix,
            model.distortion,
            matrix_of(x[row : row + 3]),
            x[row + 3 : row + 6].copy(),
            model.lens,
        )

    def _tag(self, x: FloatArray, tag_id: TagId) -> TagPose:
        if tag_id not in self._tag_row:
            return self._first
        row = self._tag_row[tag_id]
        return TagPose(x[row : row + 2].copy(), float(x[row + 2]))


def rms_px(solution: FloorSolution, sightings: Sequence[TagSighting]) -> Mapping[CameraId, float]:
    """Root mean square of each camera's corners, pixels."""
    return {
        camera_id: float(
            np.sqrt(
                np.mean(
                    [
                        np.square(residual).sum(axis=1)
                        for s, residual in zip(sightings, solution.residual_px, strict=True)
                        if s.camera_id == camera_id
                    ]
                )
            )
        )
        for camera_id in solution.cameras
    }
