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


@dataclass(frozen=True, slots=True, eq=False)
class WristResult:
    """Wrists `(n,)` of people that were found, in pixels of a picture 640 wide.

    Attributes:
        is_seen: Whether the wrist can be seen.
        error_px: How far off it was found.
        allowed_px: What PCK allows.
        sigma_px: What was claimed for each coordinate.
        seen: Probability claimed that it can be seen.
    """

    is_seen: BoolArray
    error_px: FloatArray
    allowed_px: FloatArray
    sigma_px: FloatArray
    seen: FloatArray


def wrist_figures(result: WristResult) -> tuple[Score, ...]:
    """Summarise how well wrists are found, and how honest what is claimed of them is.

    Of honest Gaussian claims, 86 % of the wrists lie within two standard deviations.
    """
    visible, hidden = result.error_px[result.is_seen], result.error_px[~result.is_seen]
    shares = {
        f"wrist_pck_{PCK_SHARE * 100:.0f}": (result.error_px <= result.allowed_px)[result.is_seen],
        "wrists_within_2_sigma": (result.error_px <= 2 * result.sigma_px)[result.is_seen],
        "hidden_wrists_within_2_sigma": (result.error_px <= 2 * result.sigma_px)[~result.is_seen],
        "seen_or_hidden": (result.seen >= 0.5) == result.is_seen,
    }
    figures = {
        "wrist_error_median_px": (_quantile(visible, 0.5), len(visible)),
        "wrist_error_p90_px": (_quantile(visible, 0.9), len(visible)),
        "hidden_wrist_error_median_px": (_quantile(hidden, 0.5), len(hidden)),
        **{name: (float(np.mean(hits)) if len(hits) else 0.0, len(hits)) for name, hits in shares.items()},
        "seen_ece": (calibration_error(result.seen, result.is_seen), len(result.seen)),
    }
    return tuple(
        Score(metric=name, value=_rounded(value), count=count) for name, (value, count) in figures.items()
    )


@dataclass(frozen=True, slots=True, eq=False)
class HandResult:
    """What `n` hands hold and what was said of them.

    Attributes:
        units: `(n,)` in each hand, 0 to 3 (and more).
        product: `(n,)` which product; -1 in empty hands.
        side_px: `(n,)` of what was cut out of the picture.
        units_log_likelihood: `(n, 4)` of 0 to 3 units.
        product_log_likelihood: `(n, products)` should the hand hold something.
    """

    units: npt.NDArray[np.int64]
    product: npt.NDArray[np.int64]
    side_px: FloatArray
    units_log_likelihood: FloatArray
    product_log_likelihood: FloatArray


# A crop is 0.28 of a person's height, a hand 0.108 of it: a hand of 20 pixels lies in a crop of 52.
_HAND_OF_CROP = 0.108 / 0.28
_LEAST_HAND_PX = 20.0
# A wrist points at the right slot so often, and else at one beside it, where a look-alike stands.
_SLOT_RIGHT, _SLOT_BESIDE = 0.7, 0.15
_BINS = 15  # of a reliability diagram: Guo et al., ICML 2017


