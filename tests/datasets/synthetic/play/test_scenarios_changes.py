"""What changes during a visit: looks, prices, the fog on a fridge; and what people bring along."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.errors import RecordingError
from datasets.price_changes import PriceChange, read_price_changes, write_price_changes
from datasets.synthetic.play.acts import Action, InBag, Outside, PropAt, PropAway, PropHeld
from datasets.synthetic.play.agenda import ShoppingList, Stock, draw_errands
from datasets.synthetic.play.fridge_fog import fog_at
from datasets.synthetic.play.mixtures import NORMAL
from datasets.synthetic.play.open_doors import LEAF_RADIUS_M, open_leaves
from datasets.synthetic.play.scenarios import find_scenario, write_scenario
from datasets.synthetic.play.truth import script_truth
from datasets.synthetic.pools import Pool
from datasets.synthetic.store.layout import StoreWish, Template, generate_store


@pytest.fixture(scope="module")
def script_of():
    known = {}

    def script(name):
        if name not in known:
            known[name] = write_scenario(find_scenario(name), 2)
        return known[name]

    return script


def moment_of(script, action):
    return next(event.contact_s for event in script.events if event.action is action)


def test_a_unit_is_owed_at_the_price_on_the_shelf_when_it_was_taken(script_of):
    script = script_of("price-changed")
    (step,) = script.price_steps
    old = script.store.assortment[step.product_index].price_minor
    before, after = script_truth(script, "price-changed", 2, 1000.0, 2).visits

    assert step.at_s == moment_of(script, Action.RELABEL)
    assert step.price_minor != old
    assert before.cart == after.cart
    assert (before.total_minor, after.total_minor) == (old, step.price_minor)
    assert isinstance(script.prop_histories[len(script.store.props)].places[-1][1], PropAt)


def test_changes_of_prices_are_read_as_they_were_written(tmp_path):
    changes = (PriceChange(1000.5, "tea", 250), PriceChange(1001.0, "milk", 99))
    write_price_changes(tmp_path, changes)

    assert read_price_changes(tmp_path) == changes
    (tmp_path / "prices.jsonl").write_text('{"at_s": 1}\n')
    with pytest.raises(RecordingError, match=r"prices\.jsonl, line 1"):
        read_price_changes(tmp_path)


def test_an_own_drink_comes_and_leaves_in_the_bag_and_is_owed_by_nobody(script_of):
    script = script_of("own-drink")
    drink = next(unit for unit in script.units if not unit.is_for_sale)
    sip = next(event for event in script.events if event.action is Action.SIP)
    product_id = script.store.assortment[drink.product_index].product_id

    assert (sip.unit_id, sip.slot_id) == (drink.unit_id, None)
    assert [type(place) for _, place in (drink.places[0], *drink.places[-2:])] == [InBag, InBag, Outside]
    assert product_id not in script.cart_of_visit(0)


def test_a_coat_that_is_off_is_not_worn_and_lies_where_it_was_put(script_of):
    script = script_of("own-coat")
    off, on = moment_of(script, Action.TAKE_OFF), moment_of(script, Action.PUT_ON)
    coat = script.prop_histories[len(script.store.props)]
    person = script.people[0]
    worn = [script.pose_at(0, at_s) for at_s in (off - 0.1, off + 0.1, on - 0.1, on + 0.1)]

    assert [pose.is_coat_off for pose in worn] == [False, True, True, False]
    assert isinstance(coat.place_at(moment_of(script, Action.PICK)), PropAt)
    assert isinstance(coat.place_at(off + 0.1), PropHeld)
    assert isinstance(coat.place_at(on + 0.1), PropAway)
    with_coat, without = person.posed(worn[0]), person.posed(worn[1])
    assert len(with_coat.vertices_m) != len(without.vertices_m)
    assert np.abs(with_coat.keypoints_m - without.keypoints_m).max() < 0.2


def test_an_umbrella_is_held_over_the_head_until_it_is_folded(script_of):
    script = script_of("umbrella")
    folded = moment_of(script, Action.FOLD_UMBRELLA)
    opened = script.prop_histories[len(script.store.props)]
    stay = script.stays[0]
    for at_s in (stay.entered_s + 0.2, stay.stop_s[1] + 0.5):
        pose = script.pose_at(0, at_s)
        head = script.people[0].skeleton_only(pose).keypoints_m[0]
        (umbrella,) = (p for p in script.state_at(at_s).props if p.prop_index == len(script.store.props))
        assert isinstance(opened.place_at(at_s), PropHeld)
        assert np.hypot(*(np.array(umbrella.xyz_m[:2]) - head[:2])) < 0.42
        assert umbrella.xyz_m[2] + 0.64 > head[2] - 0.03
    assert isinstance(opened.place_at(folded + 0.1), PropAway)


def test_a_fridge_fogs_while_it_is_open_and_clears_after(script_of):
    script = script_of("fridge-door")
    opened, shut = moment_of(script, Action.OPEN_DOOR), moment_of(script, Action.CLOSE_DOOR) + 1.5
    (door,) = (d for d in script.store.doors if len(script.prop_histories[d.prop_index].places) > 1)
    history = script.prop_histories[door.prop_index]
    fog = [fog_at(history, door.closed_yaw_rad, at_s) for at_s in (opened, shut, shut + 10.0, shut + 60.0)]

    assert fog[0] < 0.01
    assert fog[1] > 0.8
    assert fog[1] > fog[2] > fog[3]
    assert fog[3] < 0.05


def test_a_shopping_list_reaches_behind_one_door_and_nothing_comes_in_between():
    store = generate_store(Pool.DEV, 3, StoreWish((Template.FRIDGES,), (25.0, 45.0)))
    opened = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        errands = draw_errands(rng, Stock(store, rng), ShoppingList(picks=3, touches=2), opens_doors=True)
        actions = [errand.action for errand in errands]
        opened.append(actions.count(Action.OPEN_DOOR))
        for row in np.flatnonzero([action is Action.OPEN_DOOR for action in actions]):
            assert actions[row : row + 3] == [Action.OPEN_DOOR, Action.PICK, Action.CLOSE_DOOR]
            assert len({errand.door for errand in errands[row : row + 3]}) == 1
    assert set(opened) == {0, 1}


@pytest.mark.slow
def test_some_of_a_shopping_list_is_behind_the_doors_of_a_fridge_and_nobody_walks_into_one():
    cold = replace(NORMAL, store=StoreWish((Template.FRIDGES,), (25.0, 45.0)))
    script = write_scenario(cold, 3)
    actions = [event.action for event in script.events]

    assert actions.count(Action.OPEN_DOOR) == actions.count(Action.CLOSE_DOOR) > 0
    for opener in script.stays:
        for disc in open_leaves(opener, len(opener.track_xy_m)):
            for other in script.stays:
                if other is not opener:
                    apart = np.hypot(*(other.track_xy_m - disc).T)
                    assert np.nanmin(np.append(apart, 9.0)) > LEAF_RADIUS_M + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_staff_restocks_two_dozen_units_while_somebody_takes_one_at_the_same_bay(seed):
    script = write_scenario(find_scenario("restock"), seed)
    filled = [event for event in script.events if event.action is Action.RESTOCK]
    (pick,) = (event for event in script.events if event.action is Action.PICK)

    assert len(filled) == 24
    assert filled[0].contact_s < pick.contact_s < filled[-1].contact_s
    shelves = {script.store.store_map.shelf_of(e.slot_id).shelf_id for e in (*filled, pick)}
    assert len(shelves) == 1
