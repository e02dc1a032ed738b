"""The scenarios by name: how many shoppers, what they do, how close they come."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.play.agenda import ShoppingList
from datasets.synthetic.play.script import Plot, ScriptError, WorldScript, write_script
from datasets.synthetic.pools import pool_of_recording

_LENGTH_S = (58.6, 65.0)
_REDRAWS = 8


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of recording.

    Attributes:
        name: What `walkout simulate` calls it.
        description: One line for people.
        draw: Draws what happens in one recording.
    """

    name: str
    description: str
    draw: Callable[[np.random.Generator], Plot]


def list_scenarios() -> tuple[Scenario, ...]:
    """Return all scenarios in the order of their difficulty."""
    return (_EASY, _NORMAL, _DEMO)


def find_scenario(name: str) -> Scenario | None:
    """Return the scenario of this name, if there is one."""
    return next((scenario for scenario in list_scenarios() if scenario.name == name), None)


def write_scenario(scenario: Scenario, seed: int) -> WorldScript:
    """Write the script of one recording; the same seed gives the same script.

    Raises:
        ScriptError: If nothing fits; practically never.
    """
    pool = pool_of_recording(seed)
    for redraw in range(_REDRAWS):
        rng = np.random.default_rng([seed, redraw, sum(scenario.name.encode())])
        store_seed, people_seed = (int(value) for value in rng.integers(0, 2**30, 2))
        plot = scenario.draw(rng)
        people = tuple(Person(pool, people_seed + i) for i in range(len(plot.wishes)))
        try:
            return write_script(pool, store_seed, people, plot, int(rng.integers(2**31)))
        except ScriptError:
            continue
    raise ScriptError(f"scenario {scenario.name!r}: no script for seed {seed}; take another seed")


def _draw_easy(rng: np.random.Generator) -> Plot:
    count = int(rng.integers(1, 4))
    wishes = tuple(
        ShoppingList(
            picks=(picks := int(rng.integers(1, 5))),
            put_backs=int(rng.random() < 0.35 and picks > 1),
            touches=int(rng.random() < 0.15),
        )
        for _ in range(count)
    )
    return Plot(wishes, _entries(rng, count, 12.0), _LENGTH_S)


def _draw_normal(rng: np.random.Generator) -> Plot:
    count = int(rng.integers(3, 6))
    wishes = tuple(
        ShoppingList(
            picks=int(rng.integers(2, 4)),
            put_backs=int(rng.random() < 0.35),
            misplacements=int(rng.random() < 0.25),
            touches=int(rng.random() < 0.35),
            crowding=0.35,
        )
        for _ in range(count)
    )
    return Plot(wishes, _entries(rng, count, 5.5), (58.6, 68.0))


def _draw_demo(rng: np.random.Generator) -> Plot:
    wishes = (
        ShoppingList(picks=3, put_backs=1),
        ShoppingList(picks=3, misplacements=1),
        ShoppingList(picks=3, touches=1),
    )
    return Plot(wishes, _entries(rng, len(wishes), 6.0), (60.6, 68.0))


def _entries(rng: np.random.Generator, count: int, apart_s: float) -> tuple[float, ...]:
    """Return when shoppers come: the first at once, the others one after another."""
    gaps = rng.uniform(0.75, 1.25, count) * apart_s
    gaps[0] = rng.uniform(0.6, 1.5)
    return tuple(float(value) for value in np.cumsum(gaps))


_EASY = Scenario(
    "easy",
    "1 to 3 shoppers who keep their distance; 1 to 4 picks each, put-backs where they belong",
    _draw_easy,
)
_NORMAL = Scenario(
    "normal",
    "3 to 5 shoppers, some at one shelf; put-backs also on the wrong shelf, touches without taking",
    _draw_normal,
)
_DEMO = Scenario(
    "demo", "3 shoppers, 9 picks, a put-back, a put-back on the wrong shelf, a touch", _draw_demo
)
