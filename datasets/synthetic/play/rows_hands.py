"""Rows 11 to 19, 22 and 23: what hands take, put back, pass on, and only touch."""

from dataclasses import replace
from itertools import groupby

import numpy as np

from datasets.recording import Expectation, Outcome
from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.body.wardrobe import Bag
from datasets.synthetic.play.acts import Action, Errand, Manner
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.plot import Cue, Plot, Rehearsal, cue
from datasets.synthetic.play.rows_close import doubtful
from datasets.synthetic.play.scenario import Director, Scenario
from datasets.synthetic.play.shopping import hand_over
from datasets.synthetic.play.stage import IN_HAND, Stage, pick, put
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.scene import FloatArray, UnitPose
from datasets.synthetic.store.layout import StoreWish
from datasets.synthetic.store.planogram import Facing

FREE_HANDS = PersonWish(age_years=(20.0, 65.0), bag=Bag.POCKETS)
_SIZES = StoreWish(area_m2=(15.0, 60.0))
_WIDEST_OF_THREE_M, _WIDEST_OF_TWO_M = 0.11, 0.075
# Routines at a shelf take about this long before and after their contact.
_AROUND_S = 6.0
_SLOW_S, _FAST_S = 10.0, 0.3


def charged(outcome: Outcome, visit: int, stage: Stage, facing: Facing) -> Expectation:
    """Return what shall become of a product on a receipt."""
    return Expectation(outcome, visit_id(visit), stage.product_id(facing))


def hand_over_cue(
    stage: Stage, giver: int, receiver: int, unit: UnitPose, near_xy_m: FloatArray, at_s: float, keeps: bool
) -> Cue:
    """Return the cue of a hand-over somewhere near a point.

    Args:
        stage: Where.
        giver: Has the unit in a hand by then.
        receiver: Takes it.
        unit: Which.
        near_xy_m: `(2,)`.
        at_s: When it goes from hand to hand.
        keeps: The receiver keeps it in the hand instead of stowing it.
    """
    spot, _ = stage.meeting(near_xy_m=near_xy_m)
    forward = np.array([np.sin(spot.yaw_rad), -np.cos(spot.yaw_rad)])
    middle = np.array(spot.xy_m) + forward * 0.375
    give = Errand(Action.GIVE, units=(unit,), at_s=at_s)
    receive = Errand(Action.RECEIVE, manner=IN_HAND if keeps else Manner(), at_s=at_s)

    def errands(known: Rehearsal) -> tuple[Errand, ...]:
        return hand_over(known.shopper(giver), known.shopper(receiver), give, receive, middle, spot.yaw_rad)

    return Cue((giver, receiver), errands, has_appointment=True)


def _direct_put_back(stage: Stage) -> Plot:
    facing = stage.any_filled()
    unit = stage.unit(facing)
    cues = [cue(0, pick(facing, (unit,), IN_HAND)), cue(0, put(facing, unit))]
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues)


def _misplaced(stage: Stage) -> tuple[Facing, Facing, UnitPose]:
    """Return a place with a unit and an empty place of another product where it fits."""
    facing = stage.any_filled()
    gap = stage.take(stage.stock.take_gap(facing.product_index, facing))
    return facing, gap, stage.unit(facing)


def _direct_misplaced(stage: Stage) -> Plot:
    facing, gap, unit = _misplaced(stage)
    cues = [cue(0, pick(facing, (unit,), IN_HAND)), cue(0, put(gap, unit, is_misplaced=True))]
    alert = Expectation(Outcome.ALERT, alert="misplaced-unit")
    return stage.plot(
        [stage.shopper(0, enter_s=0.6)], cues, (alert, charged(Outcome.NOT_CHARGED, 0, stage, facing))
    )


def _direct_misplaced_taken(stage: Stage) -> Plot:
    facing, gap, unit = _misplaced(stage)
    here = stage.front_xy_m(gap, 0.5)
    first_s = stage.soon_s(stage.front_xy_m(facing, 0.5)) + 14.0
    second_s = first_s + 9.0 + stage.planner.walking_s(stage.store.entry.mouth_xy_m, here, 0.8)

    def take_it(known: Rehearsal) -> tuple[Errand, ...]:
        return (pick(gap, (known.pose_of(unit.unit_id),), None, second_s),)

    put_it = replace(put(gap, unit, is_misplaced=True), at_s=first_s)
    cues = [cue(0, pick(facing, (unit,), IN_HAND)), cue(0, put_it), Cue((1,), take_it, True)]
    told = (
        charged(Outcome.NOT_CHARGED, 0, stage, facing),
        charged(Outcome.CHARGED_ONCE, 1, stage, facing),
    )
    return stage.plot([stage.shopper(0), stage.shopper(1)], cues, told)


