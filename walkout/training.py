"""Train, export and score a network: what `walkout train` and `walkout export` do."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path

from models.card import ModelCard
from models.errors import TrainingDataError
from models.export import export
from models.run_record import RunRecord, read_record
from models.train import train_objects, train_pose, train_products, train_slots, train_wrists
from models.training_plan import TrainingPlan
from walkout.model_evaluation import score
from walkout.product_calibration import calibrate
from walkout.slot_calibration import calibrate_slots
from walkout.wrist_evaluation import shopper_detector


class Network(StrEnum):
    """The networks that the store runs."""

    POSE = "pose"
    PRODUCTS = "products"
    OBJECTS = "objects"
    SLOTS = "slots"
    WRISTS = "wrists"


def train(
    network: Network,
    dataset_dir: Path,
    out_dir: Path,
    plan: TrainingPlan,
    photographs: Path | None = None,
    held_out: Sequence[str] = (),
) -> RunRecord:
    """Train one network on a training folder, or go on with a run that was cut off.

    Args:
        network: Which.
        dataset_dir: A training folder.
        out_dir: Of the run.
        plan: How long.
        photographs: Real packages to learn beside the rendered ones; of the product network only.
        held_out: Classes of the photographs that are kept for scoring.

    Raises:
        models.errors.ModelError: If the `train` extra is not installed, the training folder lacks something,
            `out_dir` holds a finished run, or this network cannot start from another run.
    """
    if plan.start is not None and network in (Network.PRODUCTS, Network.OBJECTS):
        raise TrainingDataError(f"training of {network} starts from no other run; leave --start out")
    if network is Network.OBJECTS:
        return train_objects(dataset_dir, out_dir, plan)
    if network is Network.PRODUCTS:
        return train_products(dataset_dir, out_dir, plan, photographs, held_out)
    if network is Network.SLOTS:
        return train_slots(dataset_dir, out_dir, plan)
    if network is Network.WRISTS:
        return train_wrists(dataset_dir, out_dir, plan, shopper_detector().detect)
    return train_pose(dataset_dir, out_dir, plan)


def export_scored(run_dir: Path, name: str, dataset_dir: Path) -> ModelCard:
    """Export a finished run into the zoo under `name`, scored on the validation part of `dataset_dir`.

    Raises:
        models.errors.ModelError: If the run has not ended, the `train` extra is not installed, or the folder
        lacks
            something.
        vision.errors.ModelError: If the exported file cannot be run.
    """
    is_of_slots = read_record(run_dir).task == "compare"
    return export(
        run_dir,
        name,
        partial(score, dataset_dir=dataset_dir),
        calibrator=partial(calibrate_slots if is_of_slots else calibrate, dataset_dir),
    )
