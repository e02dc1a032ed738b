"""Train the wrist network; a run that was cut off goes on from its last whole epoch. Imports torch."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models import body_picture
from models.body_picture import PLANES
from models.checkpoint import Part, keep, take_up
from models.training_data import KEYPOINTS, mirrored
from models.wrist_network import TARGET_SIGMA_PX, WristNetwork, cell_places, start_from_shopper
from models.wrist_samples import SIDE_PER_BOX, WristSamples

logger = logging.getLogger(__name__)

LEARNING_RATE = 2e-3  # AdamW, at its highest
_TRUNK_SHARE = 0.5  # of it for layers that start trained
_WEIGHT_DECAY = 0.02
_WARM_UP = 0.1  # of all steps
_SIDE_PX = body_picture.PICTURE_PX
# Of the stored picture's side, what the network is shown.
_SHOWN = body_picture.SIDE_PER_BOX / SIDE_PER_BOX
# Wrists are what is asked for; other joints help to tell whose arm it is. Hidden ones can only be guessed.
_WEIGHTS = {"wrist": 2.0, "elbow": 0.5, "shoulder": 0.3, "head_top": 0.2, "hip": 0.2, "ankle": 0.1}
_HIDDEN_WEIGHT = 0.4
_SEEN_WEIGHT = 0.3  # of telling what can be seen, against telling where it is
_TURN_RAD, _SCALE, _SHIFT = 0.3, 0.17, 0.055  # standard deviations; of boxes that are off, too
_SCALE_RANGE = (0.7, 1.4)
_GAIN, _TINT, _OFFSET, _NOISE = 0.25, 0.07, 0.05, 0.02  # of light, in shares of white
_NO_ARMS_SHARE = 0.1
_GREY_SHARE, _OTHER_COLOURS_SHARE = 0.1, 0.15


def _weight_of(name: str) -> float:
    return _WEIGHTS[name.removeprefix("left_").removeprefix("right_")]


class WristTrainer:
    """One training run in a folder."""

    def __init__(
        self, samples: WristSamples, out: Path, epochs: int, batch: int, seed: int, shopper: Path
    ) -> None:
        torch.manual_seed(seed)
        self.network = WristNetwork()
        start_from_shopper(self.network, shopper)
        self._picture = torch.from_numpy(samples.picture)
        self._joints = torch.from_numpy(samples.joints)
        self._visibility = torch.from_numpy(samples.visibility)
        self._out, self._epochs, self._batch, self._seed = out, epochs, batch, seed
        self._steps = max(1, len(samples) // batch)
        self._weight = torch.tensor([_weight_of(name) for name in KEYPOINTS])
        self._places = cell_places(_SIDE_PX)
        trunk = list(self.network.trunk.parameters())
        known = {id(one) for one in trunk}
        rates = [LEARNING_RATE, LEARNING_RATE * _TRUNK_SHARE]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [one for one in self.network.parameters() if id(one) not in known]},
                {"params": trunk},
            ],
            lr=LEARNING_RATE,
            weight_decay=_WEIGHT_DECAY,
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, rates, total_steps=epochs * self._steps + 1, pct_start=_WARM_UP
        )

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept from epoch to epoch."""
        return self._out / "last.pt"

    def train(self) -> None:
        """Train to the end, from where an earlier run of the same folder was cut off."""
        for epoch in range(take_up(self.checkpoint, self._parts()), self._epochs):
            random = torch.Generator().manual_seed(self._seed * 1000 + epoch)
            self.network.train()
            losses = list(self._epoch(random))
            logger.info("epoch %d of %d: loss %.3f", epoch + 1, self._epochs, float(np.mean(losses)))
            keep(self.checkpoint, epoch + 1, self._parts())

    def _epoch(self, random: torch.Generator) -> Iterator[float]:
        order = torch.randperm(len(self._picture), generator=random)
        for step in range(self._steps):
            rows = order[step * self._batch : (step + 1) * self._batch]
            bodies, joints, visibility = varied(
                self._picture[rows], self._joints[rows], self._visibility[rows], random
            )
            logits, seen = self.network(bodies)
            loss = self._loss(logits, seen, joints, visibility)
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self._optimiser.step()
            self._schedule.step()
            yield float(loss.detach())

    def _loss(
        self, logits: torch.Tensor, seen: torch.Tensor, joints: torch.Tensor, visibility: torch.Tensor
    ) -> torch.Tensor:
        """Cross entropy against a Gaussian around each joint, and of whether it can be seen."""
        distance = (self._places - joints[:, :, None]).square().sum(3)
        wanted = torch.softmax(-distance / (2 * TARGET_SIGMA_PX**2), dim=2)
        where = -(wanted * logits.log_softmax(2)).sum(2)
        counts = torch.tensor([0.0, _HIDDEN_WEIGHT, 1.0])[visibility.long()] * self._weight
        counts = counts * (joints.abs() < _SIDE_PX / 2).all(2)
        told = self._weight * (visibility > 0)
        can_be_seen = functional.binary_cross_entropy_with_logits(
            seen, (visibility == 2).float(), reduction="none"
        )
        return (where * counts).sum() / counts.sum().clamp(min=1e-6) + _SEEN_WEIGHT * (
            can_be_seen * told
        ).sum() / told.sum().clamp(min=1e-6)

    def _parts(self) -> dict[str, Part]:
        return {"network": self.network, "optimiser": self._optimiser, "schedule": self._schedule}


