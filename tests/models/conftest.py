from collections.abc import Callable

import pytest

from models.card import InputSize, ModelCard, TrainedOn

MakeCard = Callable[..., ModelCard]


def _card(**changes: object) -> ModelCard:
    """A card of a hand network, with some things changed."""
    return ModelCard.model_validate(
        {
            "name": "hands",
            "task": "embed",
            "file": "hands.onnx",
            "sha256": "0" * 64,
            "licence": "AGPL-3.0-only",
            "classes": ("empty", "oat-milk"),
            "input": InputSize(width=64, height=64),
            "trained_on": TrainedOn(
                description="renders",
                images=10,
                epochs=2,
                training_seed=0,
                device="cpu",
                command="walkout train hands",
            ),
        }
        | changes
    )


@pytest.fixture(scope="session")
def make_card() -> MakeCard:
    """Build the card of a hand network, with some things changed."""
    return _card
