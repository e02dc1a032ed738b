"""Make ultralytics train on this machine: all cores, no downloads, no surprises.

Call `prepare` before the first import of torch or ultralytics. ultralytics reads its settings from the
environment when it is imported, sets the number of threads to one then, and otherwise fetches a font, a
check network and missing packages from the internet.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from models.errors import TrainingToolsMissingError

TOOLS = ("torch", "torchvision", "ultralytics", "onnx", "nudenet")


def prepare(folder: Path) -> None:
    """Set the environment up for ultralytics; its settings file goes into `folder`.

    Raises:
        TrainingToolsMissingError: If the `train` extra is not installed.
    """
    for name in TOOLS:
        if importlib.util.find_spec(name) is None:
            raise TrainingToolsMissingError(name)
    os.environ["OMP_NUM_THREADS"] = str(cores())
    # Threads that wait for each other must sleep, not spin. Measured on 2 cores that other work shared: 34
    # ms a picture against 151.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_CONFIG_DIR"] = str(folder.resolve())
    _provide_font(folder / "Ultralytics")
    _register_missing_operators()


def cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0))


def device_and_precision(device: str | None) -> tuple[str, str | bool]:
    """Choose where to train and in which precision.

    Args:
        device: `cpu`, `0` or another CUDA device, or None for the GPU if there is one.

    Returns:
        The device and the value of ultralytics' `amp`. bfloat16 needs no check network; without it, float32.
    """
    import torch

    if device is None:
        device = "0" if torch.cuda.is_available() else "cpu"
    bfloat16 = device != "cpu" and torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return device, "bf16" if bfloat16 else False


def _provide_font(folder: Path) -> None:
    """Put matplotlib's own font where ultralytics looks first, so that it downloads none."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    font = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    for name in ("Arial.ttf", "Arial.Unicode.ttf"):
        if not (folder / name).exists():
            shutil.copyfile(font, folder / name)


def _register_missing_operators() -> None:
    """Let a CUDA build of torchvision be imported beside a CPU build of torch.

    Package indexes that carry a CPU torch may carry only CUDA builds of torchvision, whose compiled operators
    do not load there; the import then fails because `nms` is unknown. Python versions are registered instead.
    """
    import torch

    if torch.version.cuda is not None or not _is_cuda_torchvision():
        return
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.impl(name, _suppress, "CPU")
    _registered.append(library)
    boxes: Any = importlib.import_module("torchvision.ops.boxes")
    boxes._assert_has_ops = lambda: None


def _is_cuda_torchvision() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if "torchvision" in sys.modules or spec is None or spec.origin is None:
        return False
    # Its `version.py` cannot be run for its `cuda` attribute: that imports the whole package.
    return "+cu" in Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")


_registered: list[Any] = []  # torch drops an operator when its library object goes


def _suppress(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Greedy non-maximum suppression; `boxes` `(n, 4)` xyxy, returns the kept rows, best first."""
    import torch

    order = scores.argsort(descending=True)
    x1, y1, x2, y2 = boxes[order].float().unbind(1)
    area = (x2 - x1) * (y2 - y1)
    alive = torch.ones(len(order), dtype=torch.bool)
    kept = []
    for row in range(len(order)):
        if not alive[row]:
            continue
        kept.append(row)
        width = torch.minimum(x2[row], x2[row + 1 :]) - torch.maximum(x1[row], x1[row + 1 :])
        height = torch.minimum(y2[row], y2[row + 1 :]) - torch.maximum(y1[row], y1[row + 1 :])
        overlap = width.clamp(min=0) * height.clamp(min=0)
        alive[row + 1 :] &= overlap <= iou_threshold * (area[row] + area[row + 1 :] - overlap)
    return order[torch.tensor(kept, dtype=torch.long)]
