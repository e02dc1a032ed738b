"""Train the product network; a run that was cut off goes on from its last whole epoch. Imports torch."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.checkpoint import Part, keep, take_up
from models.product_network import CosineMargin, ProductNetwork, copy_mobilenet
from models.product_pictures import (
    CROP_PX,
    EMPTY,
    Image,
    ProductPictures,
    Sample,
    backdrop,
    laid_on,
    read,
    squared,
    varied,
)

logger = logging.getLogger(__name__)

LEARNING_RATE = 2e-3  # AdamW, of the new heads; the start weights move a quarter as fast
_BACKBONE_SHARE = 0.25
_WEIGHT_DECAY = 0.02
_WARM_UP = 0.05  # of all steps
_UNITS_WEIGHT = 0.6  # of the loss, beside the products'
# How often each kind of picture is drawn, whatever their numbers: hands are what counts, photographs are few.
_SHARES = {"hands": 0.5, "portraits": 0.3, "photographs": 0.2}


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    pictures: torch.Tensor
    label: torch.Tensor
    units: torch.Tensor


class PictureCache:
    """Reads pictures once; a training set of hands fits into memory."""

    def __init__(self) -> None:
        self._kept: dict[Path, Image] = {}

    def get(self, path: Path) -> Image:
        if path not in self._kept:
            alpha = path.suffix == ".png"
            picture = read(path, cv2.IMREAD_UNCHANGED if alpha else cv2.IMREAD_COLOR)
            self._kept[path] = picture if alpha else squared(picture, CROP_PX)
        return self._kept[path]


def batches(pictures: ProductPictures, size: int, count: int, rng: np.random.Generator) -> Iterator[_Batch]:
    """Draw `count` batches: kinds of picture by their shares, within a kind classes equally often."""
    cache = PictureCache()
    pools = {
        "hands": pictures.hands,
        "portraits": pictures.portraits,
        "photographs": pictures.photographs,
    }
    pools = {name: pool for name, pool in pools.items() if pool}
    shares = np.array([_SHARES[name] for name in pools])
    by_class = {name: _by_class(pool) for name, pool in pools.items()}
    empty = [sample for sample in pictures.hands if sample.path.parent.name == EMPTY]
    names = list(pools)
    for _ in range(count):
        chosen = rng.choice(len(names), size, p=shares / shares.sum())
        drawn = [_draw(by_class[names[kind]], rng) for kind in chosen]
        stack = np.stack([_picture(sample, cache, empty, rng) for sample in drawn])
        yield _Batch(
            torch.from_numpy(np.ascontiguousarray(stack[..., ::-1].transpose(0, 3, 1, 2))),
            torch.tensor([sample.label for sample in drawn]),
            torch.tensor([sample.units for sample in drawn]),
        )


def _by_class(pool: Sequence[Sample]) -> list[list[Sample]]:
    """Samples of one class together; empty hands, a third of all, count as many classes."""
    classes: dict[int, list[Sample]] = {}
    for sample in pool:
        classes.setdefault(sample.label, []).append(sample)
    empty = classes.pop(-1, [])
    products = list(classes.values())
    return products + [empty] * (len(products) // 2 if empty else 0)


def _draw(classes: list[list[Sample]], rng: np.random.Generator) -> Sample:
    some = classes[int(rng.integers(len(classes)))]
    return some[int(rng.integers(len(some)))]


def _picture(sample: Sample, cache: PictureCache, empty: Sequence[Sample], rng: np.random.Generator) -> Image:
    picture = cache.get(sample.path)
    if picture.shape[2] == 4:
        picture = laid_on(picture, backdrop(empty, rng), rng)
    return varied(picture, rng)


class ProductTrainer:
    """One training run in a folder."""

    def __init__(self, pictures: ProductPictures, out: Path, epochs: int, batch: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.network = ProductNetwork()
        copy_mobilenet(self.network)
        self._margin = CosineMargin(len(pictures.classes))
        self._pictures, self._out = pictures, out
        self._epochs, self._batch, self._seed = epochs, batch, seed
        self._steps = max(1, (len(pictures.hands) * 2) // batch)
        backbone = list(self.network.features.parameters())
        heads = [
            *self.network.embedding.parameters(),
            *self.network.units.parameters(),
            *self._margin.parameters(),
        ]
        self._optimiser = torch.optim.AdamW(
            [{"params": backbone, "lr": LEARNING_RATE * _BACKBONE_SHARE}, {"params": heads}],
            lr=LEARNING_RATE,
            weight_decay=_WEIGHT_DECAY,
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, self._pace)

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept from epoch to epoch."""
        return self._out / "last.pt"

    def train(self) -> None:
        """Train to the end, from where an earlier run of the same folder was cut off."""
        first = take_up(self.checkpoint, self._parts())
        self.network.to(memory_format=torch.channels_last)
        for epoch in range(first, self._epochs):
            rng = np.random.default_rng([self._seed, epoch])
            loss, right = self._epoch(batches(self._pictures, self._batch, self._steps, rng))
            logger.info("epoch %d of %d: loss %.3f, units right %.3f", epoch + 1, self._epochs, loss, right)
            keep(self.checkpoint, epoch + 1, self._parts())

    def _epoch(self, drawn: Iterator[_Batch]) -> tuple[float, float]:
        self.network.train()
        losses, right, judged = [], 0, 0
        for batch in drawn:
            pixels = batch.pictures.float().div_(255).contiguous(memory_format=torch.channels_last)
            embedding, units = self.network(pixels)
            is_product, is_hand = batch.label >= 0, batch.units >= 0
            loss = self._margin(embedding[is_product], batch.label[is_product])
            if is_hand.any():
                loss = loss + _UNITS_WEIGHT * functional.cross_entropy(units[is_hand], batch.units[is_hand])
                right += int((units[is_hand].argmax(1) == batch.units[is_hand]).sum())
                judged += int(is_hand.sum())
            self._optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self._optimiser.step()
            self._schedule.step()
            losses.append(float(loss.detach()))
        return float(np.mean(losses)), right / max(judged, 1)

    def _pace(self, step: int) -> float:
        """Warm up, then fall along half a cosine."""
        share = step / (self._epochs * self._steps)
        if share < _WARM_UP:
            return share / _WARM_UP + 1e-3
        return float(0.5 * (1 + np.cos(np.pi * (share - _WARM_UP) / (1 - _WARM_UP)))) + 1e-3

    def _parts(self) -> dict[str, Part]:
        return {
            "network": self.network,
            "margin": self._margin,
            "optimiser": self._optimiser,
            "schedule": self._schedule,
        }
