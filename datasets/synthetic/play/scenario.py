"""What a scenario is, and the knobs that turn it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.play.plot import Plot
from datasets.synthetic.play.script import WorldScript
from datasets.synthetic.play.stage import Stage
from datasets.synthetic.store.layout import ANY_STORE, StoreWish


@dataclass(frozen=True, slots=True)
class Knobs:
    """What may be changed about a scenario; None leaves it as the scenario has it.

    Attributes:
        shoppers: People who shop, those whom the scenario is about included.
        crowding: 0 to 1: how probable it is that an errand of the others is where the scenario happens.
    """

    shoppers: int | None = None
    crowding: float | None = None


Director = Callable[[Stage], Plot]
# Adds what goes wrong around a script: faults of cameras, a store map that is out of date.
Finish = Callable[[WorldScript, np.random.Generator], WorldScript]


def _as_written(script: WorldScript, rng: np.random.Generator) -> WorldScript:
    return script


@dataclass(frozen=True, slots=True)
class Wheels:
    """What the first person of the cast may push, drawn from the seed.

    Attributes:
        kinds: Of these.
        shares: Probability of each; for the rest everybody is as cast without.
        stores: So many stores are tried with it; after those everybody is as cast without, too.
    """

    kinds: tuple[Pushed, ...] = ()
    shares: tuple[float, ...] = ()
    stores: int = 0

    def draw(self, rng: np.random.Generator) -> Pushed:
        """Draw what is pushed."""
        value = float(rng.random())
        for kind, upto in zip(self.kinds, np.cumsum(self.shares).tolist(), strict=True):
            if value < upto:
                return kind
        return Pushed.NOTHING


NO_WHEELS = Wheels()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of recording.

    Attributes:
        name: What `walkout simulate` calls it.
        description: One line for people.
        direct: Draws what happens in one recording.
        row: Of the table of adversarial scenarios in the design notes; None for the mixtures.
        principals: The people it is about, in the order of its plot's cast.
        are_twins: The principals have one body and one outfit.
        shoppers: People who shop, from and to, the principals included.
        crowding: As of `Knobs`.
        store: What the store must be like.
        wheels: What the first of the cast pushes.
        wants_scales: Shelf scales tell something here.
        finish: Adds what goes wrong around the script.
    """

    name: str
    description: str
    direct: Director
    row: int | None = None
    principals: tuple[PersonWish, ...] = ()
    are_twins: bool = False
    shoppers: tuple[int, int] = (1, 1)
    crowding: float = 0.0
    store: StoreWish = field(default=ANY_STORE)
    wheels: Wheels = NO_WHEELS
    wants_scales: bool = False
    finish: Finish = _as_written


# Who reaches the handle of a trolley without bending.
_PUSHING_AGES = (18.0, 75.0)


def wishes_of(scenario: Scenario, people: int, pushes: Pushed = Pushed.NOTHING) -> tuple[PersonWish, ...]:
    """Return whom to cast: the principals, and anybody for the rest; the first may push something."""
    wishes = scenario.principals + (ANYBODY,) * max(0, people - len(scenario.principals))
    if pushes is Pushed.NOTHING:
        return wishes
    return (replace(wishes[0], pushes=pushes, age_years=_PUSHING_AGES, bag=None), *wishes[1:])
