"""The hand network: what one hand holds, from a crop around it. Imports torch, so `train` imports it late."""

from __future__ import annotations

from typing import Any

from ultralytics.nn.tasks import ClassificationModel

STAND_IN = "yolov8n-cls.yaml"  # the trainer wants a name; `new_model` replaces it before training starts
# The first seven layers of yolov8n with its own widths, so that its weights fit, and a classification head.
# A crop of 64 pixels is 4 x 4 cells there; the layers after that would look at 2 x 2 and double the size of
# the file.
_ARCHITECTURE: dict[str, Any] = {
    "backbone": [
        [-1, 1, "Conv", [16, 3, 2]],
        [-1, 1, "Conv", [32, 3, 2]],
        [-1, 1, "C2f", [32, True]],
        [-1, 1, "Conv", [64, 3, 2]],
        [-1, 2, "C2f", [64, True]],
        [-1, 1, "Conv", [128, 3, 2]],
        [-1, 2, "C2f", [128, True]],
    ],
}


def new_model(classes: tuple[str, ...]) -> ClassificationModel:
    """Build the network with fresh weights for `classes`, in the order of its output."""
    count = len(classes)
    architecture = _ARCHITECTURE | {
        "nc": count,
        "head": [[-1, 1, "Classify", [count]]],
        "yaml_file": "walkout-hand.yaml",
    }
    model = ClassificationModel(architecture, nc=count, verbose=False)
    model.names = dict(enumerate(classes))
    return model
