"""Rows 6 to 10, 29 and 33: who belongs to whom, and who came in or went out on which code."""

from dataclasses import replace

import numpy as np

from datasets.recording import Expectation, Outcome, Role
from datasets.synthetic.body.people import ANYBODY, PersonWish
from datasets.synthetic.play.acts import Action, Errand, Manner, Spot
from datasets.synthetic.play.agenda import NoPlaceError
from datasets.synthetic.play.plot import Cue, Door, Part, Plot, Scan, Stop, cue
from datasets.synthetic.play.rows_close import doubtful
from datasets.synthetic.play.scenario import Director, Scenario
from datasets.synthetic.play.shopping import lifting
from datasets.synthetic.play.stage import SCAN_M, Stage, pick
from datasets.synthetic.play.truth import visit_id
from datasets.synthetic.scene import FloatArray
from datasets.synthetic.store.layout import StoreWish
from datasets.synthetic.store.planogram import Facing

_PARENT = PersonWish(age_years=(27.0, 45.0))
_CHILD = PersonWish(age_years=(6.0, 8.0))
_STAFF = PersonWish(age_years=(20.0, 60.0), is_staff=True)
_CHILD_REACH_M = (0.3, 0.85)
_HIGH_M = (1.15, 1.7)
_LIFT_M = (0.40, 0.55)
_FAMILY_PACE_M_S = 0.85
_SIZES = StoreWish(area_m2=(15.0, 60.0))
_ALERT = Expectation(Outcome.ALERT, alert="tailgating")


def _family(stage: Stage) -> tuple[Part, Part]:
    """Return the parts of a parent who scans and of a child right behind."""
    parent = replace(stage.shopper(0, enter_s=0.6), speed_m_s=_FAMILY_PACE_M_S)
    child = Part(
        1, Role.COMPANION, 0, parent.enter_s and parent.enter_s + 2.2, speed_m_s=_FAMILY_PACE_M_S, companion=0
    )
    return parent, child


def _direct_child_picks(stage: Stage) -> Plot:
    low = stage.any_filled(_CHILD_REACH_M)
    near = [
        facing
        for facing in stage.filled()
        if np.hypot(*(stage.front_xy_m(facing) - stage.front_xy_m(low))) > 0.7
    ]
    own = stage.take(stage.choose(near))
    cues = [cue(1, pick(low, (stage.unit(low),))), cue(0, pick(own, (stage.unit(own),)))]
    return stage.plot(_family(stage), cues)


def _direct_lifted(stage: Stage) -> Plot:
    high = stage.any_filled(_HIGH_M)
    at_s = stage.soon_s(stage.front_xy_m(high, 0.5), stage.front_xy_m(high, 0.8)) + 4.0
    manner = Manner(lift_m=float(stage.rng.uniform(*_LIFT_M)))
    lift = Errand(Action.LIFT, manner=manner, at_s=at_s)
    lifted = Errand(Action.LIFTED, high, (stage.unit(high),), at_s=at_s)
    shelf = stage.shelf(high)
    cues = [Cue((0, 1), lambda known: lifting(known.shopper(0), known.shopper(1), lift, lifted, shelf), True)]
    return stage.plot(_family(stage), cues)


def _direct_unrelated_child(stage: Stage) -> Plot:
    return _behind_somebody(stage, stage.any_filled(_CHILD_REACH_M))


def _direct_tailgating(stage: Stage) -> Plot:
    return _behind_somebody(stage, stage.any_filled())


def _behind_somebody(stage: Stage, wanted: Facing) -> Plot:
    """One scans and goes shopping, another one slips in behind and takes something elsewhere."""
    own = stage.any_filled()
    first = stage.shopper(0, enter_s=0.6)
    second = Part(1, Role.INTRUDER, None, 2.0)
    cues = [cue(0, pick(own, (stage.unit(own),))), cue(1, pick(wanted, (stage.unit(wanted),)))]
    return stage.plot([first, second], cues, (_ALERT, Expectation(Outcome.RIGHT_OR_REVIEW, visit_id(0))))


def _direct_scan_by_other(stage: Stage) -> Plot:
    """The one behind scans, the one in front walks in on it; then the one behind scans again for itself."""
    one, other = stage.any_filled(), stage.any_filled()
    ahead = Part(0, visit=0, enter_s=0.6, stop=Stop(0.64, 3.2), speed_m_s=0.95)
    behind = Part(
        1, visit=1, enter_s=1.3, scans=(Scan(0, 0.3), Scan(1, 0.85)), stop=Stop(0.04, 4.6), speed_m_s=0.95
    )
    cues = [cue(0, pick(one, (stage.unit(one),))), cue(1, pick(other, (stage.unit(other),)))]
    return stage.plot([ahead, behind], cues, doubtful(0, 1))


def _direct_turn_back(stage: Stage) -> Plot:
    facing = stage.any_filled()
    turns = Part(0, visit=0, enter_s=0.6, scans=(Scan(0),), stop=Stop(SCAN_M, 1.3), leaves=Door.ENTRY)
    shops = stage.shopper(1, enter_s=9.0)
    return stage.plot([turns, shops], [cue(1, pick(facing, (stage.unit(facing),)))])


