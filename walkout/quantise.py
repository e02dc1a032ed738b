"""What `walkout export --int8` adds: the shopper network with eight-bit integers, calibrated and scored."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np

from models.card import ModelCard
from models.errors import TrainingDataError
from models.export_int8 import export_int8
from models.training_data import TrainingFolder, a_few
from models.zoo import load
from vision.detector import PoseDetector, check_pose_card
from vision.inference import OnnxSession
from vision.types import Image
from walkout.model_evaluation import score

CALIBRATION_PICTURES = 60  # of which each layer gives thousands of activations


def export_quantised(name: str, dataset_dir: Path) -> ModelCard:
    """Write the shopper network `name` of the zoo again as `NAME-int8`, calibrated on pictures of training.

    Raises:
        models.errors.ModelError: If it is not in the zoo, the `train` extra is not installed, or the folder
            lacks pictures.
        vision.errors.ModelError: If it is no shopper network.
    """
    model = load(name)
    detector = PoseDetector(OnnxSession(model.path), check_pose_card(model))
    paths = a_few(TrainingFolder(dataset_dir).pictures("train"), CALIBRATION_PICTURES, seed=0)
    batches = (detector.network_input(_read(path)) for path in paths)
    return export_int8(name, batches, partial(score, dataset_dir=dataset_dir))


def _read(path: Path) -> Image:
    picture = cv2.imread(str(path))
    if picture is None:
        raise TrainingDataError(f"picture {path} cannot be read; make the training set again")
    return np.asarray(picture, dtype=np.uint8)
