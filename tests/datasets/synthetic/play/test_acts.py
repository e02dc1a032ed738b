"""Every act obeys the same laws: units are where hands are, hands move like hands, and nothing jumps."""

from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from cart_tracker.store_map import ProductId, Shelf, ShelfId, Slot, SlotId
from datasets.synthetic.body.people import Person, PersonWish
from datasets.synthetic.body.wardrobe import Bag, Pushed
from datasets.synthetic.play.acts import (
    Action,
    Eaten,
    Errand,
    InBag,
    InHand,
    InSlot,
    Into,
    Manner,
    OnFloor,
    PropAt,
    PropHeld,
    Spot,
)
from datasets.synthetic.play.gait import PelvisTrack
from datasets.synthetic.play.gestures import OutOfReachError, held_unit_xyz_yaw
from datasets.synthetic.play.motion import Performance, UpperBody
from datasets.synthetic.play.routes import TICK_S
from datasets.synthetic.play.shopping import Shopper, exchange, hand_over, lifting
from datasets.synthetic.pools import Pool
from datasets.synthetic.scene import PropPose, UnitPose
from datasets.synthetic.store.planogram import Facing

SIZES = [(0.07, 0.07, 0.20), (0.06, 0.04, 0.12), (0.24, 0.10, 0.22)]
ASSORTMENT = [SimpleNamespace(size_m=size) for size in SIZES]
SHELF = Shelf(
    ShelfId("A"),
    (1.0, 3.0),
    (np.cos(0.4), np.sin(0.4)),
    2.0,
    0.45,
    (Slot(SlotId("A-01"), ProductId("x"), (0.8, 1.2), (1.0, 1.4), 3),),
)


@cache
def person(tall=None, pushes=Pushed.NOTHING, age=None, bag=Bag.SHOULDER_TOTE):
    """The first person of about a height; any if None."""
    for seed in range(60):
        body = Person(Pool.DEV, seed, PersonWish(age_years=age, pushes=pushes, bag=bag))
        if tall is None or abs(body.height_m - tall) < 0.06:
            return body
    raise AssertionError(f"nobody is {tall} m tall")


def shopper(body=None, index=0, seed=5):
    return Shopper(index, person() if body is None else body, ASSORTMENT, np.random.default_rng(seed))


def facing(board_m=1.0, product=0):
    return Facing(
        shelf_id=SHELF.shelf_id, slot_id=SlotId("A-01"), column=1, product_index=product, along_m=1.0,
        board_m=board_m, width_m=0.12, headroom_m=0.4, unit_ids=(1,),
    )  # fmt: skip


def unit(number=1, product=0, along=1.0, inward=0.08, board=1.0, turn=0.05):
    x, y, z = SHELF.to_store(np.array([along, inward, board]))
    yaw = float(np.arctan2(-SHELF.inward_xy[0], SHELF.inward_xy[1])) + turn
    return UnitPose(number, product, (float(x), float(y), float(z)), yaw)


@dataclass
class Act:
    """What somebody does, one routine after another, each standing still where it takes place."""

    shopper: Shopper
    routines: list

    def performance(self, number):
        routine = self.routines[number]
        ticks = int(routine.duration_s / TICK_S) + 2
        track = np.repeat(routine.stance.xy_m[None], ticks, axis=0)
        build = self.shopper.build
        pelvis = PelvisTrack(
            0.0,
            track,
            np.full(ticks, routine.stance.yaw_rad),
            build.height_m,
            build.foot_offset_m,
            build.gait,
        )
        return Performance(build, pelvis, UpperBody(0.0, pelvis.end_s, routine.keys))

    def place_before(self, number, unit_id):
        for routine in reversed(self.routines[:number]):
            for move in reversed(routine.moves):
                if move.unit_id == unit_id:
                    return move.place
        return None

    def pose(self, number, place, at_s):
        if isinstance(place, (InSlot, OnFloor)):
            return place.pose
        if isinstance(place, InHand) and place.shopper == self.shopper.index:
            pose = self.performance(number).pose_at(at_s)
            skeleton = self.shopper.body.skeleton_only(pose)
            xyz, yaw = held_unit_xyz_yaw(skeleton, place.hand, pose.yaw_rad, place.grip)
            return UnitPose(0, 0, tuple(xyz), yaw, place.grip.tilt_rad)
        return None


def perform(errands, body=None, seed=5):
    who = shopper(body, seed=seed)
    return Act(who, [who.perform(errand, SHELF) for errand in errands])


