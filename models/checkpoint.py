"""Keep a training run from epoch to epoch, and go on with one that was cut off. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch


class Part(Protocol):
    """A network, an optimiser or a schedule."""

    def state_dict(self) -> dict[str, Any]:
        """Return everything that it has learned."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Take it up again."""


def keep(path: Path, epoch: int, parts: Mapping[str, Part]) -> None:
    """Write the parts after so many whole epochs, replacing the file in one step."""
    state = {"epoch": epoch, **{name: part.state_dict() for name, part in parts.items()}}
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    partial.replace(path)


def take_up(path: Path, parts: Mapping[str, Part]) -> int:
    """Load the parts, and return after how many epochs they were kept; 0 without a file."""
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["epoch"])
