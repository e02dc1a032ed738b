"""Rows 30 to 35: wheels and doors, cameras and clocks that fail, maps and prices that are out of date."""

from dataclasses import replace

import numpy as np

from cart_tracker.store_map import SlotId
from datasets.recording import Expectation, Outcome, Role
from datasets.synthetic.body.belongings import label_mesh
from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.body.wardrobe import Bag, Pushed
from datasets.synthetic.play.acts import Action, Errand
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.faults import FaultKind, FaultWish
from datasets.synthetic.play.plot import Door, NewProp, Part, Plot, cue
from datasets.synthetic.play.rows_close import doubtful
from datasets.synthetic.play.scenario import Scenario, Wheels
from datasets.synthetic.play.script import PriceStep, ScriptEvent, WorldScript
from datasets.synthetic.play.stage import Stage, pick
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.scene import PropPose
from datasets.synthetic.store.layout import StoreWish, Template
from datasets.synthetic.store.planogram import Facing

_STAFF = PersonWish(age_years=(20.0, 60.0), is_staff=True, bag=Bag.POCKETS)
_SIZES = StoreWish(area_m2=(15.0, 60.0))
_WIDE = StoreWish(area_m2=(30.0, 90.0))
_KNOCK_M, _FAULT_S, _CLOCK_S, _LOW_RATE_HZ = 0.4, 10.0, 0.3, 5.0


def _direct_two_picks(stage: Stage) -> Plot:
    """Return the plot of people who take two things each."""
    parts, cues = [], []
    for row in range(len(stage.cast)):
        parts.append(stage.shopper(row, enter_s=0.6 + 6.0 * row))
        for _ in range(2):
            facing = stage.any_filled()
            cues.append(cue(row, pick(facing, (stage.unit(facing),))))
    return stage.plot(parts, cues, doubtful(*range(len(parts))))


def _direct_on_wheels(stage: Stage) -> Plot:
    return replace(_direct_two_picks(stage), expectations=())


def _palm_xyz_m(script: WorldScript, event: ScriptEvent) -> tuple[float, float, float]:
    pose = script.stays[event.shopper].performance.pose_at(event.contact_s)
    x, y, z = script.people[event.shopper].skeleton_only(pose).palm_m[event.hand or 0]
    return float(x), float(y), float(z)


def _with_camera_fault(script: WorldScript, rng: np.random.Generator) -> WorldScript:
    """Let the camera that sees a pick best fail around it."""
    picks = [event for event in script.events if event.action is Action.PICK]
    event = picks[int(rng.integers(len(picks)))]
    from_s = max(0.5, event.contact_s - float(rng.uniform(2.0, 6.0)))
    kind = (FaultKind.DEAD, FaultKind.FROZEN, FaultKind.KNOCKED)[int(rng.integers(3))]
    seen = _palm_xyz_m(script, event)
    if kind is FaultKind.KNOCKED:
        return replace(script, faults=(FaultWish(kind, from_s, amount=_KNOCK_M, sees_xyz_m=seen),))
    return replace(script, faults=(FaultWish(kind, from_s, from_s + _FAULT_S, sees_xyz_m=seen),))


def _with_overload(script: WorldScript, rng: np.random.Generator) -> WorldScript:
    """Let clocks disagree and cameras lag behind."""
    late = FaultWish(FaultKind.CLOCK_OFFSET, amount=_CLOCK_S * float(rng.choice((-1.0, 1.0))), camera=0)
    slow = tuple(FaultWish(FaultKind.LOW_RATE, amount=_LOW_RATE_HZ, camera=camera) for camera in (0, 1))
    lost = FaultWish(FaultKind.DROPPED, amount=0.1, camera=1)
    return replace(script, faults=(late, *slow, lost))


def _with_wrong_planogram(script: WorldScript, rng: np.random.Generator) -> WorldScript:
    """Let the installed map have the products of a slot that is picked from and of another one exchanged."""
    event = next(event for event in script.events if event.action is Action.PICK)
    shelf = script.store_map.shelf_of(_slot_of(event))
    slot = next(slot for slot in shelf.slots if slot.slot_id == event.slot_id)
    others = [one for one in shelf.slots if one.product_id != slot.product_id]
    if not others:
        return script
    other = min(
        others,
        key=lambda one: abs(one.along_m[0] - slot.along_m[0]) + abs(one.height_m[0] - slot.height_m[0]),
    )
    changed = {slot.slot_id: other.product_id, other.slot_id: slot.product_id}
    slots = tuple(replace(one, product_id=changed.get(one.slot_id, one.product_id)) for one in shelf.slots)
    shelves = tuple(
        replace(one, slots=slots) if one.shelf_id == shelf.shelf_id else one
        for one in script.store_map.shelves
    )
    return replace(script, store_map=replace(script.store_map, shelves=shelves))


