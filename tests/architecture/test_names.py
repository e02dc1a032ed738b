"""The folders are the packages: no other library may win their names, and both sides agree on words."""

import importlib.util
from pathlib import Path

import pytest

from datasets.synthetic import scene
from vision import keypoints

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["vision", "cart_tracker", "checkout_api", "models", "datasets", "walkout"])
def test_name_resolves_to_this_repository(name: str) -> None:
    spec = importlib.util.find_spec(name)

    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(REPOSITORY)


def test_vision_and_the_synthetic_store_number_keypoints_alike() -> None:
    assert [(point.name, point.value) for point in keypoints.Keypoint] == [
        (point.name, point.value) for point in scene.Keypoint
    ]
