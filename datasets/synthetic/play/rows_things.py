"""Rows 20, 21 and 24 to 28: things that are hidden, held, dropped, brought, eaten or restocked."""

from dataclasses import replace
from itertools import groupby

import numpy as np

from datasets.recording import Expectation, Outcome, Role
from datasets.synthetic.body.belongings import own_bag_mesh, wrapper_mesh
from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.body.wardrobe import Bag
from datasets.synthetic.mesh import Mesh, box, joined
from datasets.synthetic.play.acts import Action, Errand, InCarton, Into, Manner, PropAt, Spot
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.plot import Cue, Door, NewProp, NewUnit, Part, Plot, Rehearsal, cue
from datasets.synthetic.play.rows_close import doubtful
from datasets.synthetic.play.rows_hands import FREE_HANDS, charged, hand_over_cue
from datasets.synthetic.play.scenario import Director, Scenario
from datasets.synthetic.play.stage import EASY_REACH_M, IN_HAND, Stage, pick
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.scene import PropPose, UnitPose
from datasets.synthetic.store.layout import StoreWish
from datasets.synthetic.store.planogram import Facing, place_unit

_STAFF = PersonWish(age_years=(20.0, 60.0), is_staff=True, bag=Bag.POCKETS)
_SIZES = StoreWish(area_m2=(15.0, 60.0))
_GAPS = StoreWish(area_m2=(18.0, 60.0), full_share=0.5, mess=0.1)
_INSET_M = 0.04
_BAG_M = (0.36, 0.17, 0.34)  # `own_bag_mesh` at its largest, without its handles
_CARTON_M, _CARTON_ASIDE_M, _CARTON_AWAY_M, _CARTON_RADIUS_M = (0.36, 0.28, 0.28), 0.44, 0.36, 0.15
# Staff fills what is in reach to both sides of where it stands, and is as quick as who does it daily.
_RESTOCKED, _RESTOCK_REACH_M, _RESTOCK_HASTE = 24, 0.36, 2.2
_RESTOCK_LENGTH_S = (18.0, 140.0)
_ROWS_DEEP, _DEEPEST_M = 4, 0.34


def _direct_hidden(stage: Stage) -> Plot:
    facing = stage.any_filled()
    into = Into.JACKET if stage.rng.random() < 0.5 else Into.BAG
    errand = pick(facing, (stage.unit(facing),), Manner(into=into, is_hidden=True))
    return stage.plot([stage.shopper(0, enter_s=0.6)], [cue(0, errand)], doubtful(0))


def _direct_hold_then_decide(stage: Stage) -> Plot:
    facing = stage.any_filled()
    lifted, left = (bool(stage.rng.random() < 0.5) for _ in range(2))
    manner = Manner(hold_s=20.0, is_lifted=lifted, is_left=left)
    errand = Errand(Action.HOLD, facing, (stage.unit(facing),), manner)
    return stage.plot([stage.shopper(0, enter_s=0.6)], [cue(0, errand)])


def _dropping(stage: Stage) -> tuple[Facing, list[Cue], float]:
    """Return what is dropped, the cues of it, and when."""
    facing = stage.any_filled()
    unit, here = stage.unit(facing), stage.front_xy_m(facing, 0.5)
    at = stage.spots(0.48)
    near = at[np.hypot(*(at - here).T) < 1.8]
    if len(near) == 0:
        raise NoPlaceError("no free floor to drop something on")
    x, y = near[int(stage.rng.integers(len(near)))]
    spot = Spot((float(x), float(y)), float(stage.rng.uniform(-np.pi, np.pi)))
    at_s = stage.soon_s(here) + 10.0
    fall = Errand(Action.DROP, units=(unit,), spot=spot, at_s=at_s)
    return facing, [cue(0, pick(facing, (unit,), IN_HAND)), cue(0, fall)], at_s


def _direct_dropped_left(stage: Stage) -> Plot:
    facing, cues, _ = _dropping(stage)
    told = (*doubtful(0), charged(Outcome.NOT_CHARGED, 0, stage, facing))
    return stage.plot([stage.shopper(0)], cues, told)


