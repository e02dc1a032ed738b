"""The yardstick counts people found, people missed and people who are not there."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.errors import YardstickError
from datasets.yardstick import FoundPeople, PersonInPicture, YoloxPeople, judge, report_on

SHARED = Path(__file__).parents[3] / "shared" / "data"


def person(*box: float, visibility: float = 1.0, age: str = "18-59", whole: float = 1.0) -> PersonInPicture:
    return PersonInPicture(np.array([box], dtype=np.float64), visibility, whole, {"age": age})


def found(*boxes: tuple[float, ...]) -> FoundPeople:
    return FoundPeople(np.array(boxes, dtype=np.float64).reshape(-1, 4), np.full(len(boxes), 0.9))


def test_a_person_is_found_by_a_box_that_overlaps_by_half_and_only_once() -> None:
    judged = judge(found((0, 0, 10, 20), (1, 0, 10, 20)), [person(0, 0, 10, 21), person(50, 0, 60, 20)])
    assert judged.is_found == (True, False)
    assert len(judged.false_xyxy) == 0  # the second box is inside the first person


def test_a_box_where_nobody_is_counts_as_false_and_one_around_an_arm_does_not() -> None:
    judged = judge(found((80, 80, 90, 90), (2, 2, 5, 5)), [person(0, 0, 10, 20)])
    assert judged.is_found == (False,)
    assert judged.false_xyxy.tolist() == [[80, 80, 90, 90]]


def test_hidden_people_need_not_be_found_and_may_be() -> None:
    judged = judge(found((0, 0, 10, 20)), [person(0, 0, 10, 20, visibility=0.2)])
    assert judged.is_found == ()
    assert len(judged.false_xyxy) == 0


def test_nobody_found_and_nobody_there_is_fine() -> None:
    assert judge(found(), []).is_found == ()
    assert judge(found(), [person(0, 0, 5, 5)]).is_found == (False,)


def test_the_report_adds_up_by_group() -> None:
    seen = judge(found((0, 0, 10, 20)), [person(0, 0, 10, 20), person(50, 0, 60, 20, age="6-12")])
    report = report_on([seen, judge(found((0, 0, 5, 5)), [])])
    assert (report.recall.value, report.recall.n) == (0.5, 2)
    assert report.false_per_picture == 0.5
    assert {name: rate.value for name, rate in report.by_group["age"].items()} == {"18-59": 1.0, "6-12": 0.0}


def test_people_whom_the_picture_cuts_off_count_in_the_first_figure_only() -> None:
    report = report_on(
        [judge(found((0, 0, 10, 20)), [person(0, 0, 10, 20), person(50, 0, 60, 20, whole=0.2)])]
    )
    assert (report.recall.value, report.whole_recall.value) == (0.5, 1.0)
    assert (report.recall.n, report.whole_recall.n) == (2, 1)


def test_a_file_that_is_no_such_network_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(YardstickError, match="does not exist"):
        YoloxPeople(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no network", encoding="ascii")
    with pytest.raises(YardstickError, match="cannot be loaded"):
        YoloxPeople(tmp_path / "text.onnx")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the yardstick's weights are not beside this checkout")
def test_it_finds_the_shopper_of_a_real_picture() -> None:
    capture = cv2.VideoCapture(str(SHARED / "real" / "nanostore" / "cps-test-01-nodepth-cam1.mp4"))
    capture.set(cv2.CAP_PROP_POS_FRAMES, 150)
    _, image = capture.read()
    capture.release()
    people = YoloxPeople(SHARED / "weights" / "yolox_nano.onnx").find(np.asarray(image, dtype=np.uint8))
    assert 1 <= len(people.xyxy) <= 3
    assert people.score.max() > 0.5
