"""What is true in a recording, taken from its script; what cameras see of it, from the renderer."""

from collections.abc import Sequence

import numpy as np

from datasets.recording import (
    EventTruth,
    GateEvent,
    GateKind,
    PersonInFrame,
    RecordingTruth,
    Role,
    ShopperTruth,
    UnitPlace,
    UnitTruth,
    VisitTruth,
)
from datasets.synthetic.goods.products import Assortment
from datasets.synthetic.play.acts import InBag, InHand, InSlot, Place
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
    """Return what the gate reports, in order of time."""
    scans = [
        GateEvent(GateKind.SCAN, round(start_s + visit.scan_s, 3), GATE_ID, shopper_id(index))
        for index, visit in enumerate(script.visits)
    ]
    return tuple(sorted(scans, key=lambda scan: scan.at_s))


def script_truth(script: WorldScript, scenario: str, seed: int, start_s: float, fps: int) -> RecordingTruth:
    """Return the truth of a script, without what single cameras see.

    Args:
        script: What happens.
        scenario: Its name.
        seed: The recording's seed.
        start_s: Capture time of the first frame; script times are relative to it.
        fps: Frames per second.
    """
    ticks = np.arange(frame_count(script, fps)) / fps
    floor, left, right = _tracks(script, ticks)
    return RecordingTruth(
        scenario=scenario,
        seed=seed,
        fps=float(fps),
        start_s=start_s,
        duration_s=len(ticks) / fps,
        shoppers=tuple(
            ShopperTruth(
                shopper_id(index),
                visit_id(index),
                Role.SHOPPER,
                round(start_s + visit.entered_s, 3),
                round(start_s + visit.left_s, 3),
                round(script.people[index].height_m, 3),
                script.cart_of(index),
            )
            for index, visit in enumerate(script.visits)
        ),
        visits=tuple(_visit(script, index, start_s) for index in range(len(script.visits))),
        events=tuple(
            _event(number, event, script.store.assortment, start_s)
            for number, event in enumerate(script.events, start=1)
        ),
        ticks_s=np.round(start_s + ticks, 3),
        floor_xy_m=floor,
        left_wrist_m=left,
        right_wrist_m=right,
        units=tuple(
            UnitTruth(
                unit.unit_id,
                script.store.assortment[unit.product_index].product_id,
                tuple(UnitPlace(round(start_s + from_s, 3), _place(place)) for from_s, place in unit.places),
            )
            for unit in script.units
        ),
    )


def frame_count(script: WorldScript, fps: int) -> int:
    """Return how many frames each camera has."""
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


def _visit(script: WorldScript, index: int, start_s: float) -> VisitTruth:
    visit, cart = script.visits[index], script.cart_of(index)
    prices = {product.product_id: product.price_minor for product in script.store.assortment.products}
    return VisitTruth(
        visit_id(index),
        shopper_id(index),
        round(start_s + visit.scan_s, 3),
        round(start_s + visit.left_s, 3),
        (shopper_id(index),),
        cart,
        sum(prices[product] * count for product, count in cart.items()),
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
        hand=_HANDS[event.hand],
        start_s=round(start_s + event.start_s, 3),
        contact_s=round(start_s + event.contact_s, 3),
        end_s=round(start_s + event.end_s, 3),
        is_misplaced=event.is_misplaced,
    )


def _place(place: Place) -> str:
    if isinstance(place, InSlot):
        return f"slot:{place.slot_id}"
    if isinstance(place, InHand):
        return f"hand:{shopper_id(place.shopper)}:{_HANDS[place.hand]}"
    if isinstance(place, InBag):
        return f"bag:{shopper_id(place.shopper)}"
    return f"outside:{shopper_id(place.shopper)}"


def _tracks(
    script: WorldScript, ticks_s: FloatArray
) -> tuple[dict[str, FloatArray], dict[str, FloatArray], dict[str, FloatArray]]:
    """Return floor positions and left and right wrists of everybody; NaN while they are not in the store."""
    floor, left, right = {}, {}, {}
    for index, (visit, body) in enumerate(zip(script.visits, script.people, strict=True)):
        name = shopper_id(index)
        floor[name] = np.full((len(ticks_s), 2), np.nan)
        left[name], right[name] = np.full((len(ticks_s), 3), np.nan), np.full((len(ticks_s), 3), np.nan)
        for tick in np.flatnonzero((ticks_s >= visit.entered_s) & (ticks_s < visit.left_s)):
            pose = visit.performance.pose_at(float(ticks_s[tick]))
            points = body.skeleton_only(pose).keypoints_m
            floor[name][tick] = pose.xy_m
            left[name][tick], right[name][tick] = points[Keypoint.LEFT_WRIST], points[Keypoint.RIGHT_WRIST]
    return floor, left, right
