"""Doors in the walls turn out of the way of everybody who passes, and shut before they are gone."""

from collections.abc import Sequence

from datasets.synthetic.play.acts import PropAt, PropPlace
from datasets.synthetic.play.histories import PropHistory
from datasets.synthetic.play.plot import Part
from datasets.synthetic.play.stay import Stay, door_lane
from datasets.synthetic.scene import PropPose
from datasets.synthetic.store.layout import GeneratedStore
from datasets.synthetic.store.layout_types import DoorLeaf

_TURNS_S = 0.45
# A door is wide open from this long before somebody steps through the wall until this long after it.
_BEFORE_S, _AFTER_S = 0.45, 0.45
_BEFORE_PUSHED_S = 1.7  # what is pushed goes ahead
# A door that would open again so soon stays open.
_STAYS_OPEN_S = 0.8


def with_doors(
    store: GeneratedStore,
    histories: Sequence[PropHistory],
    parts: Sequence[Part],
    stays: Sequence[Stay],
    pushers: frozenset[int],
) -> tuple[PropHistory, ...]:
    """Let the doors in the walls open and shut.

    Args:
        store: Whose.
        histories: Of all props.
        parts: Which doors people take.
        stays: When they do.
        pushers: Rows of the people who push something.
    """
    changed = list(histories)
    for leaf in store.leaves:
        passes = sorted(_passes(store, leaf, parts, stays, pushers))
        changed[leaf.prop_index] = PropHistory(_turned(leaf, passes))
    return tuple(changed)


def _passes(
    store: GeneratedStore,
    leaf: DoorLeaf,
    parts: Sequence[Part],
    stays: Sequence[Stay],
    pushers: frozenset[int],
) -> list[tuple[float, float]]:
    """Return from when to when somebody is in the way of a leaf."""
    found = []
    for row, (part, stay) in enumerate(zip(parts, stays, strict=True)):
        before_s = _BEFORE_PUSHED_S if row in pushers else _BEFORE_S
        for door, at_s in ((part.enters, stay.entered_s), (part.leaves, stay.left_s)):
            if door_lane(store, door) == leaf.lane:
                found.append((at_s - before_s, at_s + _AFTER_S))
    return found


def _turned(leaf: DoorLeaf, passes: Sequence[tuple[float, float]]) -> tuple[tuple[float, PropPlace], ...]:
    shut, wide = (
        PropAt(PropPose(leaf.prop_index, (*leaf.hinge_xy_m, 0.0), yaw))
        for yaw in (leaf.closed_yaw_rad, leaf.open_yaw_rad)
    )
    places: list[tuple[float, PropPlace]] = [(0.0, shut)]
    free_s = -_STAYS_OPEN_S
    for from_s, to_s in passes:
        if len(places) > 1 and from_s - _TURNS_S < free_s + _STAYS_OPEN_S:
            to_s = max(to_s, free_s - _TURNS_S)
            places = places[:-2]
        else:
            places += [(max(from_s - _TURNS_S, 0.01), shut), (max(from_s, 0.02), wide)]
        free_s = to_s + _TURNS_S
        places += [(to_s, wide), (free_s, shut)]
    return tuple(places)
