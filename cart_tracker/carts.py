"""All evidence about carts, and what it says: lines and events of one holder, now or at the exit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cart_tracker.attribution import JointProblem, Question, Solution
from cart_tracker.evidence import Hypothesis, hypotheses
from cart_tracker.hand_looks import HandLooks
from cart_tracker.identity import ShopperId
from cart_tracker.interactions import Interaction
from cart_tracker.lines import Weighed, near_misses, weigh
from cart_tracker.meetings import Meeting, between, transfer
from cart_tracker.observations import CameraId, Hand, HandSeen, SlotChanged, SlotsWatched
from cart_tracker.planogram import Planogram
from cart_tracker.shelf_changes import BEFORE_CHANGE_S, ShelfChange, group_changes
from cart_tracker.standing import Whereabouts
from cart_tracker.store_map import ProductId, Shelf, SlotId, StoreMap
from cart_tracker.visits import BasketFeatures, EventKind

FloatArray = npt.NDArray[np.float64]

RIVAL_GAP_M = 0.25  # two hands nearer than this may be one hand seen twice, or one behind the other
ONE_MOVE_S = 3.2  # to take one thing and then another takes longer: it is carried or stowed meanwhile
NEIGHBOUR_S = 20.0  # interactions of others further away in time do not bear on this one
CROWDED_M, CROWDED_S = 0.6, 3.0
FIRST_UNSEEN_ID = 1_000_000  # beyond all numbers of seen interactions
FIRST_MEETING_ID = 2_000_000
ELSEWHERE_NATS = -4.0  # a hand this unlikely to have been in a slot was in another one
GIVE_NATS = -3.0  # people whose hands meet mostly give each other nothing
KEPT_GIFTS = 3
CONFLICT_NATS = 3.0  # nearly as much as looks can say, misreadings allowed for: see hand_looks.MISREAD
LOOKS_LATER_S = 2.5  # looks at a hand later than that after a reach do not bear on it


@dataclass(frozen=True, slots=True)
class Move:
    """One interaction or meeting and what it was found to be; probability of the product and kind.

    Attributes:
        people: Whose hands: one person, or giver and receiver.
        contact_s: When the hand was deepest, or the hands met.
        out_s: When it was over.
        looked_like: What the hand clearly looked as if it held, where that is another product than was found.
    """

    move_id: int
    people: tuple[ShopperId, ...]
    contact_s: float
    out_s: float
    hypothesis: Hypothesis
    confidence: float
    looked_like: ProductId | None = None

    @property
    def is_real(self) -> bool:
        """Whether anything moved."""
        return self.hypothesis.product_id is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the evidence says about one holder.

    Attributes:
        quantity: Units of every product.
        weighed: How sure they are, near misses included; empty in a reading without margins.
        questions: What each move might have been, in the order of `moves`; the hypotheses with their nats.
        problem: All that was solved together, others' moves included.
        best: Its solution.
    """

    quantity: Mapping[ProductId, int]
    weighed: tuple[Weighed, ...]
    moves: tuple[Move, ...]
    questions: tuple[Question, ...]
    features: BasketFeatures
    problem: JointProblem
    best: Solution


