"""Train the networks, on the CPU or on a GPU where there is one: people with ultralytics, products ourselves.

Needs the `train` extra; nothing here downloads anything. A run that was cut off goes on from its last whole
epoch when the same command is given again. `run.json` in the run's folder says that it has ended, and what
it was.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.card import TrainedOn
from models.errors import TrainingDataError
from models.run_record import FILE, RunRecord, read_record, write_record
from models.training_data import CLASSES, KEYPOINTS, TrainingFolder, a_few, write_pose_yaml
from models.training_plan import TrainingPlan, command_of, start_checkpoint, with_start
from models.ultralytics_session import cores, device_and_precision, prepare
from models.voc_photographs import read_photographs, write_yolo

if TYPE_CHECKING:
    from torch import nn

    from models.wrist_samples import FindPeople

logger = logging.getLogger(__name__)

CHECKPOINT = "weights/last.pt"  # of the last epoch: the learning rate has come to rest there
_MIXED = "weights/mixed.pt"
POSE_SIZE = 320  # pixels; frames of 640x480 fill 320x240 of it
POSE_INPUT = (320, 256)  # width, height: 320x240 rounded up to the network's stride
OBJECT_SIZE = 416  # pixels; products on a shelf are small
OBJECT_INPUT = (416, 320)
_UNFOLDING_PICTURES = 48  # enough for stable statistics of every channel; see `start_weights`

# Frames of other rooms, lights and lenses: colour, size, tilt and place vary; mosaics show people cut by an
# edge.
_POSE_AUGMENTATION = {
    "hsv_h": 0.02,
    "hsv_s": 0.6,
    "hsv_v": 0.4,
    "degrees": 8.0,
    "translate": 0.1,
    "scale": 0.4,
    "fliplr": 0.5,
    "mosaic": 0.5,
}
# One shelf, one camera: little turns or grows, light and what stands where change.
_OBJECT_AUGMENTATION = {
    "hsv_h": 0.015,
    "hsv_s": 0.5,
    "hsv_v": 0.4,
    "degrees": 6.0,
    "translate": 0.1,
    "scale": 0.3,
    "fliplr": 0.5,
    "mosaic": 0.7,
}
_OPTIMISER = {
    "optimizer": "AdamW",
    "lr0": 1e-3,
    "lrf": 0.02,
    "cos_lr": True,
    "warmup_bias_lr": 0.0,
    "momentum": 0.9,
}
_ALWAYS = {"plots": False, "patience": 0, "exist_ok": True, "pretrained": False, "val": False}


def train_pose(dataset_dir: Path, out_dir: Path, plan: TrainingPlan) -> RunRecord:
    """Train the shopper network, or go on with a run that was cut off.

    Args:
        dataset_dir: A training folder, see `training_data`.
        out_dir: Checkpoints, the log of losses (`results.csv`) and `run.json` go here.
        plan: How long and where.

    Raises:
        TrainingToolsMissingError: If the `train` extra is not installed.
        TrainingDataError: If the training folder lacks something, or `out_dir` holds a finished run.
    """
    folder = TrainingFolder(dataset_dir)
    pictures = folder.pictures("train")
    folder.pictures("val")
    before = start_checkpoint(plan)
    _prepare(out_dir)
    from models import pose_trainer, start_weights

    data = out_dir / "data.yaml"
    write_pose_yaml(folder, data)
    settings = _settings(out_dir, plan, pose_trainer.ARCHITECTURE) | _POSE_AUGMENTATION
    settings |= {
        "data": str(data),
        "imgsz": POSE_SIZE,
        "warmup_epochs": 0.5,
        "close_mosaic": max(1, plan.epochs // 4),
    }
    trainer = pose_trainer.ShopperPoseTrainer(overrides=settings)
    if not trainer.resume:
        trainer.model = pose_trainer.new_model(data)
        if before is None:
            _start(trainer.model, pictures, POSE_SIZE, plan.seed)
        else:
            pose_trainer.take_over(trainer.model, before)
    trainer.add_callback("on_train_start", pose_trainer.learn_what_is_seen)
    trainer.add_callback("on_train_start", pose_trainer.use_the_machine)
    trainer.train()
    checkpoint = CHECKPOINT
    if before is not None and plan.start_share > 0:
        checkpoint = _MIXED
        pose_trainer.mix(out_dir / CHECKPOINT, before, plan.start_share, out_dir / checkpoint)
    return _finished(
        out_dir,
        RunRecord(
            task="pose",
            checkpoint=checkpoint,
            classes=CLASSES,
            keypoints=KEYPOINTS,
            input_width=POSE_INPUT[0],
            input_height=POSE_INPUT[1],
            start_weights=start_weights.NUDENET,
            trained_on=_trained_on(folder, "pose", len(pictures), plan, trainer),
        ),
    )


def train_objects(photographs: Path, out_dir: Path, plan: TrainingPlan) -> RunRecord:
    """Train a detector on labelled photographs of one shelf, or go on with a run that was cut off.

    Args:
        photographs: Folders of pictures with Pascal VOC labels; the last fifth of each is kept for scoring.
        out_dir: As of `train_pose`.
        plan: How long and where.

    Raises:
        TrainingToolsMissingError: If the `train` extra is not installed.
        TrainingDataError: If there are no labelled photographs, or `out_dir` holds a finished run.
    """
    found = read_photographs(photographs)
    _prepare(out_dir)
    data = write_yolo(found, out_dir / "data")
    from ultralytics.models.yolo.detect import DetectionTrainer

    from models import object_trainer, pose_trainer, start_weights

    settings = _settings(out_dir, plan, object_trainer.ARCHITECTURE) | _OBJECT_AUGMENTATION
    settings |= {"data": str(data), "imgsz": OBJECT_SIZE, "warmup_epochs": 1.0}
    settings["close_mosaic"] = max(1, plan.epochs // 4)
    trainer = DetectionTrainer(overrides=settings)
    if not trainer.resume:
        trainer.model = object_trainer.new_model(found.classes)
        _start(trainer.model, object_trainer.start_pictures(out_dir), OBJECT_SIZE, plan.seed)
    trainer.add_callback("on_train_start", pose_trainer.use_the_machine)
    trainer.train()
    count = len(found.learned)
    return _finished(
        out_dir,
        RunRecord(
            task="detect",
            checkpoint=CHECKPOINT,
            classes=found.classes,
            keypoints=(),
            input_width=OBJECT_INPUT[0],
            input_height=OBJECT_INPUT[1],
            start_weights=start_weights.NUDENET,
            trained_on=TrainedOn(
                description=f"{count} labelled photographs of {photographs.name}: the first four fifths of"
                " each folder",
                images=count,
                epochs=int(trainer.epoch) + 1,
                training_seed=plan.seed,
                device=trainer.device.type,
                command=command_of("objects", int(trainer.epoch) + 1, plan),
            ),
        ),
    )


def train_products(
    dataset_dir: Path,
    out_dir: Path,
    plan: TrainingPlan,
    photographs: Path | None = None,
    held_out: Sequence[str] = (),
) -> RunRecord:
    """Train the product network, or go on with a run that was cut off; see `train_pose`.

    ultralytics has no task for embeddings; this is plain torch.

    Args:
        dataset_dir: A training folder.
        out_dir: As of `train_pose`.
        plan: How long; the device is always the CPU.
        photographs: Real packages, one folder a class, to learn beside the rendered ones.
        held_out: Classes of the photographs that are kept for scoring.
    """
    from models.product_pictures import CROP_PX, find_pictures

    folder = TrainingFolder(dataset_dir)
    pictures = find_pictures(dataset_dir, photographs, held_out)
    _prepare(out_dir)
    import torch

    from models.product_network import MOBILENET
    from models.product_trainer import ProductTrainer

    torch.set_num_threads(cores())
    ProductTrainer(pictures, out_dir, plan.epochs, plan.batch, plan.seed).train()
    description = folder.description()
    if photographs is not None:
        classes = sorted({sample.path.parent.name for sample in pictures.photographs})
        count = len(pictures.photographs)
        description += f" {count} photographs of {len(classes)} real packages ({', '.join(classes)})."
    return _finished(
        out_dir,
        RunRecord(
            task="embed",
            checkpoint="last.pt",
            classes=pictures.classes,
            keypoints=(),
            input_width=CROP_PX,
            input_height=CROP_PX,
            start_weights=MOBILENET,
            trained_on=TrainedOn(
                description=description,
                images=len(pictures),
                epochs=plan.epochs,
                training_seed=plan.seed,
                device="cpu",
                command=command_of("products", plan.epochs, plan),
            ),
        ),
    )


def train_slots(dataset_dir: Path, out_dir: Path, plan: TrainingPlan) -> RunRecord:
    """Train the slot network, or go on with a run that was cut off; see `train_pose`.

    Plain torch on the CPU: no framework has a task for two looks of one place.
    """
    from models.slot_samples import KINDS, PICTURE_PX, read_slot_samples

    samples = read_slot_samples(dataset_dir, "train")
    before = start_checkpoint(plan)
    _prepare(out_dir)
    import torch

    from models.slot_trainer import SlotTrainer

    torch.set_num_threads(cores())
    SlotTrainer(samples, out_dir, plan.epochs, plan.batch, plan.seed, before).train()
    return _finished(
        out_dir,
        RunRecord(
            task="compare",
            checkpoint="last.pt",
            classes=KINDS,
            keypoints=(),
            input_width=PICTURE_PX[0],
            input_height=PICTURE_PX[1],
            trained_on=TrainedOn(
                description=TrainingFolder(dataset_dir).description(),
                images=len(samples),
                training_seed=plan.seed,
                device="cpu",
                **with_start(plan.epochs, command_of("slots", plan.epochs, plan), plan),
            ),
        ),
    )


def train_wrists(dataset_dir: Path, out_dir: Path, plan: TrainingPlan, find: FindPeople) -> RunRecord:
    """Train the wrist network, or go on with a run that was cut off; see `train_pose`.

    Plain torch on the CPU: ultralytics regresses joints, and says nothing of how far off they may be.

    Args:
        dataset_dir: A training folder.
        out_dir: As of `train_pose`.
        plan: How long; `start` is a finished run of the shopper network, whose first layers are taken over.
        find: The shopper network as the store runs it.

    Raises:
        TrainingToolsMissingError: If the `train` extra is not installed.
        TrainingDataError: Also if the plan names no run of the shopper network to start from.
    """
    from models.body_picture import PICTURE_PX
    from models.wrist_samples import WRISTS, read_wrist_samples

    if plan.start is None:
        raise TrainingDataError(
            "the wrist network starts from the shopper network, which knows real pictures; name a finished"
            " run of 'walkout train pose' with --start"
        )
    before = read_record(plan.start)
    if before.task != "pose":
        raise TrainingDataError(f"{plan.start} holds no run of the shopper network; name one with --start")
    folder = TrainingFolder(dataset_dir)
    samples = read_wrist_samples(folder, "train", find)
    _prepare(out_dir)
    import torch

    from models.wrist_trainer import WristTrainer

    torch.set_num_threads(cores())
    WristTrainer(samples, out_dir, plan.epochs, plan.batch, plan.seed, plan.start / before.checkpoint).train()
    return _finished(
        out_dir,
        RunRecord(
            task="locate",
            checkpoint="last.pt",
            classes=WRISTS,
            keypoints=(),
            input_width=PICTURE_PX,
            input_height=PICTURE_PX,
            start_weights=before.start_weights,
            trained_on=TrainedOn(
                description=folder.description(),
                images=len(samples),
                training_seed=plan.seed,
                device="cpu",
                **with_start(plan.epochs, command_of("wrists", plan.epochs, plan), plan),
            ),
        ),
    )


def _prepare(out_dir: Path) -> None:
    if (out_dir / FILE).exists():
        raise TrainingDataError(
            f"{out_dir} holds a finished training run; name another folder or remove this one"
        )
    out_dir.mkdir(parents=True, exist_ok=True)
    prepare(out_dir / "settings")


def _settings(out_dir: Path, plan: TrainingPlan, architecture: str) -> dict[str, Any]:
    """Spell the plan in ultralytics' words; go on from the last checkpoint if there is one."""
    device, amp = device_and_precision(plan.device)
    last = out_dir / CHECKPOINT
    settings = {
        "project": str(out_dir.resolve().parent),
        "name": out_dir.resolve().name,
        "model": architecture,
        "epochs": plan.epochs,
        "device": device,
        "amp": amp,
        "seed": plan.seed,
        "batch": plan.batch,
        "nbs": plan.batch,
        "freeze": plan.freeze or None,
        "time": plan.hours,
    }
    if last.exists():
        settings |= {"model": str(last), "resume": str(last), "time": None}
    return _ALWAYS | _OPTIMISER | settings


def _start(model: nn.Module, pictures: list[Path], size: int, seed: int) -> None:
    from models import start_weights

    some = a_few(pictures, _UNFOLDING_PICTURES, seed)
    state = start_weights.start_state(start_weights.nudenet_file(), some, size)
    copied = start_weights.copy_where_shapes_fit(state, model)
    logger.info("%d tensors of %s copied", copied, start_weights.NUDENET.name)


def _trained_on(
    folder: TrainingFolder, network: str, images: int, plan: TrainingPlan, trainer: Any
) -> TrainedOn:
    epochs = int(trainer.epoch) + 1  # what it came to, whatever was planned
    command = command_of(network, epochs, plan) + (f" --freeze {plan.freeze}" if plan.freeze else "")
    return TrainedOn(
        description=folder.description(),
        images=images,
        training_seed=plan.seed,
        device=trainer.device.type,
        **with_start(epochs, command, plan),
    )


def _finished(out_dir: Path, record: RunRecord) -> RunRecord:
    write_record(record, out_dir)
    return record
