"""The slot network: two looks of a place on a shelf, and whether units left, came, shifted or none of it.

A small convolutional network on both looks and what differs (see `vision.slot_picture`). What it says of a
picture is made the opposite of what it says of the picture with both looks exchanged. Imports torch.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from models.onnx_file import write_onnx_file
from models.slot_samples import PICTURE_PX, PLANES

_WIDTHS = (16, 32, 32, 64, 64, 96)
_STRIDES = (1, 2, 1, 2, 1, 2)
_HIDDEN, _DROPOUT = 64, 0.2
_SIGMAS = 6  # row of the plane of differences, which is brought to the size of the others
_SIGMA_SCALE = 4.0
LOG_2 = 0.6931


class SlotNetwork(nn.Module):  # type: ignore[misc]  # no torch where types are checked
    """Planes in [0, 255] `(n, 10, 48, 64)` to log odds `(n, 4)` of `KINDS`.

    The fourth number inside is how much likelier units left than came: the odds of both add up to those that
    units moved at all.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = PLANES + 3
        for width, stride in zip(_WIDTHS, _STRIDES, strict=True):
            layers += [
                nn.Conv2d(before, width, 3, stride, 1, bias=False),
                nn.BatchNorm2d(width),
                nn.SiLU(),
            ]
            before = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(2 * before, _HIDDEN), nn.SiLU(), nn.Dropout(_DROPOUT), nn.Linear(_HIDDEN, 4)
        )

    def judge(self, planes: torch.Tensor) -> torch.Tensor:
        """One way round: `(n, 4)` log odds of nothing, shifted and moved, and of left against came."""
        features = self.features(torch.cat([planes, planes[:, 3:6] - planes[:, :3]], dim=1))
        return self.head(torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Both ways round."""
        planes = scaled(pictures)
        there, back = self.judge(planes), self.judge(exchanged(planes))
        kinds = (there[:, :3] + back[:, :3]) / 2
        return log_odds(torch.cat([kinds, (there[:, 3:] - back[:, 3:]) / 2], dim=1))


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Bring pictures `(n, 10, h, w)` from [0, 255] to about [0, 1]."""
    scale = torch.full((1, PLANES, 1, 1), 1 / 255)
    scale[:, _SIGMAS] *= _SIGMA_SCALE
    return pictures * scale


def exchanged(planes: torch.Tensor) -> torch.Tensor:
    """Let time run backwards."""
    return torch.cat([planes[:, 3:6], planes[:, :3], planes[:, 6:]], dim=1)


def log_odds(judged: torch.Tensor) -> torch.Tensor:
    """From what `SlotNetwork.judge` says to log odds `(n, 4)` of `KINDS`, "nothing" at 0.

    Who cannot tell left from came says of both what it says of "moved".
    """
    nothing, shifted, moved, left = judged.unbind(1)
    taken, came = (moved - nothing + functional.logsigmoid(sign * left) + LOG_2 for sign in (1, -1))
    return torch.stack([torch.zeros_like(left), shifted - nothing, taken, came], dim=1)


def load_slot_network(checkpoint: Path) -> SlotNetwork:
    """Load what `SlotTrainer` kept."""
    network = SlotNetwork()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["network"])
    network.eval()
    return network


class InNats(nn.Module):  # type: ignore[misc]  # likewise
    """The network with its log odds made likelihoods: times a factor, and with shares taken out again."""

    def __init__(self, network: SlotNetwork, factor: float, offset: tuple[float, float]) -> None:
        super().__init__()
        self._network, self._factor = network, factor
        shifted, moved = offset
        self.register_buffer("offset", torch.tensor([0.0, shifted, moved, moved]))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self._network(pictures) * self._factor + self.offset


def write_slot_onnx(network: SlotNetwork, factor: float, offset: tuple[float, float], path: Path) -> None:
    """Write float32 ONNX for any number of pictures."""
    write_onnx_file(InNats(network, factor, offset), (PLANES, PICTURE_PX[1], PICTURE_PX[0]), path)