def axis_point(pose, product):
    """The middle of a unit: what must not jump, however it is tilted."""
    sin, cos = np.sin(pose.tilt_rad), np.cos(pose.tilt_rad)
    up = np.array([sin * np.sin(pose.yaw_rad), -sin * np.cos(pose.yaw_rad), cos])
    return np.array(pose.xyz_m) + up * SIZES[product][2] * 0.55


def held_pick(**manner):
    return Errand(Action.PICK, facing(), (unit(),), Manner(into=Into.HAND, **manner))


HERE = Spot((2.0, 1.5), 0.7)
BAG = PropPose(0, tuple(SHELF.to_store(np.array([1.0, 0.12, 0.9]))), 0.3)
CARTON = PropPose(0, (*(SHELF.to_store(np.array([1.5, -0.45, 0.0]))[:2]), 0.3), 0.4)
BIG = Errand(Action.PICK, facing(product=2), (unit(product=2, inward=0.1),), Manner(into=Into.HAND))
TWO = (unit(1, along=0.95), unit(2, along=1.045))
ACTS = {
    "pick left": [held_pick(hand=0)],
    "pick right": [held_pick(hand=1)],
    "pick into the bag": [Errand(Action.PICK, facing(), (unit(),))],
    "pick behind": [Errand(Action.PICK, facing(), (unit(inward=0.17),))],
    "pick low": [Errand(Action.PICK, facing(0.2), (unit(board=0.2),))],
    "pick high": [Errand(Action.PICK, facing(1.5), (unit(board=1.5),))],
    "pick slowly": [held_pick(inside_s=10.0)],
    "grab": [held_pick(inside_s=0.3)],
    "pick two": [Errand(Action.PICK, facing(), TWO)],
    "pick three": [Errand(Action.PICK, facing(), (*TWO, unit(3, along=1.14)), Manner(into=Into.HAND))],
    "one in each hand": [Errand(Action.PICK, facing(), TWO, Manner(both_hands=True, into=Into.HAND))],
    "pick something big": [BIG],
    "put something big back": [BIG, Errand(Action.PUT, facing(product=2), (unit(product=2),))],
    "put back": [held_pick(), Errand(Action.PUT, facing(), (unit(),))],
    "put back from the bag": [
        Errand(Action.PICK, facing(), (unit(),)), Errand(Action.PUT, facing(), (unit(),))],
    "put where it does not belong": [
        held_pick(), Errand(Action.PUT, facing(0.6), (unit(),), Manner(is_misplaced=True),
                            places=(unit(along=1.1, board=0.6),))],
    "put one of two back": [
        Errand(Action.PICK, facing(), TWO, Manner(both_hands=True, into=Into.HAND)),
        Errand(Action.PUT, facing(), TWO[:1])],
    "touch": [Errand(Action.TOUCH, facing())],
    "turn": [Errand(Action.TURN, facing(), (unit(),), Manner(turn_rad=1.2))],
    "push to the back": [Errand(Action.PUSH, facing(), (unit(),), Manner(shift_m=0.12))],
    "pull to the front": [Errand(Action.PUSH, facing(), (unit(inward=0.2),), Manner(shift_m=-0.12))],
    "hold and leave": [Errand(Action.HOLD, facing(), (unit(),), Manner(hold_s=6.0, is_left=True))],
    "hold lifted and leave": [
        Errand(Action.HOLD, facing(), (unit(),), Manner(hold_s=6.0, is_left=True, is_lifted=True))],
    "hold and take": [Errand(Action.HOLD, facing(), (unit(),), Manner(hold_s=6.0))],
    "hold lifted and take": [Errand(Action.HOLD, facing(), (unit(),), Manner(hold_s=6.0, is_lifted=True))],
    "hide in the bag": [Errand(Action.PICK, facing(), (unit(),), Manner(is_hidden=True))],
    "hide in the jacket": [
        Errand(Action.PICK, facing(), (unit(),), Manner(is_hidden=True, into=Into.JACKET))],
    "examine": [held_pick(), Errand(Action.LOOK, units=(unit(),), spot=HERE, manner=Manner(into=Into.HAND))],
    "drop": [held_pick(), Errand(Action.DROP, units=(unit(),), spot=HERE)],
    "eat": [held_pick(), Errand(Action.EAT, units=(unit(),), spot=HERE)],
    "drink": [held_pick(), Errand(Action.EAT, units=(unit(),), spot=HERE, manner=Manner(is_drink=True))],
    "eat and leave the wrapper": [
        held_pick(), Errand(Action.EAT, facing(), (unit(),), prop=replace(BAG, xyz_m=unit().xyz_m))],
    "leave a bag and take it again": [
        Errand(Action.LEAVE_BAG, facing(0.9), prop=BAG), Errand(Action.TAKE_BAG, facing(0.9), prop=BAG)],
    "restock": [
        Errand(Action.RESTOCK, facing(), TWO, Manner(haste=1.3, hand=1), places=TWO, prop=CARTON)],
    "browse": [Errand(Action.BROWSE, facing())],
    "wait": [Errand(Action.WAIT, spot=HERE, manner=Manner(hold_s=5.0))],
    "talk": [Errand(Action.TALK, spot=HERE, manner=Manner(hold_s=5.0))],
    "phone": [Errand(Action.PHONE, spot=HERE, manner=Manner(hold_s=5.0), prop=PropPose(0, (0, 0, 0), 0.0))],
}  # fmt: skip


