"""`walkout evaluate --calibrate`: fit confidences to what turned out right; choose from where on to charge.

The threshold follows conformal risk control (Angelopoulos, Bates, Fisch, Lei and Schuster, ICLR 2024) for the
loss "auto-charged and wrong", which falls as the threshold rises.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from scipy.optimize import minimize
from scipy.special import expit

from cart_tracker.confidence import ASSUMED, LARGEST_MARGIN_NATS, ConfidenceSettings, settings_text
from cart_tracker.visits import BasketFeatures
from walkout.comparison import BasketComparison, RecordingComparison
from walkout.errors import EvaluationError, OutputError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_BASKETS = 20
RIDGE = 0.02  # keeps coefficients finite when nothing was wrong
ECE_BINS = 10


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What a calibration found.

    Attributes:
        n: Baskets it was made on.
        wrong: Of them, not exactly right.
        ece: Expected calibration error of the basket probability, on baskets that it was not fitted on.
        is_certified: Whether so many baskets can certify the rate at all.
        needed: How many baskets without any error would.
        reviewed: Share of baskets below the threshold.
    """

    settings: ConfidenceSettings
    n: int
    wrong: int
    ece: float
    is_certified: bool
    needed: int
    reviewed: float


def run_calibrate(
    comparisons: Sequence[RecordingComparison], alpha: float, path: Path, console: Console
) -> CalibrationReport:
    """Calibrate on evaluated recordings, write the settings, and say what they are worth.

    Raises:
        EvaluationError: If there are too few baskets.
        OutputError: If the file cannot be written.
    """
    report = calibrated(comparisons, alpha)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(settings_text(report.settings), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another file") from error
    for line in in_words(report, alpha):
        console.print(line, highlight=False)
    console.print(f"  confidence {path}", highlight=False)
    return report


def calibrated(comparisons: Sequence[RecordingComparison], alpha: float) -> CalibrationReport:
    """Fit the logistics and choose the threshold for a rate `alpha` of auto-charged-and-wrong.

    Raises:
        EvaluationError: If there are too few baskets.
    """
    baskets = [one for c in comparisons for one in c.baskets if one.visit is not None and one.visit.features]
    if len(baskets) < FEWEST_BASKETS:
        raise EvaluationError(
            f"{len(baskets)} baskets are too few to calibrate on; evaluate {FEWEST_BASKETS} or more"
        )
    features = np.array([_row(one) for one in baskets])
    right = np.array([one.is_exact for one in baskets], np.bool_)
    settings = with_basket(ASSUMED, fit_logistic(features, right))
    settings = _with_lines(settings, baskets)
    sure = expit(features @ _weights(settings))
    threshold = risk_control_threshold(sure, ~right, alpha)
    return CalibrationReport(
        replace(settings, basket_from=threshold),
        len(baskets),
        int((~right).sum()),
        _held_out_ece(features, right),
        np.isfinite(threshold) and threshold <= 1.0,
        int(np.ceil(1.0 / alpha - 1.0)) if alpha > 0 else 0,
        float((sure < threshold).mean()),
    )


def risk_control_threshold(sure: FloatArray, is_wrong: BoolArray, alpha: float) -> float:
    """Return the least threshold at which charging without asking is wrong at most at a rate `alpha`.

    Args:
        sure: `(n,)` probabilities of baskets.
        is_wrong: `(n,)` which were wrong.
        alpha: Of all baskets, in expectation over exchangeable ones.

    Returns:
        A threshold on `sure`; over 1 (review everything) if no threshold can promise that.
    """
    n = len(sure)
    for threshold in np.concatenate([[0.0], np.unique(sure)]):
        losses = (sure >= threshold) & is_wrong
        if n / (n + 1) * losses.mean() + 1.0 / (n + 1) <= alpha:
            return float(threshold)
    return float(np.nextafter(1.0, 2.0)) if 1.0 / (n + 1) > alpha else float(np.nextafter(sure.max(), 2.0))


def fit_logistic(features: FloatArray, right: BoolArray) -> FloatArray:
    """Fit weights `(k,)` of columns `(n, k)`, the first of which is constant, by penalised likelihood."""
    sign = np.where(right, 1.0, -1.0)

    def loss(weights: FloatArray) -> float:
        penalty = RIDGE * float(weights[1:] @ weights[1:])
        return float(np.logaddexp(0.0, -sign * (features @ weights)).mean()) + penalty

    weights: FloatArray = minimize(loss, np.zeros(features.shape[1]), method="L-BFGS-B").x
    return weights


def expected_calibration_error(sure: FloatArray, right: BoolArray) -> float:
    """Mean gap between probability and share in equal bins, weighed by their size (Guo et al., ICML 2017)."""
    bins = np.minimum((sure * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    gaps = [
        abs(float(sure[bins == one].mean() - right[bins == one].mean())) * float((bins == one).mean())
        for one in range(ECE_BINS)
        if (bins == one).any()
    ]
    return float(sum(gaps))


def with_basket(settings: ConfidenceSettings, weights: FloatArray) -> ConfidenceSettings:
    """Put fitted weights into settings."""
    offset, slope, crowded, unseen, doubt = (round(float(value), 4) for value in weights)
    return replace(
        settings, basket_offset=offset, basket_slope=slope, crowded=crowded, unseen=unseen, doubt=doubt
    )


def in_words(report: CalibrationReport, alpha: float) -> list[str]:
    """Say what a calibration is worth, with its caveats."""
    threshold = min(report.settings.basket_from, 1.0)
    lines = [
        f"  calibrated on {report.n} baskets, {report.wrong} of them wrong;"
        f" expected calibration error {report.ece:.3f} on the other half",
        f"  ask about baskets below {threshold:.3f}: {100 * report.reviewed:.1f} % of these",
    ]
    if not report.is_certified:
        lines.append(
            f"  too few baskets to promise {100 * alpha:g} %: it takes {report.needed} without any error;"
            " everything goes to review"
        )
    lines.append(
        "  This bounds baskets that are auto-charged and wrong among all baskets, on average and only while"
        " new baskets are like these: not wrong ones among the charged, not another store, season or camera."
        " Calibrate again in the store, audit 1 to 2 % of accepted baskets for ever; simulated baskets"
        " promise nothing about real ones."
    )
    return lines


def _row(basket: BasketComparison) -> list[float]:
    told = BasketFeatures() if basket.visit is None else basket.visit.features or BasketFeatures()
    margin = min(told.least_margin_nats, LARGEST_MARGIN_NATS)
    return [1.0, margin, float(told.crowded_moves), float(told.unseen_moves), told.doubt]


def _weights(settings: ConfidenceSettings) -> FloatArray:
    return np.array(
        [
            settings.basket_offset,
            settings.basket_slope,
            settings.crowded,
            settings.unseen,
            settings.doubt,
        ]
    )


def _with_lines(settings: ConfidenceSettings, baskets: Sequence[BasketComparison]) -> ConfidenceSettings:
    """Fit the logistic of single lines."""
    rows, right = [], []
    for basket in baskets:
        for line in () if basket.visit is None else basket.visit.lines:
            rows.append([1.0, min(line.margin_nats, LARGEST_MARGIN_NATS)])
            right.append(basket.true.get(line.product_id, 0) == line.quantity)
    if len(rows) < FEWEST_BASKETS:
        return settings
    offset, slope = fit_logistic(np.array(rows), np.array(right, np.bool_))
    return replace(settings, offset=round(float(offset), 4), slope=round(max(0.0, float(slope)), 4))


def _held_out_ece(features: FloatArray, right: BoolArray) -> float:
    """Fit on every second basket, judge on the others, and the other way round."""
    even = np.arange(len(right)) % 2 == 0
    errors = []
    for fitted in (even, ~even):
        weights = fit_logistic(features[fitted], right[fitted])
        errors.append(expected_calibration_error(expit(features[~fitted] @ weights), right[~fitted]))
    return float(np.mean(errors))
