"""The shopper network: people with eleven keypoints, and hands. Imports torch, so `train` imports it late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from ultralytics.models.yolo.pose import PoseTrainer
from ultralytics.nn.tasks import PoseModel
from ultralytics.utils.loss import v8PoseLoss

from models.training_data import KEYPOINTS
from models.ultralytics_session import cores

ARCHITECTURE = "yolov8n-pose.yaml"
_LABELLED, _SEEN = 1, 2  # the third number of a YOLO keypoint; 0 is outside the picture
_SEEN_FROM = (_LABELLED + _SEEN) / 2
_DISTANCE = 0.2  # of the root of a person's box area: a joint missed by that costs as much as similarity can
_WRIST_WEIGHT = 2.0  # wrists tell who took what; the other joints mostly tell where to look for them
_HIDDEN_WEIGHT = 0.3  # where a hidden joint is can only be guessed


class JointLoss(nn.Module):  # type: ignore[misc]  # no torch where types are checked
    """Object keypoint similarity, as ultralytics has it, and the distance itself.

    Similarity is flat where a joint is missed by little and where it is missed by much, so that it neither
    makes good wrists better nor fetches lost ones; distance pulls alike everywhere.
    """

    def __init__(self, similarity: nn.Module) -> None:
        """Add to ultralytics' `KeypointLoss`."""
        super().__init__()
        self._similarity = similarity
        weight = [_WRIST_WEIGHT if name.endswith("wrist") else 1.0 for name in KEYPOINTS]
        self.register_buffer("_weight", torch.tensor(weight))

    def forward(
        self, found: torch.Tensor, true: torch.Tensor, is_labelled: torch.Tensor, area: torch.Tensor
    ) -> torch.Tensor:
        """Compare joints `(n, 11, 2 or 3)` with true ones; `area` `(n, 1)` in the same unit squared."""
        similarity: torch.Tensor = self._similarity(found, true, is_labelled, area)
        distance = torch.linalg.vector_norm(found[..., :2] - true[..., :2], dim=-1) / (
            _DISTANCE * area.sqrt()
        )
        weight = torch.where(true[..., 2] > _SEEN_FROM, 1.0, _HIDDEN_WEIGHT) * is_labelled
        weight = weight * self._weight.to(weight.device)
        return similarity + (distance * weight).sum() / weight.sum().clamp(min=1.0)


class SeenPoseLoss(v8PoseLoss):  # type: ignore[misc]  # no ultralytics where types are checked
    """Let a keypoint's confidence mean "can be seen here", and train its place even where it is hidden.

    Only people have keypoints; hands, the other class, are left out.

    ultralytics trains confidence on "is labelled". Renders label every joint, also those behind a shelf, so
    that confidence would say nothing; a hand that is only guessed must not be believed like one that is seen.
    """

    def calculate_keypoints_loss(
        self,
        masks: torch.Tensor,
        target_gt_idx: torch.Tensor,
        keypoints: torch.Tensor,
        stride_tensor: torch.Tensor,
        target_bboxes: torch.Tensor,
        pred_kpts: torch.Tensor,
    ) -> tuple[Any, Any]:
        people = masks.clone()
        people[masks] = self._has_joints(masks, target_gt_idx, keypoints)
        if not people.any():
            return pred_kpts[..., :0].sum(), pred_kpts[..., :0].sum()
        place, _ = super().calculate_keypoints_loss(
            people, target_gt_idx, keypoints, stride_tensor, target_bboxes, pred_kpts
        )
        truth = keypoints[people.nonzero(as_tuple=True)[0], target_gt_idx[people]]
        seen = (truth[..., 2] > _SEEN_FROM).float()
        return place, self.bce_pose(pred_kpts[people][..., 2], seen)

    @staticmethod
    def _has_joints(
        masks: torch.Tensor, target_gt_idx: torch.Tensor, keypoints: torch.Tensor
    ) -> torch.Tensor:
        """Say of each matched candidate whether it stands for a person: hands have no keypoints."""
        truth = keypoints[masks.nonzero(as_tuple=True)[0], target_gt_idx[masks]]
        return (truth[..., 2] >= _LABELLED).any(dim=1)


class ShopperPoseTrainer(PoseTrainer):  # type: ignore[misc]  # likewise
    """ultralytics' pose trainer, channels last on the CPU."""

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        batch = super().preprocess_batch(batch)
        if self.device.type == "cpu":
            batch["img"] = batch["img"].to(memory_format=torch.channels_last)
        return batch


def new_model(data: Path) -> PoseModel:
    """Build the network with fresh weights for the classes and keypoints that the YAML file `data` names."""
    from ultralytics.data.utils import check_det_dataset

    described = check_det_dataset(str(data))
    model = PoseModel(ARCHITECTURE, nc=described["nc"], data_kpt_shape=described["kpt_shape"], verbose=False)
    model.names = described["names"]
    return model


def take_over(model: PoseModel, checkpoint: Path) -> None:
    """Start from the weights of another run's checkpoint."""
    _, network = _loaded(checkpoint)
    model.load_state_dict(network.state_dict())


def mix(trained: Path, start: Path, start_share: float, mixed: Path) -> None:
    """Write the mean of two checkpoints' weights, of which training began with one.

    Training on renders makes a network better on renders and, after a while, worse on photographs; a mean
    keeps most of both (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022).
    """
    saved, network = _loaded(trained)
    before = _loaded(start)[1].state_dict()
    mean = {
        name: before[name] * start_share + value * (1 - start_share) if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    network.load_state_dict(mean)
    torch.save(saved | {"ema": None, "model": network}, mixed)


def _loaded(checkpoint: Path) -> tuple[dict[str, Any], PoseModel]:
    saved = torch.load(checkpoint, map_location="cpu", weights_only=False)
    return saved, (saved["ema"] or saved["model"]).float()


def use_the_machine(trainer: Any) -> None:
    """On a CPU use all cores and the faster memory order (a callback at the start of training).

    ultralytics goes down to one core short of all when it picks its device. Measured with torch 2.13 on 2
    cores: channels last takes 26 ms a picture of 320x320, the default order 32; losses are equal, gradients
    differ by 2e-4.
    """
    if trainer.device.type == "cpu":
        torch.set_num_threads(cores())
        trainer.model.to(memory_format=torch.channels_last)


def learn_what_is_seen(trainer: PoseTrainer) -> None:
    """Replace the loss (a callback at the start of training: the network knows its arguments by then)."""
    loss = SeenPoseLoss(trainer.model)
    loss.keypoint_loss = JointLoss(loss.keypoint_loss)
    trainer.model.criterion = loss
