"""Acts that change how somebody looks: a coat comes off or is put on, an umbrella is folded."""

from dataclasses import replace

import numpy as np

from datasets.synthetic.body.belongings import COAT_M, FOLDED_UMBRELLA_M, OPEN_UMBRELLA_M
from datasets.synthetic.play.acts import Action, CoatMove, PropAway, PropHeld
from datasets.synthetic.play.acts_stage import ActStage
from datasets.synthetic.play.gestures import GestureScore, Grip, glance, side_of, stowing
from datasets.synthetic.play.motion import Posture, with_hand
from datasets.synthetic.scene import PropPose

COAT_GRIP = Grip(COAT_M, height_share=0.95)
# By its shaft.
OPEN_UMBRELLA_GRIP = Grip((0.02, 0.02, OPEN_UMBRELLA_M[2]), height_share=0.06)
_FOLDED_UMBRELLA_GRIP = Grip(FOLDED_UMBRELLA_M, height_share=0.95)
_SLEEVE_S, _FOLD_S = 0.9, 1.3


def take_off(stage: ActStage) -> float:
    """Slip out of one sleeve and the other; the coat (`prop`) hangs in the hand, or goes into the bag."""
    hand, coat = stage.free_hand(), _prop(stage)
    for side in (1 - hand, hand):
        stage.score.move(_at_collar(stage), 0.7)
        stage.score.move(_arm_back(stage, side), _SLEEVE_S)
    off = stage.score.now_s
    stage.coat_moves.append(CoatMove(off, is_off=True))
    stage.note_prop(off, coat.prop_index, PropHeld(stage.index, hand, COAT_GRIP))
    stage.tell(Action.TAKE_OFF, None, hand, off)
    stage.score.move(stage.base, 0.7)
    if stage.errand.manner.is_hidden:
        stage.score.move(stowing(stage.build, stage.base, hand), 0.7)
        stage.score.hold(0.4)
        stage.note_prop(stage.score.now_s, coat.prop_index, PropAway())
        stage.score.move(stage.base, 0.5)
    return off


def put_on(stage: ActStage) -> float:
    """Slip into the coat (`prop`) again, out of the hand or the bag."""
    hand, coat = stage.free_hand(), _prop(stage)
    stage.score.move(stowing(stage.build, stage.base, hand), 0.6)
    stage.score.hold(0.3)
    stage.note_prop(stage.score.now_s, coat.prop_index, PropHeld(stage.index, hand, COAT_GRIP))
    stage.score.move(stage.base, 0.6)
    stage.score.move(_arm_back(stage, hand), _SLEEVE_S)
    on = stage.score.now_s
    stage.coat_moves.append(CoatMove(on, is_off=False))
    stage.note_prop(on, coat.prop_index, PropAway())
    stage.tell(Action.PUT_ON, None, hand, on)
    stage.score.move(_arm_back(stage, 1 - hand), _SLEEVE_S)
    stage.score.move(_at_collar(stage), 0.7)
    stage.score.hold(0.3)
    stage.score.move(stage.base, 0.6)
    return on


def fold_umbrella(stage: ActStage) -> float:
    """Fold the umbrella (`prop`) that was held over the head all the way in, and put it into the bag.

    The open one is the prop before it.
    """
    hand, folded = umbrella_hand(stage.body.bag_hand), _prop(stage)
    raised = under_umbrella(stage, hand)
    stage.score = GestureScore(0.0, raised)
    stage.score.hold(1.2)
    ahead = stage.build.shoulder_m[hand] + np.array([0.0, -0.62, -0.12]) * stage.build.arm_m
    stage.score.move(with_hand(glance(stage.base, 0.0, 0.2), hand, ahead, 0.0, 0.8), _FOLD_S)
    done = stage.score.now_s
    stage.note_prop(done, folded.prop_index - 1, PropAway())
    stage.note_prop(done, folded.prop_index, PropHeld(stage.index, hand, _FOLDED_UMBRELLA_GRIP))
    stage.tell(Action.FOLD_UMBRELLA, None, hand, done)
    stage.score.move(stage.base, 0.6)
    stage.score.hold(0.4)
    stage.score.move(stowing(stage.build, stage.base, hand), 0.7)
    stage.score.hold(0.3)
    stage.note_prop(stage.score.now_s, folded.prop_index, PropAway())
    stage.score.move(stage.base, 0.5)
    return done


def umbrella_hand(bag_hand: int | None) -> int:
    """Return which hand holds an umbrella."""
    return 0 if bag_hand == 1 else 1


def under_umbrella(stage: ActStage, hand: int) -> Posture:
    """Return the posture of somebody who holds an umbrella over the own head."""
    wrist = stage.build.shoulder_m[hand] + np.array([-0.2 * side_of(hand), -0.36, -0.1]) * stage.build.arm_m
    return with_hand(stage.build.at_ease(), hand, wrist, 0.0, 0.9)


def _at_collar(stage: ActStage) -> Posture:
    """Return the posture with both hands where a coat is opened, before the chest."""
    posture = glance(stage.base, 0.0, 0.35)
    for hand in (0, 1):
        wrist = (
            stage.build.shoulder_m[hand] + np.array([-0.2 * side_of(hand), -0.4, -0.3]) * stage.build.arm_m
        )
        posture = with_hand(posture, hand, wrist, 0.0, 0.6)
    return posture


def _arm_back(stage: ActStage, hand: int) -> Posture:
    """Return the posture with one arm behind the back, in a sleeve, and the other one across the chest."""
    arm, shoulders = stage.build.arm_m, stage.build.shoulder_m
    back = shoulders[hand] + np.array([0.25 * side_of(hand), 0.35, -0.75]) * arm
    across = shoulders[1 - hand] + np.array([-0.35 * side_of(1 - hand), -0.4, -0.35]) * arm
    posture = with_hand(glance(stage.base, 0.5 * side_of(hand), 0.3), hand, back, 0.0, 0.3)
    posture = with_hand(posture, 1 - hand, across, 0.0, 0.6)
    return replace(posture, twist_rad=0.2 * side_of(hand))


def _prop(stage: ActStage) -> PropPose:
    if stage.errand.prop is None:
        raise ValueError(f"a {stage.errand.action} needs a prop")
    return stage.errand.prop