@cache
def act(name):
    return perform(ACTS[name])


every_act = pytest.mark.parametrize("name", sorted(ACTS))


@every_act
def test_a_unit_is_at_one_place_when_it_changes_hands(name):
    done = act(name)
    for number, routine in enumerate(done.routines):
        last = {}
        for move in routine.moves:
            before = last.get(move.unit_id, done.place_before(number, move.unit_id))
            if before is None and routine.errand.action is not Action.RESTOCK:
                home = next(u for u in routine.errand.units if u.unit_id == move.unit_id)
                before = InSlot("A-01", home)
            old, new = (done.pose(number, place, move.at_s) for place in (before, move.place))
            if old is not None and new is not None:
                product = ACTS[name][0].units[0].product_index
                jump = np.linalg.norm(axis_point(old, product) - axis_point(new, product))
                is_loose = isinstance(before, OnFloor)
                is_step = isinstance(before, type(move.place))
                assert jump < (0.2 if is_loose else 0.04 if is_step else 0.0015), (move, jump)
            last[move.unit_id] = move.place


@every_act
def test_a_unit_stands_on_the_board_when_it_is_let_go_of(name):
    for routine in act(name).routines:
        for move in routine.moves:
            if isinstance(move.place, InSlot):
                board = (routine.errand.places or routine.errand.units)[0].xyz_m[2]
                if routine.errand.action is Action.PUT and not routine.errand.places:
                    board = routine.errand.facing.board_m
                assert move.place.pose.xyz_m[2] == pytest.approx(board, abs=0.002)


@every_act
def test_hands_are_no_faster_than_hands(name):
    done = act(name)
    limit = 4.5 if name == "grab" else 3.0
    for number in range(len(done.routines)):
        performance = done.performance(number)
        times = np.arange(0.0, performance.pelvis.end_s, 0.05)
        wrists = np.array([done.shopper.body.skeleton_only(performance.pose_at(t)).wrist_m for t in times])
        assert np.linalg.norm(np.diff(wrists, axis=0), axis=2).max() / 0.05 < limit


@every_act
def test_acts_wait_until_the_feet_are_still_and_end_before_they_go(name):
    for routine in act(name).routines:
        times = [event.contact_s for event in routine.events if event.slot_id is not None]
        assert all(1.5 <= at_s <= routine.duration_s - 1.0 for at_s in times)
        keys = [at_s for at_s, _ in routine.keys]
        assert keys == sorted(keys)
        assert routine.keys[0][0] == 0.0
        assert routine.keys[-1][0] == pytest.approx(routine.duration_s)


@every_act
def test_a_hand_is_behind_the_front_of_the_shelf_at_the_contact(name):
    done = act(name)
    for number, routine in enumerate(done.routines):
        for event in routine.events:
            if event.slot_id is None or event.hand is None or event.action is Action.EAT:
                continue
            pose = done.performance(number).pose_at(event.contact_s)
            palm = done.shopper.body.skeleton_only(pose).palm_m[event.hand]
            assert 0.0 < SHELF.to_shelf(palm)[1] < SHELF.depth_m


def kinds(name):
    return [event.action for routine in act(name).routines for event in routine.events]


def final_place(name, unit_id=1):
    done = act(name)
    return done.place_before(len(done.routines), unit_id)


def test_events_say_what_happens():
    assert kinds("pick three") == [Action.PICK] * 3
    assert kinds("put one of two back") == [Action.PICK, Action.PICK, Action.PUT]
    assert kinds("hold and leave") == [Action.HOLD]
    assert kinds("hold and take") == [Action.HOLD, Action.PICK]
    assert kinds("restock") == [Action.RESTOCK] * 2
    assert kinds("turn") == [Action.TURN]
    assert kinds("wait") == []


