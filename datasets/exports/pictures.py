"""Labelled pictures out of recordings and training sets: what all formats are written from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
import numpy.typing as npt

from datasets.errors import RecordingError
from datasets.masks import PackedMask, read_masks
from datasets.picture_notes import PictureNote, read_picture_notes
from datasets.recording import FrameTruth, Recording, RecordingTruth, read_recording, read_truth
from datasets.recording_truth import FloatArray

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPerson:
    """One person of a picture; pixels.

    Attributes:
        number: From 1, the same in all pictures of a sequence.
        visible_xyxy: `(4,)` box of what is seen.
        amodal_xyxy: `(4,)` box of the whole body, not clipped.
        keypoints: `(11, 3)` u, v and 0 outside, 1 hidden, 2 seen.
        mask: None unless the recording was made with masks and it shows in a pixel.
    """

    number: int
    visible_xyxy: FloatArray
    amodal_xyxy: FloatArray
    visibility: float
    truncation: float
    keypoints: FloatArray
    mask: PackedMask | None


@dataclass(frozen=True, slots=True, eq=False)
class LabelledProduct:
    """One unit in somebody's hand."""

    product_id: str
    visible_xyxy: FloatArray
    visibility: float
    mask: PackedMask | None


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """One picture and what is in it.

    Attributes:
        sequence: Name of the video it is from, or of its own if it stands alone.
        index: Its place in the sequence, before some were left out.
        image: `(h, w, 3)` uint8 BGR.
    """

    sequence: str
    index: int
    image: Image
    people: tuple[LabelledPerson, ...]
    products: tuple[LabelledProduct, ...]

    @property
    def name(self) -> str:
        """Unique among the pictures of one folder."""
        return f"{self.sequence}-{self.index:06d}"

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """The pictures of one camera of one recording, or one half of a training set.

    Attributes:
        fps: Pictures per second; None if they do not follow one another.
        length: How many there are.
        pictures: Reads them, in order; may raise `RecordingError`.
    """

    name: str
    fps: float | None
    length: int
    pictures: Callable[[], Iterator[LabelledPicture]]


def sequences_of(folder: Path, every: int) -> list[Sequence]:
    """Return the sequences of a recording or of a training set; every n-th picture of them.

    Raises:
        RecordingError: If the folder is neither, or damaged.
    """
    if (folder / "data.yaml").is_file():
        return [_training_half(folder, split, every) for split in ("train", "val")]
    recording, truth = read_recording(folder), read_truth(folder)
    return [_camera(recording, truth, camera, every) for camera in truth.cameras]


def _camera(recording: Recording, truth: RecordingTruth, camera: str, every: int) -> Sequence:
    name = f"{recording.folder.resolve().name}-{camera}"
    frames = truth.cameras[camera]

    def pictures() -> Iterator[LabelledPicture]:
        numbers = {shopper.shopper_id: row for row, shopper in enumerate(truth.shoppers, start=1)}
        masks = read_masks(recording.folder, camera, len(frames))
        for index, image in _decode(recording.videos[camera], len(frames)):
            if index % every == 0:
                yield _picture(name, index, image, frames[index], masks[index], numbers)

    return Sequence(name, recording.fps / every, -(-len(frames) // every), pictures)


def _decode(path: Path, frame_count: int) -> Iterator[tuple[int, Image]]:
    index = -1
    try:
        with av.open(str(path)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                if index >= frame_count:
                    raise RecordingError(
                        f"video {path} has more frames than the {frame_count} of the truth; make it again"
                    )
                yield index, np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)
    except av.error.FFmpegError as error:
        raise RecordingError(f"video {path} cannot be decoded ({error}); make the recording again") from error
    if index + 1 != frame_count:
        raise RecordingError(
            f"video {path} has {index + 1} frames, the truth {frame_count}; make the recording again"
        )


def _picture(
    name: str,
    index: int,
    image: Image,
    frame: FrameTruth,
    masks: tuple[PackedMask, ...],
    numbers: Mapping[str, int],
) -> LabelledPicture:
    of_shopper = {mask.shopper_id: mask for mask in masks if mask.shopper_id is not None}
    of_unit = {mask.unit_id: mask for mask in masks if mask.unit_id is not None}
    people = tuple(
        LabelledPerson(
            numbers[person.shopper_id],
            person.visible_xyxy,
            person.amodal_xyxy,
            person.visibility,
            person.truncation,
            person.keypoints,
            of_shopper.get(person.shopper_id),
        )
        for person in frame.people
    )
    products = tuple(
        LabelledProduct(unit.product_id, unit.visible_xyxy, unit.visibility, of_unit.get(unit.unit_id))
        for unit in frame.units
        if unit.holder_id is not None and unit.visibility > 0
    )
    return LabelledPicture(name, index, image, people, products)


def _training_half(folder: Path, split: str, every: int) -> Sequence:
    notes = [note for note in read_picture_notes(folder) if note.split == split][::every]

    def pictures() -> Iterator[LabelledPicture]:
        for note in notes:
            path = folder / "images" / split / f"{note.name}.jpg"
            image = cv2.imread(str(path))
            if image is None:
                raise RecordingError(f"picture {path} is missing or damaged; make the training set again")
            yield _noted_picture(note, np.asarray(image, dtype=np.uint8))

    return Sequence(split, None, len(notes), pictures)


def _noted_picture(note: PictureNote, image: Image) -> LabelledPicture:
    people = tuple(
        LabelledPerson(
            number,
            np.array(person.visible_xyxy),
            np.array(person.amodal_xyxy),
            person.visibility,
            person.truncation,
            np.array(person.keypoints),
            None,
        )
        for number, person in enumerate(note.people, start=1)
    )
    products = tuple(
        LabelledProduct(held.product_id, np.array(held.visible_xyxy), held.visibility, None)
        for held in note.held
    )
    return LabelledPicture(f"{note.split}-{note.name}", 0, image, people, products)
