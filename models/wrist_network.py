"""The wrist network: the picture of one body, and where its joints are, as distributions.

The first seven layers are those of the shopper network, with its weights; behind them two steps back up to a
quarter of the picture's resolution, as in U-Net (Ronneberger et al., MICCAI 2015). Every joint gets a softmax
over all cells: its mean is the joint (Sun et al., Integral Human Pose Regression, ECCV 2018), its spread
tells how sure that is. Imports torch and ultralytics.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from ultralytics.nn.modules import C2f, Conv

from models.body_picture import PICTURE_PX, PLANES
from models.onnx_file import write_onnx_file
from models.training_data import KEYPOINTS
from models.wrist_samples import WRISTS

STRIDE = 4
# Standard deviation, in pixels, of what is asked for around a joint: about half a cell more than a cell, so
# that neighbours tell where between them it lies.
TARGET_SIGMA_PX = 2.5
_TRUNK = 7
_LEAST_SIGMA_PX = 1.0
_ROWS = [KEYPOINTS.index(name) for name in WRISTS]


class WristNetwork(nn.Module):  # type: ignore[misc]  # no torch where types are checked
    """From red, green, blue and both arms, in [0, 1], to where joints are and whether they can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.ModuleList(
            [
                Conv(3, 16, 3, 2),
                Conv(16, 32, 3, 2),
                C2f(32, 32, 1, True),
                Conv(32, 64, 3, 2),
                C2f(64, 64, 2, True),
                Conv(64, 128, 3, 2),
                C2f(128, 128, 2, True),
            ]
        )
        # What the arms tell is added where the picture is small, and nothing at first.
        self.arms_fine, self.arms_middle = nn.Conv2d(2, 32, 5, 1, 2), nn.Conv2d(2, 64, 5, 1, 2)
        for layer in (self.arms_fine, self.arms_middle):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.narrow_2, self.join_2 = Conv(128, 64, 1), C2f(64, 64, 1)
        self.narrow_1, self.join_1 = Conv(64, 32, 1), Conv(32, 32, 3)
        self.cells = nn.Conv2d(32, len(KEYPOINTS), 1)
        self.there = nn.Linear(32, len(KEYPOINTS))
        self.body = nn.Linear(128, len(KEYPOINTS))

    def forward(self, bodies: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """For `(n, 5, p, p)`: logits `(n, 11, cells)`, row by row, and `(n, 11)` that joints can be seen."""
        fine, arms = bodies[:, :3], functional.avg_pool2d(bodies[:, 3:], STRIDE)
        for layer in self.trunk[:3]:
            fine = layer(fine)
        fine = fine + self.arms_fine(arms)
        middle = self.trunk[4](self.trunk[3](fine)) + self.arms_middle(functional.avg_pool2d(arms, 2))
        coarse = self.trunk[6](self.trunk[5](middle))
        middle = self.join_2(functional.interpolate(self.narrow_2(coarse), scale_factor=2.0) + middle)
        fine = self.join_1(functional.interpolate(self.narrow_1(middle), scale_factor=2.0) + fine)
        logits = self.cells(fine).flatten(2)
        # Whether a joint can be seen is told by what is where it seems to be, and by the body as a whole.
        around = logits.softmax(2) @ fine.flatten(2).transpose(1, 2)
        seen = (around * self.there.weight).sum(2) + self.there.bias + self.body(coarse.mean((2, 3)))
        return logits, seen


def cell_places(side_px: int) -> torch.Tensor:
    """Middles of all cells `(cells, 2)`, across and down, in pixels from the picture's middle."""
    along = (torch.arange(side_px // STRIDE) + 0.5) * STRIDE - side_px / 2
    down, across = torch.meshgrid(along, along, indexing="ij")
    return torch.stack([across.flatten(), down.flatten()], dim=1)


def start_from_shopper(network: WristNetwork, checkpoint: Path) -> None:
    """Copy the first layers of a trained shopper network."""
    stored = torch.load(checkpoint, map_location="cpu", weights_only=False)
    shopper = (stored["ema"] or stored["model"]).float()
    for row in range(_TRUNK):
        network.trunk[row].load_state_dict(shopper.model[row].state_dict())


def load_wrist_network(checkpoint: Path) -> WristNetwork:
    """Load what `WristTrainer` kept."""
    network = WristNetwork()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["network"])
    network.eval()
    return network


class Located(nn.Module):  # type: ignore[misc]  # likewise
    """What the store asks for: `(n, 2, 4)` of both wrists across, down, spread and whether they can be seen.

    The first three are shares of the picture's side, from its upper left corner.
    """

    def __init__(self, network: WristNetwork) -> None:
        super().__init__()
        self._network = network
        self.register_buffer("places", cell_places(PICTURE_PX))

    def forward(self, bodies: torch.Tensor) -> torch.Tensor:
        logits, seen = self._network(bodies)
        share = logits[:, _ROWS].softmax(2)
        mean = share @ self.places
        square = (share @ self.places.square() - mean.square()).mean(2, keepdim=True)
        # Training asks for a spread that is not the joint's.
        sigma = (square - TARGET_SIGMA_PX**2).clamp(min=_LEAST_SIGMA_PX**2).sqrt()
        where = mean / PICTURE_PX + 0.5
        return torch.cat([where, sigma / PICTURE_PX, seen[:, _ROWS, None].sigmoid()], dim=2)


def write_wrist_onnx(network: WristNetwork, path: Path) -> None:
    """Write float32 ONNX for any number of bodies."""
    write_onnx_file(Located(network), (PLANES, PICTURE_PX, PICTURE_PX), path)