def test_units_end_where_the_act_says():
    assert isinstance(final_place("pick into the bag"), InBag)
    assert final_place("hide in the jacket").is_jacket
    assert isinstance(final_place("pick left"), InHand)
    assert final_place("pick left").hand == 0
    assert isinstance(final_place("put back"), InSlot)
    assert isinstance(final_place("hold lifted and leave"), InSlot)
    assert isinstance(final_place("eat"), Eaten)
    assert isinstance(final_place("drop"), OnFloor)
    assert {type(final_place("put one of two back", number)) for number in (1, 2)} == {InSlot, InHand}


def test_a_pushed_unit_ends_as_far_inside_as_it_was_pushed():
    moved = SHELF.to_shelf(np.array(final_place("push to the back").pose.xyz_m))

    np.testing.assert_allclose(moved, [1.0, 0.2, 1.0], atol=1e-6)


def test_a_turned_unit_shows_another_side_at_the_same_place():
    pose = final_place("turn").pose

    assert pose.yaw_rad == pytest.approx(unit().yaw_rad + 1.2)
    assert pose.xyz_m == unit().xyz_m


def test_a_hidden_unit_is_gone_before_the_hand_is_out_of_the_shelf():
    for name in ("hide in the bag", "hide in the jacket"):
        done = act(name)
        event, gone = done.routines[0].events[0], done.routines[0].moves[-1]
        palm = done.shopper.body.skeleton_only(done.performance(0).pose_at(gone.at_s)).palm_m[event.hand]
        assert SHELF.to_shelf(palm)[1] > 0.0


@pytest.mark.parametrize(("name", "inside_s"), [("pick slowly", 10.0), ("grab", 0.3)])
def test_a_hand_is_inside_for_as_long_as_asked(name, inside_s):
    done = act(name)
    hand = done.routines[0].events[0].hand
    performance = done.performance(0)
    times = np.arange(0.0, performance.pelvis.end_s, 0.01)
    palms = np.array([done.shopper.body.skeleton_only(performance.pose_at(t)).palm_m[hand] for t in times])

    assert (SHELF.to_shelf(palms)[:, 1] > 0).sum() * 0.01 == pytest.approx(inside_s, rel=0.25)


def test_a_dropped_unit_falls_in_half_a_second_and_lies_on_the_floor():
    routine = act("drop").routines[1]
    fall = [move for move in routine.moves if isinstance(move.place, OnFloor)]
    landed = next(move for move in fall if move.place.pose.xyz_m[2] < 0.05)

    assert 0.2 < landed.at_s - fall[0].at_s < 0.6
    assert fall[-1].place.pose.xyz_m[2] == pytest.approx(SIZES[0][1] / 2)
    assert fall[-1].place.pose.tilt_rad == pytest.approx(np.pi / 2)


@pytest.mark.parametrize("tall", [1.15, 1.45, 1.7, 1.9])
def test_what_fell_can_be_picked_up_by_anybody(tall):
    lying = act("drop").routines[1].moves[-1].place.pose
    who = shopper(person(tall, age=(6, 16) if tall < 1.6 else (20, 70)))
    routine = who.perform(Errand(Action.PICK_UP, units=(lying,), spot=who.crouch_spot(lying, 0.3)))

    assert [event.action for event in routine.events] == [Action.PICK_UP]
    done = Act(who, [routine])
    held = done.pose(0, routine.moves[0].place, routine.moves[0].at_s)
    assert np.linalg.norm(axis_point(held, 0) - axis_point(lying, 0)) < 0.002


@pytest.mark.parametrize("tall", [1.15, 1.45, 1.6, 1.75, 1.9])
@pytest.mark.parametrize("hand", [0, 1])
def test_people_of_all_sizes_reach_what_is_at_their_height(tall, hand):
    body = person(tall, age=(6, 16) if tall < 1.6 else (20, 70))
    for board in (0.15, 0.45, 0.7, 0.95):
        board = min(board, 0.55 * tall)
        errand = Errand(Action.PICK, facing(board), (unit(board=board),), Manner(hand=hand))
        assert perform([errand], body).routines[0].events[0].hand == hand


def test_children_do_not_reach_high_shelves():
    with pytest.raises(OutOfReachError):
        perform([Errand(Action.PICK, facing(1.6), (unit(board=1.6),))], person(1.15, age=(6, 9)))


