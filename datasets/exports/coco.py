"""COCO: `images/NAME.jpg` and `annotations.json` with boxes, keypoints and, where there are masks, pixels.

Category 1 is a person, 2 a product in a hand. `bbox` is around what is seen; `amodal_bbox`, `visibility`,
`truncation`, `track_id` and `product_id` go beyond COCO and are ignored by its tools.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from datasets.exports.pictures import LabelledPerson, LabelledPicture, LabelledProduct
from datasets.exports.yolo import write_jpeg
from datasets.masks import PackedMask
from datasets.recording_truth import KEYPOINT_NAMES, FloatArray

_PERSON, _PRODUCT = 1, 2
# Pairs of rows, from 1 as COCO counts.
_SKELETON = ((1, 2), (1, 3), (2, 4), (4, 6), (3, 5), (5, 7), (2, 8), (3, 9), (8, 9), (8, 10), (9, 11))


def write_coco(out: Path, pictures: Iterable[LabelledPicture]) -> None:
    """Write pictures and one file about all of them."""
    (out / "images").mkdir()
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for image_id, picture in enumerate(pictures, start=1):
        write_jpeg(out / "images" / f"{picture.name}.jpg", picture)
        width, height = picture.size_px
        images.append({"id": image_id, "file_name": f"{picture.name}.jpg", "width": width, "height": height})
        found = [
            *(_person(person) for person in picture.people if person.visibility > 0),
            *(_product(product) for product in picture.products),
        ]
        annotations += [
            {"id": len(annotations) + number, "image_id": image_id, "iscrowd": 0, **entry}
            for number, entry in enumerate(found, start=1)
        ]
    categories = [
        {"id": _PERSON, "name": "person", "keypoints": list(KEYPOINT_NAMES), "skeleton": _SKELETON},
        {"id": _PRODUCT, "name": "product"},
    ]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (out / "annotations.json").write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def _person(person: LabelledPerson) -> dict[str, object]:
    keypoints = [
        value
        for u, v, state in person.keypoints.tolist()
        for value in ((round(u, 1), round(v, 1), int(state)) if state else (0, 0, 0))
    ]
    return {
        "category_id": _PERSON,
        **_outline(person.visible_xyxy, person.mask),
        "amodal_bbox": _xywh(person.amodal_xyxy),
        "visibility": person.visibility,
        "truncation": person.truncation,
        "track_id": person.number,
        "keypoints": keypoints,
        "num_keypoints": sum(state > 0 for state in keypoints[2::3]),
    }


def _product(product: LabelledProduct) -> dict[str, object]:
    return {
        "category_id": _PRODUCT,
        **_outline(product.visible_xyxy, product.mask),
        "visibility": product.visibility,
        "product_id": product.product_id,
    }


def _outline(visible_xyxy: FloatArray, mask: PackedMask | None) -> dict[str, object]:
    """Return box, area and pixels; without a mask the area is the box's, as COCO does for boxes alone."""
    box = _xywh(visible_xyxy)
    if mask is None:
        return {"bbox": box, "area": round(box[2] * box[3], 2)}
    width, height = mask.size_px
    pixels = {"size": [height, width], "counts": mask.counts.decode("ascii")}
    return {"bbox": box, "area": mask.area_px, "segmentation": pixels}


def _xywh(xyxy: FloatArray) -> list[float]:
    left, top, right, bottom = xyxy.tolist()
    return [round(value, 1) for value in (left, top, right - left, bottom - top)]
