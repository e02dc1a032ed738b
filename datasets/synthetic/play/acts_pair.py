"""Acts of two people: give and receive, swap, lift a child that takes something.

Both errands carry the same moment; what one hands over is asked for beforehand (`offer`), so that the unit
is at one place when it goes from hand to hand.
"""

from dataclasses import replace

import numpy as np

from datasets.synthetic.play.acts import Action, InBag, Into
from datasets.synthetic.play.acts_reach import (
    Target,
    plan_reach,
    point_target,
    reach_posture,
    shifted,
    with_target,
)
from datasets.synthetic.play.acts_stage import ActStage, Held
from datasets.synthetic.play.gestures import GRIP_HEIGHT, Grip, OutOfReachError, curl_for
from datasets.synthetic.play.motion import Posture
from datasets.synthetic.scene import FloatArray, UnitPose

_BEFORE_S = 1.9  # hands set out together, this long before they meet
_MEET_S = 0.5
_LEAN_RAD = 0.12
_RECEIVED_AT = 0.3  # of the unit's height: the giver has it at the middle
_RAISE_S, _RAISED_BEFORE_S, _RAISED_AFTER_S = 1.0, 1.6, 1.0
_BENT_BEFORE_S = 1.0


def offer(stage: ActStage) -> tuple[UnitPose, ...]:
    """Return where the units of a give or swap are when they are handed over."""
    posture, items = _offering(stage)
    return tuple(stage.held_pose(posture, item) for item in items)


def give(stage: ActStage) -> float:
    """Hold out `units` to the meeting point; the partner takes them, or they go into the partner's bag."""
    posture, items = _offering(stage)
    contact = _meet(stage, posture)
    for unit, item in zip(stage.errand.units, items, strict=True):
        stage.held.remove(item)
        stage.tell(Action.GIVE, unit, item.hand, contact)
        if stage.errand.manner.into is Into.PARTNER_BAG:
            stage.note(contact, unit.unit_id, InBag(_partner(stage)))
    stage.score.move(stage.base, 0.6)
    return contact


def receive(stage: ActStage) -> float:
    """Take `units`, which are as the partner offers them."""
    units = stage.errand.units
    hand = stage.free_hand()
    posture = _with_arm(stage, _leaning(stage, stage.base), _received(stage, units[0], hand))
    contact = _meet(stage, posture)
    items = _accept(stage, units, hand, contact)
    stage.score.slide(shifted(posture, (hand,), np.array([0.0, 0.08, 0.03])), 0.25)
    stage.settle(items, stage.score.now_s)
    items = [item for unit in units if (item := stage.holding(unit)) is not None]
    stage.examine(items, stage.pace.inspect_s)
    stage.put_away(items, stage.errand.manner.into)
    return contact


def swap(stage: ActStage) -> float:
    """Give `units` with one hand and take `receives` with the other, at the same moment."""
    posture, items = _offering(stage)
    hand = 1 - items[0].hand
    taken = stage.errand.receives
    posture = _with_arm(stage, posture, _received(stage, taken[0], hand))
    contact = _meet(stage, posture)
    for unit, item in zip(stage.errand.units, items, strict=True):
        stage.held.remove(item)
        stage.tell(Action.GIVE, unit, item.hand, contact)
    received = _accept(stage, taken, hand, contact)
    stage.score.slide(shifted(posture, (hand,), np.array([0.0, 0.08, 0.03])), 0.25)
    stage.settle(received, stage.score.now_s)
    received = [held for unit in taken if (held := stage.holding(unit)) is not None]
    stage.examine(received, stage.pace.inspect_s)
    stage.put_away(received, stage.errand.manner.into)
    return contact


def lift(stage: ActStage) -> float:
    """Raise the child in front by `manner.lift_m` from its sides (`meeting_xyz_m`), and set it down again."""
    manner, meeting = stage.errand.manner, stage.errand.meeting_xyz_m
    if meeting is None:
        raise ValueError("lifting needs the middle between the child's armpits as it stands")
    middle = np.array(meeting)
    across = np.array([np.cos(stage.stance.yaw_rad), np.sin(stage.stance.yaw_rad), 0.0]) * 0.10
    low = _at_both(stage, middle, across)
    high = _at_both(stage, middle + np.array([0.0, 0.0, manner.lift_m]), across)
    stage.score.move(low, _BENT_BEFORE_S)
    stage.score.hold(0.5)
    stage.score.slide(high, _RAISE_S)
    contact = stage.score.now_s + _RAISED_BEFORE_S
    stage.score.hold(_RAISED_BEFORE_S + _RAISED_AFTER_S)
    stage.score.slide(low, _RAISE_S)
    stage.score.hold(0.3)
    stage.score.move(stage.base, 0.6)
    stage.tell(Action.LIFT, None, None, contact)
    return contact


