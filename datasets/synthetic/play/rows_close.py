"""Rows 1 to 5: people so close that cameras mix them up, or lose one of them."""

from dataclasses import replace

import numpy as np

from datasets.recording import Expectation, Outcome
from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.body.wardrobe import Bag
from datasets.synthetic.play.acts import Action, Errand, Manner, Spot
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.plot import Plot, cue
from datasets.synthetic.play.scenario import Scenario
from datasets.synthetic.play.stage import Stage, pick
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.store.layout import StoreWish, Template
from datasets.synthetic.store.planogram import Facing

_FREE_HANDS = PersonWish(age_years=(20.0, 60.0), bag=Bag.POCKETS)
_BESIDE_M = 0.31  # two people shoulder to shoulder, each from the middle between them
_HUDDLE_M, _HUDDLE_BACK_M = 0.31, 1.08
_SIZES = StoreWish(area_m2=(15.0, 60.0))


def doubtful(*visits: int) -> tuple[Expectation, ...]:
    """Return the expectation that these visits are right or in review."""
    return tuple(Expectation(Outcome.RIGHT_OR_REVIEW, visit_id(visit)) for visit in visits)


def _direct_arms_crossing(stage: Stage) -> Plot:
    left, right = stage.choose_pair(stage.pairs((0.08, 0.34)))
    return _side_by_side(stage, (right, left), 0.15)


def _direct_same_product(stage: Stage) -> Plot:
    left, right = stage.choose_pair([pair for pair in stage.neighbours() if _apart_m(pair) < 0.3])
    return _side_by_side(stage, (left, right), 0.12)


def _side_by_side(stage: Stage, wanted: tuple[Facing, Facing], spread_s: float) -> Plot:
    """Two people stand at one bay, the left one takes the first thing, the right one the second, at once."""
    middle = sum(facing.along_m for facing in wanted) / 2
    at_s = stage.soon_s(stage.front_xy_m(wanted[0], 0.5), stage.front_xy_m(wanted[1], 0.5))
    cues = []
    for row, (facing, aside) in enumerate(zip(wanted, (-_BESIDE_M, _BESIDE_M), strict=True)):
        spot = stage.spot_before(facing, middle - facing.along_m + aside)
        moment = at_s + float(stage.rng.uniform(-spread_s, spread_s))
        errand = pick(facing, (stage.unit(facing),), Manner(hand=1 - row), moment, spot)
        cues.append(cue(row, errand))
    return stage.plot([stage.shopper(0), stage.shopper(1)], cues, doubtful(0, 1))


def _apart_m(pair: tuple[Facing, Facing]) -> float:
    return abs(float(pair[1].along_m - pair[0].along_m))


def _direct_huddle(stage: Stage) -> Plot:
    pairs = stage.pairs((0.45, 0.8))
    stage.rng.shuffle(pairs)
    for left, right in pairs[:60]:
        try:
            spots = _huddle(stage, left, right)
        except NoPlaceError:
            continue
        stage.take(left)
        stage.take(right)
        break
    else:
        raise NoPlaceError("no room for four people before a shelf")
    at_s = stage.soon_s(*(np.array(spot.xy_m) for spot in spots)) + 12.0
    cues = []
    for row, (facing, spot) in enumerate(zip((left, right), spots[:2], strict=True)):
        takes_s = at_s + 2.0 + 4.0 * row
        cues += [
            cue(row, Errand(Action.WAIT, manner=Manner(hold_s=10.0), spot=spot, at_s=at_s - 8.0)),
            cue(row, pick(facing, (stage.unit(facing),), None, takes_s, spot)),
            cue(row, Errand(Action.WAIT, manner=Manner(hold_s=14.0 - 4.0 * row), spot=spot)),
        ]
    for row, spot in enumerate(spots[2:], start=2):
        talk = Errand(Action.WAIT, manner=Manner(hold_s=30.0), spot=spot, at_s=at_s)
        cues.append(cue(row, talk))
    return stage.plot([stage.shopper(row) for row in range(4)], cues, doubtful(0, 1, 2, 3), (45.0, 95.0))


