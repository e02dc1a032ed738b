"""Train, export and score a network: what `walkout train` and `walkout export` do."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path

from models.card import ModelCard
from models.export import export
from models.run_record import RunRecord
from models.train import TrainingPlan, train_hands, train_pose
from walkout.model_evaluation import score


class Network(StrEnum):
    """The networks that the store runs."""

    POSE = "pose"
    HANDS = "hands"


def train(network: Network, dataset_dir: Path, out_dir: Path, plan: TrainingPlan) -> RunRecord:
    """Train one network on a training folder, or go on with a run that was cut off.

    Raises:
        models.errors.ModelError: If the `train` extra is not installed, the training folder lacks something,
        or
            `out_dir` holds a finished run.
    """
    return (train_pose if network is Network.POSE else train_hands)(dataset_dir, out_dir, plan)


def export_scored(run_dir: Path, name: str, dataset_dir: Path) -> ModelCard:
    """Export a finished run into the zoo under `name`, scored on the validation part of `dataset_dir`.

    Raises:
        models.errors.ModelError: If the run has not ended, the `train` extra is not installed, or the folder
        lacks
            something.
        vision.errors.ModelError: If the exported file cannot be run.
    """
    return export(run_dir, name, partial(score, dataset_dir=dataset_dir))
