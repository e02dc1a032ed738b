"""What is known of every picture of a training set, one JSON object a line in `meta.jsonl`.

For scores by group (age, skin, garment, pose, camera) and for exports; training does not read it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from datasets.errors import RecordingError
from datasets.recording_truth import PersonLooksTruth

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PersonNote:
    """One person of a picture; pixels, see `PersonInFrame`.

    Attributes:
        pose: "upright", "bent", "crouching", "reaching", "pushing" or "seated".
        keypoints: 11 times u, v and 0 outside, 1 hidden, 2 seen.
        is_labelled: Enough is seen for a line in the label file.
    """

    height_m: float
    is_staff: bool
    looks: PersonLooksTruth
    pose: str
    visible_xyxy: Box
    amodal_xyxy: Box
    visibility: float
    truncation: float
    keypoints: tuple[tuple[float, float, int], ...]
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class HeldNote:
    """One unit in a hand of somebody in the picture, and what is seen of it."""

    product_id: str
    visible_xyxy: Box
    visibility: float


@dataclass(frozen=True, slots=True)
class CameraNote:
    """The camera of a picture.

    Attributes:
        tilt_deg: Between straight down (0) and level (90).
        height_m: Over the floor.
        lens: "brown" or "kannala-brandt".
        horizontal_view_deg: Angle between the left and the right edge.
    """

    tilt_deg: float
    height_m: float
    lens: str
    horizontal_view_deg: float


@dataclass(frozen=True, slots=True)
class PictureNote:
    """One picture: `images/SPLIT/NAME.jpg`.

    Attributes:
        split: "train" or "val".
        layout_seed: Of its store, unique in all training sets.
        template: Kind of the store.
        held: Units in hands that the picture shows.
    """

    name: str
    split: str
    layout_seed: int
    template: str
    camera: CameraNote
    people: tuple[PersonNote, ...]
    held: tuple[HeldNote, ...]


_NOTE = TypeAdapter(PictureNote)


def notes_path(folder: Path) -> Path:
    """Return where a training set keeps its notes."""
    return folder / "meta.jsonl"


def note_lines(notes: Iterable[PictureNote]) -> str:
    """Return notes as they are written, one line each."""
    return "".join(f"{json.dumps(asdict(note), separators=(',', ':'))}\n" for note in notes)


def read_picture_notes(folder: Path) -> tuple[PictureNote, ...]:
    """Read the notes of a training set.

    Raises:
        RecordingError: If there are none, or a line is damaged; it names the line.
    """
    path = notes_path(folder)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(
            f"training set {folder} has no readable {path.name} ({error}); make it again"
        ) from error
    return tuple(_note(path, number, line) for number, line in enumerate(lines, start=1))


def _note(path: Path, number: int, line: str) -> PictureNote:
    try:
        return _NOTE.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecordingError(
            f"{path}, line {number}: {where}: {first['msg']}; make the training set again"
        ) from error