def _huddle(stage: Stage, left: Facing, right: Facing) -> tuple[Spot, ...]:
    """Return four spots in about a square metre: two before a shelf, two behind them."""
    middle = (right.along_m - left.along_m) / 2
    aside = (middle - _HUDDLE_M, middle + _HUDDLE_M)
    return tuple(stage.spot_before(left, x, away) for away in (0.46, _HUDDLE_BACK_M) for x in aside)


def _direct_uniforms(stage: Stage) -> Plot:
    """Both take something on their side of a shelf end, change places, and take something there."""
    here, there = _round_the_corner(stage)
    at_s = stage.soon_s(stage.front_xy_m(here[0], 0.5), stage.front_xy_m(there[0], 0.5))
    walk_s = stage.planner.walking_s(stage.front_xy_m(here[0], 0.5), stage.front_xy_m(there[0], 0.5), 0.7)
    again_s = at_s + walk_s + 11.0
    cues = [
        cue(0, pick(here[0], (stage.unit(here[0]),), None, at_s)),
        cue(1, pick(there[0], (stage.unit(there[0]),), None, at_s)),
        cue(0, pick(there[1], (stage.unit(there[1]),), None, again_s)),
        cue(1, pick(here[1], (stage.unit(here[1]),), None, again_s)),
    ]
    return stage.plot([stage.shopper(0), stage.shopper(1)], cues, doubtful(0, 1))


def _round_the_corner(stage: Stage) -> tuple[tuple[Facing, Facing], tuple[Facing, Facing]]:
    """Return two places each on two shelves between which one walks a few metres without seeing the other."""
    places = stage.filled()
    for _ in range(200):
        one, other = stage.choose(places), stage.choose(places)
        a, b = stage.front_xy_m(one, 0.5), stage.front_xy_m(other, 0.5)
        walk = stage.planner.walking_s(a, b, 1.0)
        if one.shelf_id == other.shelf_id or not 2.0 < walk < 7.0 or stage.planner.is_clear(a, b):
            continue
        near = [
            [p for p in places if p.shelf_id == f.shelf_id and 0.0 < abs(p.along_m - f.along_m) < 0.6]
            for f in (one, other)
        ]
        if all(near):
            chosen = ((one, stage.choose(near[0])), (other, stage.choose(near[1])))
            for facing in (*chosen[0], *chosen[1]):
                stage.take(facing)
            return chosen
    raise NoPlaceError("no shelf end to change places at")


def _direct_crouch(stage: Stage) -> Plot:
    facing = stage.any_filled((0.0, 0.35))
    manner = Manner(hold_s=float(stage.rng.uniform(15.0, 19.0)))
    hold = Errand(Action.HOLD, facing, (stage.unit(facing),), manner)
    return stage.plot([replace(stage.shopper(0), enter_s=0.6)], [cue(0, hold)])


CLOSE_SCENARIOS = (
    Scenario(
        "arms-crossing",
        "two shoppers at one bay take different products at once, each from before the other",
        _direct_arms_crossing,
        row=1,
        principals=(_FREE_HANDS, _FREE_HANDS),
        shoppers=(2, 2),
        store=_SIZES,
    ),
    Scenario(
        "same-product-same-second",
        "two shoppers at one bay take one unit each of the same product in the same second",
        _direct_same_product,
        row=2,
        principals=(_FREE_HANDS, _FREE_HANDS),
        shoppers=(2, 2),
        store=_SIZES,
    ),
    Scenario(
        "huddle",
        "four people stand in one square metre for half a minute; two of them take something",
        _direct_huddle,
        row=3,
        principals=(PersonWish(age_years=(18.0, 65.0)),) * 4,
        shoppers=(4, 4),
        store=StoreWish(area_m2=(18.0, 60.0)),
    ),
    Scenario(
        "uniforms-swap-places",
        "two shoppers who look the same take something, change places behind a shelf end, take again",
        _direct_uniforms,
        row=4,
        principals=(PersonWish(is_staff=True, bag=Bag.POCKETS),) * 2,
        are_twins=True,
        shoppers=(2, 2),
        store=StoreWish(templates=(Template.CORNER_SHOP, Template.GONDOLA_AISLES), area_m2=(20.0, 70.0)),
    ),
    Scenario(
        "crouch",
        "a shopper crouches at the lowest board for a quarter of a minute before taking something",
        _direct_crouch,
        row=5,
        principals=(ANYBODY,),
        store=_SIZES,
    ),
)
