"""What can go wrong with weights and their cards.

ModelError
├── CardError                a card cannot be read or contradicts itself
├── ModelNotFoundError       no card of that name
├── WeightsMissingError      the card is there, the weights file is not
├── WeightsMismatchError     the weights file is not the one the card describes
├── TrainingDataError        a training folder lacks something or contradicts itself
└── TrainingToolsMissingError  the `train` extra is not installed
"""

from __future__ import annotations

from pathlib import Path


class ModelError(Exception):
    """Base of everything this package refuses to do; the message is one line and says what to do."""


class CardError(ModelError):
    """A model card cannot be read or contradicts itself."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"model card {path}: {problem}; correct it or run 'walkout export' again")
        self.path = path


class ModelNotFoundError(ModelError):
    """There is no card of that name."""

    def __init__(self, name: str, folder: Path, available: tuple[str, ...]) -> None:
        known = ", ".join(available) or "none"
        super().__init__(f"no model card '{name}' in {folder}; available: {known}")
        self.name = name


class WeightsMissingError(ModelError):
    """The card is there, the weights file is not."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(
            f"weights file {path} of model '{name}' is missing;"
            " restore it from the repository or run 'walkout export'"
        )
        self.path = path


class WeightsMismatchError(ModelError):
    """The weights file is not the one the card describes."""

    def __init__(self, path: Path, expected: str, got: str) -> None:
        super().__init__(
            f"weights file {path} does not match its card: expected sha256 {expected}, got {got};"
            " restore the file from the repository, or run 'walkout export' to write both anew"
        )
        self.path = path
        self.expected = expected
        self.got = got


class TrainingDataError(ModelError):
    """A training folder lacks something or contradicts itself."""


class TrainingToolsMissingError(ModelError):
    """The `train` extra is not installed."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"training needs the package '{missing}', which is not installed;"
            " run: pip install '.[train]' in the repository"
        )
