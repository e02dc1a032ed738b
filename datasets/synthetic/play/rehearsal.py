"""Works out everybody's errands in the order of a plot's cues, before anybody walks."""

from cart_tracker.store_map import Shelf
from datasets.synthetic.play.acts import Action, Errand, InSlot, OnFloor, Routine
from datasets.synthetic.play.gestures import OutOfReachError
from datasets.synthetic.play.plot import Cue
from datasets.synthetic.play.routes import WALL_CLEARANCE_M
from datasets.synthetic.play.shopping import Shopper
from datasets.synthetic.scene import UnitPose
from datasets.synthetic.store.layout import GeneratedStore

_TOLERANCE_M = 0.03


class Rehearsals:
    """Who can do what, and what they did so far; the `Rehearsal` that errands are made from."""

    def __init__(self, store: GeneratedStore, shoppers: dict[int, Shopper]) -> None:
        """Start with empty hands; one shopper per part."""
        self._store, self._shoppers = store, shoppers
        self._shelf: dict[str, Shelf] = {shelf.shelf_id: shelf for shelf in store.store_map.shelves}
        self._pose = {unit.pose.unit_id: unit.pose for unit in store.units}
        self.routines: dict[int, list[Routine]] = {part: [] for part in shoppers}

    def perform(self, cues: tuple[Cue, ...]) -> None:
        """Work out all cues.

        Raises:
            OutOfReachError: If a body cannot do what it is asked.
        """
        for cue in cues:
            errands = cue.errands if isinstance(cue.errands, tuple) else cue.errands(self)
            for part, errand in zip(cue.parts, errands, strict=True):
                self.add(part, errand)

    def add(self, part: int, errand: Errand) -> None:
        """Work out one more errand of a part.

        Raises:
            OutOfReachError: If the body cannot do it, or would stand in something.
        """
        shelf = None if errand.facing is None else self._shelf[errand.facing.shelf_id]
        routine = self._shoppers[part].perform(errand, shelf)
        clearance = self._store.obstacles.clearance_m(routine.stance.xy_m[None])[0]
        if clearance < WALL_CLEARANCE_M - _TOLERANCE_M and errand.action is not Action.LIFTED:
            raise OutOfReachError("somebody would have to stand in something")
        for move in routine.moves:
            if isinstance(move.place, (InSlot, OnFloor)):
                self._pose[move.unit_id] = move.place.pose
        self.routines[part].append(routine)

    def shopper(self, part: int) -> Shopper:
        """Return who plays a part, with what the hands hold by now."""
        return self._shoppers[part]

    def pose_of(self, unit_id: int) -> UnitPose:
        """Return how a unit was left on a shelf or on the floor."""
        return self._pose[unit_id]

    def routine(self, part: int) -> Routine:
        """Return the last routine of a part."""
        return self.routines[part][-1]
