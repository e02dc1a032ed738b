"""Train the slot network; a run that was cut off goes on from its last whole epoch. Imports torch."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.checkpoint import Part, keep, take_up
from models.slot_network import SlotNetwork, exchanged, log_odds, scaled
from models.slot_samples import KINDS, SlotSamples

logger = logging.getLogger(__name__)

LEARNING_RATE = 3e-3  # AdamW, at its highest
_WEIGHT_DECAY = 0.03
_WARM_UP = 0.15  # of all steps
_SMOOTHING = 0.02  # a few samples are told wrongly: what happened may not be in the picture
_GAIN, _OFFSET, _NOISE = 0.25, 0.05, 0.01  # of light, in shares of white
_HIDDEN_SHARE = 0.3  # of pictures, of which a part is hidden as by somebody who stands there
_HIDDEN_PX = (8, 32)
_MOST_OF_PLACE = 0.5  # and never more than this of the place that changed
_VALID, _SIGMAS, _PLACE = 7, 6, 9  # rows of planes


class SlotTrainer:
    """One training run in a folder."""

    def __init__(
        self,
        samples: SlotSamples,
        out: Path,
        epochs: int,
        batch: int,
        seed: int,
        start: Path | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self.network = SlotNetwork()
        if start is not None:
            take_up(start, {"network": self.network})
        self._picture = torch.from_numpy(samples.picture)
        self._kind = torch.from_numpy(samples.kind)
        self._out, self._epochs, self._batch, self._seed = out, epochs, batch, seed
        self._steps = max(1, len(samples) // batch)
        # Likelihoods are asked for: nothing, shifted and moved count alike, however often they happen.
        count = torch.bincount(self._kind.clamp(max=2), minlength=3).float()
        share = len(samples) / 3 / count
        self._weight = torch.stack([share[0], share[1], share[2], share[2]])
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=LEARNING_RATE, weight_decay=_WEIGHT_DECAY
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, LEARNING_RATE, total_steps=epochs * self._steps + 1, pct_start=_WARM_UP
        )

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept from epoch to epoch."""
        return self._out / "last.pt"

    def train(self) -> None:
        """Train to the end, from where an earlier run of the same folder was cut off."""
        for epoch in range(take_up(self.checkpoint, self._parts()), self._epochs):
            random = torch.Generator().manual_seed(self._seed * 1000 + epoch)
            torch.manual_seed(self._seed * 1000 + epoch)  # dropout's
            loss, right = self._epoch(random)
            logger.info("epoch %d of %d: loss %.3f, right %.3f", epoch + 1, self._epochs, loss, right)
            keep(self.checkpoint, epoch + 1, self._parts())

    def _epoch(self, random: torch.Generator) -> tuple[float, float]:
        self.network.train()
        order = torch.randperm(len(self._kind), generator=random)
        losses, right = [], 0
        for step in range(self._steps):
            rows = order[step * self._batch : (step + 1) * self._batch]
            planes, kind = varied(scaled(self._picture[rows].float()), self._kind[rows], random)
            # One way round is enough: half of the pictures run backwards.
            said = log_odds(self.network.judge(planes))
            loss = functional.cross_entropy(said, kind, weight=self._weight, label_smoothing=_SMOOTHING)
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self._optimiser.step()
            self._schedule.step()
            losses.append(float(loss.detach()))
            right += int((said.argmax(1) == kind).sum())
        return float(np.mean(losses)), right / (self._steps * self._batch)

    def _parts(self) -> dict[str, Part]:
        return {
            "network": self.network,
            "optimiser": self._optimiser,
            "schedule": self._schedule,
        }


def varied(
    planes: torch.Tensor, kind: torch.Tensor, random: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mirror, run backwards, recolour, light, add noise and hide parts, each at random.

    Args:
        planes: `(n, 10, h, w)` of `scaled`.
        kind: `(n,)`; what was taken comes when time runs backwards.
        random: What to draw from.
    """
    count = len(planes)

    def chance(share: float) -> torch.Tensor:
        return (torch.rand(count, generator=random) < share).view(-1, 1, 1, 1)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=random)

    planes = torch.where(chance(0.5), planes.flip(3), planes)
    backwards = chance(0.5)
    planes = torch.where(backwards, exchanged(planes), planes)
    turned = backwards.view(-1) & (kind >= KINDS.index("taken"))
    kind = torch.where(turned, KINDS.index("taken") + KINDS.index("came") - kind, kind)
    colours = torch.argsort(torch.rand(count, 3, generator=random), dim=1)
    recoloured = torch.gather(
        planes,
        1,
        torch.cat([colours, colours + 3], dim=1)[..., None, None].expand(-1, -1, *planes.shape[2:]),
    )
    looks = torch.where(chance(0.5), recoloured, planes[:, :6])
    looks = looks * torch.exp(_GAIN * normal(count, 1, 1, 1)) + _OFFSET * normal(count, 1, 1, 1)
    noise = _NOISE * torch.rand(count, 1, 1, 1, generator=random) * normal(*looks.shape)
    planes = torch.cat([looks + noise, planes[:, 6:]], dim=1)
    hidden = chance(_HIDDEN_SHARE) & _rectangles(planes.shape, random)
    place = planes[:, _PLACE : _PLACE + 1]
    of_place = (place * hidden).sum((1, 2, 3)) / place.sum((1, 2, 3)).clamp(min=1e-6)
    hidden &= (of_place < _MOST_OF_PLACE).view(-1, 1, 1, 1)
    keep = (~hidden).float()
    after = torch.where(hidden, planes[:, :3], planes[:, 3:6])
    known = planes[:, _SIGMAS : _VALID + 1] * keep
    return torch.cat([planes[:, :3], after, known, planes[:, 8:9], place * keep], dim=1), kind


def _rectangles(shape: torch.Size, random: torch.Generator) -> torch.Tensor:
    """Draw one rectangle in each picture: `(n, 1, h, w)` bool."""
    count, _, height, width = shape
    inside = []
    for size in (height, width):
        side = torch.randint(*_HIDDEN_PX, (count,), generator=random)
        first = (torch.rand(count, generator=random) * (size - side)).long()
        at = torch.arange(size)[None]
        inside.append((at >= first[:, None]) & (at < (first + side)[:, None]))
    return (inside[0][:, :, None] & inside[1][:, None, :])[:, None]
