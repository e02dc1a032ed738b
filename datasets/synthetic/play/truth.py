"""What is true in a recording, taken from its script; what cameras see of it, from the renderer."""

from collections.abc import Sequence

import numpy as np

from datasets.recording import (
    EventTruth,
    Expectation,
    GateEvent,
    GateKind,
    Outcome,
    PersonInFrame,
    PersonLooksTruth,
    RecordingTruth,
    ShopperTruth,
    UnitPlace,
    UnitTruth,
    VisitTruth,
)
from datasets.synthetic.body.people import Person
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.play.acts import Eaten, InBag, InHand, InSlot, OnFloor, Outside, Place
from datasets.synthetic.play.histories import UnitHistory
from datasets.synthetic.play.motion import Body
from datasets.synthetic.play.script import ScriptEvent, WorldScript
from datasets.synthetic.scene import FloatArray, Keypoint, PersonTruth

GATE_ID = "gate-1"
_HANDS = ("left", "right")


def shopper_id(shopper: int) -> str:
    """Return the name a recording has for a shopper."""
    return f"shopper-{shopper + 1}"


def visit_id(visit: int) -> str:
    """Return the name a recording has for a visit."""
    return f"visit-{visit + 1}"


def gate_scans(script: WorldScript, start_s: float) -> tuple[GateEvent, ...]:
    """Return the codes that the gate accepts, in order of time."""
    scans = [
        GateEvent(GateKind.SCAN, round(start_s + visit.scanned_s, 3), GATE_ID, visit.account)
        for visit in script.visits
    ]
    return tuple(sorted(scans, key=lambda scan: scan.at_s))


def script_truth(script: WorldScript, scenario: str, seed: int, start_s: float, fps: int) -> RecordingTruth:
    """Return the truth of a script, without what single cameras see.

    Args:
        script: What happens.
        scenario: Its name.
        seed: The recording's seed.
        start_s: Capture time of the first frame; script times are relative to it.
        fps: Ticks per second.
    """
    ticks = np.arange(frame_count(script, fps)) / fps
    floor, left, right, head = _tracks(script, ticks)
    return RecordingTruth(
        scenario=scenario,
        seed=seed,
        fps=float(fps),
        start_s=start_s,
        duration_s=len(ticks) / fps,
        shoppers=tuple(_shopper(script, index, start_s) for index in range(len(script.people))),
        visits=tuple(_visit(script, index, start_s) for index in range(len(script.visits))),
        events=tuple(
            _event(number, event, script.store.assortment, start_s)
            for number, event in enumerate(script.events, start=1)
        ),
        ticks_s=np.round(start_s + ticks, 3),
        floor_xy_m=floor,
        left_wrist_m=left,
        right_wrist_m=right,
        head_m=head,
        units=tuple(_unit(script, unit, start_s) for unit in script.units),
        expectations=expectations(script),
    )


def expectations(script: WorldScript) -> tuple[Expectation, ...]:
    """Return what a system that works makes of a script: visits that nothing is said about are right."""
    said = {one.visit_id for one in script.expectations if one.product_id is None}
    ordinary = (
        Expectation(Outcome.RIGHT, visit_id(index))
        for index in range(len(script.visits))
        if visit_id(index) not in said
    )
    return (*script.expectations, *ordinary)


def frame_count(script: WorldScript, fps: int) -> int:
    """Return how many ticks a recording has."""
    return int(np.ceil(script.duration_s * fps))


def people_in_frame(people: Sequence[PersonTruth]) -> tuple[PersonInFrame, ...]:
    """Return what one camera sees of everybody in one frame."""
    return tuple(
        PersonInFrame(
            shopper_id(person.person),
            person.visible_xyxy,
            person.amodal_xyxy,
            person.visibility,
            person.truncation,
            np.column_stack([person.keypoint_uv, person.keypoint_visible]),
        )
        for person in people
    )


def _shopper(script: WorldScript, index: int, start_s: float) -> ShopperTruth:
    part, stay, body = script.parts[index], script.stays[index], script.people[index]
    return ShopperTruth(
        shopper_id(index),
        None if part.visit is None else visit_id(part.visit),
        part.role,
        round(start_s + stay.entered_s, 3),
        round(start_s + stay.left_s, 3),
        round(body.height_m, 3),
        script.cart_of(index),
        _looks(body),
    )


