"""A model card: what one network is, where it came from and how well it does."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import CardError

Words = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

INPUT_STRIDE = 32  # the deepest feature maps of YOLO and MobileNet are 1/32 of the input


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputSize(_Part):
    """The size of what the network is fed, float32, channels first; `models/README.md` says what it is."""

    width: int = Field(gt=0, description="pixels")
    height: int = Field(gt=0, description="pixels")


class StartWeights(_Part):
    """The weights that training started from; their licence binds ours."""

    name: Words
    source: Words
    licence: Words
    sha256: Sha256


class TrainedOn(_Part):
    """The pictures the network was trained on, and how."""

    description: Words
    images: int = Field(gt=0)
    epochs: int = Field(gt=0)
    training_seed: int
    device: Words
    command: Words


class Score(_Part):
    """One figure measured on pictures that training never saw.

    Attributes:
        metric: Name with its unit, such as `wrist_error_median_px`.
        value: The figure.
        count: How many things (people, wrists, crops) it was computed from.
    """

    metric: Words
    value: float
    count: int = Field(ge=0)


class Scores(_Part):
    """All figures of one scoring run, and the command that repeats it."""

    data: Words
    images: int = Field(gt=0)
    command: Words
    figures: tuple[Score, ...] = Field(min_length=1)


class ModelCard(_Part):
    """What one network is, where it came from and how well it does.

    Attributes:
        name: The name `models.zoo.load` knows it by; also the card's file name.
        task: `pose` finds people and their keypoints; `embed` tells products apart; `detect` finds what
            stands on one shelf; `classify` names what a hand holds, of the products it was trained on;
            `compare` says what changed in a slot between two looks; `locate` finds points of one body.
        file: Name of the ONNX file inside `models/weights`.
        sha256: Of that file, lower-case hexadecimal.
        classes: In the order of the network's output.
        keypoints: In the order of the network's output; empty unless `task` is `pose`.
        licence: SPDX identifier of the weights.
        scores: None until the network has been scored.
        remarks: What a user must know before trusting it.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    task: Literal["pose", "embed", "detect", "classify", "compare", "locate"]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+\.onnx$")]
    sha256: Sha256
    licence: Words
    remarks: str = ""
    classes: tuple[Words, ...] = Field(min_length=1)
    keypoints: tuple[Words, ...] = ()
    input: InputSize
    start_weights: StartWeights | None = None
    trained_on: TrainedOn
    scores: Scores | None = None

    @model_validator(mode="after")
    def _names_agree(self) -> ModelCard:
        if (self.task == "pose") != bool(self.keypoints):
            raise ValueError(f"task '{self.task}' with {len(self.keypoints)} keypoints")
        sides = (self.input.width, self.input.height)
        if self.task != "compare" and any(side % INPUT_STRIDE for side in sides):
            raise ValueError(
                f"input.width {sides[0]} or input.height {sides[1]} is no multiple of {INPUT_STRIDE}"
            )
        for what, names in (("classes", self.classes), ("keypoints", self.keypoints)):
            if len(set(names)) != len(names):
                raise ValueError(f"{what} has a name twice")
        return self


def read_card(path: Path) -> ModelCard:
    """Read and validate a card.

    Raises:
        CardError: If the file cannot be read, is not TOML, or lacks or contradicts something.
    """
    try:
        card = ModelCard.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(path, f"cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise CardError(path, f"is not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where}: {first['msg']}" if where else first["msg"]
        raise CardError(path, problem) from error
    if card.name != path.stem:
        raise CardError(path, f"name is '{card.name}', the file name says '{path.stem}'")
    return card


def write_card(card: ModelCard, path: Path) -> None:
    """Write a card as TOML, replacing the file in one step."""
    content = card.model_dump(mode="json", exclude_none=True)
    scores = content.pop("scores", None)
    lines = [f"{key} = {_toml(value)}" for key, value in content.items() if not isinstance(value, dict)]
    for key, table in content.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]", *(f"{name} = {_toml(value)}" for name, value in table.items())]
    if scores is not None:
        figures = scores.pop("figures")
        lines += ["", "[scores]", *(f"{name} = {_toml(value)}" for name, value in scores.items())]
        for figure in figures:
            lines += [
                "",
                "[[scores.figures]]",
                *(f"{name} = {_toml(value)}" for name, value in figure.items()),
            ]
    temporary = path.with_suffix(".toml.part")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(path)


def _toml(value: str | float | list[str]) -> str:
    """Spell a string, number or list of strings; JSON's spelling of these is TOML's too."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # TOML forbids a bare DEL, which JSON leaves alone.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