def _hand_over(stage: Stage, keeps: bool) -> tuple[Facing, list[Cue]]:
    facing = stage.any_filled()
    unit, here = stage.unit(facing), stage.front_xy_m(facing, 0.5)
    at_s = stage.soon_s(here, here) + 9.0
    taking = pick(facing, (unit,), IN_HAND)
    return facing, [cue(0, taking), hand_over_cue(stage, 0, 1, unit, here, at_s, keeps)]


def _direct_put_back_by_other(stage: Stage) -> Plot:
    facing, cues = _hand_over(stage, keeps=True)
    cues.append(cue(1, put(facing, stage.unit(facing))))
    return stage.plot([stage.shopper(0), stage.shopper(1)], cues, doubtful(0, 1))


def _direct_hand_over(stage: Stage) -> Plot:
    facing, cues = _hand_over(stage, keeps=False)
    told = (
        charged(Outcome.CHARGED_ONCE, 1, stage, facing),
        charged(Outcome.NOT_CHARGED, 0, stage, facing),
        *doubtful(0, 1),
    )
    return stage.plot([stage.shopper(0), stage.shopper(1)], cues, told)


def _row_of_one_slot(stage: Stage, count: int, widest_m: float) -> list[Facing]:
    """Return neighbouring places of one slot, each with a unit that is not wider.

    Raises:
        NoPlaceError: If there are none.
    """
    rows = []
    places = sorted(stage.filled(), key=lambda facing: (facing.slot_id, facing.column))
    for _, group in groupby(places, key=lambda facing: facing.slot_id):
        slot = list(group)
        for first in range(len(slot) - count + 1):
            run = slot[first : first + count]
            is_row = run[-1].column - run[0].column == count - 1
            if is_row and stage.store.assortment[run[0].product_index].size_m[0] <= widest_m:
                rows.append(run)
    if not rows:
        raise NoPlaceError("no slot with so many units side by side")
    chosen = rows[int(stage.rng.integers(len(rows)))]
    return [stage.take(facing) for facing in chosen]


def _direct_three_at_once(stage: Stage) -> Plot:
    row = _row_of_one_slot(stage, 3, _WIDEST_OF_THREE_M)
    units = tuple(stage.unit(facing) for facing in row)
    return stage.plot([stage.shopper(0, enter_s=0.6)], [cue(0, pick(row[1], units))], doubtful(0))


def _direct_two_then_one_back(stage: Stage) -> Plot:
    row = _row_of_one_slot(stage, 2, _WIDEST_OF_TWO_M)
    units = tuple(stage.unit(facing) for facing in row)
    cues = [cue(0, pick(row[0], units, IN_HAND)), cue(0, put(row[1], units[1]))]
    cues.append(cue(0, Errand(Action.LOOK, row[0], units[:1])))
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, doubtful(0))


def _lookalikes(stage: Stage) -> tuple[Facing, Facing]:
    """Return neighbouring places of two products of one family.

    Raises:
        NoPlaceError: If there are none.
    """
    family = [product.family for product in stage.store.assortment.products]
    pairs = stage.neighbours(same_product=False)
    return stage.choose_pair(
        [(one, other) for one, other in pairs if family[one.product_index] == family[other.product_index]]
    )


def _direct_lookalike_swap(stage: Stage) -> Plot:
    """One takes a product, then its look-alike, and puts the first where the second stood."""
    first, second = _lookalikes(stage)
    unit, other = stage.unit(first), stage.unit(second)
    cues = [
        cue(0, pick(first, (unit,), replace(IN_HAND, hand=0))),
        cue(0, pick(second, (other,), replace(IN_HAND, hand=1))),
        cue(0, put(second, unit, is_misplaced=True)),
        cue(0, Errand(Action.LOOK, second, (other,))),
    ]
    told = (Expectation(Outcome.IN_REVIEW, visit_id(0)),)
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, told)