def _direct_dropped_taken(stage: Stage) -> Plot:
    facing, cues, dropped_s = _dropping(stage)
    unit, rng = stage.unit(facing), stage.rng
    at_s = dropped_s + float(rng.uniform(9.0, 13.0))

    def from_floor(known: Rehearsal) -> tuple[Errand, ...]:
        pose = known.pose_of(unit.unit_id)
        spot = _crouch_spot(stage, known, pose)
        return (Errand(Action.PICK_UP, units=(pose,), spot=spot, at_s=at_s),)

    told = (
        charged(Outcome.CHARGED_ONCE, 1, stage, facing),
        charged(Outcome.NOT_CHARGED, 0, stage, facing),
        *doubtful(0, 1),
    )
    return stage.plot([stage.shopper(0), stage.shopper(1)], [*cues, Cue((1,), from_floor, True)], told)


def _crouch_spot(stage: Stage, known: Rehearsal, pose: UnitPose) -> Spot:
    """Return where to stand to take something off the floor, the freest side of it.

    Raises:
        NoPlaceError: If there is no room around it.
    """
    spots = [known.shopper(1).crouch_spot(pose, turn * np.pi / 8) for turn in range(16)]
    clearance = stage.planner.obstacles.clearance_m(np.array([spot.xy_m for spot in spots]))
    if clearance.max() < 0.3:
        raise NoPlaceError("no room around what lies on the floor")
    return spots[int(clearance.argmax())]


def _direct_own_bag(stage: Stage) -> Plot:
    """One puts a bag down in a gap of a shelf, takes something, takes the bag again."""
    gap = gap_for(stage, _BAG_M)
    bought = stage.any_filled()
    prop = PropPose(len(stage.store.props), *standing_in(stage, gap, _BAG_M[1]))
    cues = [
        cue(0, Errand(Action.LEAVE_BAG, gap, prop=prop)),
        cue(0, pick(bought, (stage.unit(bought),), IN_HAND)),
        cue(0, Errand(Action.TAKE_BAG, gap, prop=prop)),
    ]
    props = (NewProp(own_bag_mesh(stage.rng)),)
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, new_props=props)


def _direct_eaten(stage: Stage) -> Plot:
    food = stage.any_filled()
    unit, gap = stage.unit(food), gap_for(stage, (0.08, 0.08, 0.1))
    prop = PropPose(len(stage.store.props), *standing_in(stage, gap, 0.08))
    manner = Manner(hold_s=float(stage.rng.uniform(4.0, 8.0)))
    eat = Errand(Action.EAT, gap, (unit,), manner, prop=prop)
    cues = [cue(0, pick(food, (unit,), IN_HAND)), cue(0, eat)]
    told = (charged(Outcome.CHARGED_ONCE, 0, stage, food), *doubtful(0))
    props = (NewProp(wrapper_mesh(stage.rng)),)
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, told, new_props=props)


