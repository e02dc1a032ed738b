"""Photographs labelled in Pascal VOC's format, as a YOLO detection set.

PHOTOGRAPHS/FOLDER/NAME.jpg and NAME.xml beside it. The last fifth of every folder, by name, is for scoring.
"""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import TrainingDataError

_SCORED_SHARE = 5  # one in so many


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """One labelled photograph.

    Attributes:
        xyxy: `(n, 4)` pixels.
        names: Of what is in the boxes.
    """

    path: Path
    width: int
    height: int
    xyxy: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhotographSet:
    """Photographs to learn from and to be scored on.

    Attributes:
        classes: In alphabetical order.
    """

    classes: tuple[str, ...]
    learned: tuple[Photograph, ...]
    scored: tuple[Photograph, ...]


def read_photographs(folder: Path) -> PhotographSet:
    """Read all labelled photographs below a folder.

    Raises:
        TrainingDataError: If there are none, or a label file is damaged or has no photograph.
    """
    learned: list[Photograph] = []
    scored: list[Photograph] = []
    by_folder: dict[Path, list[Path]] = {}
    for path in sorted(folder.rglob("*.xml")):
        by_folder.setdefault(path.parent, []).append(path)
    for paths in by_folder.values():
        photographs = [_read(path) for path in paths]
        kept = len(photographs) - len(photographs) // _SCORED_SHARE
        learned += photographs[:kept]
        scored += photographs[kept:]
    if not learned or not scored:
        raise TrainingDataError(
            f"{folder} has no labelled photographs; give NAME.jpg with NAME.xml beside it"
        )
    names = sorted({name for photograph in (*learned, *scored) for name in photograph.names})
    return PhotographSet(tuple(names), tuple(learned), tuple(scored))


def write_yolo(photographs: PhotographSet, out: Path) -> Path:
    """Write a YOLO detection set, and return its YAML file."""
    for split, some in (("train", photographs.learned), ("val", photographs.scored)):
        for kind in ("images", "labels"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
        for number, photograph in enumerate(some):
            shutil.copyfile(photograph.path, out / "images" / split / f"{number:05d}.jpg")
            label = out / "labels" / split / f"{number:05d}.txt"
            label.write_text(_lines(photograph, photographs.classes), encoding="ascii")
    data = out / "data.yaml"
    # JSON is YAML, and quotes whatever a class may be called.
    content = {
        "path": str(out.resolve()),
        "train": "images/train",
        "val": "images/val",
        "names": dict(enumerate(photographs.classes)),
    }
    data.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return data


def _read(path: Path) -> Photograph:
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  # labels of one's own photographs
        size = [int(root.findtext(f"size/{side}", "")) for side in ("width", "height")]
        objects = root.findall("object")
        corners = ("xmin", "ymin", "xmax", "ymax")
        boxes = [[float(item.findtext(f"bndbox/{corner}", "")) for corner in corners] for item in objects]
        names = tuple(item.findtext("name", "") for item in objects)
    except (ElementTree.ParseError, ValueError) as error:
        raise TrainingDataError(f"{path} is not a label file of Pascal VOC's format ({error})") from error
    picture = path.with_suffix(".jpg")
    if not picture.is_file() or "" in names or min(size) <= 0:
        raise TrainingDataError(f"{path} has no photograph beside it, or no size, or a box without a name")
    return Photograph(picture, size[0], size[1], np.array(boxes).reshape(-1, 4), names)


def _lines(photograph: Photograph, classes: tuple[str, ...]) -> str:
    size = np.array([photograph.width, photograph.height])
    lines = []
    for name, box in zip(photograph.names, photograph.xyxy, strict=True):
        numbers = (*(box[:2] + box[2:]) / 2 / size, *(box[2:] - box[:2]) / size)
        lines.append(" ".join([str(classes.index(name)), *(f"{value:.6f}" for value in numbers)]))
    return "\n".join(lines)