def varied(
    picture: torch.Tensor, joints: torch.Tensor, visibility: torch.Tensor, random: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mirror, turn, scale, shift, recolour, light, add noise and leave arms out, each at random.

    Args:
        picture: `(n, 192, 192, 5)` uint8, as stored.
        joints: `(n, 11, 2)` as stored.
        visibility: `(n, 11)`.
        random: What to draw from.

    Returns:
        Red, green, blue and arms in about [0, 1] `(n, 5, 128, 128)`, joints in its pixels from its middle,
        and their visibility.
    """
    count = len(picture)

    def chance(share: float) -> torch.Tensor:
        return torch.rand(count, generator=random) < share

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random)

    is_mirrored = chance(0.5)
    angle, scale = _TURN_RAD * normal(count), torch.exp(_SCALE * normal(count)).clamp(*_SCALE_RANGE)
    shift = _SHIFT * _SHOWN * normal(count, 2)
    sign = torch.where(is_mirrored, -1.0, 1.0)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    turned = torch.stack(
        [torch.stack([cosine * sign, -sine], 1), torch.stack([sine * sign, cosine], 1)], 1
    ) * (scale * _SHOWN).view(-1, 1, 1)
    planes = picture.permute(0, 3, 1, 2).float() / 255
    grid = functional.affine_grid(
        torch.cat([turned, 2 * shift[:, :, None]], dim=2),
        [count, PLANES, _SIDE_PX, _SIDE_PX],
        align_corners=False,
    )
    planes = functional.grid_sample(planes, grid, padding_mode="border", align_corners=False)
    arms = planes[:, 3:] * (~chance(_NO_ARMS_SHARE)).view(-1, 1, 1, 1)
    arms = torch.where(is_mirrored.view(-1, 1, 1, 1), arms.flip(1), arms)
    bodies = planes[:, :3].flip(1)
    # From shares of the stored picture's side to shares of what is shown: those reach from -0.5 to 0.5.
    placed = torch.linalg.solve(turned[:, None], (joints - shift[:, None])[..., None])[..., 0] * _SIDE_PX
    others = torch.tensor([KEYPOINTS.index(mirrored(name)) for name in KEYPOINTS])
    placed = torch.where(is_mirrored.view(-1, 1, 1), placed[:, others], placed)
    visibility = torch.where(is_mirrored.view(-1, 1), visibility[:, others], visibility)
    bodies = torch.where(
        chance(_GREY_SHARE).view(-1, 1, 1, 1), bodies.mean(1, keepdim=True).expand_as(bodies), bodies
    )
    bodies = torch.where(chance(_OTHER_COLOURS_SHARE).view(-1, 1, 1, 1), bodies.flip(1), bodies)
    bodies = bodies * torch.exp(_GAIN * normal(count, 1, 1, 1) + _TINT * normal(count, 3, 1, 1))
    noise = _NOISE * torch.rand(count, 1, 1, 1, generator=random) * normal(*bodies.shape)
    bodies = bodies + _OFFSET * normal(count, 1, 1, 1) + noise
    return torch.cat([bodies, arms], dim=1), placed, visibility
