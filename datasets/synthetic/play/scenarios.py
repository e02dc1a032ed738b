"""The scenarios by name, and how one becomes the script of a recording."""

from dataclasses import replace

import numpy as np

from datasets.synthetic.body.people import Person
from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.gestures import OutOfReachError
from datasets.synthetic.play.mixtures import ADVERSARIAL, CROWDED, DEMO, EASY, NORMAL
from datasets.synthetic.play.rows_close import CLOSE_SCENARIOS
from datasets.synthetic.play.rows_gate import GATE_SCENARIOS
from datasets.synthetic.play.rows_hands import HAND_SCENARIOS
from datasets.synthetic.play.rows_system import SYSTEM_SCENARIOS
from datasets.synthetic.play.rows_things import THING_SCENARIOS
from datasets.synthetic.play.rows_wear import WEAR_SCENARIOS
from datasets.synthetic.play.scenario import Knobs, Scenario, wishes_of
from datasets.synthetic.play.script import ScriptError, WorldScript, write_script
from datasets.synthetic.play.stage import Stage
from datasets.synthetic.play.staging import store_planner
from datasets.synthetic.pools import pool_of_recording
from datasets.synthetic.store.layout import generate_store

__all__ = ["AS_IT_IS", "Knobs", "Scenario", "find_scenario", "list_scenarios", "write_scenario"]

AS_IT_IS = Knobs()
_STORES, _DRAWS = 6, 8
_WHEELS_KEY = 30
_ROWS = tuple(
    sorted(
        (
            *CLOSE_SCENARIOS,
            *GATE_SCENARIOS,
            *HAND_SCENARIOS,
            *THING_SCENARIOS,
            *WEAR_SCENARIOS,
            *SYSTEM_SCENARIOS,
        ),
        key=lambda scenario: scenario.row or 0,
    )
)


def list_scenarios() -> tuple[Scenario, ...]:
    """Return all scenarios: the mixtures, then the rows of the table of adversarial ones."""
    return (EASY, NORMAL, CROWDED, ADVERSARIAL, DEMO, *_ROWS)


def find_scenario(name: str) -> Scenario | None:
    """Return the scenario of this name, if there is one."""
    return next((scenario for scenario in list_scenarios() if scenario.name == name), None)


def write_scenario(scenario: Scenario, seed: int, knobs: Knobs = AS_IT_IS) -> WorldScript:
    """Write the script of one recording; the same seed and knobs give the same script.

    Raises:
        ScriptError: If nothing fits; practically never with the scenario's own knobs.
    """
    if scenario is ADVERSARIAL:
        return _write_any_row(seed, knobs)
    pool = pool_of_recording(seed)
    name = int.from_bytes(scenario.name.encode()[:7], "little")
    pushes = scenario.wheels.draw(np.random.default_rng([seed, name, _WHEELS_KEY]))
    with_it = 0 if pushes is Pushed.NOTHING else scenario.wheels.stores
    for store_draw in range(_STORES + with_it):
        rng = np.random.default_rng([seed, store_draw, name])
        store_seed, people_seed = (int(value) for value in rng.integers(0, 2**30, 2))
        count = int(rng.integers(scenario.shoppers[0], scenario.shoppers[1] + 1))
        pushed = pushes if store_draw < with_it else Pushed.NOTHING
        wishes = wishes_of(scenario, count if knobs.shoppers is None else knobs.shoppers, pushed)
        cast = tuple(
            Person(
                pool,
                people_seed + (0 if scenario.are_twins and row < len(scenario.principals) else row),
                wish,
            )
            for row, wish in enumerate(wishes)
        )
        store = generate_store(pool, store_seed, scenario.store)
        if store.wings and pushed is not Pushed.NOTHING:
            continue  # turnstiles are too narrow
        planner = store_planner(store)
        crowding = scenario.crowding if knobs.crowding is None else knobs.crowding
        for _ in range(_DRAWS):
            try:
                stage = Stage(store, planner, cast, crowding, rng)
                script = write_script(store, planner, scenario.direct(stage), stage.stock, rng)
            except (NoPlaceError, OutOfReachError):
                continue
            if script is not None:
                return replace(scenario.finish(script, rng), wants_scales=scenario.wants_scales)
    raise _no_script(scenario.name, seed, knobs)


def _write_any_row(seed: int, knobs: Knobs) -> WorldScript:
    """Write a row of the table, drawn, with one or two people more who shop where it happens.

    Raises:
        ScriptError: If none of a few rows fits.
    """
    rng = np.random.default_rng([seed, *ADVERSARIAL.name.encode()])
    for _ in range(_STORES):
        row = _ROWS[int(rng.integers(len(_ROWS)))]
        more = int(rng.integers(1, 3))
        shoppers = len(row.principals) + more if knobs.shoppers is None else knobs.shoppers
        crowding = ADVERSARIAL.crowding if knobs.crowding is None else knobs.crowding
        try:
            return write_scenario(row, seed, Knobs(shoppers, crowding))
        except ScriptError:
            continue
    raise _no_script(ADVERSARIAL.name, seed, knobs)


def _no_script(name: str, seed: int, knobs: Knobs) -> ScriptError:
    """Return the error of a recording that does not come about, with what to do."""
    advice = f"take another seed, for instance {seed + 1}"
    if knobs.shoppers is not None:
        advice += f", or fewer shoppers than {knobs.shoppers}"
    if knobs.crowding:
        advice += f", or less crowding than {knobs.crowding:g}"
    return ScriptError(f"scenario {name!r}: no script for seed {seed}; {advice}")
