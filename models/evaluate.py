"""How well a network does: arithmetic on what was there and what it found; no network, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.card import Score
from models.errors import TrainingDataError
from models.training_data import CLASSES, KEYPOINTS

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MATCH_IOU = 0.5  # a found box that overlaps a true one this much is that person
ACT_ON_SCORE = 0.3  # keypoints are judged on detections the store would act on
AP_IOUS = tuple(float(iou) for iou in np.arange(0.5, 1.0, 0.05))  # COCO
_RECALL_STEPS = np.linspace(0, 1, 101)  # COCO: precision is averaged over these
PCK_SHARE = 0.1  # of the longer side of the person's box
REFERENCE_WIDTH = 640  # pixels; errors are given as if every picture were this wide
_PERSON = CLASSES.index("person")
_SEEN = 2  # the third number of a YOLO keypoint that is in the picture and not hidden
_WRISTS = [KEYPOINTS.index("left_wrist"), KEYPOINTS.index("right_wrist")]


@dataclass(frozen=True, slots=True, eq=False)
class PictureResult:
    """What is in one picture and what was found there, `n` true and `m` found people.

    Attributes:
        true_xyxy: `(n, 4)` pixels.
        true_keypoints: `(n, 11, 3)` u, v in pixels and 2 seen, 1 hidden, 0 outside.
        found_xyxy: `(m, 4)` pixels.
        score: `(m,)` in [0, 1].
        found_keypoints: `(m, 11, 3)` u, v in pixels and a confidence.
        width: Of the picture, pixels.
    """

    true_xyxy: FloatArray
    true_keypoints: FloatArray
    found_xyxy: FloatArray
    score: FloatArray
    found_keypoints: FloatArray
    width: int


def read_labels(path: Path, width: int, height: int) -> tuple[FloatArray, FloatArray]:
    """Read the people of a YOLO pose label file; hands are labelled there too, but judged as wrists.

    Returns:
        Boxes `(n, 4)` xyxy and keypoints `(n, 11, 3)`, in pixels of a picture of the given size.

    Raises:
        TrainingDataError: If a line has another number of columns.
    """
    columns = 5 + 3 * len(KEYPOINTS)
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        if len(line) != columns:
            raise TrainingDataError(
                f"{path}:{number}: {len(line)} columns, expected {columns}; make the training set again"
            )
    table = np.array(lines, dtype=np.float64).reshape(-1, columns)
    table = table[table[:, 0] == _PERSON]
    centre, size = table[:, 1:3] * (width, height), table[:, 3:5] * (width, height)
    keypoints = table[:, 5:].reshape(-1, len(KEYPOINTS), 3) * (width, height, 1)
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1), keypoints


def pose_figures(results: Sequence[PictureResult]) -> tuple[Score, ...]:
    """Summarise how well people and their wrists are found."""
    people = sum(len(result.true_xyxy) for result in results)
    precisions = [average_precision(results, iou) for iou in AP_IOUS]
    errors = [_keypoint_errors(result) for result in results]
    error = np.concatenate([part[0] for part in errors]) if errors else np.empty((0, len(KEYPOINTS)))
    allowed = np.concatenate([part[1] for part in errors]) if errors else np.empty(0)
    seen_wrists = sum(int(np.sum(result.true_keypoints[:, _WRISTS, 2] == _SEEN)) for result in results)
    wrists = error[:, _WRISTS][~np.isnan(error[:, _WRISTS])]
    judged = ~np.isnan(error)
    right = int(np.sum(judged & (error <= allowed[:, None])))
    return (
        Score(metric="box_map50", value=_rounded(precisions[0]), count=people),
        Score(metric="box_map50_95", value=_rounded(float(np.mean(precisions))), count=people),
        Score(metric="wrist_error_median_px", value=_rounded(_quantile(wrists, 0.5)), count=len(wrists)),
        Score(metric="wrist_error_p90_px", value=_rounded(_quantile(wrists, 0.9)), count=len(wrists)),
        Score(
            metric="seen_wrists_found", value=_rounded(len(wrists) / max(seen_wrists, 1)), count=seen_wrists
        ),
        Score(metric="pck_10", value=_rounded(right / max(int(judged.sum()), 1)), count=int(judged.sum())),
    )


def class_figures(truth: Sequence[str], found: Sequence[str], empty: str = "empty") -> tuple[Score, ...]:
    """Summarise how well crops of hands are named."""
    true, guess = np.array(truth), np.array(found)
    holding = true != empty
    shares = {
        "accuracy": true == guess,
        "product_recall": (true == guess)[holding],
        "held_seen_as_empty": (guess == empty)[holding],
        "empty_seen_as_held": (guess != empty)[~holding],
    }
    overall = tuple(
        Score(metric=name, value=_rounded(float(np.mean(hits)) if len(hits) else 0.0), count=len(hits))
        for name, hits in shares.items()
    )
    per_class = tuple(
        Score(
            metric=f"recall_{name}",
            value=_rounded(float(np.mean(guess[true == name] == name))),
            count=int(np.sum(true == name)),
        )
        for name in sorted(set(truth))
    )
    return overall + per_class


def average_precision(results: Sequence[PictureResult], iou_threshold: float) -> float:
    """Area under the precision-recall curve over all pictures, by COCO's 101 points.

    Source: Lin et al., Microsoft COCO, ECCV 2014, and its evaluation code's definition; one class, no area
    ranges.
    """
    scores = np.concatenate([result.score for result in results]) if results else np.empty(0)
    hits = (
        np.concatenate([_hits(result, iou_threshold) for result in results]) if results else np.empty(0, bool)
    )
    people = sum(len(result.true_xyxy) for result in results)
    if people == 0 or len(scores) == 0:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    true_positives = np.cumsum(hits[order])
    recall = true_positives / people
    precision = true_positives / np.arange(1, len(order) + 1)
    # Precision at a recall is the best precision at that recall or a higher one.
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(np.mean(envelope[np.searchsorted(recall, _RECALL_STEPS, side="left")]))


def _hits(result: PictureResult, iou_threshold: float) -> BoolArray:
    """Say of each found box whether it is a person whom no better-scored box has taken."""
    overlap = iou(result.found_xyxy, result.true_xyxy)
    hit = np.zeros(len(result.score), dtype=bool)
    for row in np.argsort(-result.score, kind="stable"):
        if overlap.shape[1] == 0:
            break
        best = int(np.argmax(overlap[row]))
        if overlap[row, best] >= iou_threshold:
            hit[row] = True
            overlap[:, best] = 0.0
    return hit


def _keypoint_errors(result: PictureResult) -> tuple[FloatArray, FloatArray]:
    """Distances of matched keypoints, NaN where not seen, and what PCK allows; pixels at 640 wide."""
    found = np.flatnonzero(result.score >= ACT_ON_SCORE)
    found = found[np.argsort(-result.score[found], kind="stable")]
    overlap = iou(result.found_xyxy[found], result.true_xyxy)
    rows, columns = [], []
    for row in range(len(found)):
        if (
            overlap.shape[1]
            and (best := int(np.argmax(overlap[row]))) >= 0
            and overlap[row, best] >= MATCH_IOU
        ):
            rows.append(found[row])
            columns.append(best)
            overlap[:, best] = 0.0
    truth = result.true_keypoints[columns]
    distance = np.linalg.norm(result.found_keypoints[rows][..., :2] - truth[..., :2], axis=-1)
    distance[truth[..., 2] != _SEEN] = np.nan
    sides = result.true_xyxy[columns][:, 2:] - result.true_xyxy[columns][:, :2]
    scale = REFERENCE_WIDTH / result.width
    return distance * scale, PCK_SHARE * sides.max(axis=1, initial=0) * scale


def iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Overlap of every box of `first` with every box of `second`, `(n, m)`; xyxy."""
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    opposite = np.minimum(first[:, None, 2:], second[None, :, 2:])
    overlap = np.prod(np.clip(opposite - corner, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None, :] - overlap
    result: FloatArray = np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)
    return result


def _quantile(values: FloatArray, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.0


def _rounded(value: float) -> float:
    return round(value, 4)
