"""Write an exported network again with eight-bit integers. Needs the `train` extra.

For processors without bfloat16 units: ONNX Runtime takes about 0.6 of the time of float32 (docs/speed.md).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.card import ModelCard, Scores, write_card
from models.errors import TrainingToolsMissingError
from models.zoo import ZOO, LoadedModel, file_sha256, load

Batch = npt.NDArray[np.float32]

SUFFIX = "-int8"
# Of the activations of a layer, that its scale covers: whole ranges cost 0.008 of mAP50-95, these 0.006.
PERCENTILE = 99.999
REMARKS = "Eight-bit integers, except for the last operations, which compute places in pixels."


def export_int8(
    name: str, batches: Iterable[Batch], scorer: Callable[[LoadedModel], Scores], folder: Path = ZOO
) -> ModelCard:
    """Write `NAME-int8` beside the model `name`, with its own card and scores.

    Args:
        name: A model in the zoo.
        batches: Inputs of the network, as in training; a few dozen say how large activations get.
        scorer: Measures the written file on pictures that training never saw.
        folder: Holds `cards/` and `weights/`.

    Raises:
        TrainingToolsMissingError: If the `train` extra is not installed.
        ModelError: If there is no such model, or its weights are not those of its card.
    """
    model = load(name, folder)
    path = folder / "weights" / f"{name}{SUFFIX}.onnx"
    partial = path.with_suffix(".part")
    _quantise(model.path, partial, batches)
    card = model.card.model_copy(
        update={
            "name": f"{name}{SUFFIX}",
            "file": path.name,
            "sha256": file_sha256(partial),
            "remarks": f"{model.card.remarks} {REMARKS}".strip(),
            "scores": None,
        }
    )
    card = card.model_copy(update={"scores": scorer(LoadedModel(card, partial))})
    partial.replace(path)
    write_card(card, folder / "cards" / f"{card.name}.toml")
    return card


def _quantise(source: Path, target: Path, batches: Iterable[Batch]) -> None:
    """Quantise per channel, in the form that every ONNX Runtime fuses (pairs of quantise and dequantise)."""
    try:
        import onnx
        from onnxruntime import quantization
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise TrainingToolsMissingError("onnx") from error

    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        network = onnx.load(prepared)
        quantization.quantize_static(
            prepared,
            target,
            _Inputs(network.graph.input[0].name, batches),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=_after_the_last_convolutions(network),
            calibrate_method=quantization.CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE},
        )


class _Inputs:
    """Calibration inputs as ONNX Runtime reads them."""

    def __init__(self, name: str, batches: Iterable[Batch]) -> None:
        self._name = name
        self._batches = iter(batches)

    def get_next(self) -> dict[str, Batch] | None:
        batch = next(self._batches, None)
        return None if batch is None else {self._name: batch}


def _after_the_last_convolutions(network: Any) -> list[str]:
    """Name the last convolutions of an ONNX model and what follows: places in pixels need over 256 steps.

    The convolution that only sums up the distribution of a box's side (`dfl`) belongs to what follows.
    """
    maker = {output: node for node in network.graph.node for output in node.output}
    found: list[str] = []
    open_ends = [output.name for output in network.graph.output]
    while open_ends:
        node = maker.get(open_ends.pop())
        if node is None or node.name in found:
            continue
        found.append(node.name)
        if node.op_type != "Conv" or "dfl" in node.name:
            open_ends += node.input
    return found
