"""One bundle adjustment of all cameras and all tags, with the tags flat on the floor.

Unknown are the pose of every camera, place and turn of every tag (but the first, which holds the frame) and
the side of the printed tags; tape measures give the scale. Source: Triggs et al., Bundle adjustment - a
modern synthesis, 1999; solved with SciPy's trust region; the Jacobian's sparsity makes it ten steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from cart_tracker.observations import CameraId
from vision.calibration.floor_start import FloorStart, TagPose
from vision.calibration.rotations import matrix_of, vector_of
from vision.calibration.tags import TagId, TagSighting
from vision.calibration.targets import tag_corners_m
from vision.camera_model import CameraModel
from vision.types import FloatArray, IntArray

CORNER_SIGMA_PX = 0.15  # of corners in rendered pictures; real ones are a little worse
_HUBER_PX = 1.0
TAPE_SIGMA_M = 0.005
# A printer keeps the scale to a few tenths of a percent, unless told to fit the page.
_SIDE_SIGMA, _SIDE_SIGMA_WITH_TAPE = 0.004, 0.04
_BEHIND_PX = 1e3
_STEP = 1e-6  # of the numeric derivative: radians, metres


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
        sigma: Camera to `(6,)` standard deviations of its rotation vector (rad) and position (m), given where
            the sheets lie: the frame of the first sheet is itself only as good as its 22 cm.
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
        jac=problem.jacobian,
        loss="huber",
        f_scale=_HUBER_PX / CORNER_SIGMA_PX,
        x_scale="jac",
        method="trf",
        xtol=1e-8,
        ftol=1e-8,
        max_nfev=60,
    )
    return problem.solution(solution.x, solution.jac.T @ solution.jac)


class _Problem:
    """The unknowns in a row: side, cameras (rotation vector, position), tags (x, y, turn)."""

    def __init__(
        self, start: FloorStart, sightings: Sequence[TagSighting], tapes: Sequence[Tape], side_m: float
    ) -> None:
        self._side_sigma = _SIDE_SIGMA_WITH_TAPE if tapes else _SIDE_SIGMA
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
        # Column of each sighting's camera and tag; -1 for the tag that holds the frame.
        self._camera_column = np.array([self._camera_row[s.camera_id] for s in self._sightings])
        self._tag_column = np.array([self._tag_row.get(s.tag_id, -1) for s in self._sightings])
        self._uv_px = np.stack([s.uv_px for s in self._sightings])
        self._of_camera = {
            camera_id: np.flatnonzero(self._camera_column == row)
            for camera_id, row in self._camera_row.items()
        }

    def residuals(self, x: FloatArray) -> FloatArray:
        """Everything that should be zero, in standard deviations."""
        pixels = np.nan_to_num(self._uv_px - self._seen(x), nan=_BEHIND_PX).ravel()
        lengths = [
            (float(np.linalg.norm(self._between_m(x, tape))) - tape.distance_m) / TAPE_SIGMA_M
            for tape in self._tapes
        ]
        return np.concatenate([pixels / CORNER_SIGMA_PX, lengths, [float(x[0]) / self._side_sigma]])

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Derivatives `(residuals, unknowns)`: a sighting depends on one camera, one tag and the side.

        So one step moves all cameras, or all tags, at once: ten steps, however many there are.
        """
        here, rows = self._seen(x), 8 * len(self._sightings)
        matrix = np.zeros((rows + len(self._tapes) + 1, len(x)))
        pixel_rows = np.arange(rows).reshape(-1, 8)

        def put(columns: IntArray, moved: IntArray) -> None:
            stepped = x.copy()
            stepped[np.unique(columns[moved])] += _STEP
            slope = -(self._seen(stepped) - here).reshape(-1, 8) / (_STEP * CORNER_SIGMA_PX)
            matrix[pixel_rows[moved], columns[moved, None]] = np.nan_to_num(slope[moved], nan=0.0)

        everyone = np.arange(len(self._sightings))
        put(np.zeros(len(everyone), np.int64), everyone)
        for k in range(6):
            put(self._camera_column + k, everyone)
        free = np.flatnonzero(self._tag_column >= 0)
        for k in range(3):
            put(self._tag_column + k, free)
        for n, tape in enumerate(self._tapes):
            along = self._between_m(x, tape)
            along = along / (max(float(np.linalg.norm(along)), 1e-9) * TAPE_SIGMA_M)
            for tag_id, sign in zip(tape.tags, (1.0, -1.0), strict=True):
                if tag_id in self._tag_row:
                    row = self._tag_row[tag_id]
                    matrix[rows + n, row : row + 2] = sign * along
        matrix[-1, 0] = 1 / self._side_sigma
        return matrix

    def solution(self, x: FloatArray, normal: FloatArray) -> FloorSolution:
        """Say in words of the store what the numbers mean."""
        side = self._nominal_m * float(np.exp(x[0]))
        residual = tuple(self._uv_px - self._seen(x))
        rows = self._camera_row
        return FloorSolution(
            {camera_id: self._camera(x, camera_id) for camera_id in self._cameras},
            {tag: self._tag(x, tag) for tag in sorted(self._tags)},
            side,
            residual,
            {camera_id: _sigma(normal, rows[camera_id]) for camera_id in self._cameras},
        )

    def _seen(self, x: FloatArray) -> FloatArray:
        """Where all sightings' corners are expected, `(sightings, 4, 2)` pixels."""
        first = np.array([*self._first.xy_m, self._first.turn_rad])
        columns = np.maximum(self._tag_column, 0)[:, None] + np.arange(3)
        poses = np.where(self._tag_column[:, None] >= 0, x[columns], first)
        cos, sin = np.cos(poses[:, 2, None]), np.sin(poses[:, 2, None])
        right, up = (self._nominal_m * float(np.exp(x[0])) * tag_corners_m(1.0)).T
        floor = np.stack(
            [
                poses[:, 0, None] + cos * right - sin * up,
                poses[:, 1, None] + sin * right + cos * up,
                np.zeros((len(poses), 4)),
            ],
            axis=2,
        )
        seen = np.empty((len(poses), 4, 2))
        for camera_id, mine in self._of_camera.items():
            seen[mine] = self._camera(x, camera_id).project(floor[mine].reshape(-1, 3)).reshape(-1, 4, 2)
        return seen

    def _between_m(self, x: FloatArray, tape: Tape) -> FloatArray:
        first, second = (self._tag(x, tag_id).xy_m for tag_id in tape.tags)
        return first - second

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


def _sigma(normal: FloatArray, row: int) -> FloatArray:
    """Standard deviations `(6,)` of one camera's unknowns with all others fixed."""
    block = normal[row : row + 6, row : row + 6]
    return np.sqrt(np.maximum(np.diag(np.linalg.pinv(block, hermitian=True)), 0.0))


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
