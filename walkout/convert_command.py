"""`walkout convert`: recordings and training sets in the formats of other tools."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datasets.exports.convert import convert
from datasets.exports.formats import Format

_READ_BY = {
    Format.YOLO_POSE: "yolo pose train data={out}/data.yaml",
    Format.YOLO_DETECT: "yolo detect train data={out}/data.yaml",
    Format.COCO: "pycocotools.coco.COCO('{out}/annotations.json')",
    Format.MOT: "trackeval with GT_FOLDER={out}, SEQMAP_FILE={out}/seqmap.txt, SKIP_SPLIT_FOL",
}


def run_convert(folders: Sequence[Path], to: Format, out: Path, every: int, console: Console) -> None:
    """Write recordings or training sets in another format, and say what reads it.

    Raises:
        DatasetError: If a folder is damaged, or `out` is in the way.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("pictures", total=None)
        count = convert(
            folders,
            to,
            out,
            every,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    console.print(
        f"{count} pictures in {out}; read them with: {_READ_BY[to].format(out=out)}", highlight=False
    )
