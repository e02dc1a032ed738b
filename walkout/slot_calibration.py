"""What the slot network's outputs mean, and how well it does, on stores that training lacked.

Stores whose seed is even are calibrated on, the others scored on. Source: temperature scaling, with a bias
for every kind, Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from datasets.metrics.calibration import expected_calibration_error, posterior
from models.card import Score
from models.slot_samples import KINDS, SlotSamples, read_slot_samples
from models.zoo import LoadedModel
from vision.boxes import FloatArray
from vision.inference import OnnxSession
from vision.slot_evidence import SlotReader, check_slot_card

_BATCH = 64
_SHIFTED, _TAKEN, _CAME = (KINDS.index(name) for name in ("shifted", "taken", "came"))


def calibrate_slots(dataset_dir: Path, weights: Path) -> tuple[float, float, float]:
    """Choose what makes likelihoods of the network's log odds, under which truth is likeliest.

    Nothing, shifted and moved count alike: how often they happen is for others to know.

    Args:
        dataset_dir: A slot set.
        weights: A slot network that was exported without.

    Returns:
        A factor, then what is added to "shifted" and to "taken" and "came".

    Raises:
        TrainingDataError: If the set lacks samples.
    """
    samples = read_slot_samples(dataset_dir, "val", lambda seed: seed % 2 == 0)
    session = OnnxSession(weights)
    odds = np.concatenate([session.run(batch) for batch in _batches(samples)]).astype(np.float64)
    kind = np.minimum(samples.kind, _TAKEN)
    weight = (len(kind) / np.bincount(kind))[kind]
    rows = np.arange(len(kind))

    def loss(free: FloatArray) -> float:
        nats = odds * np.exp(free[0]) + np.array([0.0, free[1], free[2], free[2]])
        # Left and came are two ways to have moved, each half as likely before.
        nats[:, [_TAKEN, _CAME]] -= np.log(2.0)
        nats -= np.logaddexp.reduce(nats, axis=1, keepdims=True)
        return -float(np.average(nats[rows, samples.kind], weights=weight))

    log_factor, shifted, moved = minimize(loss, np.zeros(3), method="Nelder-Mead").x
    return float(np.exp(log_factor)), float(shifted), float(moved)


def score_slots(model: LoadedModel, dataset_dir: Path) -> tuple[tuple[Score, ...], int]:
    """Measure a slot network as the store runs it; returns figures and how many pictures they are of.

    Raises:
        TrainingDataError: If the set lacks samples.
        ModelError: If the weights cannot be run.
    """
    check_slot_card(model.card)
    reader = SlotReader(OnnxSession(model.path))
    samples = read_slot_samples(dataset_dir, "val", lambda seed: seed % 2 == 1)
    told = [
        one
        for first in range(0, len(samples), _BATCH)
        for one in reader.read(list(samples.picture[first : first + _BATCH]))
    ]
    nats = np.array([[one.nothing, one.shifted, one.taken, one.came] for one in told])
    moved = nats[:, [_TAKEN, _CAME]].max(axis=1)
    ratio = moved - nats[:, : _SHIFTED + 1].max(axis=1)
    is_moved, left = samples.is_moved, samples.kind == _TAKEN
    is_sign_right = (nats[:, _TAKEN] > nats[:, _CAME]) == left
    share = float(is_moved.mean())
    error = expected_calibration_error(posterior(ratio, share), is_moved) or 0.0
    figures = (
        ("moves_told", float((ratio[is_moved] > 0).mean()), int(is_moved.sum())),
        ("others_told_as_moves", float((ratio[~is_moved] > 0).mean()), int((~is_moved).sum())),
        ("sign_right", float(is_sign_right[is_moved].mean()), int(is_moved.sum())),
        ("calibration_error", error, len(samples)),
    )
    return tuple(Score(metric=name, value=round(value, 4), count=n) for name, value, n in figures), len(
        samples
    )


def _batches(samples: SlotSamples) -> list[np.ndarray]:
    return [
        samples.picture[first : first + _BATCH].astype(np.float32) for first in range(0, len(samples), _BATCH)
    ]
