"""Write a torch network of ours as ONNX, all in one way. Imports torch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from models.export import OPSET


def write_onnx_file(network: nn.Module, picture_shape: tuple[int, int, int], path: Path) -> None:
    """Write float32 ONNX, `images` in and `output0` out, for any number of pictures of `picture_shape`."""
    torch.onnx.export(
        network.eval(),
        (torch.zeros(2, *picture_shape),),
        str(path),
        input_names=["images"],
        output_names=["output0"],
        dynamic_axes={"images": {0: "batch"}, "output0": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
