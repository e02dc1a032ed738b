"""Real people under real ceiling cameras; the footage itself stays outside the repository."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import zoo
from vision.boxes import iou
from vision.detector import PoseDetector, check_pose_card
from vision.inference import OnnxSession
from vision.pipeline import SHOPPER_MODEL

FOOTAGE = Path(__file__).parents[3] / "shared" / "data" / "real" / "nanostore"
# 19 of 19 with the committed weights; one of slack for processors that round otherwise.
FOUND = 18
MIN_IOU, MIN_SCORE = 0.5, 0.3

pytestmark = pytest.mark.skipif(not FOOTAGE.exists(), reason=f"the footage is not there: {FOOTAGE.name}")


def found_boxes() -> list[str]:
    model = zoo.load(SHOPPER_MODEL)
    detector = PoseDetector(OnnxSession(model.path), check_pose_card(model))
    found = []
    for name, box in json.loads((FOOTAGE / "shopper-boxes.json").read_text(encoding="utf-8")).items():
        camera, frame = name.split("_")
        people = detector.detect(frame_of(FOOTAGE / f"cps-test-01-nodepth-{camera}.mp4", int(frame)))
        overlap = iou(people.xyxy[people.score >= MIN_SCORE], np.array([box], dtype=np.float64))
        if (overlap >= MIN_IOU).any():
            found.append(name)
    return found


def frame_of(path: Path, index: int) -> np.ndarray:
    video = cv2.VideoCapture(str(path))
    for _ in range(index):
        video.grab()
    has_frame, image = video.read()
    video.release()
    assert has_frame
    return image


def test_shoppers_in_real_footage_are_found() -> None:
    found = found_boxes()

    print(f"{len(found)} boxes found: {', '.join(found)}")  # noqa: T201  # shown by pytest -s
    assert len(found) >= FOUND
