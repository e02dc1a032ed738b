"""Fog on the glass of fridge doors: room air condenses on the cold pane while it stands open."""

from math import exp

from datasets.synthetic.play.acts import PropAt
from datasets.synthetic.play.histories import PropHistory

# By eye, of fridges without heated glass in a summer's shop: white after some seconds, clear within a minute.
_FOGS_IN_S, _CLEARS_IN_S = 4.0, 18.0
_OPEN_RAD = 0.1


def fog_at(history: PropHistory, closed_yaw_rad: float, at_s: float) -> float:
    """Return how fogged a door's pane is, 0 to 1, after all that its history tells until then."""
    fog = 0.0
    for (from_s, place), (to_s, _) in zip(history.places, [*history.places[1:], (at_s, None)], strict=True):
        passed_s = min(to_s, at_s) - from_s
        if passed_s <= 0 or not isinstance(place, PropAt):
            continue
        is_open = abs(place.pose.yaw_rad - closed_yaw_rad) > _OPEN_RAD
        fog = 1 - (1 - fog) * exp(-passed_s / _FOGS_IN_S) if is_open else fog * exp(-passed_s / _CLEARS_IN_S)
    return fog