def _looks(body: Body) -> PersonLooksTruth | None:
    if not isinstance(body, Person):
        return None
    looks = body.looks
    return PersonLooksTruth(
        round(looks.age_years, 1),
        looks.skin_tone,
        looks.garment,
        looks.headwear,
        looks.bag,
        looks.pushes,
        looks.is_masked,
    )


def _visit(script: WorldScript, index: int, start_s: float) -> VisitTruth:
    visit, cart = script.visits[index], script.cart_of_visit(index)
    return VisitTruth(
        visit_id(index),
        visit.account,
        round(start_s + visit.scanned_s, 3),
        round(start_s + visit.left_s, 3),
        tuple(shopper_id(shopper) for shopper in visit.shoppers),
        cart,
        script.owed_minor(index),
    )


def _event(number: int, event: ScriptEvent, assortment: Assortment, start_s: float) -> EventTruth:
    product = None if event.product_index is None else assortment[event.product_index].product_id
    return EventTruth(
        event_id=number,
        kind=event.action.value,
        shopper_id=shopper_id(event.shopper),
        product_id=product,
        unit_id=event.unit_id,
        slot_id=event.slot_id,
        hand=_HANDS[event.hand or 0],
        start_s=round(start_s + event.start_s, 3),
        contact_s=round(start_s + event.contact_s, 3),
        end_s=round(start_s + event.end_s, 3),
        is_misplaced=event.is_misplaced,
        partner_id=None if event.partner is None else shopper_id(event.partner),
    )


def _unit(script: WorldScript, unit: UnitHistory, start_s: float) -> UnitTruth:
    """Return a unit's places; where one that falls is on its way is left out, and so are small moves."""
    places: list[UnitPlace] = []
    for from_s, place in unit.places:
        name = _place(place)
        xyz = place.pose.xyz_m if isinstance(place, (InSlot, OnFloor)) else None
        rounded = None if xyz is None else (round(xyz[0], 3), round(xyz[1], 3), round(xyz[2], 3))
        at_s = round(start_s + from_s, 3)
        if places and places[-1].place == name and rounded is not None:
            places[-1] = UnitPlace(places[-1].from_s, name, rounded)
        else:
            places.append(UnitPlace(at_s, name, rounded))
    return UnitTruth(unit.unit_id, script.store.assortment[unit.product_index].product_id, tuple(places))


def _place(place: Place) -> str:
    if isinstance(place, InSlot):
        return f"slot:{place.slot_id}"
    if isinstance(place, InHand):
        return f"hand:{shopper_id(place.shopper)}:{_HANDS[place.hand]}"
    if isinstance(place, InBag):
        return f"bag:{shopper_id(place.shopper)}"
    if isinstance(place, Eaten):
        return f"eaten:{shopper_id(place.shopper)}"
    if isinstance(place, Outside):
        return f"outside:{shopper_id(place.shopper)}"
    return "floor"  # a carton stands on it


def _tracks(script: WorldScript, ticks_s: FloatArray) -> tuple[dict[str, FloatArray], ...]:
    """Return floor positions, left and right wrists and heads; NaN while somebody is not in the store."""
    floor: dict[str, FloatArray] = {}
    joints: tuple[dict[str, FloatArray], ...] = ({}, {}, {})
    rows = (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST, Keypoint.HEAD_TOP)
    for index, (stay, body) in enumerate(zip(script.stays, script.people, strict=True)):
        name = shopper_id(index)
        floor[name] = np.full((len(ticks_s), 2), np.nan)
        for tracks in joints:
            tracks[name] = np.full((len(ticks_s), 3), np.nan)
        for tick in np.flatnonzero((ticks_s >= stay.entered_s) & (ticks_s < stay.left_s)):
            pose = stay.performance.pose_at(float(ticks_s[tick]))
            points = body.skeleton_only(pose).keypoints_m
            floor[name][tick] = pose.xy_m
            for tracks, row in zip(joints, rows, strict=True):
                tracks[name][tick] = points[row]
    return floor, *joints