class Carts:
    """Interactions, looks at hands, changes of shelves and meetings, and the joint reading of them."""

    def __init__(self, store_map: StoreMap) -> None:
        self._map = store_map
        self._hands = HandLooks(len(store_map.product_ids))
        self._interactions: list[Interaction] = []
        self._meetings: list[Meeting] = []
        self._changes: list[SlotChanged] = []
        self._grouped: list[ShelfChange] = []
        self._watched: dict[CameraId, Mapping[SlotId, float]] = {}
        self._settled: dict[int, Hypothesis] = {}
        self._planogram = Planogram(store_map)
        self._whereabouts = Whereabouts()
        self._unseen_ids: dict[tuple[ShopperId, SlotId, float], int] = {}
        self._known: dict[int, tuple[object, tuple[Hypothesis, ...]]] = {}

    def add_interaction(self, interaction: Interaction) -> None:
        """Remember that a hand was in a shelf."""
        self._interactions.append(interaction)

    def add_meeting(self, meeting: Meeting) -> None:
        """Remember that hands of two people met."""
        self._meetings.append(meeting)

    def add_places(self, at_s: float, shopper_id: Sequence[ShopperId], state: FloatArray) -> None:
        """Remember where everybody is: `state` `(n, 4)` is x, y, vx, vy."""
        self._whereabouts.add(at_s, shopper_id, state)

    def add_look(self, shopper_id: ShopperId, hand: Hand, look: HandSeen) -> None:
        """Remember what a hand seemed to hold; `hand` may correct what the camera thought."""
        self._hands.add(shopper_id, hand, look.at_s, look.log_likelihood, look.units_log_likelihood)

    def add_change(self, change: SlotChanged) -> None:
        """Remember that a slot looks different."""
        self._changes.append(change)
        self._grouped = group_changes(self._changes, self._map)

    def watch(self, watched: SlotsWatched) -> None:
        """Remember how well a camera watches which slots."""
        self._watched[watched.camera_id] = dict(zip(watched.slot_id, watched.noticed.tolist(), strict=True))

    def concerned(self, change: SlotChanged, people: Sequence[ShopperId]) -> set[ShopperId]:
        """Say who of these people may have changed a slot: whose hand or body was before it."""
        shelf = self._map.shelf_of(change.slot_id)
        from_s = change.since_s - BEFORE_CHANGE_S
        reached = {
            one.shopper_id
            for one in self._interactions
            if one.shelf_id == shelf.shelf_id and from_s <= one.reach.contact_s <= change.at_s
        }
        stood = {
            one
            for one in people
            if self._whereabouts.hidden_reach(one, shelf, change.slot_id, from_s, change.at_s) is not None
        }
        return (reached | stood) & set(people)

    def merge(self, gone: ShopperId, kept: ShopperId) -> None:
        """Everything of one id belongs to another."""
        self._hands.merge(gone, kept)
        self._whereabouts.merge(gone, kept)
        self._known.clear()
        self._interactions = [
            replace(one, shopper_id=kept) if one.shopper_id == gone else one for one in self._interactions
        ]
        self._meetings = [one for one in self._meetings if gone not in one.people]

    def knows(self, shopper_id: ShopperId) -> bool:
        """Say whether anything is remembered of where somebody was."""
        return self._whereabouts.knows(shopper_id)

    def forget(self, before_s: float) -> None:
        """Drop what is older than every visit that is still open: nothing asks for it any more."""
        gone = {one.interaction_id for one in self._interactions if one.reach.out_s < before_s}
        self._interactions = [one for one in self._interactions if one.interaction_id not in gone]
        self._meetings = [one for one in self._meetings if one.to_s >= before_s]
        self._changes = [one for one in self._changes if one.at_s >= before_s]
        self._grouped = group_changes(self._changes, self._map)
        self._known = {key: value for key, value in self._known.items() if key not in gone}
        kept = {one.interaction_id for one in self._interactions}
        self._settled = {
            key: value for key, value in self._settled.items() if key in kept or key >= FIRST_UNSEEN_ID
        }
        self._hands.forget(before_s)
        self._whereabouts.forget(before_s)

    def read(
        self, holder: str, holder_of: Mapping[ShopperId, str], doubt: float, *, with_margins: bool
    ) -> Reading:
        """Solve for one holder, jointly with everybody whose hands were near.

        Args:
            holder: Whose cart.
            holder_of: The holder of every person; people not in it are left out.
            doubt: Probability that the holder was mistaken for somebody else on the way.
            with_margins: Solve again for every line to know how sure it is.
        """
        interactions = self._involved(holder, holder_of)
        questions = [self._question(one, holder_of[one.shopper_id], interactions) for one in interactions]
        gifts = self._gifts(holder, holder_of)
        everything = [*questions, *(question for _, question in gifts)]
        problem = JointProblem(everything, self._grouped, self._stock(everything), self._noticed())
        best = problem.solve()
        quantity: Counter[ProductId] = Counter()
        moves, own = [], []
        parts: list[Interaction | Meeting] = [*interactions, *(meeting for meeting, _ in gifts)]
        for part, question, chosen in zip(parts, everything, best.chosen, strict=True):
            if holder not in (question.holder, question.partner):
                continue
            if chosen.product_id is not None:
                quantity[chosen.product_id] += question.units(chosen, holder)
            if question.holder == holder:
                looked_like = self._contradiction(part, chosen) if with_margins else None
                moves.append(replace(_move(part, question, chosen, doubt), looked_like=looked_like))
                own.append(question)
        asked = sorted({*quantity, *near_misses(everything, holder)}) if with_margins else []
        weighed = tuple(weigh(problem, best, holder, one, max(quantity[one], 0)) for one in asked)
        least = min((min(one.less_nats, one.more_nats) for one in weighed), default=np.inf)
        features = BasketFeatures(
            float(min(least, 100.0)),
            sum(self._is_crowded(part, holder, holder_of) for part in interactions),
            sum(
                move.move_id >= FIRST_UNSEEN_ID and move.hypothesis.kind is not EventKind.TOUCH
                for move in moves
            ),
            doubt,
        )
        return Reading(quantity, weighed, tuple(moves), tuple(own), features, problem, best)

    def remember(self, holder: str, reading: Reading, *, is_final: bool) -> None:
        """Keep the foreign units of a reading in the planogram, and never reopen a final one."""
        strangers: Counter[tuple[SlotId, ProductId]] = Counter()
        for move in reading.moves:
            product_id, slot_id = move.hypothesis.product_id, move.hypothesis.slot_id
            if is_final:
                self._settled[move.move_id] = move.hypothesis
            if product_id is None or slot_id is None or self._planogram.is_home(slot_id, product_id):
                continue
            sign = {EventKind.PUT: 1, EventKind.PICK: -1}.get(move.hypothesis.kind, 0)
            strangers[slot_id, product_id] += sign * move.hypothesis.quantity
        self._planogram.remember(holder, strangers)

    def is_home(self, slot_id: SlotId, product_id: ProductId) -> bool:
        """Does the plan put this product into this slot?"""
        return self._planogram.is_home(slot_id, product_id)

    def _involved(self, holder: str, holder_of: Mapping[ShopperId, str]) -> list[Interaction]:
        """A holder's interactions and those of others near them, in order of time."""
        everything = self._interactions + self._unseen_interactions(holder_of)
        own = [one for one in everything if holder_of.get(one.shopper_id) == holder]
        others = [
            one
            for one in everything
            if holder_of.get(one.shopper_id, holder) != holder and any(_is_near(one, mine) for mine in own)
        ]
        return sorted(own + others, key=lambda one: (one.reach.contact_s, one.interaction_id))

    def _noticed(self) -> dict[SlotId, float] | None:
        """How much of what happens in a slot its best camera notices; None where no camera has told."""
        if not self._watched:
            return None
        best: dict[SlotId, float] = {}
        for watched in self._watched.values():
            for slot_id, share in watched.items():
                best[slot_id] = max(share, best.get(slot_id, 0.0))
        return best

    def _stock(self, questions: Sequence[Question]) -> dict[SlotId, int]:
        """How many units stood in slots that somebody may have taken from and nobody seems to have filled."""
        named = {one.slot_id for question in questions for one in question.hypotheses}
        named -= {change.slot_id for change in self._grouped if change.came_nats > change.taken_nats}
        return {slot.slot_id: slot.stock for slot in self._map.slots if slot.slot_id in named and slot.stock}

    def _gifts(self, holder: str, holder_of: Mapping[ShopperId, str]) -> list[tuple[Meeting, Question]]:
        """What may have gone over when hands of this holder met hands of others, both ways."""
        own = {shopper for shopper, name in holder_of.items() if name == holder}
        found = []
        for meeting in between(self._meetings, own):
            names = [holder_of.get(one) for one in meeting.people]
            if None in names or names[0] == names[1]:
                continue
            for giver in (0, 1):
                question = self._gift(meeting, giver, str(names[giver]), str(names[1 - giver]))
                if question is not None:
                    found.append((meeting, question))
        return found

    def _gift(self, meeting: Meeting, giver: int, holder: str, partner: str) -> Question | None:
        window = (-np.inf, np.inf)
        stories = [
            self._hands.story(meeting.people[one], meeting.hands[one], (meeting.from_s, meeting.to_s), window)
            for one in (giver, 1 - giver)
        ]
        nats = GIVE_NATS + transfer(*stories)
        best = np.argsort(-nats, kind="stable")[:KEPT_GIFTS]
        options = [Hypothesis(EventKind.TOUCH, None, None, 0.0)]
        options += [
            Hypothesis(EventKind.GIVE, self._map.product_ids[one], None, float(nats[one]))
            for one in best.tolist()
            if nats[one] > 2 * GIVE_NATS
        ]
        if len(options) == 1:
            return None
        number = FIRST_MEETING_ID + 2 * meeting.meeting_id + giver
        if number in self._settled:
            options = [self._settled[number]]
        return Question(number, holder, meeting.at_s, tuple(options), partner=partner)

    def _is_crowded(self, part: Interaction, holder: str, holder_of: Mapping[ShopperId, str]) -> bool:
        """Was a hand of somebody else near one of this holder's?"""
        return holder_of.get(part.shopper_id) == holder and any(
            holder_of.get(other.shopper_id) != holder
            and abs(other.reach.contact_s - part.reach.contact_s) < CROWDED_S
            and float(np.linalg.norm(other.reach.contact_xyz_m - part.reach.contact_xyz_m)) < CROWDED_M
            for other in self._interactions
        )

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

    def _contradiction(self, part: Interaction | Meeting, chosen: Hypothesis) -> ProductId | None:
        """Name what was in a hand that took something, if looks contradict what the plan made of it."""
        if isinstance(part, Meeting) or chosen.kind is not EventKind.PICK or chosen.product_id is None:
            return None
        during_s = (part.reach.in_s, part.reach.out_s)
        story = self._hands.story(part.shopper_id, part.hand, during_s, (-np.inf, np.inf))
        best = int(np.argmax(story.pick))
        found = self._map.product_ids.index(chosen.product_id)
        is_clear = story.pick[best] - story.pick[found] > CONFLICT_NATS
        return self._map.product_ids[best] if is_clear else None

    def _hypotheses(self, interaction: Interaction) -> tuple[Hypothesis, ...]:
        """Look at the hand before and after, but not across its neighbouring interactions."""
        reach = interaction.reach
        contacts = [
            one.reach.contact_s
            for one in self._interactions
            if one.shopper_id == interaction.shopper_id and one.hand == interaction.hand
        ]
        window = (
            max((one for one in contacts if one < reach.contact_s), default=-np.inf),
            min((one for one in contacts if one > reach.contact_s), default=np.inf),
        )
        changed = frozenset(change.slot_id for change in self._grouped if change.may_be_of(reach.contact_s))
        looks = self._hands.count(interaction.shopper_id, reach.out_s + LOOKS_LATER_S)
        key = (interaction.shopper_id, window, changed, looks, self._planogram.version)
        known = self._known.get(interaction.interaction_id)
        if known is not None and known[0] == key:
            return known[1]
        story = self._hands.story(interaction.shopper_id, interaction.hand, (reach.in_s, reach.out_s), window)
        found = hypotheses(interaction, story, changed, self._planogram, self._map)
        self._known[interaction.interaction_id] = (key, found)
        return found


def _move(part: Interaction | Meeting, question: Question, chosen: Hypothesis, doubt: float) -> Move:
    sure = _share(question, chosen) * (1.0 - doubt)
    if isinstance(part, Meeting):
        return Move(question.interaction_id, part.people, part.at_s, part.to_s, chosen, sure)
    reach = part.reach
    return Move(question.interaction_id, (part.shopper_id,), reach.contact_s, reach.out_s, chosen, sure)


def _share(question: Question, chosen: Hypothesis) -> float:
    """Share of the chosen kind and product among the hypotheses, places and quantities summed up."""
    nats = np.array([one.log_likelihood for one in question.hypotheses])
    share = np.exp(nats - nats.max())
    same = [one.kind is chosen.kind and one.product_id == chosen.product_id for one in question.hypotheses]
    return float(share[same].sum() / share.sum())


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
