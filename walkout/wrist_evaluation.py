"""Score the wrist network: find people as the store does, then their wrists, and compare with the truth."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from models.card import Score
from models.evaluate import PictureResult, WristResult, read_labels, wrist_figures, wrist_result
from models.product_pictures import read
from models.training_data import TrainingFolder
from models.zoo import LoadedModel, load
from vision.detector import PoseDetector, check_pose_card
from vision.inference import OnnxSession
from vision.settings import SHOPPER_MODEL
from vision.wrist_finder import WristFinder, check_wrist_card


def shopper_detector() -> PoseDetector:
    """Return today's shopper network, as the store runs it."""
    shopper = load(SHOPPER_MODEL)
    return PoseDetector(OnnxSession(shopper.path), check_pose_card(shopper))


def score_wrists(model: LoadedModel, folder: TrainingFolder) -> tuple[tuple[Score, ...], int]:
    """Measure a wrist network on the validation part of a training folder.

    Returns:
        Its figures, and how many pictures there are.
    """
    detector = shopper_detector()
    check_wrist_card(model.card)
    finder = WristFinder(OnnxSession(model.path))
    results = []
    pictures = folder.pictures("val")
    for path in pictures:
        picture = read(path)
        height, width = picture.shape[:2]
        people = detector.detect(picture)
        people = finder.find(picture, people, np.ones(len(people), np.bool_))
        found = PictureResult(
            *read_labels(folder.label(path), width, height),
            people.xyxy,
            people.score,
            people.keypoints,
            width,
        )
        results.append(wrist_result(found, people.wrist_sigma_px))
    joined = WristResult(
        *(np.concatenate([getattr(one, part.name) for one in results]) for part in fields(WristResult))
    )
    return wrist_figures(joined), len(pictures)
