"""The shopper network: a box and eleven keypoints. Imports torch, so `train` imports it late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from ultralytics.models.yolo.pose import PoseTrainer
from ultralytics.nn.tasks import PoseModel
from ultralytics.utils.loss import v8PoseLoss

from models.ultralytics_session import cores

ARCHITECTURE = "yolov8n-pose.yaml"
_LABELLED, _SEEN = 1, 2  # the third number of a YOLO keypoint; 0 is outside the picture
_SEEN_FROM = (_LABELLED + _SEEN) / 2


class SeenPoseLoss(v8PoseLoss):  # type: ignore[misc]  # no ultralytics where types are checked
    """Let a keypoint's confidence mean "can be seen here", and train its place even where it is hidden.

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
        place, confidence = super().calculate_keypoints_loss(
            masks, target_gt_idx, keypoints, stride_tensor, target_bboxes, pred_kpts
        )
        if masks.any():
            truth = keypoints[masks.nonzero(as_tuple=True)[0], target_gt_idx[masks]]
            seen = (truth[..., 2] > _SEEN_FROM).float()
            confidence = self.bce_pose(pred_kpts[masks][..., 2], seen)
        return place, confidence


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
    trainer.model.criterion = SeenPoseLoss(trainer.model)
