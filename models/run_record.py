"""What one training run was: written beside its checkpoints, copied into the model card at export."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from models.card import ModelCard, StartWeights, TrainedOn
from models.errors import TrainingDataError

FILE = "run.json"


class RunRecord(BaseModel):
    """One finished training run.

    Attributes:
        checkpoint: The trained weights, relative to the folder of the run.
        keypoints: In the order of the network's output; empty unless `task` is `pose`.
        input_width: Pixels, of the exported network; training pads to a square.
        input_height: Pixels, likewise.
        start_weights: None where training began with nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    checkpoint: str
    classes: tuple[str, ...]
    keypoints: tuple[str, ...]
    input_width: int
    input_height: int
    start_weights: StartWeights | None = None
    trained_on: TrainedOn

    def card(self, name: str, file: str, sha256: str, licence: str) -> ModelCard:
        """Describe the exported file; there are no scores yet."""
        return ModelCard.model_validate(
            {
                "name": name,
                "task": self.task,
                "file": file,
                "sha256": sha256,
                "licence": licence,
                "classes": self.classes,
                "keypoints": self.keypoints,
                "input": {"width": self.input_width, "height": self.input_height},
                "start_weights": self.start_weights,
                "trained_on": self.trained_on,
            }
        )


def write_record(record: RunRecord, run_dir: Path) -> None:
    """Mark the run in `run_dir` as finished."""
    (run_dir / FILE).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_record(run_dir: Path) -> RunRecord:
    """Read what `write_record` wrote.

    Raises:
        TrainingDataError: If the folder holds no finished run.
    """
    path = run_dir / FILE
    try:
        return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingDataError(
            f"{run_dir} holds no finished training run ({FILE} cannot be read);"
            " run 'walkout train' to its end"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TrainingDataError(f"{path}: {where}: {first['msg']}; run 'walkout train' again") from error
