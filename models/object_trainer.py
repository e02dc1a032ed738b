"""A detector for the photographs of one shelf: YOLOv8n, started as the shopper network is. Imports torch."""

from __future__ import annotations

from pathlib import Path

from ultralytics.nn.tasks import DetectionModel

ARCHITECTURE = "yolov8n.yaml"


def new_model(classes: tuple[str, ...]) -> DetectionModel:
    """Build the network with fresh weights for `classes`."""
    model = DetectionModel(ARCHITECTURE, nc=len(classes), verbose=False)
    model.names = dict(enumerate(classes))
    return model


def start_pictures(out_dir: Path) -> list[Path]:
    """List the pictures whose statistics the start weights are unfolded with."""
    return sorted((out_dir / "data/images/train").glob("*.jpg"))
