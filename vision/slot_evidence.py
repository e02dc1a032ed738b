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
# Fronts of a unit that change for each that moves: 1.05 in the middle of 15 single picks, up to 2.4 where a
# camera sees lids and units behind; one unit is several times as common as two.
AREA_PER_UNIT = 1.4
UNSURE_SIGN_NATS = 0.5

# Fitted by `walkout sight --eyes network --fit` to 397 compared looks of ten recordings: the demo, demo 1 and
# 2, easy 201, 202 and 210, normal 301 to 303, touch-and-tidy 401.
# fmt: off
_KIND_WEIGHTS = np.array([
    [-5.303, -0.096, 0.113, 1.427, -0.137, 0.402, 0.119, -1.25, -5.38,
     -0.099, -0.016, 0.095, -0.658, -1.933, -0.108, 1.643, 4.579, -0.22],
    [-8.994, -0.332, 0.227, 0.7, 1.935, 0.362, 0.249, -0.635, -1.715,
     0.035, -0.228, -0.681, -0.474, 0.016, -1.819, 0.751, 3.795, 0.023],
])
# fmt: on
_SIGN_WEIGHTS = np.array([2.505, 3.84, 0.971, 7.698])


def kind_terms(compared: Comparison) -> FloatArray:
    """What tells nothing, shifted and moved apart: `(18,)`, the first is 1."""
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
