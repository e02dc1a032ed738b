"""Fit what a changed look says to recordings with truth: the weights of `vision.slot_evidence`.

Two regularised logistic regressions. Kinds: nothing, shifted, moved, with the shares of the recordings taken
out again, since how often things happen is the tracker's to know. Sign: left or came, odd in its terms, so it
learns from every picture and its reverse at once.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from datasets.metrics.slots import ToldChange
from vision.slot_change import Comparison
from vision.slot_evidence import kind_terms, sign_terms
from walkout.errors import WalkoutError

FloatArray = npt.NDArray[np.float64]

KINDS = 3
KIND_RIDGE = 1.0  # of weights of terms scaled to their spread: some hundred samples, eighteen terms
SIGN_RIDGE = 0.3


def fit_slot_weights(
    compared: Sequence[Comparison], told: Sequence[ToldChange]
) -> tuple[FloatArray, FloatArray]:
    """Weights of kinds `(2, 18)` and of the sign `(4,)`.

    Args:
        compared: How each look changed.
        told: What was so, in the same order.

    Raises:
        WalkoutError: If a kind never happened.
    """
    kind = np.array([2 if one.net_units else int(one.is_shift) for one in told])
    count = np.bincount(kind, minlength=KINDS)
    if (count == 0).any():
        raise WalkoutError(f"nothing, shifted and moved happened {count.tolist()} times; add recordings")
    kinds = _softmax_fit(np.array([kind_terms(one) for one in compared]), kind)
    kinds[:, 0] -= np.log(count[1:] / count[0])
    moved = kind == 2
    left = np.array([1.0 if one.net_units < 0 else -1.0 for one in told])[moved]
    terms = np.array([sign_terms(one) for one in compared])[moved]
    return kinds, _odd_fit(terms * left[:, None])


def _softmax_fit(terms: FloatArray, kind: npt.NDArray[np.int64]) -> FloatArray:
    """Weights `(2, k)` of the kinds 1 and 2 against 0; the first term is 1 and not regularised."""
    scale = np.maximum(terms.std(axis=0), 1e-6)
    centre = terms.mean(axis=0)
    scale[0], centre[0] = 1.0, 0.0
    even = (terms - centre) / scale
    hot = np.eye(KINDS)[kind]

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        weights = flat.reshape(KINDS - 1, -1)
        logit = np.concatenate([np.zeros((len(even), 1)), even @ weights.T], axis=1)
        logit -= np.logaddexp.reduce(logit, axis=1, keepdims=True)
        ridge = weights.copy()
        ridge[:, 0] = 0.0
        gradient = (np.exp(logit) - hot)[:, 1:].T @ even + KIND_RIDGE * ridge
        return float(-(hot * logit).sum() + 0.5 * KIND_RIDGE * (ridge**2).sum()), gradient.ravel()

    start = np.zeros((KINDS - 1) * terms.shape[1])
    weights = minimize(loss, start, jac=True, method="L-BFGS-B").x.reshape(KINDS - 1, -1) / scale
    weights[:, 0] -= weights[:, 1:] @ centre[1:]
    return np.asarray(weights, np.float64)


def _odd_fit(terms: FloatArray) -> FloatArray:
    """Weights `(k,)` under which every row of `terms` is over 0."""
    scale = np.maximum(np.sqrt((terms**2).mean(axis=0)), 1e-6)
    even = terms / scale

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        logit = even @ weights
        gradient = -(1.0 / (1.0 + np.exp(logit))) @ even + SIGN_RIDGE * weights
        return float(np.logaddexp(0.0, -logit).sum() + 0.5 * SIGN_RIDGE * weights @ weights), gradient

    best = minimize(loss, np.zeros(terms.shape[1]), jac=True, method="L-BFGS-B").x
    weights: FloatArray = np.asarray(best, np.float64) / scale
    return weights