@pytest.mark.parametrize("hand", [0, 1])
def test_somebody_in_a_wheelchair_reaches_sideways(hand):
    body = person(pushes=Pushed.WHEELCHAIR)
    done = perform([Errand(Action.PICK, facing(0.8), (unit(board=0.8),), Manner(hand=hand))], body)
    stance = done.routines[0].stance

    assert abs(np.dot(stance.inward_xy, [np.sin(stance.yaw_rad), -np.cos(stance.yaw_rad)])) < 0.01
    assert done.routines[0].keys[0][1].drop_m == 0.0


def test_hands_are_at_the_handle_only_on_the_way():
    body = person(pushes=Pushed.TROLLEY)
    routine = perform([Errand(Action.PICK, facing(), (unit(),))], body).routines[0]

    np.testing.assert_allclose(routine.end_posture.wrist_m, body.push_hands_m)
    for _, posture in (routine.keys[0], routine.keys[-1]):
        assert np.abs(posture.wrist_m - body.push_hands_m).max() > 0.1


def two_people():
    bodies = [person(1.75, age=(20, 60)), person(1.65, age=(20, 60))]
    return [shopper(body, index) for index, body in enumerate(bodies)]


def place_at(routine, unit_id, at_s):
    return [m.place for m in routine.moves if m.unit_id == unit_id and m.at_s <= at_s][-1]


def assert_meets(giver, given, receiver, taken, unit_id, product=0):
    """The unit in the giver's hand is where it is in the receiver's when it goes over."""
    in_hand = next(m.place for m in reversed(giver.routines[0].moves) if m.unit_id == unit_id)
    old = giver.pose(len(giver.routines) - 1, in_hand, given.contact_s)
    move = next(m for m in taken.moves if m.unit_id == unit_id)
    new = receiver.pose(len(receiver.routines) - 1, move.place, move.at_s)
    assert move.at_s == pytest.approx(taken.contact_s)
    assert np.linalg.norm(axis_point(old, product) - axis_point(new, product)) < 0.002


@pytest.mark.parametrize("hand", [0, 1])
def test_what_is_given_goes_from_hand_to_hand(hand):
    giver, receiver = two_people()
    picked = giver.perform(held_pick(hand=hand), SHELF)
    give, receive = hand_over(
        giver, receiver, Errand(Action.GIVE, units=(unit(),), at_s=20.0),
        Errand(Action.RECEIVE, at_s=20.0), np.array([3.0, 1.0]), 0.4,
    )  # fmt: skip
    given, taken = giver.perform(give), receiver.perform(receive)

    assert given.events[0].partner == 1
    assert taken.events[0].partner == 0
    assert given.arrives_s + given.contact_s == pytest.approx(taken.arrives_s + taken.contact_s)
    assert_meets(Act(giver, [picked, given]), given, Act(receiver, [taken]), taken, 1)
    assert giver.held == ()
    assert np.hypot(*(given.stance.xy_m - taken.stance.xy_m)) == pytest.approx(0.75)


def test_two_people_swap_at_the_same_moment():
    first, second = two_people()
    pick_1 = first.perform(held_pick(), SHELF)
    other = Errand(Action.PICK, facing(), (unit(7),), Manner(into=Into.HAND))
    pick_2 = second.perform(other, SHELF)
    errands = Errand(Action.SWAP, units=(unit(1),)), Errand(Action.SWAP, units=(unit(7),))
    errands = exchange(first, second, errands, np.array([3.0, 1.0]), -0.5)
    swap_1, swap_2 = first.perform(errands[0]), second.perform(errands[1])

    assert {event.action for event in swap_1.events} == {Action.GIVE, Action.RECEIVE}
    acts = Act(first, [pick_1, swap_1]), Act(second, [pick_2, swap_2])
    assert_meets(acts[0], swap_1, acts[1], swap_2, 1)
    assert_meets(acts[1], swap_2, acts[0], swap_1, 7)


def test_a_gift_may_go_straight_into_the_partners_bag():
    giver, receiver = two_people()
    giver.perform(held_pick(), SHELF)
    manner = Manner(into=Into.PARTNER_BAG)
    give, _ = hand_over(
        giver, receiver, Errand(Action.GIVE, units=(unit(),), manner=manner), Errand(Action.WAIT),
        np.array([3.0, 1.0]), 0.4,
    )  # fmt: skip

    assert giver.perform(give).moves[-1].place == InBag(1)