def lifted(stage: ActStage) -> float:
    """Be raised by `manner.lift_m`, take `units` meanwhile, be set down."""
    manner, hand = stage.errand.manner, stage.free_hand()
    unit = stage.errand.units[0]
    by, up = manner.lift_m, np.array([0.0, 0.0, manner.lift_m])
    idle = replace(shifted(stage.base, (0, 1), up), raise_m=by)
    size = stage.size(unit)
    target = Target(hand, np.array(unit.xyz_m), Grip(size), curl_for(size[0]))
    # The reach of somebody who stands on the raised floor.
    reach = plan_reach(stage.stance, idle, [target])
    # So that both are in time: bent down, held, raised (see `lift`).
    stage.score.hold(max(0.0, _BENT_BEFORE_S + 0.5))
    stage.score.slide(idle, _RAISE_S)
    raised = stage.score.now_s
    stage.score.slide(reach.before, 0.9)
    stage.score.slide(reach.contact, 0.3)
    stage.score.hold(raised + _RAISED_BEFORE_S + 0.2 - stage.score.now_s)
    contact = raised + _RAISED_BEFORE_S
    item = stage.take(contact, unit, hand, target.grip)
    stage.tell(Action.PICK, unit, hand, contact)
    stage.score.slide(reach.after, 0.3)
    near = replace(shifted(stage.base, (0, 1), up), raise_m=by)
    stage.score.slide(near, max(0.3, raised + _RAISED_BEFORE_S + _RAISED_AFTER_S - stage.score.now_s))
    stage.score.slide(stage.base, _RAISE_S)
    stage.settle([item], stage.score.now_s)
    items = [stage.held[-1]]
    stage.examine(items, stage.pace.inspect_s)
    stage.put_away(items, manner.into)
    return contact


def _offering(stage: ActStage) -> tuple[Posture, list[Held]]:
    """Return the posture with what is given held out to the meeting point."""
    items: list[Held] = []
    for unit in stage.errand.units:
        held = stage.holding(unit)
        if held is None:
            raise ValueError("only what is in a hand can be given")
        items.append(held)
    meeting = _meeting(stage)
    first = items[0]
    if first.grip.is_between:
        raise OutOfReachError("what needs both hands is not handed over")
    base = meeting - [0.0, 0.0, GRIP_HEIGHT * first.grip.size_m[2]]
    target = Target(first.hand, base, first.grip, curl_for(first.grip.size_m[0]))
    if stage.errand.manner.into is Into.PARTNER_BAG:
        return reach_posture(stage.stance, stage.base, [target]), items
    return _with_arm(stage, _leaning(stage, stage.base), target), items


def _received(stage: ActStage, unit: UnitPose, hand: int) -> Target:
    size = stage.size(unit)
    grip = Grip(size, height_share=_RECEIVED_AT)
    return Target(hand, np.array(unit.xyz_m), grip, curl_for(size[0]))


def _accept(stage: ActStage, units: tuple[UnitPose, ...], hand: int, contact_s: float) -> list[Held]:
    items = []
    for unit in units:
        grip = Grip(stage.size(unit), height_share=_RECEIVED_AT, tilt_rad=unit.tilt_rad)
        items.append(stage.take(contact_s, unit, hand, grip))
        stage.tell(Action.RECEIVE, unit, hand, contact_s)
    return items


def _leaning(stage: ActStage, posture: Posture) -> Posture:
    """Lean to the partner; the same for whatever the hands do, so that offers do not depend on each other."""
    return replace(
        posture, lean_rad=_LEAN_RAD + stage.build.gait.stoop_rad, head_pitch_rad=0.3, twist_rad=0.0
    )


def _with_arm(stage: ActStage, posture: Posture, target: Target) -> Posture:
    reached = with_target(stage.stance, posture, target)
    if reached is None:
        raise OutOfReachError("the partner stands too far away to hand something over")
    return reached


def _meet(stage: ActStage, posture: Posture) -> float:
    """Go to the meeting and stay there while the unit goes over; returns the moment."""
    stage.score.hold(max(0.0, 0.9 - stage.score.now_s))
    start = stage.score.now_s
    stage.score.move(posture, 0.9)
    stage.score.hold(max(_MEET_S, start + _BEFORE_S + _MEET_S / 2 - stage.score.now_s))
    return stage.score.now_s - _MEET_S / 2


def _at_both(stage: ActStage, middle: FloatArray, across: FloatArray) -> Posture:
    """Return the posture with both palms at the sides of a child, knees bent as needed."""
    for bend in np.linspace(0.0, 1.0, 9):
        posture: Posture | None = replace(
            stage.base,
            lean_rad=0.1 + 0.45 * float(bend),
            drop_m=0.16 * stage.build.height_m * float(bend),
            head_pitch_rad=0.35,
        )
        for hand, side in ((0, across), (1, -across)):
            target = point_target(hand, middle + side, 0.3)
            posture = None if posture is None else with_target(stage.stance, posture, target)
        if posture is not None:
            return posture
    raise OutOfReachError("the child is out of reach of who shall lift it")


def _meeting(stage: ActStage) -> FloatArray:
    if stage.errand.meeting_xyz_m is None:
        raise ValueError(f"a {stage.errand.action} needs a meeting point")
    return np.array(stage.errand.meeting_xyz_m)


def _partner(stage: ActStage) -> int:
    if stage.errand.partner is None:
        raise ValueError(f"a {stage.errand.action} needs a partner")
    return stage.errand.partner