def _direct_group(stage: Stage) -> Plot:
    """Three on one code, side by side where there is room; each takes something."""
    wanted = [stage.any_filled() for _ in range(3)]
    first = stage.shopper(0, enter_s=0.6)
    others = [Part(row, Role.COMPANION, 0, 0.6 + 1.7 * row) for row in (1, 2)]
    cues = [cue(row, pick(facing, (stage.unit(facing),))) for row, facing in enumerate(wanted)]
    return stage.plot([first, *others], cues)


def _direct_staff_at_exit(stage: Stage) -> Plot:
    facing = stage.any_filled()
    spot = _beside_exit(stage)
    leave_s = stage.soon_s(stage.front_xy_m(facing, 0.5)) + 16.0
    staff = Part(1, Role.STAFF, None, enters=Door.BACK_ROOM, leaves=Door.BACK_ROOM)
    wait = Errand(Action.WAIT, manner=Manner(hold_s=14.0), spot=spot, at_s=leave_s)
    shopper = replace(stage.shopper(0, enter_s=0.6), leave_s=leave_s)
    return stage.plot([shopper, staff], [cue(0, pick(facing, (stage.unit(facing),))), cue(1, wait)])


def _beside_exit(stage: Stage) -> Spot:
    """Return a spot beside the mouth of the exit, clear of the way out.

    Raises:
        NoPlaceError: If there is none.
    """
    lane = stage.store.exit
    at, mouth = stage.spots(), lane.mouth_xy_m
    inward = np.asarray(lane.inward_xy)
    aside = np.abs((at - mouth) @ np.array([inward[1], -inward[0]]))
    away: FloatArray = np.hypot(*(at - mouth).T)
    near = at[(aside > 0.62) & (away < 1.5)]
    if len(near) == 0:
        raise NoPlaceError("no room beside the exit")
    xy = near[int(stage.rng.integers(len(near)))]
    way = mouth - xy
    return Spot((float(xy[0]), float(xy[1])), float(np.arctan2(way[0], -way[1])))


def _direct_in_and_out(stage: Stage) -> Plot:
    """One leaves and is back within ten seconds; two others leave right behind each other."""
    wanted = [stage.any_filled() for _ in range(4)]
    first_out = stage.soon_s(stage.front_xy_m(wanted[0], 0.5)) + 6.0
    back_s = first_out + float(stage.rng.uniform(3.5, 7.0))
    both_out = max(back_s, first_out) + 26.0
    first = replace(stage.shopper(0, enter_s=0.6), leave_s=first_out)
    again = replace(stage.shopper(0, 1, enter_s=back_s))
    second = replace(stage.shopper(1, 2, enter_s=5.0), leave_s=both_out)
    third = replace(stage.shopper(2, 3, enter_s=10.0), leave_s=both_out + 0.9)
    cues = [cue(row, pick(facing, (stage.unit(facing),))) for row, facing in enumerate(wanted)]
    plot = stage.plot([first, again, second, third], cues, length_s=(30.0, 95.0))
    return replace(plot, accounts=("account-1", "account-1", *plot.accounts[2:]))


def _scenario(name: str, description: str, row: int, direct: Director, *principals: PersonWish) -> Scenario:
    count = sum(not wish.is_staff for wish in principals)
    return Scenario(
        name, description, direct, row=row, principals=principals, shoppers=(count, count), store=_SIZES
    )


GATE_SCENARIOS = (
    _scenario(
        "child-picks", "a child on its parent's code takes something", 6, _direct_child_picks, _PARENT, _CHILD
    ),
    _scenario(
        "child-lifted",
        "a parent lifts a child who takes from a high board",
        7,
        _direct_lifted,
        _PARENT,
        _CHILD,
    ),
    _scenario(
        "unrelated-child",
        "a child slips in behind a stranger and takes something",
        8,
        _direct_unrelated_child,
        ANYBODY,
        _CHILD,
    ),
    _scenario(
        "tailgating",
        "two bodies on one scan; the second takes something",
        9,
        _direct_tailgating,
        ANYBODY,
        ANYBODY,
    ),
    _scenario(
        "scan-by-other",
        "who stands behind scans, who stands in front walks in on it",
        10,
        _direct_scan_by_other,
        ANYBODY,
        ANYBODY,
    ),
    _scenario(
        "staff-at-exit",
        "staff stands beside the exit while a shopper leaves",
        29,
        _direct_staff_at_exit,
        ANYBODY,
        _STAFF,
    ),
    _scenario(
        "in-and-out",
        "a shopper leaves and is back within ten seconds; two others leave right behind each other",
        33,
        _direct_in_and_out,
        ANYBODY,
        ANYBODY,
        ANYBODY,
    ),
    _scenario(
        "turn-back",
        "a shopper scans, steps in and turns back; another one shops",
        33,
        _direct_turn_back,
        ANYBODY,
        ANYBODY,
    ),
    _scenario(
        "group-entry",
        "three people come in on one code and take something each",
        6,
        _direct_group,
        ANYBODY,
        ANYBODY,
        ANYBODY,
    ),
)
