"""How bad vision is: every error of the simulated observations, as numbers.

The defaults are assumptions about networks that are trained well; `measure` takes the same statistics of a
simulated journal and of one that real vision wrote. Where the two disagree, the pictures are right.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeopleNoise:
    """Of finding people and standing them on the floor.

    Attributes:
        half_seen: Share of a body in sight at which it is found in half of the frames.
        seen_spread: Over how much more or less of it that changes (scale of a logistic).
        miss: Share of frames in which a body in plain sight is not found.
        correlation: Of luck and of errors from frame to frame at 10 fps: boxes stay biased for half a second.
        keypoint_px: Standard deviation of a body point, pixels of a picture 640 wide.
        sway_m: Standard deviation of the body over its feet.
        hip_height_m: Spread of the height of hips between people, where feet are out of sight and hips tell.
        hip_beside_m: How far from over the feet they are.
        head_height_m: The same of heads, where hips are out of sight, too.
        head_beside_m: The same of heads.
        boldness: True errors over claimed ones.
        ghosts_per_minute: Of a camera: posters, reflections, coats.
        ghost_s: How long one lasts, mean.
        tracklet_breaks_per_minute: Of a person in a camera; a new tracklet without a gap.
        swap_share: Of the meetings of two bodies in a picture after which their tracklets are exchanged.
    """

    half_seen: float = 0.3
    seen_spread: float = 0.06
    miss: float = 0.03
    correlation: float = 0.8
    keypoint_px: float = 4.0
    sway_m: float = 0.05
    hip_height_m: float = 0.07
    hip_beside_m: float = 0.08
    head_height_m: float = 0.1
    head_beside_m: float = 0.15
    boldness: float = 1.0
    ghosts_per_minute: float = 0.5
    ghost_s: float = 0.6
    tracklet_breaks_per_minute: float = 0.5
    swap_share: float = 0.05


@dataclass(frozen=True, slots=True)
class HandNoise:
    """Of wrists, and of what hands hold.

    Attributes:
        wrist_px: Standard deviation of a wrist, pixels of a picture 640 wide.
        wrist_miss: Share of visible wrists that are not found.
        wrist_guessed: Share of hidden wrists that are said to be seen, anywhere around the body.
        exchanged: Share of time in which a camera takes left for right.
        empty_margin: Mean log likelihood ratio between a full and an empty hand, of one look, for the truth.
        product_margin: The same between two unlike products.
        lookalike_margin: The same between two that look alike.
        lookalikes: How many of the other products look like the one held.
        constant: Share of the variance of margins that stays while a hand holds the same: crops of one grip
            look alike.
        misread: Share of looks that say something else altogether.
        units_margin: Mean log likelihood ratio of one look for the right number of units in a hand.
    """

    wrist_px: float = 6.0
    wrist_miss: float = 0.12
    wrist_guessed: float = 0.1
    exchanged: float = 0.03
    empty_margin: float = 3.0
    product_margin: float = 12.0
    lookalike_margin: float = 2.5
    lookalikes: int = 2
    constant: float = 0.5
    misread: float = 0.04
    units_margin: float = 0.7


@dataclass(frozen=True, slots=True)
class SlotNoise:
    """Of noticing that a slot changed.

    Attributes:
        recall: Share of changes that a camera with a clear view notices.
        margin: Mean log likelihood ratio of a change that is noticed, nats.
        wrong_sign: Share of changes taken for the opposite.
        counted: Share of changes of which the number of units is told right; else one is told.
        shift_noticed: Share of touches, turns and pushes after which a slot looks different.
        shift_taken: Share of those that look as if something had left.
        false_per_stay: Share of slots that look different after somebody merely stood before them.
    """

    recall: float = 0.8
    margin: float = 3.5
    wrong_sign: float = 0.04
    counted: float = 0.7
    shift_noticed: float = 0.4
    shift_taken: float = 0.3
    false_per_stay: float = 0.004


@dataclass(frozen=True, slots=True)
class Noise:
    """Everything that is wrong with vision."""

    people: PeopleNoise = PeopleNoise()
    hands: HandNoise = HandNoise()
    slots: SlotNoise = SlotNoise()


ASSUMED = Noise()
