import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from models.card import ModelCard, write_card
from models.errors import CardError, ModelNotFoundError, WeightsMismatchError, WeightsMissingError
from models.zoo import ZOO, available, file_sha256, load


@pytest.fixture
def folder(tmp_path: Path, make_card: Callable[..., ModelCard]) -> Path:
    """A zoo with one model, `hands`."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "weights").mkdir()
    weights = tmp_path / "weights" / "hands.onnx"
    weights.write_bytes(b"weights")
    write_card(make_card(sha256=file_sha256(weights)), tmp_path / "cards" / "hands.toml")
    return tmp_path


def test_a_model_is_found_by_name(folder: Path) -> None:
    model = load("hands", folder)

    assert model.path.read_bytes() == b"weights"
    assert model.card.classes == ("empty", "oat-milk")


def test_one_changed_byte_in_the_weights_is_refused(folder: Path) -> None:
    path = folder / "weights" / "hands.onnx"
    expected = file_sha256(path)
    path.write_bytes(b"weightz")

    with pytest.raises(WeightsMismatchError) as refusal:
        load("hands", folder)

    message = str(refusal.value)
    assert all(part in message for part in (str(path), expected, file_sha256(path), "walkout export"))
    assert "\n" not in message


def test_missing_weights_are_named(folder: Path) -> None:
    (folder / "weights" / "hands.onnx").unlink()

    with pytest.raises(WeightsMissingError, match=r"hands\.onnx of model 'hands' is missing"):
        load("hands", folder)


def test_an_unknown_name_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"no model card 'feet'.*available: hands"):
        load("feet", folder)


def test_a_name_cannot_leave_the_folder(folder: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        load("../cards/hands", folder)


def test_a_damaged_card_is_refused_before_the_weights_are_read(folder: Path) -> None:
    (folder / "cards" / "hands.toml").write_text("name = ", encoding="utf-8")

    with pytest.raises(CardError, match="is not TOML"):
        load("hands", folder)


@pytest.mark.parametrize("name", available())
def test_every_shipped_model_matches_its_card(name: str) -> None:
    assert load(name).path.is_relative_to(ZOO)


def test_loading_a_model_needs_no_training_library() -> None:
    code = (
        "import sys; import models.zoo, models.evaluate, models.train, models.export;"
        " print({'torch', 'ultralytics', 'onnx', 'cv2'} & set(sys.modules))"
    )

    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert finished.stdout.strip() == "set()"