def gap_for(stage: Stage, size_m: tuple[float, float, float]) -> Facing:
    """Return the middle of empty places side by side where something of a size can stand, and keep them.

    Raises:
        NoPlaceError: If there are none.
    """
    places = sorted(stage.stock.places, key=lambda f: (f.shelf_id, f.board_m, f.along_m))
    runs = []
    for _, group in groupby(places, key=lambda f: (f.shelf_id, f.board_m, bool(f.unit_ids))):
        run = list(group)
        width = run[-1].along_m - run[0].along_m + run[0].width_m
        is_high = run[0].headroom_m > size_m[2] and EASY_REACH_M[0] - 0.3 < run[0].board_m < EASY_REACH_M[1]
        if not run[0].unit_ids and width > size_m[0] + 0.02 and is_high:
            runs.append(run)
    if not runs:
        raise NoPlaceError("no gap on a shelf")
    run = runs[int(stage.rng.integers(len(runs)))]
    for facing in run:
        stage.take(facing)
    middle = (run[0].along_m + run[-1].along_m) / 2
    return replace(run[len(run) // 2], along_m=middle)


def standing_in(stage: Stage, gap: Facing, depth_m: float) -> tuple[tuple[float, float, float], float]:
    """Return place and yaw of something that stands in a gap, its front to the shopper."""
    pose = place_unit(
        stage.shelf(gap),
        1,
        0,
        gap.along_m,
        _INSET_M + depth_m / 2,
        gap.board_m,
        float(stage.rng.normal(0, 0.1)),
    )
    return pose.xyz_m, pose.yaw_rad


def _direct_restock(stage: Stage) -> Plot:
    """Staff fills the slots of a bay from a carton while a shopper takes something an arm's length away."""
    places = _places_of_one_bay(stage)
    middle = places[0][0]
    near = [
        f
        for f in stage.filled()
        if f.shelf_id == middle.shelf_id and 0.75 < abs(f.along_m - middle.along_m) < 1.7
    ]
    bought = stage.take(stage.choose(near))
    prop_index = len(stage.store.props)
    aside = -np.sign(bought.along_m - middle.along_m) * _CARTON_ASIDE_M
    xy = stage.front_xy_m(middle, _CARTON_AWAY_M, float(aside))
    if stage.planner.obstacles.clearance_m(xy[None])[0] < 0.2:
        raise NoPlaceError("no room for a carton")
    spot = stage.spot_before(middle, 0.0)
    carton = PropPose(prop_index, (float(xy[0]), float(xy[1]), 0.0), spot.yaw_rad)
    manner = Manner(haste=_RESTOCK_HASTE)
    units = tuple(
        NewUnit(pose.unit_id, pose.product_index, InCarton(prop_index))
        for _, poses in places
        for pose in poses
    )
    at_s = stage.soon_s(stage.front_xy_m(bought, 0.5)) + float(stage.rng.uniform(18.0, 40.0))
    staff = Part(1, Role.STAFF, None, 0.3, enters=Door.BACK_ROOM, leaves=Door.BACK_ROOM)
    cues = [
        cue(1, Errand(Action.RESTOCK, facing, poses, manner, places=poses, spot=spot, prop=carton))
        for facing, poses in places
    ]
    cues.append(cue(0, pick(bought, (stage.unit(bought),), None, at_s)))
    props = (NewProp(carton_mesh(), PropAt(carton), _CARTON_RADIUS_M),)
    told = doubtful(0)
    return stage.plot([stage.shopper(0), staff], cues, told, _RESTOCK_LENGTH_S, units, props)


def _places_of_one_bay(stage: Stage) -> list[tuple[Facing, tuple[UnitPose, ...]]]:
    """Return slots to fill from one place, each with where its new units shall stand, and keep them.

    Raises:
        NoPlaceError: If no bay has room for `_RESTOCKED` units in reach.
    """
    empty = [
        f for f in stage.stock.places if not f.unit_ids and EASY_REACH_M[0] < f.board_m < EASY_REACH_M[1]
    ]
    bays = [
        [
            f
            for f in empty
            if f.shelf_id == middle.shelf_id and abs(f.along_m - middle.along_m) < _RESTOCK_REACH_M
        ]
        for middle in empty
    ]
    roomy = [bay for bay in bays if sum(_rows(stage, gap) for gap in bay) >= _RESTOCKED]
    if not roomy:
        raise NoPlaceError("no bay to restock")
    bay = sorted(roomy[int(stage.rng.integers(len(roomy)))], key=lambda f: (-f.board_m, f.slot_id, f.along_m))
    first_id = 1 + max(unit.pose.unit_id for unit in stage.store.units)
    filled: list[tuple[Facing, tuple[UnitPose, ...]]] = []
    done = 0
    for _, group in groupby(bay, key=lambda f: f.slot_id):
        gaps = [stage.take(facing) for facing in group]
        poses = _places(stage, gaps, first_id + done)[: _RESTOCKED - done]
        done += len(poses)
        if poses:
            filled.append((gaps[len(gaps) // 2], poses))
    return filled


def _rows(stage: Stage, gap: Facing) -> int:
    """Return how many units stand behind each other where a hand gets easily."""
    deep = min(stage.shelf(gap).depth_m - 0.03, _DEEPEST_M) - _INSET_M
    return max(1, min(_ROWS_DEEP, int(deep / (stage.store.assortment[gap.product_index].size_m[1] + 0.015))))


def _places(stage: Stage, gaps: list[Facing], first_id: int) -> tuple[UnitPose, ...]:
    """Return where new units shall stand: behind each other as far as the shelf is deep, back row first."""
    shelf, product = stage.shelf(gaps[0]), gaps[0].product_index
    depth = stage.store.assortment[product].size_m[1]
    spots = [(row, gap) for row in reversed(range(_rows(stage, gaps[0]))) for gap in gaps]
    return tuple(
        place_unit(
            shelf,
            first_id + number,
            product,
            gap.along_m,
            _INSET_M + depth / 2 + row * (depth + 0.015),
            gap.board_m,
            0.0,
        )
        for number, (row, gap) in enumerate(spots)
    )


def carton_mesh() -> Mesh:
    """Build an open carton that stands on the floor."""
    x, y, z = _CARTON_M[0] / 2, _CARTON_M[1] / 2, _CARTON_M[2]
    colour, thin = (0.36, 0.24, 0.13), 0.008
    walls = [
        box((-x, -y, 0.0), (x, y, thin), colour),
        box((-x, -y, 0.0), (-x + thin, y, z), colour),
        box((x - thin, -y, 0.0), (x, y, z), colour),
        box((-x, -y, 0.0), (x, -y + thin, z), colour),
        box((-x, y - thin, 0.0), (x, y, z), colour),
    ]
    return joined(walls)


def _direct_staff_hands_over(stage: Stage) -> Plot:
    """Staff takes something from a shelf and gives it to a shopper, or is given something by one."""
    facing = stage.any_filled()
    unit, here = stage.unit(facing), stage.front_xy_m(facing, 0.5)
    at_s = stage.soon_s(here, here) + 10.0
    giver = int(stage.rng.random() < 0.6)
    staff = Part(1, Role.STAFF, None, enters=Door.BACK_ROOM, leaves=Door.BACK_ROOM)
    cues = [
        cue(giver, pick(facing, (unit,), IN_HAND)),
        hand_over_cue(stage, giver, 1 - giver, unit, here, at_s, keeps=False),
    ]
    told = (Expectation(Outcome.IN_REVIEW, visit_id(0)),)
    return stage.plot([stage.shopper(0), staff], cues, told)


def _scenario(
    name: str,
    description: str,
    row: int,
    direct: Director,
    *principals: PersonWish,
    store: StoreWish = _SIZES,
    wants_scales: bool = False,
) -> Scenario:
    count = sum(not wish.is_staff for wish in principals)
    return Scenario(
        name,
        description,
        direct,
        row=row,
        principals=principals,
        shoppers=(count, count),
        store=store,
        wants_scales=wants_scales,
    )


THING_SCENARIOS = (
    _scenario(
        "hidden",
        "a shopper hides something in the bag or jacket before the hand is out of the shelf",
        20,
        _direct_hidden,
        FREE_HANDS,
        wants_scales=True,
    ),
    _scenario(
        "hold-then-decide",
        "a hand holds something inside the shelf for twenty seconds, then takes or leaves it",
        21,
        _direct_hold_then_decide,
        FREE_HANDS,
        wants_scales=True,
    ),
    _scenario(
        "dropped-left", "something falls to the floor and is left there", 24, _direct_dropped_left, FREE_HANDS
    ),
    _scenario(
        "dropped-taken",
        "something falls to the floor and another shopper takes it",
        24,
        _direct_dropped_taken,
        FREE_HANDS,
        FREE_HANDS,
    ),
    _scenario(
        "own-bag",
        "a shopper puts an own bag on a shelf, takes something, takes the bag again",
        25,
        _direct_own_bag,
        FREE_HANDS,
        store=_GAPS,
        wants_scales=True,
    ),
    _scenario(
        "eaten-inside",
        "a shopper eats something and leaves the wrapper on a shelf",
        26,
        _direct_eaten,
        FREE_HANDS,
        store=_GAPS,
        wants_scales=True,
    ),
    _scenario(
        "restock",
        "staff restocks two dozen units while a shopper takes something at the same bay",
        27,
        _direct_restock,
        ANYBODY,
        _STAFF,
        store=_GAPS,
        wants_scales=True,
    ),
    _scenario(
        "staff-hands-over",
        "staff hands something to a shopper, or takes it from one",
        28,
        _direct_staff_hands_over,
        FREE_HANDS,
        _STAFF,
    ),
)
