"""YOLO folders for ultralytics: `images/NAME.jpg`, `labels/NAME.txt`, `data.yaml`.

Who has a line, and its box, are as in training sets (`datasets.labels`). Pose files have persons with 11
keypoints; detect files have persons (class 0) and products in hands (class 1).
"""

from collections.abc import Iterable
from pathlib import Path

import cv2

from datasets.exports.pictures import LabelledPicture
from datasets.labels import is_worth_a_label, label_box, yolo_line
from datasets.recording_truth import KEYPOINT_NAMES

JPEG_QUALITY = 95
# Left and right change places in a mirrored picture.
MIRRORED_KEYPOINTS = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9)
_LEAST_PRODUCT_VISIBILITY = 0.3


def write_yolo(out: Path, pictures: Iterable[LabelledPicture], *, with_keypoints: bool) -> None:
    """Write pictures and labels: persons with keypoints, or persons and products in hands."""
    (out / "images").mkdir()
    (out / "labels").mkdir()
    for picture in pictures:
        write_jpeg(out / "images" / f"{picture.name}.jpg", picture)
        lines = _pose_lines(picture) if with_keypoints else _detect_lines(picture)
        (out / "labels" / f"{picture.name}.txt").write_text("\n".join(lines), encoding="ascii")
    names = ["  0: person"] if with_keypoints else ["  0: person", "  1: product"]
    keypoints = [f"kpt_shape: [{len(KEYPOINT_NAMES)}, 3]", f"flip_idx: {list(MIRRORED_KEYPOINTS)}"]
    about = ["train: images", "val: images", *(keypoints if with_keypoints else []), "names:", *names]
    (out / "data.yaml").write_text("\n".join(about) + "\n", encoding="utf-8")


def write_jpeg(path: Path, picture: LabelledPicture) -> None:
    """Write a picture, compressed so little that nobody sees it."""
    _, encoded = cv2.imencode(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    path.write_bytes(encoded.tobytes())


def _pose_lines(picture: LabelledPicture) -> list[str]:
    lines = []
    for person in picture.people:
        box = label_box(person.visibility, person.visible_xyxy, person.amodal_xyxy, picture.size_px)
        if is_worth_a_label(person.visibility, box):
            lines.append(yolo_line(0, box, picture.size_px, person.keypoints))
    return lines


def _detect_lines(picture: LabelledPicture) -> list[str]:
    boxes = [
        label_box(person.visibility, person.visible_xyxy, person.amodal_xyxy, picture.size_px)
        for person in picture.people
    ]
    seen = zip(picture.people, boxes, strict=True)
    people = [box for person, box in seen if is_worth_a_label(person.visibility, box)]
    products = [
        product.visible_xyxy
        for product in picture.products
        if product.visibility >= _LEAST_PRODUCT_VISIBILITY
    ]
    return [
        *(yolo_line(0, box, picture.size_px) for box in people),
        *(yolo_line(1, box, picture.size_px) for box in products),
    ]
