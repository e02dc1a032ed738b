from pathlib import Path

import pytest

from models.card import StartWeights, TrainedOn
from models.errors import TrainingDataError
from models.export import export
from models.run_record import RunRecord, read_record, write_record

RECORD = RunRecord(
    task="embed",
    checkpoint="weights/last.pt",
    classes=("empty", "milk"),
    keypoints=(),
    input_width=64,
    input_height=64,
    start_weights=StartWeights(name="a", source="b", licence="c", sha256="0" * 64),
    trained_on=TrainedOn(
        description="renders",
        images=1,
        epochs=1,
        training_seed=0,
        device="cpu",
        command="walkout train hands",
    ),
)


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)

    assert read_record(tmp_path) == RECORD


def test_a_card_repeats_the_record() -> None:
    card = RECORD.card("product-looks", "product-looks.onnx", "1" * 64, "AGPL-3.0-only")

    assert (card.classes, card.input.width, card.trained_on) == (RECORD.classes, 64, RECORD.trained_on)
    assert card.scores is None


def test_a_run_that_has_not_ended_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="holds no finished training run"):
        export(tmp_path, "product-looks", folder=tmp_path / "zoo")

    assert not (tmp_path / "zoo").exists()


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    write_record(RECORD, tmp_path)
    path = tmp_path / "run.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"milk"', "7"), encoding="utf-8")

    with pytest.raises(TrainingDataError, match=r"run\.json: classes\.1"):
        read_record(tmp_path)
