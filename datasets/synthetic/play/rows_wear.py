"""Rows 25 and 30: an own drink, an own coat on a shelf; people whose looks change while they shop."""

import numpy as np

from datasets.recording import Expectation, Outcome
from datasets.synthetic.body.belongings import COAT_M, coat_mesh, umbrella_mesh
from datasets.synthetic.body.people import ANYBODY, Person, PersonWish
from datasets.synthetic.body.wardrobe import Bag
from datasets.synthetic.mesh import Mesh
from datasets.synthetic.play.acts import Action, Errand, InBag, Manner, PropHeld, Spot
from datasets.synthetic.play.acts_wear import OPEN_UMBRELLA_GRIP, umbrella_hand
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.plot import NewProp, NewUnit, Plot, cue
from datasets.synthetic.play.rows_things import gap_for, standing_in
from datasets.synthetic.play.scenario import Director, Scenario
from datasets.synthetic.play.stage import Stage, pick
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.scene import FloatArray, PropPose, UnitPose
from datasets.synthetic.store.layout import StoreWish

_SIZES = StoreWish(area_m2=(15.0, 60.0))
_GAPS = StoreWish(area_m2=(18.0, 60.0), full_share=0.5, mess=0.1)
_WITH_COAT = PersonWish(age_years=(16.0, 70.0), bag=Bag.POCKETS, has_coat=True)
_WITH_BAG = PersonWish(age_years=(16.0, 70.0), bag=Bag.SHOULDER_TOTE)
_WIDEST_SIP_M, _TALLEST_SIP_M = 0.09, 0.27
_ABOUT_M = 1.6  # somebody folds an umbrella soon after the gate
_ROOM_TO_FOLD_M = 0.5


def _direct_own_drink(stage: Stage) -> Plot:
    """One drinks of a bottle like those on the shelves, but brought along, between two picks."""
    product = _a_drink(stage)
    one, other = stage.any_filled(), stage.any_filled()
    unit_id = 1 + max(unit.pose.unit_id for unit in stage.store.units)
    drink = UnitPose(unit_id, product, (0.0, 0.0, 0.0), 0.0)
    sip = Errand(Action.SIP, one, (drink,), Manner(hold_s=float(stage.rng.uniform(3.0, 6.0))))
    cues = [
        cue(0, pick(one, (stage.unit(one),))),
        cue(0, sip),
        cue(0, pick(other, (stage.unit(other),))),
    ]
    told = (
        Expectation(Outcome.NOT_CHARGED, visit_id(0), stage.store.assortment[product].product_id),
        Expectation(Outcome.RIGHT_OR_REVIEW, visit_id(0)),
    )
    brought = (NewUnit(unit_id, product, InBag(0)),)
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, told, new_units=brought)


def _a_drink(stage: Stage) -> int:
    """Draw a product that fits into a hand and a bag, and that nobody may take from a shelf here.

    Raises:
        NoPlaceError: If the store sells none.
    """
    fits = [
        index
        for index, product in enumerate(stage.store.assortment.products)
        if product.shape in ("can", "bottle")
        and product.size_m[0] < _WIDEST_SIP_M
        and product.size_m[2] < _TALLEST_SIP_M
    ]
    if not fits:
        raise NoPlaceError("no drinks in this store")
    product = fits[int(stage.rng.integers(len(fits)))]
    stage.stock.remove(tuple(f for f in stage.stock.places if f.product_index == product))
    return product


def _direct_own_coat(stage: Stage) -> Plot:
    """One takes the coat off, lays it on a shelf, takes something, takes the coat again and puts it on."""
    gap = gap_for(stage, COAT_M)
    bought = stage.any_filled()
    coat = PropPose(len(stage.store.props), *standing_in(stage, gap, COAT_M[1]))
    hand = Manner(hand=int(stage.rng.integers(2)))
    cues = [
        cue(0, Errand(Action.TAKE_OFF, gap, manner=hand, prop=coat)),
        cue(0, Errand(Action.LEAVE_BAG, gap, manner=hand, prop=coat)),
        cue(0, pick(bought, (stage.unit(bought),))),
        cue(0, Errand(Action.TAKE_BAG, gap, manner=hand, prop=coat)),
        cue(0, Errand(Action.PUT_ON, gap, manner=hand, prop=coat)),
    ]
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, new_props=(NewProp(_coat_of(stage, 0)),))


