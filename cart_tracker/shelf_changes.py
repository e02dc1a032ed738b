"""What cameras say of one slot at one time, united into one change with what it is worth as evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from cart_tracker.observations import SlotChanged
from cart_tracker.store_map import SlotId, StoreMap
from cart_tracker.visits import EventKind

BEFORE_CHANGE_S = 0.8  # the last clear view may be this much after the hand was in
AFTER_CHANGE_S = 0.5
NEIGHBOUR_GAP_M = 0.08
COUNTED_UNITS = 0.3  # an estimated change smaller than this tells no number
# What a change must claim before it counts: of what cameras compare three in ten are moves (203 of 687 looks
# of 18 recordings), and a false change finds a hand that was near. Of 0, 0.25 and 0.5 nats the item F1 of 15
# recordings was 0.70, 0.74 and 0.74, precision 0.63, 0.68 and 0.68.
CLAIM_NATS = 0.25
TOO_MANY_NATS = 1.5  # per unit more than was counted: cameras miss what stands behind


@dataclass(frozen=True, slots=True)
class ShelfChange:
    """A slot changed between two times.

    Attributes:
        taken_nats: How much better "something was taken" explains the pictures than "nothing left or came".
        came_nats: The same of "something was put there".
        units: How many came (positive) or left (negative), as estimated; 0.0 where nobody counted.
        neighbours: Slots that look so near that the change may have been theirs.
    """

    slot_id: SlotId
    since_s: float
    at_s: float
    taken_nats: float
    came_nats: float
    units: float = 0.0
    neighbours: frozenset[SlotId] = frozenset()

    @property
    def most_units(self) -> int:
        """How many units at most it can be about."""
        return max(1, round(abs(self.units)))

    def may_be_of(self, contact_s: float) -> bool:
        """Can a hand that was in the slot then have changed it?"""
        return self.since_s - BEFORE_CHANGE_S <= contact_s <= self.at_s + AFTER_CHANGE_S

    def worth(self, kind: EventKind, quantity: int) -> float:
        """Nats by which a move of this kind and quantity explains the change better than nothing.

        Several moves share what a change of several units is worth.
        """
        gain = self.taken_nats if kind is EventKind.PICK else self.came_nats
        if abs(self.units) < COUNTED_UNITS:
            return gain
        most = self.most_units
        return gain * min(quantity, most) / most - TOO_MANY_NATS * max(0, quantity - most)


def group_changes(changes: Sequence[SlotChanged], store_map: StoreMap) -> list[ShelfChange]:
    """Unite what several cameras say of one slot at one time; beyond the best one they count half."""
    groups: list[list[SlotChanged]] = []
    for change in sorted(changes, key=lambda one: (one.slot_id, one.at_s, one.camera_id)):
        if groups and all(_is_same_change(other, change) for other in groups[-1]):
            groups[-1].append(change)
        else:
            groups.append([change])
    return [_united(group, neighbours(store_map, group[0].slot_id)) for group in groups]


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


def _united(group: Sequence[SlotChanged], near: frozenset[SlotId]) -> ShelfChange:
    taken, came = ([_gain(one, name) for one in group] for name in ("taken", "came"))
    counted = [one.units for one in group if abs(one.units) >= COUNTED_UNITS]
    return ShelfChange(
        group[0].slot_id,
        max(one.since_s for one in group),
        min(one.at_s for one in group),
        0.5 * (max(taken) + sum(taken)),
        0.5 * (max(came) + sum(came)),
        sum(counted) / len(counted) if counted else 0.0,
        near,
    )


def _gain(change: SlotChanged, name: str) -> float:
    told = change.log_likelihood
    return (told.taken if name == "taken" else told.came) - told.still - CLAIM_NATS


def _is_same_change(one: SlotChanged, later: SlotChanged) -> bool:
    """May two cameras have seen the same change?"""
    return one.slot_id == later.slot_id and one.camera_id != later.camera_id and one.at_s > later.since_s
