"""All evidence about carts, and what it says: lines and events of one holder, now or at the exit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cart_tracker.attribution import (
    BEFORE_CHANGE_S,
    SIGN,
    JointProblem,
    QuantityBound,
    Question,
    ShelfChange,
    Solution,
)
from cart_tracker.confidence import DROP_BELOW, probability
from cart_tracker.evidence import Hypothesis, hypotheses
from cart_tracker.hand_looks import HandLooks
from cart_tracker.identity import ShopperId
from cart_tracker.interactions import Interaction
from cart_tracker.observations import Hand, HandSeen, SlotChanged
from cart_tracker.planogram import Planogram
from cart_tracker.standing import Whereabouts
from cart_tracker.store_map import ProductId, Shelf, SlotId, StoreMap
from cart_tracker.visits import CartLine, EventKind

FloatArray = npt.NDArray[np.float64]

RIVAL_GAP_M = 0.25  # two hands nearer than this may be one hand seen twice, or one behind the other
ONE_MOVE_S = 2.0  # to take one thing and then another takes longer
NEIGHBOUR_S = 20.0  # interactions of others further away in time do not bear on this one
NEAR_MISS_NATS = 5.0  # products whose best hypothesis is further from the touch are not asked about
NEIGHBOUR_GAP_M = 0.08
FIRST_UNSEEN_ID = 1_000_000  # beyond all numbers of seen interactions
ELSEWHERE_NATS = -4.0  # a hand this unlikely to have been in a slot was in another one
UNCERTAIN_SIGN_UNITS = 0.3  # an estimated change smaller than this tells no sign


@dataclass(frozen=True, slots=True)
class Move:
    """One interaction and what it was found to be; probability of the product and kind."""

    interaction: Interaction
    hypothesis: Hypothesis
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the evidence says about one holder.

    Attributes:
        confidence: Probability that the basket as a whole is right.
    """

    lines: tuple[CartLine, ...]
    moves: tuple[Move, ...]
    confidence: float


