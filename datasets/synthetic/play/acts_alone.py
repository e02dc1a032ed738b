"""Acts that need no shelf, or only to leave something: look, wait, phone, eat, drop, pick up, own bags."""

from dataclasses import replace

import numpy as np

from datasets.synthetic.play.acts import Action, Eaten, Into, OnFloor, PropAt, PropAway, PropHeld
from datasets.synthetic.play.acts_reach import Target, plan_reach, reach_posture, shifted
from datasets.synthetic.play.acts_stage import STEP_S, ActStage, Held
from datasets.synthetic.play.gestures import (
    Grip,
    at_ear,
    at_mouth,
    curl_for,
    glance,
    inspecting,
    reading,
    side_of,
    stowing,
)
from datasets.synthetic.play.motion import with_hand
from datasets.synthetic.scene import FloatArray, PropPose, UnitPose

_GRAVITY_M_S2 = 9.81
_ROLL_S, _ROLL_M = 0.5, (0.05, 0.18)
_GLANCE_S = (1.2, 2.6)
_TIP_RAD = 0.9
OWN_BAG_M = (0.30, 0.14, 0.30)  # `belongings.own_bag_mesh`, with its handles
_PHONE_M = (0.07, 0.01, 0.15)
_WRAPPER_M = (0.10, 0.06, 0.03)


def browse(stage: ActStage) -> float:
    """Look along a shelf, or at what is in the hands."""
    start = stage.score.now_s
    _look_around(stage, stage.errand.manner.hold_s or stage.pace.inspect_s + 0.5, 0.5, 0.3)
    return (start + stage.score.now_s) / 2


def wait(stage: ActStage) -> float:
    """Stand, look around, shift the weight a little."""
    start = stage.score.now_s
    _look_around(stage, stage.errand.manner.hold_s or 2.0, 0.8, 0.1)
    return (start + stage.score.now_s) / 2


def talk(stage: ActStage) -> float:
    """Talk to somebody in front: nod, and gesture with the free hands."""
    start = stage.score.now_s
    free = [h for h in (0, 1) if not stage.in_hand(h) and h != stage.body.bag_hand]
    until = start + (stage.errand.manner.hold_s or 4.0)
    while stage.score.now_s < until:
        posture = glance(stage.base, *stage.rng.normal((0.0, 0.05), (0.12, 0.1)))
        if free and stage.rng.random() < 0.55:
            hand = int(stage.rng.choice(free))
            away = stage.rng.uniform([0.0, -0.45, -0.5], [0.35, -0.2, -0.15]) * stage.build.arm_m
            wrist = stage.build.shoulder_m[hand] + away * [side_of(hand), 1.0, 1.0]
            posture = with_hand(posture, hand, wrist, 0.0, 0.4)
        stage.score.move(replace(posture, lean_rad=posture.lean_rad + float(stage.rng.uniform(0, 0.06))), 0.5)
        stage.score.hold(float(stage.rng.uniform(0.2, 0.9)))
    stage.score.move(stage.base, 0.5)
    return (start + stage.score.now_s) / 2


def phone(stage: ActStage) -> float:
    """Take a phone call, or look into the phone, for `manner.hold_s`."""
    hand, prop = stage.free_hand(), stage.errand.prop
    pocket = stowing(stage.build, stage.base, hand)
    stage.score.move(pocket, 0.6)
    stage.score.hold(0.3)
    if prop is not None:
        grip = Grip(_PHONE_M, np.pi / 2, height_share=0.4)
        stage.note_prop(stage.score.now_s - 0.1, prop.prop_index, PropHeld(stage.index, hand, grip))
    start = stage.score.now_s
    held = (at_ear if stage.rng.random() < 0.4 else reading)(stage.build, stage.base, hand)
    stage.score.move(held, 0.7)
    until = stage.score.now_s + (stage.errand.manner.hold_s or 4.0)
    while stage.score.now_s < until:
        nod = float(stage.rng.normal(0, 0.06))
        stage.score.move(glance(held, held.head_yaw_rad + nod, held.head_pitch_rad + nod / 2), 0.5)
        stage.score.hold(float(stage.rng.uniform(0.4, 1.4)))
    middle = (start + stage.score.now_s) / 2
    stage.score.move(pocket, 0.7)
    stage.score.hold(0.2)
    if prop is not None:
        stage.note_prop(stage.score.now_s, prop.prop_index, PropAway())
    stage.score.move(stage.base, 0.5)
    return middle