def hand_figures(result: HandResult, rng: np.random.Generator) -> tuple[Score, ...]:
    """Summarise how well hands are read.

    Args:
        result: Products are in planogram order: neighbours stand side by side.
        rng: Draws which slot a hand seems to have reached into.
    """
    holds = result.units > 0
    holding = np.logaddexp.reduce(result.units_log_likelihood[:, 1:], axis=1)
    empty = result.units_log_likelihood[:, 0]
    is_right = (holding > empty) == holds
    is_large = result.side_px * _HAND_OF_CROP >= _LEAST_HAND_PX
    sure = np.exp(np.maximum(holding, empty) - np.logaddexp(holding, empty))
    told = result.product_log_likelihood[holds]
    true = result.product[holds]
    best = told.argmax(axis=1)
    placed = told + np.log(_slot_prior(true, told.shape[1], rng))
    placed -= np.logaddexp.reduce(placed, axis=1, keepdims=True)
    counted = result.units_log_likelihood[holds, 1:].argmax(axis=1) + 1
    several = result.units[holds] > 1
    large = is_large[holds]
    figures = {
        "empty_or_holding": is_right,
        "empty_or_holding_hands_from_20_px": is_right[is_large],
        "held_seen_as_empty": ~is_right[holds],
        "empty_seen_as_held": ~is_right[~holds],
        f"product_top1_of_{told.shape[1]}": best == true,
        f"product_top1_of_{told.shape[1]}_hands_from_20_px": (best == true)[large],
        f"product_top5_of_{told.shape[1]}": (np.argsort(-told, axis=1)[:, :5] == true[:, None]).any(axis=1),
        "product_top1_with_slot": placed.argmax(axis=1) == true,
        "product_top1_with_slot_hands_from_20_px": (placed.argmax(axis=1) == true)[large],
        "units_right": counted == result.units[holds],
        "units_right_of_several": (counted == result.units[holds])[several],
    }
    shares = tuple(
        Score(metric=name, value=_rounded(float(np.mean(hits)) if len(hits) else 0.0), count=len(hits))
        for name, hits in figures.items()
    )
    errors = {
        "empty_or_holding_ece": (sure, is_right),
        "product_ece": (np.exp(told.max(axis=1)), best == true),
        "product_with_slot_ece": (np.exp(placed.max(axis=1)), placed.argmax(axis=1) == true),
    }
    return shares + tuple(
        Score(metric=name, value=_rounded(calibration_error(claimed, right)), count=len(right))
        for name, (claimed, right) in errors.items()
    )


def _slot_prior(true: npt.NDArray[np.int64], products: int, rng: np.random.Generator) -> FloatArray:
    """Probability `(n, products)` by the slots that wrists seem to have been at."""
    step = rng.choice([0, -1, 1], len(true), p=[_SLOT_RIGHT, _SLOT_BESIDE, _SLOT_BESIDE])
    reached = np.clip(true + step, 0, products - 1)
    prior = np.full((len(true), products), 1e-4)
    rows = np.arange(len(true))
    for beside, share in ((-1, _SLOT_BESIDE), (1, _SLOT_BESIDE), (0, _SLOT_RIGHT)):
        prior[rows, np.clip(reached + beside, 0, products - 1)] = share
    scaled: FloatArray = prior / prior.sum(axis=1, keepdims=True)
    return scaled


def calibration_error(claimed: FloatArray, is_right: BoolArray) -> float:
    """Expected calibration error: how far claimed probabilities `(n,)` are from what came true, on average.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    if len(claimed) == 0:
        return 0.0
    bins = np.minimum((claimed * _BINS).astype(int), _BINS - 1)
    count = np.bincount(bins, minlength=_BINS)
    gap = np.bincount(bins, claimed, _BINS) - np.bincount(bins, is_right.astype(float), _BINS)
    return float(np.abs(gap).sum() / count.sum())


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
    rows, columns = matched(result)
    truth = result.true_keypoints[columns]
    distance = np.linalg.norm(result.found_keypoints[rows][..., :2] - truth[..., :2], axis=-1)
    distance[truth[..., 2] != _SEEN] = np.nan
    scale = REFERENCE_WIDTH / result.width
    return distance * scale, _allowed_px(result.true_xyxy[columns]) * scale


def wrist_result(result: PictureResult, wrist_sigma_px: FloatArray) -> WristResult:
    """Compare the wrists of one picture, found with `wrist_sigma_px` `(m, 2)`, with the true ones in it."""
    rows, columns = matched(result)
    truth, found = result.true_keypoints[columns][:, _WRISTS], result.found_keypoints[rows][:, _WRISTS]
    inside = truth[..., 2] > 0
    scale = REFERENCE_WIDTH / result.width
    distance = np.linalg.norm(found[..., :2] - truth[..., :2], axis=-1)
    allowed = np.broadcast_to(_allowed_px(result.true_xyxy[columns])[:, None], inside.shape)
    return WristResult(
        truth[inside][:, 2] == _SEEN,
        distance[inside] * scale,
        allowed[inside] * scale,
        wrist_sigma_px[rows][inside] * scale,
        found[inside][:, 2],
    )


def _allowed_px(xyxy: FloatArray) -> FloatArray:
    sides: FloatArray = PCK_SHARE * (xyxy[:, 2:] - xyxy[:, :2]).max(axis=1, initial=0)
    return sides


def matched(result: PictureResult) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of those found who would be acted on and are somebody, and whom of the true people each is."""
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
    return np.array(rows, np.int64), np.array(columns, np.int64)


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