class Carts:
    """Interactions, looks at hands and changes of shelves, and the joint reading of them."""

    def __init__(self, store_map: StoreMap) -> None:
        self._map = store_map
        self._hands = HandLooks(len(store_map.product_ids))
        self._interactions: list[Interaction] = []
        self._changes: list[SlotChanged] = []
        self._grouped: list[ShelfChange] = []
        self._settled: dict[int, Hypothesis] = {}
        self._planogram = Planogram(store_map)
        self._whereabouts = Whereabouts()
        self._unseen_ids: dict[tuple[ShopperId, SlotId, float], int] = {}

    def add_interaction(self, interaction: Interaction) -> None:
        """Remember that a hand was in a shelf."""
        self._interactions.append(interaction)

    def add_places(self, at_s: float, shopper_id: Sequence[ShopperId], state: FloatArray) -> None:
        """Remember where everybody is: `state` `(n, 4)` is x, y, vx, vy."""
        self._whereabouts.add(at_s, shopper_id, state)

    def add_look(self, shopper_id: ShopperId, hand: Hand, look: HandSeen) -> None:
        """Remember what a hand seemed to hold; `hand` may correct what the camera thought."""
        self._hands.add(shopper_id, hand, look.at_s, look.log_likelihood)

    def add_change(self, change: SlotChanged) -> None:
        """Remember that a slot looks different."""
        self._changes.append(change)
        self._grouped = [
            replace(group, neighbours=neighbours(self._map, group.slot_id))
            for group in group_changes(self._changes)
        ]

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Everything of one id belongs to another."""
        self._hands.merge(gone, kept)
        self._whereabouts.merge(gone, kept)
        self._interactions = [
            replace(one, shopper_id=kept) if one.shopper_id == gone else one for one in self._interactions
        ]

    def read(
        self, holder: str, holder_of: Mapping[ShopperId, str], doubt: float, *, with_margins: bool
    ) -> Reading:
        """Solve for one holder, jointly with everybody whose hands were near.

        Args:
            holder: Whose cart.
            holder_of: The holder of every person; people not in it are left out.
            doubt: Probability that the holder was mistaken for somebody else on the way.
            with_margins: Solve again for every line to know how sure it is; else its least sure move
                stands for it.
        """
        interactions = self._interactions + self._unseen_interactions(holder_of)
        own = [one for one in interactions if holder_of.get(one.shopper_id) == holder]
        others = [
            one
            for one in interactions
            if holder_of.get(one.shopper_id, holder) != holder and any(_is_near(one, mine) for mine in own)
        ]
        involved = sorted(own + others, key=lambda one: (one.reach.contact_s, one.interaction_id))
        questions = [self._question(one, holder_of[one.shopper_id], involved) for one in involved]
        problem = JointProblem(questions, self._grouped)
        best = problem.solve()
        quantity: Counter[ProductId] = Counter()
        moves = []
        for interaction, question, chosen in zip(involved, questions, best.chosen, strict=True):
            if question.holder == holder:
                moves.append(Move(interaction, chosen, _move_probability(question, chosen, doubt)))
                if chosen.product_id is not None:
                    quantity[chosen.product_id] += SIGN[chosen.kind]
        asked = sorted({*quantity, *(_near_misses(questions, holder) if with_margins else ())})
        lines, basket = [], 1.0 - doubt
        for product in asked:
            if with_margins:
                line = _weighed_line(problem, best, holder, product, max(quantity[product], 0), doubt)
            else:
                line = CartLine(product, quantity[product], _least_sure(moves, product))
            basket *= line.confidence
            if line.quantity > 0:
                lines.append(line)
        return Reading(tuple(lines), tuple(moves), basket)

    def remember(self, holder: str, reading: Reading, *, is_final: bool) -> None:
        """Keep the foreign units of a reading in the planogram, and never reopen a final one."""
        strangers: Counter[tuple[SlotId, ProductId]] = Counter()
        for move in reading.moves:
            product_id, slot_id = move.hypothesis.product_id, move.hypothesis.slot_id
            if is_final:
                self._settled[move.interaction.interaction_id] = move.hypothesis
            if product_id is not None and not self._planogram.is_home(slot_id, product_id):
                strangers[slot_id, product_id] -= SIGN[move.hypothesis.kind]
        self._planogram.remember(holder, strangers)

    def _unseen_interactions(self, holder_of: Mapping[ShopperId, str]) -> list[Interaction]:
        """Offer, for every change of a shelf, the stays before it during which no hand was seen there."""
        found = []
        for change in self._grouped:
            shelf = self._map.shelf_of(change.slot_id)
            for shopper_id in sorted(holder_of):
                if self._has_reached(shopper_id, shelf, change):
                    continue
                reach = self._whereabouts.hidden_reach(
                    shopper_id, shelf, change.slot_id, change.since_s - BEFORE_CHANGE_S, change.at_s
                )
                if reach is not None:
                    key = (shopper_id, change.slot_id, round(reach.in_s, 3))
                    number = self._unseen_ids.setdefault(key, FIRST_UNSEEN_ID + len(self._unseen_ids))
                    found.append(Interaction(number, shopper_id, Hand.RIGHT, shelf.shelf_id, reach))
        return found

    def _has_reached(self, shopper_id: ShopperId, shelf: Shelf, change: ShelfChange) -> bool:
        """Was a hand of this person seen where and when the shelf changed?"""
        index = next(number for number, slot in enumerate(shelf.slots) if slot.slot_id == change.slot_id)
        return any(
            one.shopper_id == shopper_id
            and one.shelf_id == shelf.shelf_id
            and change.may_be_of(one.reach.contact_s)
            and one.reach.slot_log_likelihood[index] > ELSEWHERE_NATS
            for one in self._interactions
        )

    def _question(self, interaction: Interaction, holder: str, involved: Sequence[Interaction]) -> Question:
        settled = self._settled.get(interaction.interaction_id)
        rivals = tuple(other.interaction_id for other in involved if _is_rival(other, interaction))
        options = (settled,) if settled is not None else self._hypotheses(interaction)
        return Question(interaction.interaction_id, holder, interaction.reach.contact_s, options, rivals)

    def _hypotheses(self, interaction: Interaction) -> tuple[Hypothesis, ...]:
        """Look at the hand before and after, but not across its neighbouring interactions."""
        same_hand = [
            one
            for one in self._interactions
            if one.shopper_id == interaction.shopper_id and one.hand == interaction.hand
        ]
        earlier = [
            one.reach.contact_s for one in same_hand if one.reach.contact_s < interaction.reach.contact_s
        ]
        later = [
            one.reach.contact_s for one in same_hand if one.reach.contact_s > interaction.reach.contact_s
        ]
        story = self._hands.story(
            interaction.shopper_id,
            interaction.hand,
            (interaction.reach.in_s, interaction.reach.out_s),
            (max(earlier, default=-np.inf), min(later, default=np.inf)),
        )
        changed = {
            change.slot_id for change in self._grouped if change.may_be_of(interaction.reach.contact_s)
        }
        return hypotheses(interaction, story, changed, self._planogram, self._map)


def group_changes(changes: Sequence[SlotChanged]) -> list[ShelfChange]:
    """Unite what several cameras say of one slot at one time; beyond the best one they count half."""
    groups: list[list[SlotChanged]] = []
    for change in sorted(changes, key=lambda one: (one.slot_id, one.at_s, one.camera_id)):
        if groups and all(_is_same_change(other, change) for other in groups[-1]):
            groups[-1].append(change)
        else:
            groups.append([change])
    return [
        ShelfChange(
            group[0].slot_id,
            max(one.since_s for one in group),
            min(one.at_s for one in group),
            0.5 * (max(one.log_ratio for one in group) + sum(one.log_ratio for one in group)),
            next((_sign(one) for one in group if _sign(one)), 0),
        )
        for group in groups
    ]


def neighbours(store_map: StoreMap, slot_id: SlotId) -> frozenset[SlotId]:
    """Slots of the same shelf beside, above and below a slot."""
    shelf = store_map.shelf_of(slot_id)
    own = next(slot for slot in shelf.slots if slot.slot_id == slot_id)

    def gap(one: tuple[float, float], other: tuple[float, float]) -> float:
        return max(one[0] - other[1], other[0] - one[1])

    return frozenset(
        slot.slot_id
        for slot in shelf.slots
        if slot is not own
        and gap(slot.along_m, own.along_m) < NEIGHBOUR_GAP_M
        and gap(slot.height_m, own.height_m) < NEIGHBOUR_GAP_M
    )


def _is_same_change(one: SlotChanged, later: SlotChanged) -> bool:
    """May two cameras have seen the same change: the times overlap and the signs agree."""
    return (
        one.slot_id == later.slot_id
        and one.camera_id != later.camera_id
        and one.at_s > later.since_s
        and _sign(one) * _sign(later) >= 0
    )


def _sign(change: SlotChanged) -> int:
    if abs(change.units) < UNCERTAIN_SIGN_UNITS:
        return 0
    return 1 if change.units > 0 else -1


def _is_near(one: Interaction, other: Interaction) -> bool:
    return one.shelf_id == other.shelf_id and abs(one.reach.contact_s - other.reach.contact_s) < NEIGHBOUR_S


def _is_rival(one: Interaction, other: Interaction) -> bool:
    """May both be one move: of two people on one spot, or of one person at one time?"""
    if one.interaction_id == other.interaction_id:
        return False
    if one.shopper_id == other.shopper_id:
        return abs(one.reach.contact_s - other.reach.contact_s) < ONE_MOVE_S
    overlap = one.reach.in_s < other.reach.out_s and other.reach.in_s < one.reach.out_s
    gap = float(np.linalg.norm(one.reach.contact_xyz_m - other.reach.contact_xyz_m))
    return overlap and one.shelf_id == other.shelf_id and gap < RIVAL_GAP_M


def _near_misses(questions: Sequence[Question], holder: str) -> set[ProductId]:
    """Products that this holder might have, though the best explanation does not say so."""
    found = set()
    for question in questions:
        if question.holder == holder:
            best = max(one.log_likelihood for one in question.hypotheses)
            found |= {
                one.product_id
                for one in question.hypotheses
                if one.product_id is not None
                and one.kind is EventKind.PICK
                and one.log_likelihood > best - NEAR_MISS_NATS
            }
    return found


def _least_sure(moves: Sequence[Move], product: ProductId) -> float:
    return min(move.confidence for move in moves if move.hypothesis.product_id == product)


def _weighed_line(
    problem: JointProblem, best: Solution, holder: str, product: ProductId, quantity: int, doubt: float
) -> CartLine:
    """Weigh a quantity against fewer and more; units that are not more likely than not are left out.

    The margin of "at least so many" is how much worse the best explanation gets with fewer.
    """

    def at_least(units: int) -> float:
        fewer = problem.solve([QuantityBound(holder, product, -np.inf, units - 1)])
        return probability(fewer.cost - best.cost, doubt)

    more = problem.solve([QuantityBound(holder, product, quantity + 1, np.inf)])
    right = probability(more.cost - best.cost, doubt)
    for units in range(quantity, 0, -1):
        sure = at_least(units)
        if sure >= DROP_BELOW or units == 1:
            return CartLine(product, units, min(sure, right))
        right = 1.0 - sure
    return CartLine(product, 0, right)


def _move_probability(question: Question, chosen: Hypothesis, doubt: float) -> float:
    """Probability of the chosen kind and product among the hypotheses, places summed up."""
    nats = np.array([one.log_likelihood for one in question.hypotheses])
    share = np.exp(nats - nats.max())
    same = [one.kind is chosen.kind and one.product_id == chosen.product_id for one in question.hypotheses]
    return (1.0 - doubt) * float(share[same].sum() / share.sum())
