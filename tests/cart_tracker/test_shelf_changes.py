import pytest

from cart_tracker.observations import CameraId, SlotChanged, SlotLogLikelihood
from cart_tracker.shelf_changes import CLAIM_NATS, group_changes, neighbours
from cart_tracker.visits import EventKind
from tests.cart_tracker.observation_simulator import store_map

MAP = store_map()
SLOT = MAP.slots[0].slot_id
LEFT = SlotLogLikelihood(0.0, 0.0, 3.0, -1.0)


def told(camera: str, since_s: float, at_s: float, looks: SlotLogLikelihood = LEFT, units: float = -1.0):
    return SlotChanged(CameraId(camera), at_s, since_s, SLOT, looks, units)


def test_two_cameras_that_see_one_change_are_worth_one_and_a_half():
    (change,) = group_changes([told("cam1", 5.0, 9.0), told("cam2", 6.0, 10.0)], MAP)

    assert (change.since_s, change.at_s) == (6.0, 9.0)
    assert change.worth(EventKind.PICK, 1) == pytest.approx(1.5 * (3.0 - CLAIM_NATS))
    assert change.worth(EventKind.PUT, 1) < 0


def test_changes_at_different_times_and_two_of_one_camera_are_two():
    assert len(group_changes([told("cam1", 5.0, 9.0), told("cam2", 9.5, 12.0)], MAP)) == 2
    assert len(group_changes([told("cam1", 5.0, 9.0), told("cam1", 8.0, 12.0)], MAP)) == 2


def test_a_unit_that_was_only_turned_is_hardly_evidence_of_a_pick():
    turned = SlotLogLikelihood(0.0, 3.0, 2.5, 0.0)
    (change,) = group_changes([told("cam1", 5.0, 9.0, turned)], MAP)

    assert change.worth(EventKind.PICK, 1) < 1.0


def test_moves_share_what_a_change_of_several_units_is_worth_and_more_than_it_cost():
    (change,) = group_changes([told("cam1", 5.0, 9.0, units=-2.0)], MAP)
    one, two, three = (change.worth(EventKind.PICK, units) for units in (1, 2, 3))

    assert one == pytest.approx(two / 2)
    assert three < two


def test_neighbours_are_beside_above_and_below_on_the_same_shelf():
    near = neighbours(MAP, SLOT)

    assert SLOT not in near
    assert all(slot_id.startswith("wall-") for slot_id in near)
    assert {"wall-0-1", "wall-1-0"} <= near
    assert "wall-2-0" not in near
