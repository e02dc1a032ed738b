"""Rows 30 to 35: wheels and doors, cameras and clocks that fail, maps and prices that are out of date."""

from dataclasses import replace

import numpy as np

from cart_tracker.store_map import ProductId, SlotId, StoreMap
from datasets.recording import Expectation, Outcome
from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.body.wardrobe import Bag, Pushed
from datasets.synthetic.play.acts import Action, Errand
from datasets.synthetic.play.agenda import NoPlaceError, is_behind_door
from datasets.synthetic.play.faults import FaultKind, FaultWish
from datasets.synthetic.play.plot import Plot, cue
from datasets.synthetic.play.rows_close import doubtful
from datasets.synthetic.play.scenario import Scenario, Wheels
from datasets.synthetic.play.script import ScriptEvent, WorldScript
from datasets.synthetic.play.stage import EASY_REACH_M, Stage, pick
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.store.layout import StoreWish, Template
from datasets.synthetic.store.layout_types import FridgeDoor
from datasets.synthetic.store.planogram import Facing

_SIZES = StoreWish(area_m2=(15.0, 60.0))
_WIDE = StoreWish(area_m2=(30.0, 90.0))
_KNOCK_M, _FAULT_S, _CLOCK_S, _LOW_RATE_HZ = 0.4, 10.0, 0.3, 5.0
_FROM_HINGE_M = 0.25


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


def _with_old_price(script: WorldScript, rng: np.random.Generator) -> WorldScript:
    """Let the installed store have another price for something that is taken than its shelf says."""
    event = next(event for event in script.events if event.action is Action.PICK)
    sold = script.store.assortment[event.product_index or 0]
    price = max(1, round(sold.price_minor * float(rng.uniform(1.1, 1.4))))
    return replace(script, store_map=_with_price(script.store_map, ProductId(sold.product_id), price))


def _with_price(store_map: StoreMap, product_id: ProductId, price_minor: int) -> StoreMap:
    products = tuple(
        replace(one, price_minor=price_minor) if one.product_id == product_id else one
        for one in store_map.products
    )
    return replace(store_map, products=products)


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
    door, facing = _behind_a_door(stage)
    cues = [
        cue(0, Errand(Action.OPEN_DOOR, door=door)),
        cue(0, pick(facing, (stage.unit(facing),))),
        cue(0, Errand(Action.CLOSE_DOOR, door=door)),
    ]
    told = (Expectation(Outcome.RIGHT_OR_REVIEW, visit_id(0)),)
    return stage.plot([stage.shopper(0, enter_s=0.6)], cues, told)


def _behind_a_door(stage: Stage) -> tuple[FridgeDoor, Facing]:
    """Draw a place with a unit behind a door, not right beside its hinge.

    Raises:
        NoPlaceError: If there is none.
    """
    found = []
    for door in stage.store.doors:
        low, high = door.along_m
        hinge = low if door.is_hinged_left else high
        for facing in stage.store.facings:
            is_inside = facing.shelf_id == door.shelf_id and low + 0.05 < facing.along_m < high - 0.05
            is_easy = facing.unit_ids and EASY_REACH_M[0] <= facing.board_m <= EASY_REACH_M[1]
            if is_inside and is_easy and abs(facing.along_m - hinge) > _FROM_HINGE_M:
                found.append((door, facing))
    if not found or not is_behind_door(stage.store, found[0][1]):
        raise NoPlaceError("no fridge with a door")
    door, facing = found[int(stage.rng.integers(len(found)))]
    return door, stage.take(facing)


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
        "the installed store has an old price of something that is taken",
        _direct_two_picks,
        row=34,
        principals=(ANYBODY,),
        store=_SIZES,
        finish=_with_old_price,
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
