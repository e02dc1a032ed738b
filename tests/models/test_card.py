from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.card import ModelCard, Score, Scores, StartWeights, read_card, write_card
from models.errors import CardError, ModelError

SHA256 = "0" * 64
MakeCard = Callable[..., ModelCard]
WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


def scores() -> Scores:
    figures = (Score(metric="accuracy", value=0.5, count=4), Score(metric="recall_empty", value=1.0, count=2))
    return Scores(data="renders", images=4, command="walkout score hands", figures=figures)


def test_a_card_is_read_back_as_it_was_written(tmp_path: Path, make_card: MakeCard) -> None:
    start = StartWeights(name="a", source="b", licence="c", sha256=SHA256)
    written = make_card(start_weights=start, scores=scores())

    write_card(written, tmp_path / "hands.toml")

    assert read_card(tmp_path / "hands.toml") == written


@given(description=WORDS, remarks=st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, make_card: MakeCard, description: str, remarks: str
) -> None:
    path = tmp_path_factory.mktemp("cards") / "hands.toml"
    trained_on = make_card().trained_on.model_copy(update={"description": description})
    written = make_card(trained_on=trained_on, remarks=remarks)

    write_card(written, path)

    assert read_card(path) == written


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (SHA256, "abc", "sha256"),
        ('task = "embed"', 'task = "segment"', "task"),
        ('task = "embed"', 'task = "pose"', "task 'pose' with 0 keypoints"),
        ('"empty", "oat-milk"', '"empty", "empty"', "classes has a name twice"),
        ("width = 64", "width = 60", "input.width"),
        ("images = 10", "pictures = 10", "trained_on.images"),
        ('licence = "AGPL-3.0-only"', "", "licence"),
        ('file = "hands.onnx"', 'file = "../hands.onnx"', "file"),
        ('name = "hands"', 'name = "feet"', "the file name says 'hands'"),
        ("[input]", "[input", "is not TOML"),
    ],
)
def test_a_card_that_lacks_or_contradicts_something_is_refused(
    tmp_path: Path, make_card: MakeCard, old: str, new: str, complaint: str
) -> None:
    path = tmp_path / "hands.toml"
    write_card(make_card(), path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(CardError, match=r"hands\.toml") as refusal:
        read_card(path)

    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_card_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_card(tmp_path / "hands.toml")
