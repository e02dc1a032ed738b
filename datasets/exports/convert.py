"""Recordings and training sets into one folder of another format."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from datasets.errors import OutputError
from datasets.exports.coco import write_coco
from datasets.exports.formats import Format
from datasets.exports.mot_challenge import write_mot_challenge
from datasets.exports.pictures import LabelledPicture, sequences_of
from datasets.exports.pictures import Sequence as PictureSequence
from datasets.exports.yolo import write_yolo

Progress = Callable[[int, int], None]


def convert(
    folders: Sequence[Path], to: Format, out: Path, every: int = 1, progress: Progress | None = None
) -> int:
    """Write recordings or training sets in another format; nothing is left under `out` unless it is complete.

    Args:
        folders: Of recordings with truth and video, or of training sets; different names.
        to: The format.
        out: Its folder; must not exist.
        every: Every n-th picture of each camera.
        progress: Called with pictures done and pictures in all.

    Returns:
        How many pictures were written.

    Raises:
        OutputError: If `out` exists, or the folders do not fit together or into the format.
        RecordingError: If a folder is damaged.
    """
    if out.exists():
        raise OutputError(f"{out} exists already; remove it or choose another folder")
    if every < 1:
        raise OutputError(f"every {every}th picture cannot be; give 1 or more")
    sequences = [sequence for folder in folders for sequence in sequences_of(folder, every)]
    names = [sequence.name for sequence in sequences]
    for name in names:
        if names.count(name) > 1:
            raise OutputError(f"two folders have a sequence {name}; rename one, or convert them one by one")
    if to is Format.MOT and any(sequence.fps is None for sequence in sequences):
        raise OutputError("pictures of a training set do not follow one another; convert recordings to mot")
    counted = _count(sequences, progress)
    unfinished = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
        _write(counted, to, unfinished)
        unfinished.rename(out)
    except OSError as error:
        raise OutputError(f"cannot write {out} ({error.strerror}); choose another folder") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return sum(sequence.length for sequence in sequences)


def _write(sequences: Sequence[PictureSequence], to: Format, folder: Path) -> None:
    pictures = chain.from_iterable(sequence.pictures() for sequence in sequences)
    if to is Format.MOT:
        write_mot_challenge(folder, sequences)
    elif to is Format.COCO:
        write_coco(folder, pictures)
    else:
        write_yolo(folder, pictures, with_keypoints=to is Format.YOLO_POSE)


def _count(sequences: Sequence[PictureSequence], progress: Progress | None) -> list[PictureSequence]:
    """Return the same sequences, which tell when a picture of theirs was read."""
    if progress is None:
        return list(sequences)
    total, done = sum(sequence.length for sequence in sequences), 0

    def counted(sequence: PictureSequence) -> Iterator[LabelledPicture]:
        nonlocal done
        for picture in sequence.pictures():
            yield picture
            done += 1
            progress(done, total)

    return [replace(sequence, pictures=partial(counted, sequence)) for sequence in sequences]
