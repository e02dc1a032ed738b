"""Find a network by name and refuse weights that are not the ones its card describes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.card import ModelCard, read_card
from models.errors import ModelNotFoundError, WeightsMismatchError, WeightsMissingError

ZOO = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network whose weights have been checked.

    Attributes:
        card: Classes, keypoints, input size.
        path: The ONNX file, ready for `onnxruntime.InferenceSession`.
    """

    card: ModelCard
    path: Path


def available(folder: Path = ZOO) -> tuple[str, ...]:
    """Name every model that has a card, in alphabetical order."""
    return tuple(sorted(path.stem for path in (folder / "cards").glob("*.toml")))


def load(name: str, folder: Path = ZOO) -> LoadedModel:
    """Read the card of `name` and check its weights.

    Args:
        name: Such as `shopper-pose`.
        folder: Holds `cards/` and `weights/`.

    Raises:
        ModelNotFoundError: If there is no such card.
        CardError: If the card is invalid.
        WeightsMissingError: If the weights file is not there.
        WeightsMismatchError: If its sha256 is not the card's.
    """
    names = available(folder)
    if name not in names:
        raise ModelNotFoundError(name, folder / "cards", names)
    card = read_card(folder / "cards" / f"{name}.toml")
    path = folder / "weights" / card.file
    if not path.is_file():
        raise WeightsMissingError(path, name)
    got = file_sha256(path)
    if got != card.sha256:
        raise WeightsMismatchError(path, card.sha256, got)
    return LoadedModel(card, path)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
