"""Open and close a fridge door: the hand goes along as far as it reaches, then the door swings on."""

from dataclasses import dataclass

import numpy as np

from datasets.synthetic.play.acts import Action, Door, PropAt
from datasets.synthetic.play.acts_reach import point_target, with_target
from datasets.synthetic.play.acts_stage import STEP_S, ActStage, smooth, when_smooth
from datasets.synthetic.play.gestures import OutOfReachError, Stance
from datasets.synthetic.play.motion import Body, Build, Posture
from datasets.synthetic.scene import FloatArray, PropPose

_SWING_S = 1.3
# Who handles a door stands outside the circle that it sweeps, with this much room for body and feet.
_ROOM_M = 0.22
_STEPS = 8
_LEAST_SHARE = 0.25  # the hand goes with the door for at least this part of its way
_SPOTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Swing:
    """One movement of a door from one yaw to another."""

    door: Door
    from_rad: float
    to_rad: float

    @property
    def hinge_xy(self) -> FloatArray:
        return np.array(self.door.hinge_xy_m)

    @property
    def radius_m(self) -> float:
        return float(np.hypot(*(np.array(self.door.handle_xyz_m[:2]) - self.hinge_xy)))

    @property
    def outward_xy(self) -> FloatArray:
        """Unit vector `(2,)` from the shelf to the shopper: where the door points when it is open."""
        along = np.array(self.door.handle_xyz_m[:2]) - self.hinge_xy
        sign = np.sign(self.door.open_yaw_rad - self.door.closed_yaw_rad)
        outward: FloatArray = sign * np.array([-along[1], along[0]]) / np.hypot(*along)
        return outward

    def yaw_at(self, share: float) -> float:
        return self.from_rad + (self.to_rad - self.from_rad) * share

    def handle_at(self, share: float) -> FloatArray:
        turn = self.yaw_at(share) - self.door.closed_yaw_rad
        x, y = np.array(self.door.handle_xyz_m[:2]) - self.hinge_xy
        cos, sin = np.cos(turn), np.sin(turn)
        hinge = self.hinge_xy
        return np.array(
            [hinge[0] + cos * x - sin * y, hinge[1] + sin * x + cos * y, self.door.handle_xyz_m[2]]
        )

    def pose_at(self, share: float) -> PropPose:
        x, y = self.door.hinge_xy_m
        return PropPose(self.door.prop_index, (x, y, 0.0), self.yaw_at(share))


def stand_at_door(body: Body, build: Build, door: Door, opens: bool) -> Stance:
    """Return where somebody stands to open or to close a door: beside its sweep, on the side of the handle.

    Raises:
        OutOfReachError: If the handle is out of reach from everywhere beside the sweep.
    """
    swing = _swing(door, opens)
    along = (np.array(door.handle_xyz_m[:2]) - swing.hinge_xy) / swing.radius_m
    out = swing.outward_xy
    yaw = float(np.arctan2(-out[0], out[1]))
    best: tuple[int, Stance] | None = None
    for sideways in np.linspace(0.1, 1.0, 2 * _SPOTS):
        for ahead in np.linspace(0.42, 0.42 + swing.radius_m, 2 * _SPOTS):
            offset = along * sideways * (swing.radius_m + 0.35) + out * ahead
            if np.hypot(*offset) < swing.radius_m + _ROOM_M:
                continue
            facing = yaw + 0.5 * float(np.sign(np.cross(np.append(-out, 0), np.append(-along, 0))[2]))
            stance = Stance(body, build, swing.hinge_xy + offset, facing, -out, float(ahead))
            count = len(_followed(stance, build.idle(), swing))
            if count and (best is None or count > best[0]):
                best = (count, stance)
    if best is None or best[0] - 1 < _LEAST_SHARE * _STEPS:
        raise OutOfReachError("nobody can open this door without standing in its way")
    return best[1]


def open_door(stage: ActStage) -> float:
    """Pull the door open."""
    return _work(stage, opens=True)


def close_door(stage: ActStage) -> float:
    """Push the door shut."""
    return _work(stage, opens=False)


def _work(stage: ActStage, opens: bool) -> float:
    door = stage.errand.door
    if door is None:
        raise ValueError(f"a {stage.errand.action} needs a door")
    swing = _swing(door, opens)
    postures = _followed(stage.stance, stage.base, swing)
    if len(postures) < 2:
        raise OutOfReachError("the handle is out of reach")
    hand = _hand(stage.stance, swing)
    stage.score.move(postures[0], 0.6 / stage.pace.haste)
    stage.score.hold(max(0.3, 1.7 - stage.score.now_s))
    contact = stage.score.now_s
    # The door runs evenly between rest and rest; the hand is where the handle is at every step it follows.
    moments = [when_smooth(step / _STEPS) for step in range(_STEPS + 1)]
    for step, posture in enumerate(postures[1:], 1):
        stage.score.slide(posture, (moments[step] - moments[step - 1]) * _SWING_S)
    stage.tell(Action.OPEN_DOOR if opens else Action.CLOSE_DOOR, None, hand, contact)
    stage.note_prop(contact, door.prop_index, PropAt(swing.pose_at(0.0)))
    for tick in range(1, round(_SWING_S / (2 * STEP_S)) + 1):
        at = min(1.0, tick * 2 * STEP_S / _SWING_S)
        stage.note_prop(contact + at * _SWING_S, door.prop_index, PropAt(swing.pose_at(smooth(at))))
    stage.score.move(stage.base, 0.6)
    stage.score.hold(max(0.0, contact + _SWING_S - stage.score.now_s))
    return contact


def _swing(door: Door, opens: bool) -> _Swing:
    ends = (door.closed_yaw_rad, door.open_yaw_rad)
    return _Swing(door, *(ends if opens else ends[::-1]))


def _hand(stance: Stance, swing: _Swing) -> int:
    """Return the hand at the side of the handle, or the free one."""
    if stance.body.bag_hand is not None:
        return 1 - stance.body.bag_hand
    left = np.array([np.cos(stance.yaw_rad), np.sin(stance.yaw_rad)])
    return 0 if (swing.handle_at(0.0)[:2] - stance.xy_m) @ left > 0 else 1


def _followed(stance: Stance, base: Posture, swing: _Swing) -> list[Posture]:
    """Return postures with the palm at the handle, step by step, until it gets out of reach."""
    hand = _hand(stance, swing)
    postures: list[Posture] = []
    for step in range(_STEPS + 1):
        target = point_target(hand, swing.handle_at(step / _STEPS), 0.8)
        posture = with_target(stance, base, target)
        if posture is None:
            break
        postures.append(posture)
    return postures