def look(stage: ActStage) -> float:
    """Examine what is in the hands: turn it before the chest, read, and keep it."""
    items = [item for item in stage.held if not item.grip.is_between] or list(stage.held)
    if not items:
        raise ValueError("nothing is in the hands to look at")
    start = stage.score.now_s
    stage.examine(items, 0.5)
    until = stage.score.now_s + (stage.errand.manner.hold_s or 2.0)
    item, there = items[0], 1.0
    while stage.score.now_s < until and not item.grip.is_between:
        near = inspecting(stage.build, stage.posture, item.hand, curl_for(item.grip.size_m[0]))
        near = shifted(near, (item.hand,), stage.rng.uniform(-0.04, 0.04, 3))
        stage.score.move(near, 0.5)
        turned = replace(item.grip, turn_rad=item.grip.turn_rad + there * float(stage.rng.uniform(0.6, 1.4)))
        item = stage.regrip(item, turned, stage.score.now_s, 0.6)
        stage.score.hold(float(stage.rng.uniform(0.9, 1.5)))
        there = -there
    middle = (start + stage.score.now_s) / 2
    stage.tell(Action.LOOK, stage.errand.unit, items[0].hand, middle)
    stage.put_away([i for i in stage.held if i.hand == items[0].hand], stage.errand.manner.into)
    return middle


def eat(stage: ActStage) -> float:
    """Eat or drink what is in a hand; the wrapper (`prop`) is left on the shelf, or goes into a pocket."""
    unit = stage.errand.unit
    item = None if unit is None else stage.holding(unit)
    if unit is None or item is None:
        raise ValueError("only what is in a hand can be eaten")
    manner, wrapper = stage.errand.manner, stage.errand.prop
    # The palm is at the middle of what is eaten; the top of it, tipped when drinking, is at the mouth.
    drop = 0.45 * item.grip.size_m[2] * (np.cos(_TIP_RAD) if manner.is_drink else 1.0)
    for _ in range(max(2, round((manner.hold_s or 4.0) / 2.0))):
        stage.score.move(at_mouth(stage.build, stage.base, item.hand, float(drop), manner.is_drink), 0.6)
        if manner.is_drink:
            item = stage.regrip(item, _tipped(stage, item), stage.score.now_s, 0.3)
            stage.score.hold(0.9)
            item = stage.regrip(item, replace(item.grip, tilt_rad=0.0), stage.score.now_s - 0.3, 0.3)
        else:
            stage.score.hold(0.35)
        stage.score.move(inspecting(stage.build, stage.base, item.hand), 0.5)
        stage.score.hold(0.4)
    done = stage.score.now_s
    stage.release(item, done, Eaten(stage.index))
    stage.tell(Action.EAT, unit, item.hand, done)
    if wrapper is not None:
        _leave_wrapper(stage, item, wrapper, done)
    stage.score.move(stage.base, 0.6)
    return done


def sip(stage: ActStage) -> float:
    """Take one's own drink out of the bag, drink of it, and put it into the bag again."""
    unit = stage.errand.unit
    if unit is None:
        raise ValueError("a sip needs a drink")
    item = stage.bring_out(unit, stage.free_hand())
    start = stage.score.now_s
    drop = 0.45 * item.grip.size_m[2] * np.cos(_TIP_RAD)
    for _ in range(max(1, round((stage.errand.manner.hold_s or 3.0) / 2.5))):
        stage.score.move(at_mouth(stage.build, stage.base, item.hand, float(drop), True), 0.7)
        item = stage.regrip(item, _tipped(stage, item), stage.score.now_s, 0.3)
        stage.score.hold(1.0)
        item = stage.regrip(item, replace(item.grip, tilt_rad=0.0), stage.score.now_s - 0.3, 0.3)
        stage.score.move(inspecting(stage.build, stage.base, item.hand), 0.5)
        stage.score.hold(0.5)
    middle = (start + stage.score.now_s) / 2
    stage.tell(Action.SIP, unit, item.hand, middle)
    stage.put_away([item], Into.BAG)
    return middle


