"""MOTChallenge: `SEQUENCE/img1/000001.jpg`, `gt/gt.txt`, `seqinfo.ini` for every camera, and `seqmap.txt`.

A line of gt.txt is frame, id, left, top, width, height, 1 if it counts, class 1, visibility. Boxes are of
whole bodies, as in MOT17, and may reach out of the picture; who is wholly hidden does not count.
"""

from collections.abc import Iterable
from pathlib import Path

from datasets.exports.pictures import LabelledPerson, LabelledPicture, Sequence
from datasets.exports.yolo import write_jpeg

_PEDESTRIAN = 1


def write_mot_challenge(out: Path, sequences: Iterable[Sequence]) -> None:
    """Write every sequence in a folder of its own."""
    names = []
    for sequence in sequences:
        names.append(sequence.name)
        _write_sequence(out / sequence.name, sequence)
    (out / "seqmap.txt").write_text("\n".join(["name", *names]) + "\n", encoding="utf-8")


def _write_sequence(folder: Path, sequence: Sequence) -> None:
    (folder / "img1").mkdir(parents=True)
    (folder / "gt").mkdir()
    lines, size_px = [], (0, 0)
    for frame, picture in enumerate(sequence.pictures(), start=1):
        write_jpeg(folder / "img1" / f"{frame:06d}.jpg", picture)
        lines += _lines(frame, picture)
        size_px = picture.size_px
    (folder / "gt" / "gt.txt").write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    about = {
        "name": sequence.name,
        "imDir": "img1",
        "frameRate": f"{sequence.fps:g}",
        "seqLength": sequence.length,
        "imWidth": size_px[0],
        "imHeight": size_px[1],
        "imExt": ".jpg",
    }
    text = "".join(f"{key}={value}\n" for key, value in about.items())
    (folder / "seqinfo.ini").write_text(f"[Sequence]\n{text}", encoding="utf-8")


def _lines(frame: int, picture: LabelledPicture) -> list[str]:
    return [_line(frame, person) for person in picture.people]


def _line(frame: int, person: LabelledPerson) -> str:
    left, top, right, bottom = person.amodal_xyxy.tolist()
    box = ",".join(f"{value:.1f}" for value in (left, top, right - left, bottom - top))
    counts = int(person.visibility > 0)
    return f"{frame},{person.number},{box},{counts},{_PEDESTRIAN},{person.visibility:.4f}"
