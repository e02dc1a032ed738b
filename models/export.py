"""Turn a finished training run into an ONNX file and its card. Needs the `train` extra."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from models.card import ModelCard, Scores, write_card
from models.run_record import RunRecord, read_record
from models.ultralytics_session import prepare
from models.zoo import ZOO, LoadedModel, file_sha256

LICENCE = "AGPL-3.0-only"  # of ultralytics, of the start weights and of this project
OPSET = 17  # the newest that every onnxruntime we allow can run
# What ultralytics needs to run the file itself, for comparison with our own pipeline.
_KEPT_METADATA = frozenset(
    {"task", "names", "kpt_shape", "kpt_names", "imgsz", "stride", "batch", "channels", "end2end"}
)
Scorer = Callable[[LoadedModel], Scores]
# Finds out what a network's outputs mean, from its ONNX file: see `product_export.Nats` and, for slots,
# `slot_network.InNats`.
Calibrator = Callable[[Path], tuple[float, float, float]]


def export(
    run_dir: Path,
    name: str,
    scorer: Scorer | None = None,
    folder: Path = ZOO,
    calibrator: Calibrator | None = None,
) -> ModelCard:
    """Write `weights/NAME.onnx` and `cards/NAME.toml`, replacing older ones.

    Args:
        run_dir: Where a function of `train` ended.
        name: The model's name from now on, such as `shopper-pose`.
        scorer: Measures the exported file on pictures that training never saw; None leaves the card
            without scores.
        folder: Holds `cards/` and `weights/`.
        calibrator: Finds out what the outputs of a product or slot network mean, from its uncalibrated file.

    Raises:
        TrainingDataError: If the run has not ended.
        TrainingToolsMissingError: If the `train` extra is not installed.
    """
    record = read_record(run_dir)
    prepare(run_dir / "settings")
    weights, cards = folder / "weights", folder / "cards"
    for needed in (weights, cards):
        needed.mkdir(parents=True, exist_ok=True)
    path = weights / f"{name}.onnx"
    if record.task == "embed":
        exported = _products_to_onnx(run_dir, record, calibrator)
    elif record.task == "compare":
        exported = _slots_to_onnx(run_dir, record, calibrator)
    elif record.task == "locate":
        exported = _wrists_to_onnx(run_dir, record)
    else:
        exported = _to_onnx(run_dir, record)
    card = record.card(name, path.name, file_sha256(exported), LICENCE)
    if scorer is not None:
        card = card.model_copy(update={"scores": scorer(LoadedModel(card, exported))})
    partial = path.with_suffix(".part")
    shutil.copyfile(exported, partial)
    partial.replace(path)
    write_card(card, cards / f"{name}.toml")
    return card


def _products_to_onnx(run_dir: Path, record: RunRecord, calibrator: Calibrator | None) -> Path:
    """Export beside the checkpoint: `(batch, 128 + 4)`, see `product_export.InNats`."""
    from models.product_export import Nats, load_network, write_onnx

    network = load_network(run_dir / record.checkpoint)
    path = run_dir / "products.onnx"
    write_onnx(network, Nats(), path)
    if calibrator is not None:
        write_onnx(network, Nats(*calibrator(path)), path)
    _keep_only_the_network(path)
    return path


def _slots_to_onnx(run_dir: Path, record: RunRecord, calibrator: Calibrator | None) -> Path:
    """Export beside the checkpoint: `(batch, 4)`, see `slot_network.InNats`."""
    from models.slot_network import load_slot_network, write_slot_onnx

    network = load_slot_network(run_dir / record.checkpoint)
    path = run_dir / "slots.onnx"
    write_slot_onnx(network, 1.0, (0.0, 0.0), path)
    if calibrator is not None:
        factor, shifted, moved = calibrator(path)
        write_slot_onnx(network, factor, (shifted, moved), path)
    _keep_only_the_network(path)
    return path


def _wrists_to_onnx(run_dir: Path, record: RunRecord) -> Path:
    """Export beside the checkpoint: `(batch, 2, 4)`, see `wrist_network.Located`."""
    from models.wrist_network import load_wrist_network, write_wrist_onnx

    path = run_dir / "wrists.onnx"
    write_wrist_onnx(load_wrist_network(run_dir / record.checkpoint), path)
    _keep_only_the_network(path)
    return path


def _to_onnx(run_dir: Path, record: RunRecord) -> Path:
    """Export beside the checkpoint: float32, batch norms folded, `images` in and `output0` out.

    `pose` has the batch size one and gives `(1, 4 + classes + 3 * keypoints, anchors)`: box centre and size
    in pixels of the input, class scores, then x, y and confidence of every keypoint. `detect` gives boxes
    and scores alone.
    """
    from ultralytics import YOLO

    network = YOLO(run_dir / record.checkpoint, task=record.task)
    path = Path(
        network.export(
            format="onnx",
            imgsz=(record.input_height, record.input_width),
            opset=OPSET,
            simplify=True,
            device="cpu",
            verbose=False,
        )
    )
    _keep_only_the_network(path)
    return path


def _keep_only_the_network(path: Path) -> None:
    """Drop the date and this machine's folders, so that the same weights give the same bytes anywhere."""
    import onnx

    model = onnx.load(path)
    kept = [entry for entry in model.metadata_props if entry.key in _KEPT_METADATA]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.save(model, path)