def drop(stage: ActStage) -> float:
    """Let a held unit fall: about 0.4 s to the floor, then it rolls a little."""
    unit = stage.errand.unit
    item = None if unit is None else stage.holding(unit)
    if unit is None or item is None:
        raise ValueError("only what is in a hand can be dropped")
    stage.score.move(stage.carrying(stage.posture, item), 0.3)
    stage.score.hold(max(0.3, 1.6 - stage.score.now_s))
    released = stage.score.now_s
    start = stage.held_pose(stage.posture, item)
    stage.release(item, released, OnFloor(start))
    end_s = _fall(stage, start, released, item.grip.size_m)
    stage.tell(Action.DROP, unit, item.hand, released)
    opened = with_hand(stage.posture, item.hand, stage.posture.wrist_m[item.hand], 0.0, 0.1)
    stage.score.move(glance(opened, 0.3 * side_of(item.hand), 0.6), 0.25)
    stage.score.hold(max(0.4, end_s - stage.score.now_s))
    stage.score.move(glance(stage.base, 0.0, 0.5), 0.6)
    return released


def pick_up(stage: ActStage) -> float:
    """Crouch and take a unit from the floor."""
    unit = stage.errand.unit
    if unit is None:
        raise ValueError("picking up needs a unit")
    hand, size = stage.free_hand(), stage.size(unit)
    lying = abs(unit.tilt_rad) > 0.1
    point = np.array(unit.xyz_m) + _up(unit) * size[2] / 2
    thick = (size[0], size[1], size[1] if lying else size[2])
    target = Target(hand, point - [0.0, 0.0, thick[2] / 2], Grip(thick), curl_for(size[1]))
    posture = reach_posture(stage.stance, stage.base, [target])
    above = shifted(posture, (hand,), np.array([0.0, 0.04, 0.10]))
    stage.score.move(above, 0.8 / stage.pace.haste)
    stage.score.slide(posture, 0.3 / stage.pace.haste)
    stage.score.hold(max(0.4, 1.7 - stage.score.now_s))
    contact = stage.score.now_s - 0.15
    grip = Grip(size, tilt_rad=unit.tilt_rad)
    item = stage.take(contact, unit, hand, grip)
    stage.tell(Action.PICK_UP, unit, hand, contact)
    stage.score.slide(above, 0.35)
    stage.settle([item], stage.score.now_s)
    items = [stage.held[-1]]
    stage.examine(items, stage.pace.inspect_s)
    stage.put_away(items, stage.errand.manner.into)
    return contact


def leave_bag(stage: ActStage) -> float:
    """Put an own bag (`prop`) down where its pose says."""
    prop, hand = _prop(stage), stage.free_hand()
    grip = Grip(OWN_BAG_M, height_share=1.0)
    stage.note_prop(0.0, prop.prop_index, PropHeld(stage.index, hand, grip))
    reach = plan_reach(stage.stance, stage.base, [Target(hand, np.array(prop.xyz_m), grip)])
    contact = stage.reach_in(reach, brings=True)
    stage.note_prop(contact, prop.prop_index, PropAt(prop))
    stage.tell(Action.LEAVE_BAG, None, hand, contact)
    stage.come_out(reach, lifts=False)
    stage.score.move(stage.base, 0.5)
    return contact


def take_bag(stage: ActStage) -> float:
    """Take an own bag (`prop`) from where its pose says; it hangs in the hand, then on the shoulder."""
    prop, hand = _prop(stage), stage.free_hand()
    grip = Grip(OWN_BAG_M, height_share=1.0)
    reach = plan_reach(stage.stance, stage.base, [Target(hand, np.array(prop.xyz_m), grip)])
    contact = stage.reach_in(reach, brings=False)
    stage.note_prop(contact, prop.prop_index, PropHeld(stage.index, hand, grip))
    stage.tell(Action.TAKE_BAG, None, hand, contact)
    stage.come_out(reach, lifts=True)
    stage.score.move(stowing(stage.build, stage.base, hand), 0.6)
    stage.note_prop(stage.score.now_s, prop.prop_index, PropAway())
    stage.score.move(stage.base, 0.5)
    return contact


