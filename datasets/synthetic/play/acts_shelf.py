"""Acts at a shelf: take, put back, touch, turn, push, linger, hide, restock."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from datasets.synthetic.play.acts import Action, InBag, InHand, Into, PropAt, PropHeld
from datasets.synthetic.play.acts_reach import (
    LIFT_M,
    Target,
    plan_reach,
    point_target,
    reach_posture,
    rotated,
    shifted,
    unit_target,
)
from datasets.synthetic.play.acts_stage import STEP_S, ActStage, Held, slot_place, smooth
from datasets.synthetic.play.gestures import Grip, curl_for, glance, side_of, under_jacket
from datasets.synthetic.play.motion import with_hand
from datasets.synthetic.scene import FloatArray, UnitPose
from datasets.synthetic.store.planogram import place_unit

_INSET_M = 0.04
_SLIDE_S, _TURN_S = 0.7, 0.8
_HOLD_LIFT_M = 0.04
_LABEL_M, _PRESS_S = (0.07, 0.004, 0.045), 1.2
CARTON_M = (0.40, 0.30, 0.28)  # a carton to restock from; its prop stands on z = 0


def pick(stage: ActStage) -> float:
    """Take `units`: one, several of one slot in one reach, or one with each hand."""
    units, manner = stage.errand.units, stage.errand.manner
    is_pair = manner.both_hands and len(units) == 2
    if is_pair:
        ordered = _left_to_right(stage, units)
        targets = [_target(stage, unit, hand) for hand, unit in enumerate(ordered)]
        reach = plan_reach(stage.stance, stage.base, targets)
        holds = list(zip(ordered, (0, 1), (target.grip for target in targets), strict=True))
    else:
        hand = stage.free_hand()
        reach, target = stage.unit_reach(units, hand, stage.needs_both(units))
        holds = [(unit, hand, replace(target.grip, size_m=stage.size(unit))) for unit in units]
    contact = stage.reach_in(reach, brings=False)
    if manner.hold_s > 0:
        stage.score.hold(manner.hold_s)
        contact += manner.hold_s
    items = []
    for unit, hand, grip in holds:
        items.append(stage.take(contact, unit, hand, grip))
        stage.tell(Action.PICK, unit, hand, contact)
    if manner.is_hidden:
        _hide(stage, items)
        return contact
    stage.come_out(reach, lifts=True)
    stage.settle(items, stage.score.now_s)
    items = [item for unit in units if (item := stage.holding(unit)) is not None]
    quick = manner.inside_s is not None and manner.inside_s < 1.0
    stage.examine(items, 0.3 if quick else stage.pace.inspect_s)
    stage.put_away(items, manner.into)
    return contact


def put(stage: ActStage) -> float:
    """Put `units` (in the hands, else out of the bag) to `places`, or to the front of the facing."""
    contact = 0.0
    for number, unit in enumerate(stage.errand.units):
        item = stage.holding(unit)
        if item is None:
            item = stage.bring_out(unit, stage.free_hand())
        stage.examine([item], 0.6 * stage.pace.inspect_s)
        contact = _put_down(stage, item, unit, _where(stage, unit, number), Action.PUT)
        stage.score.move(stage.base, 0.5)
    return contact


def touch(stage: ActStage) -> float:
    """Reach to what stands at the front (or would) and take nothing."""
    spot = _front_spot(stage)
    hand, size = stage.free_hand(), _size_of_place(stage)
    reach = plan_reach(stage.stance, stage.base, [unit_target(hand, spot, size, curl_for(size[0]))])
    contact = stage.reach_in(reach, False, stage.pace.grip_s + stage.errand.manner.hold_s)
    stage.tell(Action.TOUCH, stage.errand.unit, hand, contact)
    stage.come_out(reach, lifts=False)
    stage.score.move(stage.base, 0.5)
    return contact


def turn(stage: ActStage) -> float:
    """Turn the unit on its place by `manner.turn_rad`."""
    unit, hand = _the_unit(stage), stage.free_hand()
    reach = plan_reach(stage.stance, stage.base, [_target(stage, unit, hand)])
    contact = stage.reach_in(reach, brings=False)
    angle = stage.errand.manner.turn_rad
    # The palm goes round with it as far as a wrist does.
    around = float(np.clip(angle, -0.5, 0.5))
    palm = stage.skeleton(reach.contact).palm_m[hand] - np.array(unit.xyz_m)
    palm[2] = 0.0
    cos, sin = np.cos(around), np.sin(around)
    by: FloatArray = np.array([cos * palm[0] - sin * palm[1], sin * palm[0] + cos * palm[1], 0.0]) - palm
    turned = shifted(reach.contact, (hand,), rotated(by, stage.stance.yaw_rad))
    start = stage.score.now_s
    stage.score.slide(turned, _TURN_S)
    _step_in_slot(
        stage, start, _TURN_S, lambda share: replace(unit, yaw_rad=unit.yaw_rad + angle * share), unit
    )
    stage.tell(Action.TURN, unit, hand, contact)
    _leave(stage, hand)
    return contact


def push(stage: ActStage) -> float:
    """Slide the unit on its board by `manner.shift_m`, to the back or (negative) to the front."""
    unit, hand = _the_unit(stage), stage.free_hand()
    reach = plan_reach(stage.stance, stage.base, [_target(stage, unit, hand)])
    by = np.array([*(stage.stance.inward_xy * stage.errand.manner.shift_m), 0.0])
    moved = unit_target(hand, np.array(unit.xyz_m) + by, stage.size(unit), curl_for(stage.size(unit)[0]))
    reach_posture(stage.stance, stage.base, [moved])
    contact = stage.reach_in(reach, brings=False)
    start = stage.score.now_s
    stage.score.slide(shifted(reach.contact, (hand,), rotated(by, stage.stance.yaw_rad)), _SLIDE_S)

    def at(share: float) -> UnitPose:
        x, y, z = np.array(unit.xyz_m) + by * share
        return replace(unit, xyz_m=(float(x), float(y), float(z)))

    _step_in_slot(stage, start, _SLIDE_S, at, unit)
    stage.tell(Action.PUSH, unit, hand, contact)
    _leave(stage, hand)
    return contact


def hold(stage: ActStage) -> float:
    """Keep the hand at the unit inside the shelf for `manner.hold_s`, lifted or not, then take or leave."""
    unit, hand, manner = _the_unit(stage), stage.free_hand(), stage.errand.manner
    target = _target(stage, unit, hand)
    reach = plan_reach(stage.stance, stage.base, [target])
    contact = stage.reach_in(reach, brings=False)
    stage.tell(Action.HOLD, unit, hand, contact)
    item: Held | None = None
    if manner.is_lifted:
        item = stage.take(contact, unit, hand, target.grip)
        up = shifted(reach.contact, (hand,), np.array([0.0, 0.02, min(_HOLD_LIFT_M, LIFT_M)]))
        stage.score.slide(up, 0.5)
        stage.score.hold(manner.hold_s)
        stage.score.slide(reach.contact, 0.5)
        stage.score.hold(0.3)
    else:
        stage.score.hold(manner.hold_s)
    decided = stage.score.now_s - 0.1
    if manner.is_left:
        if item is not None:
            stage.release(item, decided, slot_place(stage, unit))
        stage.come_out(reach, lifts=False)
        stage.score.move(stage.base, 0.5)
        return contact
    if item is None:
        item = stage.take(decided, unit, hand, target.grip)
    stage.tell(Action.PICK, unit, hand, decided)
    stage.come_out(reach, lifts=True)
    stage.settle([item], stage.score.now_s)
    items = [stage.held[-1]]
    stage.examine(items, stage.pace.inspect_s)
    stage.put_away(items, manner.into)
    return contact


def restock(stage: ActStage) -> float:
    """Take `units` one by one out of the carton `prop` on the floor and stand them at `places`."""
    carton = stage.errand.prop
    if carton is None or len(stage.errand.places) != len(stage.errand.units):
        raise ValueError("restocking needs a carton and a place for every unit")
    contact = 0.0
    for number, unit in enumerate(stage.errand.units):
        hand = stage.free_hand()
        size = stage.size(unit)
        inside = np.array(carton.xyz_m) + np.array([0.0, 0.0, CARTON_M[2] - size[2] * 0.6])
        dip = unit_target(hand, inside, size, curl_for(size[0]))
        stage.score.move(reach_posture(stage.stance, stage.base, [dip]), 0.5 / stage.pace.haste)
        stage.score.hold(0.2)
        item = Held(unit.unit_id, unit.product_index, hand, stage.front_out(size, hand))
        stage.held.append(item)
        stage.note(stage.score.now_s - 0.1, unit.unit_id, InHand(stage.index, hand, item.grip))
        contact = _put_down(stage, item, unit, stage.errand.places[number], Action.RESTOCK)
    stage.score.move(stage.base, 0.5)
    return contact


def relabel(stage: ActStage) -> float:
    """Put a new price label (`prop`) on the front edge of the board."""
    label, hand = stage.errand.prop, stage.free_hand()
    if label is None:
        raise ValueError("a price needs a label")
    reach = plan_reach(stage.stance, stage.base, [point_target(hand, np.array(label.xyz_m), 0.5)])
    stage.note_prop(stage.score.now_s, label.prop_index, PropHeld(stage.index, hand, Grip(_LABEL_M)))
    contact = stage.reach_in(reach, True, _PRESS_S)
    stage.note_prop(contact, label.prop_index, PropAt(label))
    stage.tell(Action.RELABEL, None, hand, contact)
    stage.come_out(reach, lifts=False)
    stage.score.move(stage.base, 0.5)
    return contact


def _put_down(stage: ActStage, item: Held, unit: UnitPose, spot: UnitPose, action: Action) -> float:
    """Carry a held unit into the slot and let go of it there."""
    is_alone = len(stage.in_hand(item.hand)) == 1
    target = Target(item.hand, np.array(spot.xyz_m), item.grip, curl_for(item.grip.size_m[0]))
    if item.grip.is_between:
        reach, _ = stage.unit_reach([replace(spot, yaw_rad=stage.stance.yaw_rad)], item.hand, True)
    else:
        reach = plan_reach(stage.stance, stage.base, [target])
    contact = stage.reach_in(reach, brings=True)
    stood = stage.held_pose(reach.contact, item)
    # What is left of an error of the reach is a few millimetres: the unit stands where it is let go.
    pose = replace(spot, xyz_m=(stood.xyz_m[0], stood.xyz_m[1], spot.xyz_m[2]), yaw_rad=stood.yaw_rad)
    stage.release(item, contact, slot_place(stage, pose))
    stage.tell(action, unit, item.hand, contact)
    stage.come_out(reach, lifts=not is_alone)
    return contact


def _hide(stage: ActStage, items: list[Held]) -> None:
    """Let what was taken vanish in the bag or the jacket, held at the shelf, before the hand is out of it."""
    is_jacket = stage.errand.manner.into is Into.JACKET
    hand = items[0].hand
    other = 1 - hand
    contact = stage.posture
    depth = float(stage.skeleton(contact).palm_m[hand, :2] @ stage.stance.inward_xy)
    front = float(stage.stance.xy_m @ stage.stance.inward_xy) + stage.stance.front_m
    # Out as far as the hand may come and still be inside, down to where the other hand holds the bag open.
    back = np.array([*(-stage.stance.inward_xy * max(0.0, depth - front - 0.025)), LIFT_M])
    near = shifted(contact, (hand,), rotated(back, stage.stance.yaw_rad))
    wrist = near.wrist_m[hand] + np.array([side_of(other) * 0.12, 0.10, -0.10])
    opened = under_jacket(stage.build, near, other) if is_jacket else near
    wrist = opened.wrist_m[other] + [0.0, -0.08, 0.0] if is_jacket else wrist
    if not stage.in_hand(other) and other != stage.body.bag_hand:
        near = with_hand(near, other, wrist, 0.0, 0.7)
    stage.score.move(near, 0.6)
    stage.score.hold(0.5)
    for item in items:
        stage.release(item, stage.score.now_s - 0.2, InBag(stage.index, is_jacket))
    stage.score.move(glance(stage.base, 0.4 * float(stage.rng.choice((-1.0, 1.0))), 0.1), 0.7)


def _leave(stage: ActStage, hand: int) -> None:
    """Draw the hand out of the shelf from wherever it is."""
    stage.score.hold(0.15)
    palm = stage.skeleton(stage.posture).palm_m[hand, :2]
    depth = float((palm - stage.stance.xy_m) @ stage.stance.inward_xy) - stage.stance.front_m
    out = np.array([*(-stage.stance.inward_xy * (max(0.0, depth) + 0.09)), 0.02])
    stage.score.slide(shifted(stage.posture, (hand,), rotated(out, stage.stance.yaw_rad)), 0.4)
    stage.score.move(stage.base, 0.5)


def _step_in_slot(
    stage: ActStage, start_s: float, duration_s: float, at: Callable[[float], UnitPose], unit: UnitPose
) -> None:
    steps = round(duration_s / STEP_S)
    for step in range(1, steps + 1):
        stage.note(start_s + step * STEP_S, unit.unit_id, slot_place(stage, at(smooth(step / steps))))


def _left_to_right(stage: ActStage, units: tuple[UnitPose, ...]) -> list[UnitPose]:
    yaw = stage.stance.yaw_rad
    return sorted(units, key=lambda u: -(u.xyz_m[0] * np.cos(yaw) + u.xyz_m[1] * np.sin(yaw)))


def _target(stage: ActStage, unit: UnitPose, hand: int) -> Target:
    size = stage.size(unit)
    return unit_target(hand, np.array(unit.xyz_m), size, curl_for(size[0]))


def _the_unit(stage: ActStage) -> UnitPose:
    if stage.errand.unit is None:
        raise ValueError(f"a {stage.errand.action} needs a unit")
    return stage.errand.unit


def _size_of_place(stage: ActStage) -> tuple[float, float, float]:
    return stage.assortment[stage.errand.place.product_index].size_m


def _front_spot(stage: ActStage) -> FloatArray:
    """Return where the base of a unit at the front of the facing is."""
    if stage.errand.unit is not None:
        return np.array(stage.errand.unit.xyz_m)
    if stage.shelf is None:
        raise ValueError(f"a {stage.errand.action} needs a shelf")
    place = stage.errand.place
    inward = _INSET_M + _size_of_place(stage)[1] / 2
    spot: FloatArray = stage.shelf.to_store(np.array([place.along_m, inward, place.board_m]))
    return spot


def _where(stage: ActStage, unit: UnitPose, number: int) -> UnitPose:
    if stage.errand.places:
        return stage.errand.places[number]
    if stage.shelf is None:
        raise ValueError("a put needs a shelf")
    place, inward = stage.errand.place, _INSET_M + stage.size(unit)[1] / 2
    turn = float(stage.rng.normal(0, 0.08))
    return place_unit(
        stage.shelf, unit.unit_id, unit.product_index, place.along_m, inward, place.board_m, turn
    )