def test_a_lifted_child_reaches_what_it_could_not():
    adult = shopper(person(1.75, age=(25, 50)))
    child = shopper(person(1.15, age=(6, 9)), 1)
    high = Errand(Action.LIFTED, facing(1.4), (unit(board=1.4),), at_s=30.0)
    lift, lifted = lifting(
        adult, child, Errand(Action.LIFT, manner=Manner(lift_m=0.5), at_s=30.0), high, SHELF
    )
    raising, raised = adult.perform(lift), child.perform(lifted, SHELF)

    assert raised.events[0].action is Action.PICK
    done = Act(child, [raised])
    feet = done.performance(0).pose_at(raised.contact_s).ankle_m[:, 2]
    assert feet.min() > 0.5
    held = done.pose(0, raised.moves[0].place, raised.contact_s)
    assert np.linalg.norm(np.subtract(held.xyz_m, unit(board=1.4).xyz_m)) < 0.002
    # Palms stay at the child's sides all the while that it is off the floor.
    for shift in np.arange(-2.3, 1.9, 0.2):
        hands = adult.body.skeleton_only(
            Act(adult, [raising]).performance(0).pose_at(raising.contact_s + shift)
        ).palm_m
        pose = done.performance(0).pose_at(raised.contact_s + shift)
        lift_m = pose.ankle_m[:, 2].min() - child.build.ankle_height_m
        np.testing.assert_allclose(hands[:, 2].mean(), lift.meeting_xyz_m[2] + lift_m, atol=0.03)


@pytest.mark.parametrize("is_left", [True, False])
@pytest.mark.parametrize("action", [Action.OPEN_DOOR, Action.CLOSE_DOOR])
def test_a_hand_moves_the_door_and_nobody_stands_in_its_way(action, is_left):
    hinge, latch = (0.7, 1.3) if is_left else (1.3, 0.7)
    along = float(np.arctan2(SHELF.along_xy[1], SHELF.along_xy[0]))
    closed = along if is_left else along + np.pi
    door = SimpleNamespace(
        prop_index=4,
        hinge_xy_m=tuple(SHELF.to_store(np.array([hinge, -0.03, 0.0]))[:2]),
        closed_yaw_rad=closed,
        open_yaw_rad=closed - 1.55 if is_left else closed + 1.55,
        handle_xyz_m=tuple(SHELF.to_store(np.array([latch, -0.08, 1.1]))),
    )
    who = shopper()
    routine = who.perform(Errand(action, door=door))
    yaws = [move.place.pose.yaw_rad for move in routine.prop_moves]
    ends = (door.closed_yaw_rad, door.open_yaw_rad)

    assert (yaws[0], yaws[-1]) == pytest.approx(ends if action is Action.OPEN_DOOR else ends[::-1])
    radius = np.hypot(*np.subtract(door.handle_xyz_m[:2], door.hinge_xy_m))
    assert np.hypot(*(routine.stance.xy_m - door.hinge_xy_m)) > radius + 0.2
    assert SHELF.to_shelf(np.array([*routine.stance.xy_m, 0.0]))[1] < -0.4
    # The palm is at the handle when the door starts, and still after a quarter of its way.
    performance = Act(who, [routine]).performance(0)
    for move in routine.prop_moves:
        turned = move.place.pose.yaw_rad - door.closed_yaw_rad
        if abs(move.place.pose.yaw_rad - yaws[0]) < 0.25 * 1.55:
            offset = np.subtract(door.handle_xyz_m[:2], door.hinge_xy_m)
            turn = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
            handle = np.array(door.hinge_xy_m) + turn @ offset
            palms = who.body.skeleton_only(performance.pose_at(move.at_s)).palm_m[:, :2]
            assert np.linalg.norm(palms - handle, axis=1).min() < 0.03


def test_an_own_bag_hangs_in_the_hand_until_it_is_left():
    leave, take = act("leave a bag and take it again").routines

    assert isinstance(leave.prop_moves[0].place, PropHeld)
    assert leave.prop_moves[-1].place == PropAt(BAG)
    assert isinstance(take.prop_moves[0].place, PropHeld)


def test_an_appointment_says_when_to_be_there():
    routine = perform([replace(held_pick(), at_s=40.0)]).routines[0]

    assert routine.arrives_s + routine.events[0].contact_s == pytest.approx(40.0)


def test_the_same_seed_gives_the_same_routine():
    first, second = (perform(ACTS["pick three"]).routines[0] for _ in range(2))

    assert first.moves == second.moves
    assert first.duration_s == second.duration_s
