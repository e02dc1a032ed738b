"""Single moments with people in them, for training: walking, reaching, holding, crouching, anywhere.

Unlike a script, a snapshot has no before and after; what people hold is drawn so that every product is in
as many hands.
"""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.play.gait import PelvisTrack, headings, smooth_walk
from datasets.synthetic.play.gestures import (
    Grip,
    OutOfReachError,
    carrying,
    held_unit_xyz_yaw,
    inspecting,
    plan_reach,
    stand_before,
    stowing,
)
from datasets.synthetic.play.motion import Build, Performance, Posture, UpperBody, still_pose, with_hand
from datasets.synthetic.play.routes import WALL_CLEARANCE_M, RoutePlanner, Traffic
from datasets.synthetic.scene import BodyPose, FloatArray, SceneState, UnitPose
from datasets.synthetic.store.layout import GeneratedStore
from vision.camera_model import CameraModel

_APART_M = 0.42
_WALKING_SHARE = 0.4
_HOLDING_SHARE = 0.7
_OUT_OF_VIEW_SHARE = 0.25
_TRIES = 30
_CROWD = (0.06, 0.16, 0.22, 0.2, 0.14, 0.1, 0.07, 0.05)  # probability of 0, 1, 2 ... people
_PAUSE_TICKS = 30


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
    """Draws moments in one store."""

    def __init__(self, store: GeneratedStore, people: tuple[Person, ...], rng: np.random.Generator) -> None:
        """Prepare a store and the people who may be in it."""
        self._store, self._people, self._rng = store, people, rng
        self._builds = [Build.of(person) for person in people]
        self._planner = RoutePlanner(store.obstacles)
        self._shelf = {shelf.shelf_id: shelf for shelf in store.store_map.shelves}
        self._next_unit = 1 + max(unit.pose.unit_id for unit in store.units)
        self._products: list[int] = []
        self._moment = 0

    def take(self, camera: CameraModel) -> Snapshot:
        """Draw a moment; most people stand where this camera sees them."""
        rng = self._rng
        self._moment += 1
        count = min(int(rng.choice(len(_CROWD), p=_CROWD)), len(self._people))
        poses: list[tuple[int, BodyPose]] = []
        units: list[UnitPose] = []
        held: list[HeldUnit] = []
        for person in rng.permutation(len(self._people))[:count].tolist():
            drawn = self._draw_person(person, camera, [pose.xy_m for _, pose in poses])
            if drawn is None:
                continue
            pose, hands = drawn
            poses.append((person, pose))
            skeleton = self._people[person].skeleton_only(pose)
            for hand, (product, grip) in hands.items():
                xyz, yaw = held_unit_xyz_yaw(skeleton, hand, pose.yaw_rad, grip)
                unit_id = self._next_unit + len(units)
                units.append(UnitPose(unit_id, product, (float(xyz[0]), float(xyz[1]), float(xyz[2])), yaw))
                held.append(HeldUnit(unit_id, product, person, hand))
        return Snapshot(SceneState(float(self._moment), tuple(poses), tuple(units)), tuple(held))

    def _draw_person(
        self, person: int, camera: CameraModel, others: list[FloatArray]
    ) -> tuple[BodyPose, dict[int, tuple[int, Grip]]] | None:
        for _ in range(_TRIES):
            hands = self._draw_hands(person)
            try:
                is_walking = self._rng.random() < _WALKING_SHARE
                pose = self._walking(person, hands) if is_walking else self._at_shelf(person, hands)
            except OutOfReachError:
                continue
            if pose is None or any(np.hypot(*(pose.xy_m - other)) < _APART_M for other in others):
                continue
            if self._is_in_view(camera, pose) or self._rng.random() < _OUT_OF_VIEW_SHARE:
                return pose, hands
        return None

    def _is_in_view(self, camera: CameraModel, pose: BodyPose) -> bool:
        uv = camera.project(np.array([[*pose.xy_m, 1.1]]))[0]
        return bool(np.isfinite(uv).all() and (uv > 0).all() and (uv < np.array(camera.size_px)).all())

    def _draw_hands(self, person: int) -> dict[int, tuple[int, Grip]]:
        hands = {}
        for hand in (0, 1):
            if hand == self._people[person].bag_hand or self._rng.random() > _HOLDING_SHARE:
                continue
            if not self._products:
                self._products = self._rng.permutation(len(self._store.assortment)).tolist()
            product = self._products.pop()
            # In a hand the front faces anywhere, most often up the arm's side.
            turn = float(self._rng.normal(np.pi / 2 * (1 if hand == 0 else -1), 0.7))
            hands[hand] = (product, Grip(self._store.assortment[product].size_m, turn))
        return hands

    def _posture(self, person: int, hands: dict[int, tuple[int, Grip]]) -> Posture:
        """Draw what the arms do while they do not reach."""
        build, rng = self._builds[person], self._rng
        posture = build.at_ease()
        for hand in (0, 1):
            if hand == self._people[person].bag_hand:
                continue
            if hand not in hands and rng.random() < 0.6:
                continue
            kind = rng.choice(4, p=(0.35, 0.3, 0.15, 0.2))
            if kind == 0:
                posture = carrying(build, posture, hand)
            elif kind == 1:
                posture = inspecting(build, posture, hand)
            elif kind == 2:
                posture = stowing(build, posture, hand)
            else:
                posture = with_hand(posture, hand, self._anywhere(build, hand), 0.3, 0.5)
        return posture

    def _anywhere(self, build: Build, hand: int) -> FloatArray:
        """Draw a wrist in front of the body, where hands of busy people are."""
        away = self._rng.uniform([-0.15, -0.75, -0.9], [0.5, -0.05, 0.5]) * build.arm_m
        side = 1.0 if hand == 0 else -1.0
        wrist: FloatArray = build.shoulder_m[hand] + away * [side, 1.0, 1.0]
        return wrist

    def _walking(self, person: int, hands: dict[int, tuple[int, Grip]]) -> BodyPose | None:
        rng, build = self._rng, self._builds[person]
        start, goal = self._planner.random_point(rng), self._planner.random_point(rng)
        speed = float(rng.uniform(0.6, 1.3))
        nobody = Traffic(np.empty((0, 600, 2)))
        track = self._planner.plan(start, 0, goal, goal[None], speed, nobody)
        if track is None:
            return None
        still = np.repeat(track[[0, -1]], _PAUSE_TICKS, axis=0)
        track = smooth_walk(np.concatenate([still[:_PAUSE_TICKS], track, still[_PAUSE_TICKS:]]))
        pelvis = PelvisTrack(
            0.0, track, headings(track, np.full(len(track), np.nan)), build.height_m, build.foot_offset_m
        )
        posture = self._posture(person, hands)
        performance = Performance(build, pelvis, UpperBody(0.0, pelvis.end_s, [(0.0, posture)]))
        return performance.pose_at(float(rng.uniform(0.5, pelvis.end_s - 0.5)))

    def _at_shelf(self, person: int, hands: dict[int, tuple[int, Grip]]) -> BodyPose | None:
        """Draw a moment of a reach: on the way, at the unit, on the way back, or just standing there."""
        rng, body, build = self._rng, self._people[person], self._builds[person]
        free = [hand for hand in (0, 1) if hand != body.bag_hand]
        hand = int(rng.choice(free))
        facings = self._store.facings
        if hand in hands:
            width, _, height = hands[hand][1].size_m
            facings = tuple(
                f for f in facings if not f.unit_ids and width <= f.width_m and height + 0.03 <= f.headroom_m
            )
        if not facings:
            return None
        facing = facings[int(rng.integers(len(facings)))]
        shelf = self._shelf[facing.shelf_id]
        size = hands[hand][1].size_m if hand in hands else self._store.assortment[facing.product_index].size_m
        inward = 0.04 + size[1] / 2
        spot = shelf.to_store(np.array([facing.along_m, inward, facing.board_m]))
        front = shelf.to_store(np.array([facing.along_m, 0.0, 0.0]))[:2]
        sideways = 0.12 * (1 if hand == 1 else -1) + float(rng.normal(0, 0.06))
        stance = stand_before(
            body, build, front, np.asarray(shelf.inward_xy), float(spot[2]) + size[2] / 2, sideways
        )
        if self._planner.obstacles.clearance_m(stance.xy_m[None])[0] < WALL_CLEARANCE_M - 0.03:
            return None
        base = self._posture(person, hands)
        reach = plan_reach(stance, base, hand, spot, size)
        keys = [base, reach.before, reach.contact, reach.contact, reach.after, inspecting(build, base, hand)]
        at = float(rng.uniform(0.0, len(keys) - 1.0))
        posture = keys[int(at)].towards(keys[int(at) + 1], at - int(at))
        pose = still_pose(build, stance.xy_m, stance.yaw_rad, posture)
        pose.ankle_m[:, :2] += rng.normal(0, 0.03, (2, 2))
        pose.foot_yaw_pitch_rad[:, 0] += rng.normal(0, 0.12, 2)
        return pose
