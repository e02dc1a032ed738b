"""What lies on a script's shelves and which hands are in them, for the scales."""

import numpy as np

from datasets.synthetic.play.acts import InSlot, PropAt
from datasets.synthetic.play.script import WorldScript
from datasets.synthetic.sensors.scales import HandInside, Load, slot_under

BEFORE_S = -60.0  # what stands there from the start came long ago
BELONGINGS_G = (15.0, 2500.0)  # from a wrapper to a full bag; drawn evenly in its logarithm


def loads_of(script: WorldScript, rng: np.random.Generator) -> tuple[Load, ...]:
    """Return every unit while it stands on a shelf, and every belonging that lies on one."""
    end_s = script.duration_s + 1.0
    loads = []
    for unit in script.units:
        grams = script.store.assortment[unit.product_index].weight_g
        until = [at_s for at_s, _ in unit.places[1:]]
        for (at_s, place), to_s in zip(unit.places, [*until, end_s], strict=True):
            if isinstance(place, InSlot):
                loads.append(Load(place.slot_id, at_s if at_s > 0 else BEFORE_S, to_s, grams))
    for index, prop in enumerate(script.prop_histories):
        grams = float(np.exp(rng.uniform(*np.log(BELONGINGS_G))))
        if index < len(script.store.props):
            continue  # doors hang, they do not lie on boards
        until = [at_s for at_s, _ in prop.places[1:]]
        for (at_s, lies), to_s in zip(prop.places, [*until, end_s], strict=True):
            slot_id = (
                slot_under(script.store.store_map.shelves, np.array(lies.pose.xyz_m))
                if isinstance(lies, PropAt)
                else None
            )
            if slot_id is not None:
                loads.append(Load(slot_id, at_s if at_s > 0 else BEFORE_S, to_s, grams))
    return tuple(loads)


def hands_of(script: WorldScript) -> tuple[HandInside, ...]:
    """Return every reach into a slot."""
    return tuple(
        HandInside(event.slot_id, event.start_s, event.end_s)
        for event in script.events
        if event.slot_id is not None
    )
