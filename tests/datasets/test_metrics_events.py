from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from datasets.metrics.events import EventPair, TimedEvent, match_events


def event(at_s, product="cola", kind="pick", slot="a1", shopper="shopper-1"):
    return TimedEvent(kind=kind, product_id=product, slot_id=slot, shopper=shopper, at_s=at_s)


events = st.lists(
    st.builds(
        event,
        # Quarter seconds: ties and distances of exactly one second are likely.
        at_s=st.integers(0, 16).map(lambda quarter: quarter / 4),
        product=st.sampled_from(["cola", "water"]),
        kind=st.sampled_from(["pick", "put"]),
        slot=st.sampled_from(["a1", "a2"]),
    ),
    max_size=4,
)


def may_pair(true, seen):
    return (
        true.kind == seen.kind
        and (true.product_id == seen.product_id or true.slot_id == seen.slot_id)
        and abs(true.at_s - seen.at_s) <= 1.0
    )


def slow_nearest_first(true, seen):
    """Take the nearest allowed pair until there is none."""
    free_true, free_seen, pairs = set(range(len(true))), set(range(len(seen))), set()
    while True:
        allowed = [
            (abs(true[i].at_s - seen[j].at_s), true[i].at_s, seen[j].at_s, i, j)
            for i in free_true
            for j in free_seen
            if may_pair(true[i], seen[j])
        ]
        if not allowed:
            return pairs
        *_, i, j = min(allowed)
        pairs.add((i, j))
        free_true.remove(i)
        free_seen.remove(j)


def most_pairs(true, seen):
    """Size of the largest matching, by trying all."""
    for size in range(min(len(true), len(seen)), 0, -1):
        for chosen in combinations(range(len(true)), size):
            for partners in permutations(range(len(seen)), size):
                if all(may_pair(true[i], seen[j]) for i, j in zip(chosen, partners, strict=True)):
                    return size
    return 0


def test_each_true_event_is_found_once_and_by_the_nearest():
    pairs = match_events([event(10.0)], [event(9.3), event(10.2), event(10.9)])
    assert pairs == (EventPair(true=0, seen=1),)


def test_one_second_is_still_a_match_and_more_is_not():
    assert match_events([event(10.0)], [event(11.0)])
    assert not match_events([event(10.0)], [event(11.25)])


def test_the_same_slot_or_the_same_product_is_enough():
    assert match_events([event(1.0, product="cola", slot="a1")], [event(1.0, product="water", slot="a1")])
    assert match_events([event(1.0, product="cola", slot="a1")], [event(1.0, product="cola", slot="b7")])
    assert not match_events([event(1.0, product="cola", slot="a1")], [event(1.0, product="water", slot="b7")])


def test_unknown_products_at_unknown_slots_are_nothing_in_common():
    assert not match_events([event(1.0)], [event(1.0, product=None, slot=None)])


def test_a_pick_is_no_put_back():
    assert not match_events([event(1.0, kind="pick")], [event(1.0, kind="put")])


@given(events, events)
def test_matching_agrees_with_the_slow_obvious_one(true, seen):
    found = {(pair.true, pair.seen) for pair in match_events(true, seen)}
    assert found == slow_nearest_first(true, seen)


@given(events, events)
def test_matching_is_one_to_one_and_at_least_half_of_the_best(true, seen):
    pairs = match_events(true, seen)
    assert len({pair.true for pair in pairs}) == len({pair.seen for pair in pairs}) == len(pairs)
    assert most_pairs(true, seen) / 2 <= len(pairs) <= most_pairs(true, seen)


@given(events)
def test_events_match_themselves_completely(true):
    assert len(match_events(true, true)) == len(true)
