"""Score a detector of one shelf's products on photographs that it was not trained on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from models.card import Score
from models.errors import TrainingDataError
from models.evaluate import FloatArray, PictureResult, average_precision
from models.product_pictures import read
from models.voc_photographs import Photograph, read_photographs
from models.zoo import LoadedModel
from vision.inference import OnnxSession
from vision.types import Image

_PADDING = 114  # the grey that ultralytics letterboxes with
_LEAST_SCORE, _OVERLAP = 0.01, 0.6


def score_objects(model: LoadedModel, folder: Path) -> tuple[tuple[Score, ...], int]:
    """Measure mAP50 and mAP50-95, over classes and for each.

    Raises:
        TrainingDataError: If there are no labelled photographs, or of other classes.
    """
    photographs = read_photographs(folder)
    if photographs.classes != model.card.classes:
        raise TrainingDataError(f"{folder} shows other things than model {model.card.name!r} finds")
    session = OnnxSession(model.path)
    found = [_found(session, model, read(photograph.path)) for photograph in photographs.scored]
    figures: list[Score] = []
    at_50, at_all = [], []
    for row, name in enumerate(photographs.classes):
        results = [
            _of_class(photograph, name, boxes, scores, classes == row)
            for photograph, (boxes, scores, classes) in zip(photographs.scored, found, strict=True)
        ]
        precisions = [average_precision(results, float(iou)) for iou in np.arange(0.5, 1.0, 0.05)]
        at_50.append(precisions[0])
        at_all.append(float(np.mean(precisions)))
        count = sum(photograph.names.count(name) for photograph in photographs.scored)
        figures.append(Score(metric=f"map50_{name}", value=round(precisions[0], 4), count=count))
    boxes_in_all = sum(len(photograph.names) for photograph in photographs.scored)
    overall = (
        Score(metric="map50", value=round(float(np.mean(at_50)), 4), count=boxes_in_all),
        Score(metric="map50_95", value=round(float(np.mean(at_all)), 4), count=boxes_in_all),
    )
    return (*overall, *figures), len(photographs.scored)


def _found(
    session: OnnxSession, model: LoadedModel, picture: Image
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Boxes `(k, 4)` in pixels of the picture, scores `(k,)` and classes `(k,)`."""
    width, height = model.card.input.width, model.card.input.height
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    canvas = np.full((height, width, 3), _PADDING, np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size)
    batch = canvas[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 255
    raw = session.run(np.ascontiguousarray(batch))[0].T.astype(np.float64)
    scores, classes = raw[:, 4:].max(axis=1), raw[:, 4:].argmax(axis=1)
    likely = scores > _LEAST_SCORE
    raw, scores, classes = raw[likely], scores[likely], classes[likely]
    centre, extent = (raw[:, :2] - (left, top)) / scale, raw[:, 2:4] / scale
    corner_and_size = np.concatenate([centre - extent / 2, extent], axis=1)
    kept = np.array(
        cv2.dnn.NMSBoxesBatched(
            corner_and_size.tolist(), scores.tolist(), classes.tolist(), _LEAST_SCORE, _OVERLAP
        ),
        int,
    )
    boxes = np.concatenate([centre - extent / 2, centre + extent / 2], axis=1)
    return boxes[kept], scores[kept], classes[kept].astype(np.float64)


def _of_class(
    photograph: Photograph, name: str, boxes: FloatArray, scores: FloatArray, chosen: np.ndarray
) -> PictureResult:
    true = photograph.xyxy[[other == name for other in photograph.names]].reshape(-1, 4)
    nothing = np.zeros((0, 11, 3))
    return PictureResult(true, nothing, boxes[chosen], scores[chosen], nothing, photograph.width)
