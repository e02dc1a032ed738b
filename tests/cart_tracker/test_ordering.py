from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.observations import GateScanned, VisitId
from cart_tracker.ordering import ReorderBuffer, capture_order
from tests.cart_tracker.builders import people


def test_observations_come_out_in_the_order_of_capture():
    buffer = ReorderBuffer()
    late, early = people("cam1", 2.0), people("cam2", 1.0)
    buffer.push(late)
    buffer.push(early)

    assert buffer.release(1.5) == [early]
    assert buffer.release(2.0) == [late]


def test_people_come_before_facts_of_the_same_time():
    assert capture_order(people("cam1", 1.0)) < capture_order(GateScanned(1.0, "gate-1", VisitId("a")))


@settings(deadline=None)
@given(st.permutations([("cam1", 1.0), ("cam2", 1.0), ("cam3", 1.0), ("cam1", 1.1), ("cam2", 1.1)]))
def test_the_order_of_arrival_does_not_matter(arrivals):
    buffer = ReorderBuffer()
    for camera, at_s in arrivals:
        buffer.push(people(camera, at_s))

    released = [(one.camera_id, one.at_s) for one in buffer.release(2.0)]

    assert released == [("cam1", 1.0), ("cam2", 1.0), ("cam3", 1.0), ("cam1", 1.1), ("cam2", 1.1)]
