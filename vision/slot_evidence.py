"""From how a slot's look changed to what that says: log-likelihoods, and how many units.

Two logistic models on `Comparison`: nothing, shifted or moved; and, if moved, whether units left or came. The
second is odd in its signs, so that a picture and its reverse say opposite things with equal strength.
"""

import numpy as np

from cart_tracker.observations import SlotLogLikelihood
from vision.boxes import FloatArray
from vision.slot_change import Comparison
from vision.slot_views import SlotRectangle

MAX_NATS = 6.0  # no camera is ever surer; the calibration was measured on too few pictures for more
AREA_PER_UNIT = 1.1  # of what changes for one unit, in fronts of it
UNSURE_SIGN_NATS = 0.5

_KIND_WEIGHTS = np.array(
    [
        [
            -4.126,
            0.046,
            0.317,
            1.168,
            0.348,
            -4.101,
            0.104,
            -1.305,
            0.634,
            -2.970,
            -0.131,
            -0.320,
            0.142,
            -1.840,
            -2.123,
            -1.401,
            9.400,
            3.579,
            -1.017,
        ],
        [
            -14.025,
            0.695,
            0.770,
            2.849,
            2.877,
            -0.802,
            0.389,
            -0.723,
            0.876,
            0.221,
            -0.210,
            -0.130,
            -0.180,
            1.367,
            -0.692,
            0.432,
            -1.560,
            -4.712,
            -0.184,
        ],
    ]
)
_SIGN_WEIGHTS = np.array([1.507, 4.209, 4.797, 10.430])


def kind_terms(compared: Comparison) -> FloatArray:
    """What tells nothing, shifted and moved apart: `(19,)`, the first is 1."""
    one = compared
    return np.array(
        [
            1.0,
            np.log(one.area + 0.05),
            np.log(one.largest + 0.05),
            np.log(one.contrast),
            np.log(one.levels),
            one.likeness,
            np.log(one.spread + 0.01),
            np.log(one.around + 0.01),
            one.beyond,
            one.cut_off,
            np.log(one.largest + 0.05) ** 2,
            np.log(one.width) ** 2,
            np.log(one.height) ** 2,
            abs(one.emptier_print),
            abs(one.emptier_colour),
            abs(one.emptier_light),
            abs(one.less_alike),
            one.shifted,
            one.unit_seen - 4.0,
        ]
    )


def sign_terms(compared: Comparison) -> FloatArray:
    """What tells units that left (over 0) from units that came: `(4,)`."""
    one = compared
    return np.array([one.emptier_print, one.emptier_colour, one.emptier_light, one.less_alike])


def log_likelihood(compared: Comparison) -> SlotLogLikelihood:
    """Weigh how a look changed; relative to "nothing", each at most `MAX_NATS`."""
    shifted, moved = np.clip(_KIND_WEIGHTS @ kind_terms(compared), -MAX_NATS, MAX_NATS)
    left = float(_SIGN_WEIGHTS @ sign_terms(compared))
    taken, came = (moved + np.log(2.0) - np.logaddexp(0.0, -sign * left) for sign in (1, -1))
    return SlotLogLikelihood(0.0, *(round(float(nats), 3) for nats in (shifted, taken, came)))


def units_moved(
    compared: Comparison, likelihood: SlotLogLikelihood, rectangle: SlotRectangle, level: int
) -> float:
    """Estimate how many units left (negative) or came; 0.0 if that is open.

    Args:
        compared: How the look changed.
        likelihood: What that says.
        rectangle: The slot, which can hold so many.
        level: How many more it holds than when the store opened.
    """
    if abs(likelihood.taken - likelihood.came) < UNSURE_SIGN_NATS:
        return 0.0
    count = max(round(compared.area / AREA_PER_UNIT), 1)
    if likelihood.taken > likelihood.came:
        return -float(min(count, max(rectangle.stock + level, 1)))
    return float(min(count, max(rectangle.capacity - rectangle.stock - level, 1)))