def _direct_coat_off(stage: Stage) -> Plot:
    """Two shop; one of them takes the coat off between two picks and may put it on again before leaving."""
    wanted = [stage.any_filled() for _ in range(4)]
    coat = PropPose(len(stage.store.props), (0.0, 0.0, 0.0), 0.0)
    hidden = Manner(is_hidden=True)
    cues = [
        cue(0, pick(wanted[0], (stage.unit(wanted[0]),))),
        cue(0, Errand(Action.TAKE_OFF, wanted[0], manner=hidden, prop=coat)),
        cue(0, pick(wanted[1], (stage.unit(wanted[1]),))),
        *(cue(1, pick(facing, (stage.unit(facing),))) for facing in wanted[2:]),
    ]
    if stage.rng.random() < 0.5:
        cues.append(cue(0, Errand(Action.PUT_ON, wanted[1], prop=coat)))
    parts = [stage.shopper(0, enter_s=0.6), stage.shopper(1, enter_s=6.6)]
    return stage.plot(parts, cues, new_props=(NewProp(_coat_of(stage, 0)),))


def _coat_of(stage: Stage, body: int) -> Mesh:
    person = stage.cast[body]
    if not isinstance(person, Person):
        raise NoPlaceError("nobody with a coat")
    return coat_mesh(person.outfit.layers[-1].cloth.colour)


def _direct_umbrella(stage: Stage) -> Plot:
    """One comes in under an open umbrella, folds it behind the gate, and shops like another one."""
    wanted = [stage.any_filled() for _ in range(4)]
    opened, folded = umbrella_mesh(stage.rng)
    first = len(stage.store.props)
    hand = umbrella_hand(stage.cast[0].bag_hand)
    prop = PropPose(first + 1, (0.0, 0.0, 0.0), 0.0)
    cues = [
        cue(0, Errand(Action.FOLD_UMBRELLA, spot=_behind_the_gate(stage), prop=prop)),
        *(cue(row // 2, pick(facing, (stage.unit(facing),))) for row, facing in enumerate(wanted)),
    ]
    props = (NewProp(opened, PropHeld(0, hand, OPEN_UMBRELLA_GRIP)), NewProp(folded))
    parts = [stage.shopper(0, enter_s=0.6), stage.shopper(1, enter_s=9.0)]
    return stage.plot(parts, cues, new_props=props)


def _behind_the_gate(stage: Stage) -> Spot:
    """Return a spot with room to all sides near where the entry lane ends, looking on into the store.

    Raises:
        NoPlaceError: If there is none.
    """
    lane = stage.store.entry
    at = stage.spots(_ROOM_TO_FOLD_M)
    away: FloatArray = np.hypot(*(at - lane.mouth_xy_m).T)
    near = at[(away < _ABOUT_M) & (away > _ROOM_TO_FOLD_M)]
    if len(near) == 0:
        raise NoPlaceError("no room behind the gate to fold an umbrella")
    x, y = near[int(stage.rng.integers(len(near)))]
    return Spot((float(x), float(y)), float(np.arctan2(lane.inward_xy[0], -lane.inward_xy[1])))


def _scenario(
    name: str,
    description: str,
    row: int,
    direct: Director,
    *principals: PersonWish,
    store: StoreWish = _SIZES,
) -> Scenario:
    return Scenario(
        name,
        description,
        direct,
        row=row,
        principals=principals,
        shoppers=(len(principals), len(principals)),
        store=store,
        wants_scales=row == 25,
    )


WEAR_SCENARIOS = (
    _scenario(
        "own-drink",
        "a shopper drinks of an own bottle, like those on the shelves, and puts it back into the bag",
        25,
        _direct_own_drink,
        _WITH_BAG,
    ),
    _scenario(
        "own-coat",
        "a shopper takes the coat off, lays it on a shelf, takes something, puts the coat on again",
        25,
        _direct_own_coat,
        _WITH_COAT,
        store=_GAPS,
    ),
    _scenario(
        "coat-off",
        "a shopper takes the coat off between two picks, another one shops besides",
        30,
        _direct_coat_off,
        _WITH_COAT,
        ANYBODY,
    ),
    _scenario(
        "umbrella",
        "a shopper comes in under an open umbrella and folds it behind the gate, another one follows",
        30,
        _direct_umbrella,
        _WITH_BAG,
        ANYBODY,
    ),
)
