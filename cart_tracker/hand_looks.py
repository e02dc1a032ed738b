"""What hands were seen to hold, and which story that tells about a visit to a shelf.

A hand that takes something is empty, then holds it, and may be empty again once it is in the bag. A
hand that puts something back brings it out of the bag or already holds it. When exactly the change came
is not known, so every story is told with its best times.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from cart_tracker.identity import ShopperId
from cart_tracker.observations import Hand

FloatArray = npt.NDArray[np.float64]

BEFORE_S = 1.8  # how long before and after the contact a hand is looked at
AFTER_S = 2.2
BIN_S = 0.1
SLACK_S = 0.15  # the change of hands may be this far outside of what was seen of the reach
SHORTEST_HOLD_BINS = 3
# What one look says of full against empty, from what the network says of it: an offset, a slope up to one nat
# and one beyond. Logistic regression on 14,000 looks at tracked hands in four rendered recordings, left out
# one by one; crops around wrists that the network found a hand's breadth off say a third of what they claim.
HOLDING_OFFSET, HOLDING_SLOPES = 0.19, (0.32, 1.5)
MOST_HOLDING_NATS = 4.0  # one frame never decides
# Frames in a row and cameras side by side share their mistakes: a bin of one camera counts so much, a
# second camera half of that. The same recordings in pieces of 1.5 s: 0.11 to 0.41; 0.35 without the slopes
# above was worse than not looking at all.
FRAME_WORTH = 0.22
# Of what it says of the product, should it hold one: all looks at one grip are worth about one, for crops of
# one grip look alike (30 grips; best 0.01 to 0.03 a look).
PRODUCT_WORTH = 0.04
MOST_NATS = 6.0  # no story is excluded by looks alone
MISREAD = 0.03  # of all things in hands are taken for another product from beginning to end
OTHER_HAND = 0.12  # of the looks around a reach belong to the other hand: left was taken for right
CARRIED_S = 0.3  # what was taken is seen in the hand for at least so long outside of the shelf
IN_SHELF_WORTH = 0.3  # a crop of a hand in a shelf shows what stands there too
BAG_NATS = 0.7  # each move between hand and bag within the window
FETCH_NATS = 2.5  # out of the bag for no visible purpose
UNITS_S = 1.2  # so long before and after the contact what is in a hand is counted
MOST_UNITS_NATS = 4.0
CARRYING_NATS = 1.2  # a hand that touches a shelf while it holds something


@dataclass(frozen=True, slots=True, eq=False)
class HandStory:
    """Log likelihoods of the looks around one interaction; nats, the best is 0.

    Attributes:
        touch: The hand held the same before and after.
        pick: `(n_products,)` it was empty and then held this product.
        put: `(n_products,)` it held this product and was empty then.
        units_before: `(3,)` what it held before were one, two, three or more units; normalised.
        units_after: `(3,)` the same of after.
    """

    touch: float
    pick: FloatArray
    put: FloatArray
    units_before: FloatArray = field(default_factory=lambda: np.zeros(3))
    units_after: FloatArray = field(default_factory=lambda: np.zeros(3))


_Look = tuple[float, FloatArray, FloatArray]


class HandLooks:
    """All looks at all hands."""

    def __init__(self, n_products: int) -> None:
        self._n = n_products
        self._looks: dict[tuple[ShopperId, Hand], list[_Look]] = {}

    def add(
        self,
        shopper_id: ShopperId,
        hand: Hand,
        at_s: float,
        log_likelihood: FloatArray,
        units_log_likelihood: FloatArray | None = None,
    ) -> None:
        """Add one look `(1 + n_products,)` and what it says of one, two and three units `(3,)`.

        A vector of another length is ignored.
        """
        if len(log_likelihood) != self._n + 1:
            return
        looks = self._looks.setdefault((shopper_id, hand), [])
        units = np.zeros(3) if units_log_likelihood is None else units_log_likelihood
        look = (at_s, _calibrated(log_likelihood), units)
        looks.insert(bisect_right(looks, at_s, key=lambda look: look[0]), look)

    def count(self, shopper_id: ShopperId, until_s: float) -> int:
        """Return how many looks there are at somebody's hands up to a time."""
        own = (self._looks.get((shopper_id, hand), []) for hand in Hand)
        return sum(bisect_right(looks, until_s, key=lambda look: look[0]) for looks in own)

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Hand the looks of one id over to another."""
        for hand in Hand:
            moved = self._looks.pop((gone, hand), [])
            if moved:
                own = self._looks.get((kept, hand), [])
                self._looks[kept, hand] = sorted(own + moved, key=lambda look: look[0])

    def forget(self, before_s: float) -> None:
        """Drop older looks."""
        for key, looks in list(self._looks.items()):
            kept = looks[bisect_left(looks, before_s, key=lambda look: look[0]) :]
            if kept:
                self._looks[key] = kept
            else:
                del self._looks[key]

    def story(
        self,
        shopper_id: ShopperId,
        hand: Hand,
        contact_s: tuple[float, float],
        window_s: tuple[float, float],
    ) -> HandStory:
        """Weigh the stories of one interaction.

        Args:
            shopper_id: Whose hand.
            hand: Which.
            contact_s: The hand was in the shelf between these times.
            window_s: Looks outside belong to other interactions.
        """
        own = self._story_of_hand((shopper_id, hand), contact_s, window_s)
        other = self._story_of_hand((shopper_id, Hand(1 - hand)), contact_s, window_s)
        before = (max(contact_s[0] - UNITS_S, window_s[0]), contact_s[0])
        after = (contact_s[1], min(contact_s[1] + UNITS_S, window_s[1]))
        return replace(
            _either(own, other),
            units_before=self._units((shopper_id, hand), before),
            units_after=self._units((shopper_id, hand), after),
        )

    def _units(self, key: tuple[ShopperId, Hand], during_s: tuple[float, float]) -> FloatArray:
        """What looks of a time say of how many units a hand holds: tempered, for frames err together."""
        looks = self._looks.get(key, [])
        first = bisect_left(looks, during_s[0], key=lambda look: look[0])
        last = bisect_right(looks, during_s[1], key=lambda look: look[0])
        if first >= last:
            return np.zeros(3)
        total = FRAME_WORTH * np.sum([look[2] - look[2].max() for look in looks[first:last]], axis=0)
        nats: FloatArray = np.maximum(total - total.max(), -MOST_UNITS_NATS)
        return nats

    def _story_of_hand(
        self, key: tuple[ShopperId, Hand], contact_s: tuple[float, float], window_s: tuple[float, float]
    ) -> HandStory:
        looks = self._looks.get(key, [])
        first = bisect_left(looks, max(contact_s[0] - BEFORE_S, window_s[0]), key=lambda look: look[0])
        last = bisect_right(looks, min(contact_s[1] + AFTER_S, window_s[1]), key=lambda look: look[0])
        if first >= last:
            return HandStory(0.0, np.zeros(self._n), np.zeros(self._n))
        times, nats = _binned(looks[first:last])
        in_shelf = (times > contact_s[0]) & (times < contact_s[1])
        nats = nats * np.where(in_shelf, IN_SHELF_WORTH, 1.0)[:, None]
        return weigh_stories(times, nats, (contact_s[0] - SLACK_S, contact_s[1] + SLACK_S))


def weigh_stories(times_s: FloatArray, nats: FloatArray, change_s: tuple[float, float]) -> HandStory:
    """Score touch, pick and put by their best times of change.

    Args:
        times_s: `(t,)` ascending.
        nats: `(t, 1 + n_products)` log likelihood of what the hand held at each time.
        change_s: The shelf was touched between these times.
    """
    total = np.concatenate([np.zeros((1, nats.shape[1])), np.cumsum(nats, axis=0)])
    empty, held = total[:, :1], total[:, 1:]
    # A change at index i: the looks before i tell of the time before it.
    changes = np.unique(np.searchsorted(times_s, change_s))
    changes = np.arange(changes[0], changes[-1] + 1)
    carried_from = int(np.searchsorted(times_s, change_s[0] - CARRIED_S)) + 1
    carried_to = int(np.searchsorted(times_s, change_s[1] + CARRIED_S))
    gain = held - empty  # telescopes: looks a..b held instead of empty are worth gain[b] - gain[a]
    pick = np.full(held.shape[1], -np.inf)
    put = pick.copy()
    for change in changes:
        to_the_end = gain[-1] - gain[change]
        stowed = gain[max(change + SHORTEST_HOLD_BINS, carried_to) :]
        bagged = stowed.max(axis=0) - gain[change] - BAG_NATS if len(stowed) else to_the_end
        pick = np.maximum(pick, np.maximum(to_the_end, bagged))
        from_the_start = gain[change] - gain[0]
        brought = gain[: max(min(change - SHORTEST_HOLD_BINS + 1, carried_from), 0)]
        fetched = gain[change] - brought.min(axis=0) - BAG_NATS if len(brought) else from_the_start
        put = np.maximum(put, np.maximum(from_the_start, fetched))
    touch = _touch(gain, changes)
    best = max(touch, float(pick.max()), float(put.max()))
    return HandStory(
        max(touch - best, -MOST_NATS),
        np.maximum(_misread(pick) - best, -MOST_NATS),
        np.maximum(_misread(put) - best, -MOST_NATS),
    )


def _calibrated(log_likelihood: FloatArray) -> FloatArray:
    """What a look `(1 + n_products,)` is worth, nats against an empty hand.

    Full or empty and, if full, of what are told apart: their mistakes last differently.
    """
    empty, each = log_likelihood[0], log_likelihood[1:]
    full = np.logaddexp.reduce(each) - np.log(max(len(each), 1))  # any product, all alike before
    claimed = full - empty
    low, high = HOLDING_SLOPES
    holding = HOLDING_OFFSET + low * min(claimed, 1.0) + high * max(claimed - 1.0, 0.0)
    nats = np.zeros(len(log_likelihood))
    nats[1:] = np.clip(holding, -MOST_HOLDING_NATS, MOST_HOLDING_NATS)
    nats[1:] += PRODUCT_WORTH / FRAME_WORTH * (each - full)
    return nats


def _misread(nats: FloatArray) -> FloatArray:
    """Allow that the product was taken for another one from beginning to end."""
    read: FloatArray = np.logaddexp(nats + np.log(1.0 - MISREAD), nats.max() + np.log(MISREAD))
    return read


def _either(own: HandStory, other: HandStory) -> HandStory:
    """Allow that the looks at both hands were exchanged; the hand that did not reach held what it held."""

    def mixed(one: FloatArray, exchanged: FloatArray) -> FloatArray:
        straight = one + other.touch + np.log(1.0 - OTHER_HAND)
        total: FloatArray = np.logaddexp(straight, exchanged + own.touch + np.log(OTHER_HAND))
        return total

    touch = float(mixed(np.array(own.touch), np.array(other.touch)))
    pick, put = mixed(own.pick, other.pick), mixed(own.put, other.put)
    best = max(touch, float(pick.max()), float(put.max()))
    return HandStory(touch - best, pick - best, put - best)


def _touch(gain: FloatArray, changes: npt.NDArray[np.int64]) -> float:
    """Best story in which the shelf changed nothing: a bag may, but not while the hand is in the shelf."""
    elsewhere = np.setdiff1d(np.arange(len(gain)), changes)
    carried = float(gain[-1].max()) - CARRYING_NATS
    if len(elsewhere) == 0:
        return max(0.0, carried)
    stowed = float(gain[elsewhere].max()) - CARRYING_NATS - BAG_NATS
    fetched = float((gain[-1] - gain[elsewhere]).max()) - CARRYING_NATS - FETCH_NATS
    return max(0.0, carried, stowed, fetched)


def _binned(looks: list[_Look]) -> tuple[FloatArray, FloatArray]:
    """Unite the cameras of each tenth of a second: times `(t,)` and tempered nats `(t, n)`."""
    at_s = np.array([look[0] for look in looks])
    bins, start = np.unique(np.floor(at_s / BIN_S + 0.5), return_index=True)
    total = np.add.reduceat(np.stack([look[1] for look in looks]), start, axis=0)
    count = np.diff(np.append(start, len(looks)))
    worth = FRAME_WORTH * 0.5 * (1.0 + 1.0 / count)
    return bins * BIN_S, total * worth[:, None]