def _look_around(stage: ActStage, duration_s: float, yaw_rad: float, pitch_rad: float) -> None:
    until = stage.score.now_s + duration_s
    while stage.score.now_s < until - 0.3:
        turn = float(np.clip(stage.rng.normal(0, yaw_rad), -1.0, 1.0))
        posture = glance(stage.base, turn, float(stage.rng.normal(pitch_rad, 0.12)))
        shift = float(stage.rng.normal(0, 0.03))
        stage.score.move(replace(posture, twist_rad=0.25 * turn, lean_rad=posture.lean_rad + shift), 0.5)
        stage.score.hold(min(float(stage.rng.uniform(*_GLANCE_S)), max(0.1, until - stage.score.now_s)))
    stage.score.move(stage.base, 0.3)


def _tipped(stage: ActStage, item: Held) -> Grip:
    """Return the grip of somebody who drinks: the front to the face, the top tipped towards the mouth."""
    yaw = stage.held_pose(stage.posture, item).yaw_rad
    turn = (stage.stance.yaw_rad + np.pi - yaw + np.pi) % (2 * np.pi) - np.pi
    return replace(item.grip, turn_rad=item.grip.turn_rad + float(turn), tilt_rad=_TIP_RAD)


def _leave_wrapper(stage: ActStage, item: Held, wrapper: PropPose, done_s: float) -> None:
    grip = Grip(_WRAPPER_M)
    stage.note_prop(done_s, wrapper.prop_index, PropHeld(stage.index, item.hand, grip))
    if stage.errand.facing is None:
        stage.score.move(stowing(stage.build, stage.base, item.hand), 0.6)
        stage.note_prop(stage.score.now_s, wrapper.prop_index, PropAway())
        return
    target = Target(item.hand, np.array(wrapper.xyz_m), grip)
    reach = plan_reach(stage.stance, stage.base, [target])
    contact = stage.reach_in(reach, brings=True)
    stage.note_prop(contact, wrapper.prop_index, PropAt(wrapper))
    stage.come_out(reach, lifts=False)


def _fall(stage: ActStage, start: UnitPose, start_s: float, size_m: tuple[float, float, float]) -> float:
    """Write down a free fall and a roll; returns when the unit lies still."""
    rng = stage.rng
    lying_z = size_m[1] / 2
    fall_s = float(np.sqrt(2 * max(0.05, start.xyz_m[2] - lying_z) / _GRAVITY_M_S2))
    # It rolls away from whatever is in front.
    away = np.arctan2(-stage.stance.inward_xy[1], -stage.stance.inward_xy[0]) + rng.normal(0, 0.5)
    direction = np.array([np.cos(away), np.sin(away)])
    roll_m, spin = float(rng.uniform(*_ROLL_M)), float(rng.normal(0, 0.8))
    now, total = 0.0, fall_s + _ROLL_S
    while now < total:
        now = min(now + STEP_S, total)
        fallen, rolled = min(1.0, now / fall_s), max(0.0, now - fall_s) / _ROLL_S
        z = max(lying_z, start.xyz_m[2] - 0.5 * _GRAVITY_M_S2 * now**2)
        gone = direction * (0.04 * fallen + roll_m * (1.0 - (1.0 - rolled) ** 2))
        pose = replace(
            start,
            xyz_m=(float(start.xyz_m[0] + gone[0]), float(start.xyz_m[1] + gone[1]), float(z)),
            yaw_rad=start.yaw_rad + spin * now / total,
            tilt_rad=start.tilt_rad + (np.pi / 2 - start.tilt_rad) * fallen,
        )
        stage.note(start_s + now, start.unit_id, OnFloor(pose))
    return start_s + total


def _up(unit: UnitPose) -> FloatArray:
    """Return the unit's own axis `(3,)`."""
    sin, cos = np.sin(unit.tilt_rad), np.cos(unit.tilt_rad)
    return np.array([sin * np.sin(unit.yaw_rad), -sin * np.cos(unit.yaw_rad), cos])


def _prop(stage: ActStage) -> PropPose:
    if stage.errand.prop is None:
        raise ValueError(f"a {stage.errand.action} needs a prop")
    return stage.errand.prop
