"""How real do rendered people look? Ask a network that has only ever seen photographs.

The yardstick is a YOLOX detector trained on COCO, as ONNX (Ge et al., YOLOX, 2021). Nothing of ours trains on
what it says. What it finds on renders is a hint at their realism, not proof that training on them carries
over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from datasets.errors import YardstickError
from datasets.metrics.rates import Rate, rate

SCORE = 0.3
LEAST_IOU = 0.5
# A box that lies this far inside a person is a part of one, not a person where nobody is.
PART_SHARE = 0.7
LEAST_VISIBILITY = 0.4
_STRIDES = (8, 16, 32)
_PADDING = 114.0  # grey, as YOLOX was trained with
_SUPPRESSION_IOU = 0.5
_PERSON = 0  # of the 80 classes of COCO

FloatArray = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class FoundPeople:
    """People a detector found in one picture.

    Attributes:
        xyxy: `(n, 4)` pixels.
        score: `(n,)`.
    """

    xyxy: FloatArray
    score: FloatArray


class YoloxPeople:
    """Finds people with a YOLOX network exported to ONNX without decoding."""

    def __init__(self, path: Path) -> None:
        """Load the network.

        Raises:
            YardstickError: If the file is missing or no YOLOX of 80 classes.
        """
        if not path.is_file():
            raise YardstickError(f"{path} does not exist; give the ONNX file of a YOLOX trained on COCO")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise YardstickError(f"{path} cannot be loaded as ONNX ({error}); give another file") from error
        wanted = self._session.get_inputs()[0]
        self._name, self._side = wanted.name, int(wanted.shape[-1])
        cells = sum((self._side // stride) ** 2 for stride in _STRIDES)
        if self._session.get_outputs()[0].shape[1:] != [cells, 85]:
            raise YardstickError(f"{path} is no YOLOX of 80 classes without decoding; give another file")
        self._cells = _cells(self._side)

    def find(self, image: Image, least_score: float = SCORE) -> FoundPeople:
        """Find people in a BGR picture `(h, w, 3)`."""
        scale = self._side / max(image.shape[:2])
        height, width = (round(side * scale) for side in image.shape[:2])
        padded = np.full((self._side, self._side, 3), _PADDING, np.float32)
        padded[:height, :width] = cv2.resize(image, (width, height))
        (raw,) = self._session.run(None, {self._name: padded.transpose(2, 0, 1)[None]})
        row = raw[0].astype(np.float64)
        score = row[:, 4] * row[:, 5 + _PERSON]
        row, cells, score = (
            row[score >= least_score],
            self._cells[score >= least_score],
            score[score >= least_score],
        )
        centre = (row[:, :2] + cells[:, :2]) * cells[:, 2:]
        half = np.exp(row[:, 2:4]) * cells[:, 2:] / 2
        xyxy = np.hstack([centre - half, centre + half]) / scale
        boxes = np.hstack([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]])
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), score.tolist(), least_score, _SUPPRESSION_IOU)
        chosen = np.asarray(kept, dtype=np.int64).ravel()
        return FoundPeople(xyxy[chosen], score[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class PersonInPicture:
    """One person to be found.

    Attributes:
        boxes_xyxy: `(k, 4)` boxes each of which is right: what is seen of the body, and all of it that lies
            in the picture.
        visibility: Share of the body in the picture that nothing hides.
        whole_visibility: Share of the whole body that is seen: less where the picture cuts it off.
        groups: For the report, for example "age" -> "6-12".
    """

    boxes_xyxy: FloatArray
    visibility: float
    whole_visibility: float
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One picture beside what was found in it.

    Attributes:
        is_found: One per person who had to be found.
        people: Those persons.
        false_xyxy: `(n, 4)` what was taken for a person and is none.
    """

    people: tuple[PersonInPicture, ...]
    is_found: tuple[bool, ...]
    false_xyxy: FloatArray


@dataclass(frozen=True, slots=True)
class YardstickReport:
    """What the yardstick found over many pictures.

    Attributes:
        recall: Of persons with a visibility of at least `LEAST_VISIBILITY`; the official figure.
        whole_recall: Of those with a `whole_visibility` of at least as much: without people of whom the
            picture shows little more than a head or an arm at its edge.
        false_per_picture: Boxes of people where nobody is.
        by_group: For example "age" -> "6-12" -> recall; in the order of the names.
    """

    pictures: int
    recall: Rate
    whole_recall: Rate
    false_per_picture: float
    by_group: Mapping[str, Mapping[str, Rate]]


def judge(found: FoundPeople, people: Sequence[PersonInPicture]) -> Judged:
    """Match found boxes with people, best overlap first; everybody is found once.

    People who are hidden too much need not be found, but whoever finds them is not wrong. A box inside a
    person, for example around an arm, is neither found nor false.
    """
    overlap = np.array([[_best_iou(box, person) for person in people] for box in found.xyxy])
    overlap = overlap.reshape(len(found.xyxy), len(people))
    taken, explained = set[int](), set[int]()
    for flat in np.argsort(-overlap, axis=None, kind="stable"):
        box, person = divmod(int(flat), len(people))
        if overlap[box, person] < LEAST_IOU:
            break
        if box not in explained and person not in taken:
            explained.add(box)
            taken.add(person)
    false = [
        index
        for index, box in enumerate(found.xyxy)
        if index not in explained and not any(_is_part(box, person) for person in people)
    ]
    wanted = [row for row, person in enumerate(people) if person.visibility >= LEAST_VISIBILITY]
    return Judged(
        tuple(people[row] for row in wanted), tuple(row in taken for row in wanted), found.xyxy[false]
    )


def report_on(judged: Sequence[Judged]) -> YardstickReport:
    """Add pictures up."""
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    verdicts = [pair for one in judged for pair in zip(one.people, one.is_found, strict=True)]
    whole = [is_found for person, is_found in verdicts if person.whole_visibility >= LEAST_VISIBILITY]
    for person, is_found in verdicts:
        for kind, name in person.groups.items():
            counts[kind][name][0] += is_found
            counts[kind][name][1] += 1
    false = sum(len(picture.false_xyxy) for picture in judged)
    return YardstickReport(
        pictures=len(judged),
        recall=rate(sum(is_found for _, is_found in verdicts), len(verdicts)),
        whole_recall=rate(sum(whole), len(whole)),
        false_per_picture=false / max(len(judged), 1),
        by_group={
            kind: {name: rate(*names[name]) for name in sorted(names)}
            for kind, names in sorted(counts.items())
        },
    )


def _cells(side: int) -> FloatArray:
    """Return column, row and stride of every output cell, `(n, 3)`."""
    parts = []
    for stride in _STRIDES:
        count = side // stride
        row, column = np.divmod(np.arange(count * count), count)
        parts.append(np.column_stack([column, row, np.full(count * count, stride)]))
    return np.concatenate(parts).astype(np.float64)


def _best_iou(box: FloatArray, person: PersonInPicture) -> float:
    return max(
        (_intersection(box, true) / _union(box, true) for true in person.boxes_xyxy),
        default=0.0,
    )


def _is_part(box: FloatArray, person: PersonInPicture) -> bool:
    return any(_intersection(box, true) > PART_SHARE * _area(box) for true in person.boxes_xyxy)


def _intersection(one: FloatArray, other: FloatArray) -> float:
    return _area(np.concatenate([np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])]))


def _union(one: FloatArray, other: FloatArray) -> float:
    return max(_area(one) + _area(other) - _intersection(one, other), 1e-9)


def _area(box: FloatArray) -> float:
    return float(np.prod(np.maximum(box[2:] - box[:2], 0.0)))
