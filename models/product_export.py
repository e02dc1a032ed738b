"""Turn a trained product network into an ONNX file whose outputs are in nats. Imports torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from models.onnx_file import write_onnx_file
from models.product_network import ProductNetwork
from models.product_pictures import CROP_PX


@dataclass(frozen=True, slots=True)
class Nats:
    """How much the outputs of a network mean.

    Attributes:
        cosine: Nats of a perfect match of two embeddings.
        units: Factor of the log odds of units.
        empty: Added to those of an empty hand then: in training, hands are more often full.
    """

    cosine: float = 1.0
    units: float = 1.0
    empty: float = 0.0


class InNats(nn.Module):  # type: ignore[misc]  # no torch where types are checked
    """The network with one output `(n, 128 + 4)`: embeddings whose products are in nats, and log odds."""

    def __init__(self, network: ProductNetwork, nats: Nats) -> None:
        super().__init__()
        self._network, self._nats = network, nats

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        embedding, units = self._network(pictures)
        likelihood = units * self._nats.units + torch.tensor([self._nats.empty, 0.0, 0.0, 0.0])
        return torch.cat([embedding * self._nats.cosine**0.5, likelihood], dim=1)


def load_network(checkpoint: Path) -> ProductNetwork:
    """Load what `ProductTrainer` kept."""
    network = ProductNetwork()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["network"])
    network.eval()
    return network


def write_onnx(network: ProductNetwork, nats: Nats, path: Path) -> None:
    """Write float32 ONNX for any number of pictures of `CROP_PX`."""
    write_onnx_file(InNats(network, nats), (3, CROP_PX, CROP_PX), path)