def _direct_price_changed(stage: Stage) -> Plot:
    """One takes a unit, staff puts another price on the shelf, another one takes a unit of the same."""
    facing = stage.any_filled(units=2)
    here = stage.front_xy_m(facing, 0.5)
    at_s = stage.soon_s(here, here) + 2.0
    prop = PropPose(len(stage.store.props), *_at_the_edge(stage, facing))
    label = Errand(Action.RELABEL, facing, at_s=at_s + 13.0, prop=prop)
    cues = [
        cue(0, pick(facing, (stage.unit(facing),), at_s=at_s)),
        cue(2, label),
        cue(1, pick(facing, (stage.unit(facing, 1),), at_s=at_s + 27.0)),
    ]
    staff = Part(2, Role.STAFF, None, enters=Door.BACK_ROOM, leaves=Door.BACK_ROOM)
    parts = [stage.shopper(0), stage.shopper(1), staff]
    return stage.plot(parts, cues, doubtful(0, 1), (18.0, 110.0), new_props=(NewProp(label_mesh()),))


def _at_the_edge(stage: Stage, facing: Facing) -> tuple[tuple[float, float, float], float]:
    """Return place and yaw of a label on the front edge of a place's board."""
    x, y, z = stage.shelf(facing).to_store(np.array([facing.along_m, -0.012, facing.board_m - 0.02]))
    inward = stage.shelf(facing).inward_xy
    return (float(x), float(y), float(z)), float(np.arctan2(inward[0], -inward[1]) + np.pi)


def _with_new_price(script: WorldScript, rng: np.random.Generator) -> WorldScript:
    """Let the price be another one from when the label is on the shelf."""
    label = next(event for event in script.events if event.action is Action.RELABEL)
    sold = next(
        e.product_index for e in script.events if e.slot_id == label.slot_id and e.product_index is not None
    )
    price = script.store.assortment[sold].price_minor
    change = float(rng.uniform(0.1, 0.4)) * (1 if rng.random() < 0.5 else -1)
    new = max(1, price + (round(price * change) or 1))
    return replace(script, price_steps=(PriceStep(label.contact_s, sold, new),))


def _slot_of(event: ScriptEvent) -> SlotId:
    if event.slot_id is None:
        raise ValueError("a pick is from a slot")
    return SlotId(event.slot_id)


def _direct_planogram_wrong(stage: Stage) -> Plot:
    plot = _direct_two_picks(stage)
    alert = Expectation(Outcome.ALERT, alert="planogram-check")
    return replace(plot, expectations=(*plot.expectations, alert))


def _direct_fridge(stage: Stage) -> Plot:
    """One opens a fridge, takes something and shuts it."""
    cold = stage.stock.take_behind_door()
    if cold is None:
        raise NoPlaceError("no fridge with a door")
    door, facing = cold[0], stage.take(cold[1])
    cues = [
        cue(0, Errand(Action.OPEN_DOOR, door=door)),
        cue(0, pick(facing, (stage.unit(facing),))),
        cue(0, Errand(Action.CLOSE_DOOR, door=door)),
    ]
    told = (Expectation(Outcome.RIGHT_OR_REVIEW, visit_id(0)),)
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, told)


SYSTEM_SCENARIOS = (
    Scenario(
        "on-wheels",
        "a shopper in a wheelchair, or with a trolley or a pram, and one on foot take two things each",
        _direct_on_wheels,
        row=30,
        principals=(PersonWish(pushes=Pushed.WHEELCHAIR, bag=Bag.POCKETS), ANYBODY),
        shoppers=(2, 2),
        store=_WIDE,
        wheels=Wheels((Pushed.TROLLEY, Pushed.PRAM), (0.36, 0.3), stores=8),
    ),
    Scenario(
        "camera-fault",
        "the camera that sees a pick best dies, freezes or is knocked around it",
        _direct_two_picks,
        row=31,
        principals=(ANYBODY, ANYBODY),
        shoppers=(2, 2),
        store=_SIZES,
        finish=_with_camera_fault,
    ),
    Scenario(
        "overload",
        "clocks 300 ms apart, two cameras at 5 frames a second, lost frames",
        _direct_two_picks,
        row=32,
        principals=(ANYBODY, ANYBODY),
        shoppers=(2, 2),
        store=_SIZES,
        finish=_with_overload,
    ),
    Scenario(
        "planogram-wrong",
        "the installed map has the products of two slots exchanged, and somebody takes from one",
        _direct_planogram_wrong,
        row=34,
        principals=(ANYBODY,),
        store=_SIZES,
        wants_scales=True,
        finish=_with_wrong_planogram,
    ),
    Scenario(
        "price-changed",
        "staff changes a price; one shopper takes a unit before, another one after",
        _direct_price_changed,
        row=34,
        principals=(ANYBODY, ANYBODY, _STAFF),
        shoppers=(3, 3),
        store=_SIZES,
        finish=_with_new_price,
    ),
    Scenario(
        "fridge-door",
        "a shopper opens a fridge, takes something and shuts it",
        _direct_fridge,
        row=35,
        principals=(PersonWish(age_years=(20.0, 60.0), bag=Bag.POCKETS),),
        store=StoreWish(templates=(Template.FRIDGES,), area_m2=(24.0, 60.0)),
    ),
)
