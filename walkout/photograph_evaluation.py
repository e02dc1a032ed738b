"""Score the product network on photographs of real packages: five to enrol with, others to recognise.

PHOTOGRAPHS/train/CLASS/*.jpg    to enrol from
PHOTOGRAPHS/val/CLASS/*.jpg      to recognise
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.card import Score
from models.errors import TrainingDataError
from models.zoo import LoadedModel
from vision.boxes import FloatArray
from vision.inference import OnnxSession
from vision.products import Gallery, ProductEyes, read_picture, squared

ENROLLED_WITH = 5
_DRAWS = 40  # of the five


def score_photographs(model: LoadedModel, folder: Path) -> tuple[Score, ...]:
    """Recognise packages of classes that training lacked, the mean over many draws of enrolment pictures.

    Args:
        model: A product network; its card names what it has learned.
        folder: See above.

    Raises:
        TrainingDataError: If there are no photographs, or the network has learned all classes.
    """
    eyes = ProductEyes(OnnxSession(model.path))
    enrolment = _embedded(eyes, folder / "train")
    asked = {
        name: embedding
        for name, embedding in _embedded(eyes, folder / "val").items()
        if name not in model.card.classes and name in enrolment
    }
    if not asked:
        raise TrainingDataError(f"{folder} has no photographs in train and val of classes that are new")
    rng = np.random.default_rng(0)
    held_out = [name for name in enrolment if name in asked]
    figures = []
    for names in (held_out, list(enrolment)):
        shares = [_share_right(_draw(enrolment, names, rng), asked, names) for _ in range(_DRAWS)]
        count = sum(len(embedding) for embedding in asked.values())
        figures.append(
            Score(
                metric=f"photographs_top1_of_{len(names)}",
                value=round(float(np.mean(shares)), 4),
                count=count,
            )
        )
    return tuple(figures)


def _draw(enrolment: dict[str, FloatArray], names: Sequence[str], rng: np.random.Generator) -> Gallery:
    drawn = [enrolment[name][rng.permutation(len(enrolment[name]))[:ENROLLED_WITH]] for name in names]
    rows = np.repeat(np.arange(len(names)), [len(embedding) for embedding in drawn])
    return Gallery(np.concatenate(drawn), rows, len(names))


def _share_right(gallery: Gallery, asked: dict[str, FloatArray], names: Sequence[str]) -> float:
    right = [
        gallery.log_likelihood(embedding).argmax(axis=1) == names.index(name)
        for name, embedding in asked.items()
    ]
    return float(np.concatenate(right).mean())


def _embedded(eyes: ProductEyes, folder: Path) -> dict[str, FloatArray]:
    """Embeddings `(n, 128)` of all photographs of a folder of classes."""
    found = {}
    for path in sorted(folder.glob("*")):
        pictures = [squared(read_picture(photograph)) for photograph in sorted(path.glob("*.jpg"))]
        if pictures:
            found[path.name] = eyes.look(np.stack(pictures)).embedding
    return found
