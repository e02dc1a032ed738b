"""Single moments with people in them, for training: walking, reaching, holding, crouching, talking, anywhere.

Unlike a script, a snapshot has no before and after; what people hold is drawn so that every product is in
as many hands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.play.acts_moments import Moment, MomentDrawer
from datasets.synthetic.play.gestures import OutOfReachError
from datasets.synthetic.scene import PropPose, SceneState
from datasets.synthetic.store.layout import GeneratedStore
from vision.camera_model import CameraModel

_APART_M = 0.5
_KINDS = (0.34, 0.42, 0.24)  # walking, at a shelf, standing somewhere
_PAIR_SHARE = 0.15
_OUT_OF_VIEW_SHARE = 0.25
_TRIES = 30
# Whoever is in view shows knees and head, at a size that cameras are hung for; others stand anywhere.
_SHOWN_M = (0.5, 1.55)
_LEAST_PX_PER_M = 55.0  # of a picture 640 pixels wide: a person is then about 90 pixels tall
_FLOOR_EACH_M2 = 1.9  # of the store at least; a crowded one has eight people on 15 square metres
_CROWD = (0.06, 0.16, 0.22, 0.2, 0.14, 0.1, 0.07, 0.05)  # probability of 0, 1, 2 ... people


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """A unit in a hand of one of the people."""

    unit_id: int
    product_index: int
    person: int
    hand: int


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A moment and who holds what in it."""

    state: SceneState
    held: tuple[HeldUnit, ...]


class SnapshotTaker:
    """Draws moments in one store.

    Attributes:
        props: Meshes that the states' props point to: the store's, then what people push.
        moving_props: Rows of the store's props that the states place; not for the static picture.
    """

    def __init__(self, store: GeneratedStore, people: tuple[Person, ...], rng: np.random.Generator) -> None:
        """Prepare a store and the people who may be in it."""
        self._people, self._rng, self._doors = people, rng, store.doors
        width, depth, _ = store.layout.room_size_m
        self._most = min(len(people), int(width * depth / _FLOOR_EACH_M2))
        self._drawer = MomentDrawer(store, people, rng)
        pushed = [(index, person.pushed) for index, person in enumerate(people)]
        first = len(store.props)
        self._pushed = {
            index: first + row
            for row, index in enumerate(index for index, mesh in pushed if mesh is not None)
        }
        self.props: tuple[Mesh, ...] = (*store.props, *(mesh for _, mesh in pushed if mesh is not None))
        self.moving_props = frozenset(door.prop_index for door in store.doors)
        self._moment = 0

    def take(self, camera: CameraModel) -> Snapshot:
        """Draw a moment; most people stand where this camera sees them."""
        self._moment += 1
        count = min(int(self._rng.choice(len(_CROWD), p=_CROWD)), self._most)
        waiting = self._rng.permutation(len(self._people))[:count].tolist()
        there: list[Moment] = []
        while waiting:
            size = 2 if len(waiting) >= 2 and self._rng.random() < _PAIR_SHARE else 1
            group, waiting = waiting[:size], waiting[size:]
            there += self._draw(group, camera, there)
        units = [unit for moment in there for unit in moment.units]
        product = {unit.unit_id: unit.product_index for unit in units}
        held = [
            HeldUnit(unit_id, product[unit_id], moment.person, hand)
            for moment in there
            for unit_id, hand in moment.in_hand
        ]
        state = SceneState(
            float(self._moment),
            tuple((moment.person, moment.pose) for moment in there),
            tuple(units),
            (
                *self._door_poses(there),
                *(self._pushed_pose(moment) for moment in there if moment.person in self._pushed),
            ),
        )
        return Snapshot(state, tuple(held))

    def nobody(self) -> SceneState:
        """Return the store when nobody is in it, all doors shut."""
        return SceneState(float(self._moment), (), (), tuple(self._door_poses(())))

    def _draw(self, group: list[int], camera: CameraModel, others: Sequence[Moment]) -> list[Moment]:
        kind = int(self._rng.choice(len(_KINDS), p=_KINDS))
        for _ in range(_TRIES):
            moments = self._try(group, kind)
            if not moments or not all(self._drawer.is_free(moment) for moment in moments):
                continue
            if not all(self._is_apart(moment, other) for moment in moments for other in others):
                continue
            if self._is_in_view(camera, moments[0]) or self._rng.random() < _OUT_OF_VIEW_SHARE:
                return moments
        return []

    def _try(self, group: list[int], kind: int) -> list[Moment]:
        try:
            if len(group) == 2:
                return list(self._drawer.pair(group[0], group[1]))
            draw = (self._drawer.walking, self._drawer.at_shelf, self._drawer.standing)[kind]
            moment = draw(group[0])
        except OutOfReachError:
            return []
        return [] if moment is None else [moment]

    def _is_apart(self, moment: Moment, other: Moment) -> bool:
        mine = moment.footprint_xy_m(self._people[moment.person])
        theirs = other.footprint_xy_m(self._people[other.person])
        return bool(np.hypot(*(mine[:, None] - theirs[None]).T).min() >= _APART_M)

    def _is_in_view(self, camera: CameraModel, moment: Moment) -> bool:
        body = np.array([[*moment.pose.xy_m, height] for height in _SHOWN_M])
        uv = camera.project(body)
        is_inside = np.isfinite(uv).all() and (uv > 0).all() and (uv < np.array(camera.size_px)).all()
        distance_m = float(np.linalg.norm(body.mean(axis=0) - camera.position_m))
        px_per_m = camera.matrix[0, 0] * 640 / camera.size_px[0] / distance_m
        return bool(is_inside and px_per_m >= _LEAST_PX_PER_M)

    def _door_poses(self, there: Sequence[Moment]) -> list[PropPose]:
        """Return all doors, open where somebody reaches in."""
        poses = []
        for row, door in enumerate(self._doors):
            is_open = any(moment.door == row for moment in there)
            yaw = door.open_yaw_rad if is_open else door.closed_yaw_rad
            poses.append(PropPose(door.prop_index, (*door.hinge_xy_m, 0.0), yaw))
        return poses

    def _pushed_pose(self, moment: Moment) -> PropPose:
        x, y = moment.pose.xy_m
        return PropPose(self._pushed[moment.person], (float(x), float(y), 0.0), moment.pushed_yaw_rad)