def _direct_lookalikes(stage: Stage) -> Plot:
    first, second = _lookalikes(stage)
    cues = [cue(0, pick(facing, (stage.unit(facing),))) for facing in (second, first)]
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, doubtful(0))


def _direct_slow_and_fast(stage: Stage) -> Plot:
    slow, fast = stage.any_filled(), stage.any_filled()
    cues = [
        cue(0, pick(slow, (stage.unit(slow),), Manner(inside_s=_SLOW_S))),
        cue(0, pick(fast, (stage.unit(fast),), Manner(inside_s=_FAST_S))),
    ]
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues)


def _direct_touch_and_tidy(stage: Stage) -> Plot:
    places = [
        facing for facing in stage.filled() if len(facing.unit_ids) == 1 and _has_room_behind(stage, facing)
    ]
    first = stage.take(stage.choose(places))
    second, third = stage.any_filled(), stage.any_filled()
    unit = stage.unit(first)
    cues = [
        cue(0, Errand(Action.TOUCH, third, (stage.unit(third),))),
        cue(
            0,
            Errand(
                Action.TURN,
                second,
                (stage.unit(second),),
                Manner(turn_rad=float(stage.rng.uniform(0.6, 1.4))),
            ),
        ),
        cue(0, Errand(Action.PUSH, first, (unit,), Manner(shift_m=float(stage.rng.uniform(0.06, 0.10))))),
    ]
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues)


def _has_room_behind(stage: Stage, facing: Facing) -> bool:
    shelf, unit = stage.shelf(facing), stage.unit(facing)
    inward = float(shelf.to_shelf(np.array(unit.xyz_m))[1])
    depth = stage.store.assortment[facing.product_index].size_m[1]
    return shelf.depth_m - inward - depth / 2 > 0.14


def _scenario(
    name: str,
    description: str,
    row: int,
    direct: Director,
    *principals: PersonWish,
    store: StoreWish = _SIZES,
    wants_scales: bool = False,
) -> Scenario:
    return Scenario(
        name,
        description,
        direct,
        row=row,
        principals=principals,
        shoppers=(len(principals), len(principals)),
        store=store,
        wants_scales=wants_scales,
    )


HAND_SCENARIOS = (
    _scenario(
        "put-back", "a shopper takes something and puts it back where it was", 11, _direct_put_back, ANYBODY
    ),
    _scenario(
        "misplaced", "a shopper puts something back where it does not belong", 12, _direct_misplaced, ANYBODY
    ),
    _scenario(
        "misplaced-taken",
        "a shopper misplaces something and another one takes it from there",
        13,
        _direct_misplaced_taken,
        ANYBODY,
        ANYBODY,
    ),
    _scenario(
        "put-back-by-other",
        "a shopper hands something to another one, who puts it back",
        14,
        _direct_put_back_by_other,
        FREE_HANDS,
        FREE_HANDS,
    ),
    _scenario(
        "hand-over",
        "a shopper hands something to another one, who leaves with it",
        15,
        _direct_hand_over,
        FREE_HANDS,
        FREE_HANDS,
    ),
    _scenario(
        "three-at-once",
        "a shopper takes three units at once",
        16,
        _direct_three_at_once,
        FREE_HANDS,
        wants_scales=True,
    ),
    _scenario(
        "two-then-one-back",
        "a shopper takes two units in one hand and puts one of them back",
        17,
        _direct_two_then_one_back,
        FREE_HANDS,
        wants_scales=True,
    ),
    _scenario(
        "lookalike-swap",
        "a shopper leaves a look-alike in the place of what is taken",
        18,
        _direct_lookalike_swap,
        FREE_HANDS,
        wants_scales=True,
    ),
    _scenario(
        "lookalikes",
        "a shopper takes two flavours that stand side by side",
        19,
        _direct_lookalikes,
        ANYBODY,
        wants_scales=True,
    ),
    _scenario(
        "slow-and-fast",
        "one pick takes ten seconds, another one a third of one",
        22,
        _direct_slow_and_fast,
        FREE_HANDS,
    ),
    _scenario(
        "touch-and-tidy",
        "a shopper touches, turns and pushes units back, and takes nothing",
        23,
        _direct_touch_and_tidy,
        FREE_HANDS,
        wants_scales=True,
    ),
)
