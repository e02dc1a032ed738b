"""From the path of a hand at a shelf to the times it reached in: pure functions on looks.

A reach is *seen* when looks show the hand behind the front, or *hidden* when nobody saw the hand for a
while in between. Both are offered generously; `evidence` weighs them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cart_tracker.store_map import Shelf

FloatArray = npt.NDArray[np.float64]

# Hands that move something are seen deepest between 23 cm before and 11 cm behind the front (134 moves in
# fifteen rendered recordings from pixels, median 3 cm before it; true hands are 10 cm behind it). So the
# trigger is generous, and `evidence` weighs how deep the hand really was.
ENTER_M = -0.27
HIDDEN_LATEST_S = 3.0  # a hand that vanished at the shelf is believed to be there no longer than this
HIDDEN_LEAST_S = 0.35  # a hand that nobody saw for so long may have been in the shelf meanwhile
HIDDEN_NEAR_M = -0.3  # if it vanished or came back this near to the front
SPLIT_GAP_S = 0.8  # somebody who looks at a thing before the shelf and reaches in again does it twice
SHORTEST_TICKS = 2
SURE_DEPTH_M = 0.05  # one look at a hand this deep, by two cameras, is enough
# Along the shelf and in height: where the hand is when it takes something, and what wrists err by beyond what
# they claim (the same moves, from the slot's front: 7 cm along and in height, outliers cut at 20 and 30 cm).
SLOT_SIGMA_M = (0.06, 0.08)
# Where a hand went that was seen only before and after: along the shelf near by, at any height.
HIDDEN_SIGMA_M = (0.15, 0.5)
_DEEP_RANGE_M = 0.08
_DEEPEST_M = 0.04  # points this near to the deepest one tell the slot
_OUTLIER_NATS = -8.0


@dataclass(frozen=True, slots=True)
class Look:
    """One tick in which a hand was seen at a shelf; shelf coordinates, metres."""

    at_s: float
    along_m: float
    inward_m: float
    height_m: float
    sigma_m: float
    views: int
    speed_m_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """One time a hand reached into a shelf, or may have.

    Attributes:
        in_s: The hand went in not before this.
        contact_s: When it was deepest.
        out_s: It came out not after this.
        depth_m: How deep that was.
        speed_m_s: How fast the body moved over the floor meanwhile.
        contact_xyz_m: `(3,)` where, store frame.
        slot_log_likelihood: `(n_slots,)` of the shelf's slots given the deepest part of the path.
        unseen_nats: What it costs that nobody saw the hand at all.
    """

    in_s: float
    contact_s: float
    out_s: float
    depth_m: float
    speed_m_s: float
    contact_xyz_m: FloatArray
    slot_log_likelihood: FloatArray
    unseen_nats: float = 0.0

    @classmethod
    def seen(cls, shelf: Shelf, part: Sequence[Look], looks: Sequence[Look]) -> "Reach":
        """A hand seen in the shelf; it went in after the look before and came out before the look after."""
        depth = max(look.inward_m for look in part)
        deepest = [look for look in part if look.inward_m >= depth - _DEEPEST_M]
        first, last = part[0].at_s, part[-1].at_s
        before = [look.at_s for look in looks if first - HIDDEN_LATEST_S < look.at_s < first]
        after = [look.at_s for look in looks if last < look.at_s < last + HIDDEN_LATEST_S]
        return cls(
            before[-1] if before else first,
            float(np.mean([look.at_s for look in deepest])),
            after[0] if after else last,
            depth,
            float(np.mean([look.speed_m_s for look in deepest])),
            *_place(shelf, deepest, (0.0, 0.0)),
        )

    @classmethod
    def hidden(cls, shelf: Shelf, before: Look, after: Look) -> "Reach":
        """A hand that may have been in the shelf while nobody saw it."""
        return cls(
            before.at_s,
            0.5 * (before.at_s + after.at_s),
            after.at_s,
            ENTER_M,
            0.5 * (before.speed_m_s + after.speed_m_s),
            *_place(shelf, [before, after], HIDDEN_SIGMA_M),
        )


def reaches(shelf: Shelf, looks: Sequence[Look]) -> list[Reach]:
    """Tell the reaches that a stay at a shelf was made of, in order of contact."""
    parts = deep_parts(looks)
    found = [Reach.seen(shelf, part, looks) for part in parts]
    found += [Reach.hidden(shelf, *gap) for gap in hidden_gaps(looks, parts)]
    return sorted(found, key=lambda reach: reach.contact_s)


def deep_parts(looks: Sequence[Look]) -> list[list[Look]]:
    """Group the looks that show a hand in the shelf; pauses and shallow looks part them."""
    deep = [look for look in looks if look.inward_m > ENTER_M]
    parts = []
    for coarse in _split(deep):
        floor = min(max(look.inward_m for look in coarse) - _DEEP_RANGE_M, 0.0)
        parts += _split([look for look in coarse if look.inward_m >= floor])
    return [
        part
        for part in parts
        if len(part) >= SHORTEST_TICKS or (part[0].inward_m >= SURE_DEPTH_M and part[0].views >= 2)
    ]


def hidden_gaps(looks: Sequence[Look], parts: Sequence[Sequence[Look]]) -> list[tuple[Look, Look]]:
    """Find the times between looks in which a hand may have reached into the shelf unseen."""
    told = [(part[0].at_s - SPLIT_GAP_S / 2, part[-1].at_s + SPLIT_GAP_S / 2) for part in parts]
    gaps: list[tuple[Look, Look]] = []
    for before, after in pairwise(looks):
        near = max(before.inward_m, after.inward_m) > HIDDEN_NEAR_M
        if not near or not HIDDEN_LEAST_S <= after.at_s - before.at_s <= HIDDEN_LATEST_S:
            continue
        if any(before.at_s < end and start < after.at_s for start, end in told):
            continue
        if gaps and before.at_s - gaps[-1][1].at_s < SPLIT_GAP_S:
            gaps[-1] = (gaps[-1][0], after)
        else:
            gaps.append((before, after))
    return gaps


def _split(looks: Sequence[Look]) -> list[list[Look]]:
    parts: list[list[Look]] = []
    for look in looks:
        if parts and look.at_s - parts[-1][-1].at_s <= SPLIT_GAP_S:
            parts[-1].append(look)
        else:
            parts.append([look])
    return parts


def _place(
    shelf: Shelf, looks: Sequence[Look], more_sigma_m: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Mean place `(3,)` of looks in the store, and what they say about the slot."""
    along, inward, height, sigma = np.array(
        [(look.along_m, look.inward_m, look.height_m, look.sigma_m) for look in looks]
    ).T
    place = shelf.to_store(np.array([along.mean(), inward.mean(), height.mean()]))
    side, rise = (np.hypot(sigma, more) for more in more_sigma_m)
    return place, slot_log_likelihood(shelf, along, height, side, rise)


def slot_log_likelihood(
    shelf: Shelf,
    along_m: FloatArray,
    height_m: FloatArray,
    along_sigma_m: FloatArray,
    height_sigma_m: FloatArray,
) -> FloatArray:
    """Log likelihood `(n_slots,)` that a hand at these points `(k,)` reached into each slot.

    Gaussian of the distance to the slot's front rectangle; the points of one reach share their error,
    so their mean counts once.
    """
    along = np.array([slot.along_m for slot in shelf.slots]).reshape(-1, 2)
    height = np.array([slot.height_m for slot in shelf.slots]).reshape(-1, 2)
    side = np.maximum(along[:, :1] - along_m, along_m - along[:, 1:]).clip(min=0.0)
    rise = np.maximum(height[:, :1] - height_m, height_m - height[:, 1:]).clip(min=0.0)
    squared = side**2 / (SLOT_SIGMA_M[0] ** 2 + along_sigma_m**2)
    squared += rise**2 / (SLOT_SIGMA_M[1] ** 2 + height_sigma_m**2)
    nats: FloatArray = -0.5 * squared.mean(axis=1)
    return np.maximum(nats, _OUTLIER_NATS)
