"""How long and where to train, and what a run's record says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.run_record import read_record


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How long and where to train.

    Attributes:
        epochs: Passes over the training pictures.
        hours: Wall time to fill instead: epochs and learning rate are planned anew after every epoch. A run
            that is gone on with keeps the number of epochs it had planned. None to go by `epochs`.
        device: `cpu`, `0` or another CUDA device; None for the GPU if there is one.
        seed: Of the shuffling, the augmentation and the fresh layers.
        batch: Pictures per step.
        freeze: How many of the first layers keep their start weights.
        start: Folder of a finished run of the same network to start from (of people or slots), or, for
            wrists, of the shopper network; None to begin as the first run does.
        start_share: Of the weights of `start` in the mean that a run of people ends with; see
            `pose_trainer.mix`.
    """

    epochs: int
    device: str | None = None
    seed: int = 0
    batch: int = 16
    freeze: int = 0
    hours: float | None = None
    start: Path | None = None
    start_share: float = 0.0


def start_checkpoint(plan: TrainingPlan) -> Path | None:
    """Return the weights of the run that the plan starts from; None where it starts from none."""
    return None if plan.start is None else plan.start / read_record(plan.start).checkpoint


def with_start(epochs: int, command: str, plan: TrainingPlan) -> dict[str, Any]:
    """Return the epochs and the command of a record, those of the run that this one started from first."""
    if plan.start is None:
        return {"epochs": epochs, "command": command}
    before = read_record(plan.start).trained_on
    command += " --start RUN" + (f" --start-share {plan.start_share:g}" if plan.start_share > 0 else "")
    return {"epochs": before.epochs + epochs, "command": f"{before.command}; {command}"}


def command_of(network: str, epochs: int, plan: TrainingPlan) -> str:
    """Spell the command that trains so, without the folders."""
    return f"walkout train {network} --epochs {epochs} --seed {plan.seed} --batch {plan.batch}"
