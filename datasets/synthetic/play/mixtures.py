"""Scenarios of ordinary shopping: few people, more, too many; and one of everything that can go wrong."""

from dataclasses import replace

import numpy as np

from datasets.synthetic.body.wardrobe import Pushed
from datasets.synthetic.play.agenda import ShoppingList
from datasets.synthetic.play.plot import Plot
from datasets.synthetic.play.scenario import Scenario, Wheels
from datasets.synthetic.play.stage import Stage
from datasets.synthetic.play.staging import ERRAND_ESTIMATE_S, GATE_ESTIMATE_S
from datasets.synthetic.store.layout import StoreWish, Template

_LENGTH_S = (58.6, 66.0)
# Of recordings; some turn out without, because the first stores drawn have turnstiles or are narrow.
_TROLLEY_SHARE, _PRAM_SHARE = 0.2, 0.06


def _shopping(
    stage: Stage, wishes: tuple[ShoppingList, ...], apart_s: float, length_s: tuple[float, float]
) -> Plot:
    """Return the plot of people who come one after another with a list each."""
    enter_s = _entries(stage.rng, len(wishes), apart_s)
    middle_s = sum(length_s) / 2
    parts = []
    for body, (wish, at_s) in enumerate(zip(wishes, enter_s, strict=True)):
        is_last = body == len(wishes) - 1
        until_s = middle_s if is_last else float(stage.rng.uniform(0.65, 1.0)) * length_s[0]
        shopping = _in_time(wish, length_s[1] - at_s)
        parts.append(replace(stage.shopper(body, enter_s=at_s), shopping=shopping, until_s=until_s))
    return stage.plot(parts, (), length_s=length_s)


def _direct_easy(stage: Stage) -> Plot:
    rng = stage.rng
    wishes = tuple(
        ShoppingList(
            picks=(picks := int(rng.integers(1, 5))),
            put_backs=int(rng.random() < 0.35 and picks > 1),
            touches=int(rng.random() < 0.15),
            crowding=stage.crowding,
        )
        for _ in stage.cast
    )
    return _shopping(stage, wishes, 12.0, _LENGTH_S)


def _direct_normal(stage: Stage) -> Plot:
    rng = stage.rng
    wishes = tuple(
        ShoppingList(
            picks=int(rng.integers(2, 4)),
            put_backs=int(rng.random() < 0.35),
            misplacements=int(rng.random() < 0.25),
            touches=int(rng.random() < 0.35),
            crowding=stage.crowding,
        )
        for _ in stage.cast
    )
    return _shopping(stage, wishes, 5.5, (58.6, 72.0))


def _direct_crowded(stage: Stage) -> Plot:
    rng = stage.rng
    wishes = tuple(
        ShoppingList(
            picks=int(rng.integers(1, 3)),
            put_backs=int(rng.random() < 0.2),
            touches=int(rng.random() < 0.25),
            crowding=stage.crowding,
        )
        for _ in stage.cast
    )
    return _shopping(stage, wishes, 3.2, (58.6, 88.0))


def _direct_demo(stage: Stage) -> Plot:
    wishes = (
        ShoppingList(picks=3, put_backs=1),
        ShoppingList(picks=3, misplacements=1),
        ShoppingList(picks=3, touches=1),
    )
    return _shopping(stage, wishes, 6.0, (60.6, 70.0))


def _in_time(wish: ShoppingList, time_s: float) -> ShoppingList:
    """Strike wishes for which the time will not do: touches first, then picks."""
    at_most = max(1, int((time_s - GATE_ESTIMATE_S) / ERRAND_ESTIMATE_S))
    returns = wish.put_backs + wish.misplacements
    if wish.picks + returns + wish.touches > at_most:
        wish = replace(wish, touches=0)
    while wish.picks + returns > at_most and wish.picks > max(1, returns):
        wish = replace(wish, picks=wish.picks - 1)
    return wish


def _entries(rng: np.random.Generator, count: int, apart_s: float) -> tuple[float, ...]:
    """Return when people come: the first at once, the others one after another."""
    gaps = rng.uniform(0.75, 1.25, count) * apart_s
    gaps[0] = rng.uniform(0.6, 1.5)
    return tuple(float(value) for value in np.cumsum(gaps))


EASY = Scenario(
    "easy",
    "1 to 3 shoppers who keep their distance; 1 to 4 picks each, put-backs where they belong",
    _direct_easy,
    shoppers=(1, 3),
    store=StoreWish(area_m2=(15.0, 60.0)),
)
NORMAL = Scenario(
    "normal",
    "3 to 5 shoppers, some at one shelf; put-backs also on the wrong shelf, touches without taking",
    _direct_normal,
    shoppers=(3, 5),
    crowding=0.35,
    store=StoreWish(area_m2=(20.0, 60.0)),
    wheels=Wheels((Pushed.TROLLEY, Pushed.PRAM), (_TROLLEY_SHARE, _PRAM_SHARE), stores=4),
)
CROWDED = Scenario(
    "crowded",
    "8 shoppers on 15 m2, most of them at the same shelves",
    _direct_crowded,
    shoppers=(8, 8),
    crowding=0.5,
    store=StoreWish(templates=(Template.MICRO_MARKET, Template.KIOSK), area_m2=(14.5, 16.0)),
)
ADVERSARIAL = Scenario(
    "adversarial",
    "one of the scenarios below, drawn, among one or two people more than it needs",
    _direct_easy,
    shoppers=(2, 6),
    crowding=0.5,
)
DEMO = Scenario(
    "demo",
    "3 shoppers, 9 picks, a put-back, a put-back on the wrong shelf, a touch",
    _direct_demo,
    shoppers=(3, 3),
    store=StoreWish(area_m2=(25.0, 50.0)),
)
