"""The formats that recordings and training sets can be converted to."""

from enum import StrEnum


class Format(StrEnum):
    """What other tools read."""

    YOLO_POSE = "yolo-pose"
    YOLO_DETECT = "yolo-detect"
    COCO = "coco"
    MOT = "mot"
