"""Where the leaves of fridge doors are in the way while they stand open."""

import numpy as np

from datasets.synthetic.play.acts import Action, Door
from datasets.synthetic.play.routes import TICK_S
from datasets.synthetic.play.stay import Stay
from datasets.synthetic.scene import FloatArray

# A leaf is kept clear of as a row of discs; they cover what it sweeps, too, once it is open.
LEAF_RADIUS_M = 0.12
_ALONG, _SWEPT = (0.35, 0.7, 1.0), (0.5, 1.0)
_SWING_S = 1.5


def open_leaves(stay: Stay, ticks: int) -> list[FloatArray]:
    """Return discs `(ticks, 2)` of every door that is opened in a stay, NaN while it is shut."""
    discs: list[FloatArray] = []
    opened: dict[int, float] = {}
    for timed in stay.routines:
        errand = timed.routine.errand
        if errand.door is None:
            continue
        contact_s = timed.start_s + timed.routine.contact_s
        if errand.action is Action.OPEN_DOOR:
            opened[errand.door.prop_index] = contact_s
        elif errand.action is Action.CLOSE_DOOR and errand.door.prop_index in opened:
            from_s = opened.pop(errand.door.prop_index)
            span = slice(int(from_s / TICK_S), int((contact_s + _SWING_S) / TICK_S))
            for point in _leaf_xy_m(errand.door):
                disc = np.full((ticks, 2), np.nan)
                disc[span] = point
                discs.append(disc)
    return discs


def _leaf_xy_m(door: Door) -> FloatArray:
    """Return `(n, 2)` points on the leaf of a door, open and on the way there."""
    hinge = np.array(door.hinge_xy_m)
    reach = np.array(door.handle_xyz_m[:2]) - hinge
    points = []
    for share in _SWEPT:
        turn = share * (door.open_yaw_rad - door.closed_yaw_rad)
        cos, sin = np.cos(turn), np.sin(turn)
        turned = np.array([cos * reach[0] - sin * reach[1], sin * reach[0] + cos * reach[1]])
        points += [hinge + along * turned for along in _ALONG]
    return np.array(points)
