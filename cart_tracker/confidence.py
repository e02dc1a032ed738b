"""From margins to probabilities, and from probabilities to what is charged.

The margin of a line is how many nats worse the best explanation becomes when the line must be wrong
(min-marginal of the joint solve). Logistics turn margins and the circumstances of a basket into
probabilities. Their constants are to be fitted by `walkout evaluate --calibrate`; the ones here are
assumptions, and what is fitted on simulated baskets must be fitted again in a real store.
"""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cart_tracker.errors import CalibrationFileError
from cart_tracker.visits import BasketFeatures, Decision

LARGEST_MARGIN_NATS = 8.0


@dataclass(frozen=True, slots=True)
class ConfidenceSettings:
    """How margins become probabilities, and from where on there is a charge.

    Attributes:
        offset: Of the logistic of a line.
        slope: Per nat of its margin.
        basket_offset: Of the logistic of a basket.
        basket_slope: Per nat of the least margin in it.
        crowded: Per move with somebody else's hand near.
        unseen: Per move that no camera saw.
        doubt: Per unit of doubt about who it was.
        charge_from: Lines that are less probable are asked about.
        drop_below: Lines that are less probable are forgotten, for the shopper.
        basket_from: In baskets that are less probable the least sure line is asked about.
    """

    offset: float = -0.4
    slope: float = 0.9
    # Of a basket: logistic regression on 39 baskets from pixels, 23 of them exact; but for the doubt, of
    # which there was none.
    basket_offset: float = -1.2
    basket_slope: float = 1.15
    crowded: float = -0.2
    unseen: float = -0.95
    doubt: float = -4.0
    charge_from: float = 0.70  # of 62 lines from pixels from here on 89 % were right
    drop_below: float = 0.3
    basket_from: float = 0.8  # four of five; of the 13 baskets from here on, 12 were exact


ASSUMED = ConfidenceSettings()


def probability(margin_nats: float, doubt: float, settings: ConfidenceSettings = ASSUMED) -> float:
    """Probability that a line is right.

    Args:
        margin_nats: Min-marginal of the line, not negative.
        doubt: Probability in [0, 1] that the person was mistaken for another on the way.
        settings: The logistic.
    """
    margin = min(max(margin_nats, 0.0), LARGEST_MARGIN_NATS)
    return (1.0 - doubt) * _logistic(settings.offset + settings.slope * margin)


def basket_probability(features: BasketFeatures, settings: ConfidenceSettings = ASSUMED) -> float:
    """Probability that a whole basket is right, nothing missing and nothing too much."""
    return _logistic(
        settings.basket_offset
        + settings.basket_slope * min(features.least_margin_nats, LARGEST_MARGIN_NATS)
        + settings.crowded * features.crowded_moves
        + settings.unseen * features.unseen_moves
        + settings.doubt * features.doubt
    )


def decide(
    confidence: float, is_settled: bool, settings: ConfidenceSettings = ASSUMED
) -> tuple[Decision, str]:
    """Return what to do with a line and why, in doubt for the shopper.

    Args:
        confidence: Probability that the line is right.
        is_settled: The person was seen leaving; nobody else is charged without being asked.
        settings: The thresholds.
    """
    if confidence < settings.drop_below:
        return Decision.DROP, f"confidence {confidence:.2f} is below {settings.drop_below:.2f}"
    if not is_settled:
        return Decision.REVIEW, "the shopper was not seen leaving"
    if confidence < settings.charge_from:
        return Decision.REVIEW, f"confidence {confidence:.2f} is below {settings.charge_from:.2f}"
    return Decision.CHARGE, ""


def read_settings(path: Path) -> ConfidenceSettings:
    """Read what `walkout evaluate --calibrate` wrote.

    Raises:
        CalibrationFileError: If the file is missing or lacks a number.
    """
    names = [part.name for part in fields(ConfidenceSettings)]
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return ConfidenceSettings(**{name: float(values[name]) for name in names})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CalibrationFileError(
            f"confidence file {path} cannot be used ({error}); make it with walkout evaluate --calibrate"
        ) from error


def settings_text(settings: ConfidenceSettings) -> str:
    """Spell the settings for `read_settings`."""
    return json.dumps(asdict(settings), indent=2) + "\n"


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
