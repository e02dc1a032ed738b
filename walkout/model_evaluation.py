"""Score an exported network on pictures it never saw, with the code that runs it in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.card import ModelCard, Score, Scores, read_card, write_card
from models.evaluate import HandResult, PictureResult, hand_figures, pose_figures, read_labels
from models.product_pictures import read, side_px_of
from models.training_data import TrainingFolder
from models.zoo import ZOO, LoadedModel, load
from vision.detector import PoseDetector, check_pose_card
from vision.inference import OnnxSession
from walkout.object_evaluation import score_objects
from walkout.photograph_evaluation import score_photographs
from walkout.product_calibration import is_for_scoring, look_at_unseen
from walkout.slot_calibration import score_slots
from walkout.wrist_evaluation import score_wrists


def score(model: LoadedModel, dataset_dir: Path) -> Scores:
    """Measure a network on the validation part of a training folder.

    Args:
        model: Checked weights and their card.
        dataset_dir: See `models.training_data`; its validation rooms and people are in no training picture.

    Raises:
        TrainingDataError: If the folder lacks pictures, or a picture cannot be read.
        ModelError: If the weights cannot be run.
    """
    if model.card.task == "detect":
        figures, pictures = score_objects(model, dataset_dir)
        data = f"the last fifth of each folder of {dataset_dir.name}"
    elif model.card.task == "compare":
        figures, pictures = score_slots(model, dataset_dir)
        data = f"validation part of: {TrainingFolder(dataset_dir).description()}"
    else:
        folder = TrainingFolder(dataset_dir)
        scorers = {"pose": _score_pose, "embed": _score_products, "locate": score_wrists}
        figures, pictures = scorers[model.card.task](model, folder)
        data = f"validation part of: {folder.description()}"
    return Scores(
        data=data,
        images=pictures,
        command=f"walkout score {model.card.name} DATASET",
        figures=figures,
    )


def score_and_note(
    name: str, dataset_dir: Path, zoo: Path = ZOO, photographs: Path | None = None
) -> ModelCard:
    """Measure the model `name` and write the figures into its card; see `score_photographs`, too."""
    model = load(name, zoo)
    scores = score(model, dataset_dir)
    if photographs is not None:
        real = score_photographs(model, photographs)
        scores = scores.model_copy(update={"figures": (*scores.figures, *real)})
    card = model.card.model_copy(update={"scores": scores})
    path = zoo / "cards" / f"{name}.toml"
    write_card(card, path)
    return read_card(path)


def _score_pose(model: LoadedModel, folder: TrainingFolder) -> tuple[tuple[Score, ...], int]:
    detector = PoseDetector(OnnxSession(model.path), check_pose_card(model))
    pictures = folder.pictures("val")
    return pose_figures(list(_detected(detector, folder, pictures))), len(pictures)


def _detected(
    detector: PoseDetector, folder: TrainingFolder, pictures: list[Path]
) -> Iterator[PictureResult]:
    for path in pictures:
        picture = read(path)
        height, width = picture.shape[:2]
        true_xyxy, true_keypoints = read_labels(folder.label(path), width, height)
        found = detector.detect(picture)
        yield PictureResult(true_xyxy, true_keypoints, found.xyxy, found.score, found.keypoints, width)


def _score_products(model: LoadedModel, folder: TrainingFolder) -> tuple[tuple[Score, ...], int]:
    """Recognise products that training lacked, in hands, among their and others' enrolment pictures."""
    hands = look_at_unseen(model.path, folder.path, is_for_scoring)
    result = HandResult(
        units=hands.units,
        product=hands.product,
        side_px=np.array([side_px_of(path) for path in hands.paths]),
        units_log_likelihood=hands.looks.units_log_odds,
        product_log_likelihood=hands.gallery.log_likelihood(hands.looks.embedding),
    )
    return hand_figures(result, np.random.default_rng(0)), len(hands.paths)
