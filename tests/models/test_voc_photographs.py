import cv2
import numpy as np
import pytest
import yaml

from models.errors import TrainingDataError
from models.voc_photographs import read_photographs, write_yolo

LABEL = """<annotation><size><width>200</width><height>100</height></size>
<object><name>{name}</name><bndbox><xmin>50</xmin><ymin>20</ymin><xmax>150</xmax><ymax>60</ymax></bndbox></object>
</annotation>"""


@pytest.fixture
def folder(tmp_path):
    for shelf in ("a", "b"):
        (tmp_path / shelf).mkdir()
        for number in range(10):
            cv2.imwrite(str(tmp_path / shelf / f"{number}.jpg"), np.zeros((100, 200, 3), np.uint8))
            name = "hand" if number % 2 else "noodles"
            (tmp_path / shelf / f"{number}.xml").write_text(LABEL.format(name=name))
    return tmp_path


def test_the_last_fifth_of_every_folder_is_kept_for_scoring(folder):
    found = read_photographs(folder)

    assert found.classes == ("hand", "noodles")
    assert [f"{p.path.parent.name}{p.path.stem}" for p in found.scored] == ["a8", "a9", "b8", "b9"]
    assert len(found.learned) == 16


def test_boxes_become_shares_of_the_picture(folder, tmp_path):
    data = write_yolo(read_photographs(folder), tmp_path / "yolo")

    described = yaml.safe_load(data.read_text())
    assert described["names"] in ({0: "hand", 1: "noodles"}, {"0": "hand", "1": "noodles"})
    label = (tmp_path / "yolo/labels/val/00000.txt").read_text()
    assert label.split() == ["1", "0.500000", "0.400000", "0.500000", "0.400000"]


@pytest.mark.parametrize("text", ["<annotation>", "<annotation/>", LABEL.format(name="")])
def test_a_damaged_label_is_named(folder, text):
    (folder / "a/3.xml").write_text(text)

    with pytest.raises(TrainingDataError, match=r"3\.xml"):
        read_photographs(folder)


def test_a_folder_without_labels_is_refused(tmp_path):
    with pytest.raises(TrainingDataError, match="no labelled photographs"):
        read_photographs(tmp_path)
