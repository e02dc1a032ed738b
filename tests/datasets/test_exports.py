"""Exports say what the recording says, to the tools that other people use."""

import configparser
import contextlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import trackeval
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from datasets.errors import OutputError, RecordingError
from datasets.exports.convert import convert
from datasets.exports.formats import Format
from datasets.masks import masks_path, pack_mask, read_masks, write_masks
from datasets.recording import FrameTruth, PersonInFrame, UnitInFrame, read_truth
from datasets.recording_writer import RecordingVideo, write_truth

DEMO = Path(__file__).parents[2] / "recordings" / "demo"
WIDTH, HEIGHT = SIZE_PX = (160, 120)
FRAMES = 6
CAMERAS = ("cam1", "cam2")


def body_xyxy(person, index):
    """Return where somebody is: two people who walk towards each other."""
    left = 10.0 + 8 * index if person == 0 else 110.0 - 8 * index
    return np.array([left, 20.0 + 10 * person, left + 30, 90.0 + 10 * person])


def person_in_frame(person, index):
    box = body_xyxy(person, index)
    fractions = np.linspace(0.05, 0.95, 11)
    points = box[:2] + fractions[:, None] * (box[2:] - box[:2])
    return PersonInFrame(
        f"shopper-{person + 1}", box, box, 0.9, 0.0, np.column_stack([points, np.full(11, 2 - index % 2)])
    )


def hidden_person():
    return PersonInFrame("shopper-3", np.zeros(4), np.array([-20.0, 0, 5, 90]), 0.0, 0.8, np.zeros((11, 3)))


def frame_truth(truth, index):
    people = (person_in_frame(0, index), person_in_frame(1, index), hidden_person())
    unit = truth.units[0]
    held = UnitInFrame(
        unit.unit_id, unit.product_id, "shopper-1", "left", body_xyxy(0, index) * [1, 1, 1, 0.4], 0.8
    )
    at_s = truth.start_s + index / 10
    return FrameTruth(at_s, at_s, people, (held,))


def mask_of(box):
    pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
    left, top, right, bottom = box.astype(int)
    pixels[top:bottom, left:right] = True
    return pixels


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings") / "small"
    folder.mkdir()
    for name in ("store.toml", "recording.toml", "gate.jsonl"):
        shutil.copy(DEMO / name, folder)
    truth = read_truth(DEMO)
    frames = tuple(frame_truth(truth, index) for index in range(FRAMES))
    write_truth(folder, replace(truth, cameras=dict.fromkeys(CAMERAS, frames)))
    for camera in ("cam1", "cam2", "cam3", "cam4"):
        with RecordingVideo(folder / f"{camera}.mp4", SIZE_PX, 10) as video:
            for index in range(FRAMES):
                picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
                for person in (0, 1):
                    picture[mask_of(body_xyxy(person, index))] = 200
                video.write(picture, index / 10)
    masks = [
        [pack_mask(mask_of(body_xyxy(p, index)), shopper_id=f"shopper-{p + 1}") for p in (0, 1)]
        for index in range(FRAMES)
    ]
    write_masks(folder, "cam1", SIZE_PX, masks)
    return folder


def test_masks_survive(recording):
    frames = read_masks(recording, "cam1", FRAMES)

    assert len(frames) == FRAMES
    for index, masks in enumerate(frames):
        assert [mask.shopper_id for mask in masks] == ["shopper-1", "shopper-2"]
        np.testing.assert_array_equal(masks[1].unpack(), mask_of(body_xyxy(1, index)))
        assert masks[1].area_px == mask_of(body_xyxy(1, index)).sum()


def test_a_recording_without_masks_has_none_for_every_frame(recording):
    assert read_masks(recording, "cam2", FRAMES) == ((),) * FRAMES


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_damaged_masks_are_refused_or_harmless(recording, tmp_path_factory, data):
    content = bytearray(masks_path(recording, "cam1").read_bytes())
    for index in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[index] ^= data.draw(st.integers(1, 255))
    path = masks_path(tmp_path_factory.getbasetemp() / "damaged", "cam1")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])

    with contextlib.suppress(RecordingError):
        read_masks(path.parents[1], "cam1", FRAMES)


@pytest.mark.parametrize("to", [Format.YOLO_POSE, Format.YOLO_DETECT])
def test_yolo_labels_are_the_boxes_of_the_truth(recording, tmp_path, to):
    convert([recording], to, tmp_path / "yolo")

    images = sorted((tmp_path / "yolo/images").iterdir())
    assert [path.stem for path in images] == [f"small-{c}-{k:06d}" for c in CAMERAS for k in range(FRAMES)]
    for index, path in enumerate(images[:FRAMES]):
        assert cv2.imread(str(path)).shape == (HEIGHT, WIDTH, 3)
        lines = (tmp_path / "yolo/labels" / f"{path.stem}.txt").read_text().splitlines()
        rows = [np.array(line.split(), dtype=float) for line in lines]
        assert [int(row[0]) for row in rows] == ([0, 0] if to is Format.YOLO_POSE else [0, 0, 1])
        for person, row in enumerate(rows[:2]):
            assert ((row[1:5] >= 0) & (row[1:5] <= 1)).all()
            low, high = row[1:3] - row[3:5] / 2, row[1:3] + row[3:5] / 2
            box = np.concatenate([low, high]) * [WIDTH, HEIGHT, WIDTH, HEIGHT]
            np.testing.assert_allclose(box, body_xyxy(person, index), atol=1e-3)
            assert len(row) == (5 + 33 if to is Format.YOLO_POSE else 5)
        keypoints = rows[0][5:].reshape(-1, 3)
        assert ((keypoints[:, :2] >= 0) & (keypoints[:, :2] <= 1)).all()


def coco_ap(truth, kind, results):
    """Return what pycocotools makes of results, over all IoU."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(results), kind)
        evaluation.params.catIds = [1]
        evaluation.params.kpt_oks_sigmas = np.full(11, 0.05)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


@pytest.fixture(scope="module")
def coco(recording, tmp_path_factory):
    out = tmp_path_factory.mktemp("coco") / "set"
    convert([recording], Format.COCO, out)
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(out / "annotations.json"))


@pytest.mark.parametrize("kind", ["bbox", "keypoints"])
def test_pycocotools_gives_perfect_results_all_points(coco, kind):
    people = coco.loadAnns(coco.getAnnIds(catIds=[1]))
    keys = ("image_id", "category_id", "bbox", "keypoints") if kind == "keypoints" else (
        "image_id", "category_id", "bbox"
    )  # fmt: skip
    results = [{**{key: person[key] for key in keys}, "score": 0.9} for person in people]

    assert len(people) == 2 * len(CAMERAS) * FRAMES
    assert coco_ap(coco, kind, results) == pytest.approx(1.0)


# pycocotools 2.0 does not know NumPy 2's `copy` keyword.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_unpacks_the_masks(coco):
    [image] = [entry for entry in coco.dataset["images"] if entry["file_name"] == "small-cam1-000003.jpg"]
    people = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]], catIds=[1]))

    for person, annotation in enumerate(people):
        np.testing.assert_array_equal(coco.annToMask(annotation), mask_of(body_xyxy(person, 3)))
        assert annotation["area"] == mask_of(body_xyxy(person, 3)).sum()


def test_products_in_hands_are_a_category_of_their_own(coco, recording):
    held = coco.loadAnns(coco.getAnnIds(catIds=[2]))

    assert len(held) == len(CAMERAS) * FRAMES
    assert {entry["product_id"] for entry in held} == {read_truth(recording).units[0].product_id}


def test_trackeval_gives_perfect_tracks_all_points(recording, tmp_path):
    convert([recording], Format.MOT, tmp_path / "mot")
    names = [f"small-{camera}" for camera in CAMERAS]
    for name in names:
        tracked = tmp_path / "trackers/perfect/data" / f"{name}.txt"
        tracked.parent.mkdir(parents=True, exist_ok=True)
        rows = [line.split(",") for line in (tmp_path / "mot" / name / "gt/gt.txt").read_text().splitlines()]
        tracked.write_text("".join(f"{','.join(row[:6])},1,-1,-1,-1\n" for row in rows if row[6] == "1"))
    dataset = {
        "GT_FOLDER": str(tmp_path / "mot"),
        "TRACKERS_FOLDER": str(tmp_path / "trackers"),
        "SEQMAP_FILE": str(tmp_path / "mot/seqmap.txt"),
        "SKIP_SPLIT_FOL": True,
        "PRINT_CONFIG": False,
    }
    quiet = {"PRINT_RESULTS": False, "PRINT_CONFIG": False, "TIME_PROGRESS": False,
             "OUTPUT_SUMMARY": False, "OUTPUT_DETAILED": False, "PLOT_CURVES": False,
             "LOG_ON_ERROR": None, "DISPLAY_LESS_PROGRESS": True}  # fmt: skip

    with contextlib.redirect_stdout(io.StringIO()):
        results, _ = trackeval.Evaluator(quiet).evaluate(
            [trackeval.datasets.MotChallenge2DBox(dataset)],
            [trackeval.metrics.HOTA({"PRINT_CONFIG": False})],
        )

    combined = results["MotChallenge2DBox"]["perfect"]["COMBINED_SEQ"]["pedestrian"]["HOTA"]
    assert combined["HOTA"].mean() == pytest.approx(1.0)


def test_every_third_frame_makes_a_slower_sequence(recording, tmp_path):
    assert convert([recording], Format.MOT, tmp_path / "mot", every=3) == len(CAMERAS) * 2

    folder = tmp_path / "mot" / "small-cam1"
    about = configparser.ConfigParser()
    about.read(folder / "seqinfo.ini")
    assert about["Sequence"]["seqLength"] == "2"
    assert float(about["Sequence"]["frameRate"]) == pytest.approx(10 / 3, abs=1e-4)
    assert sorted(path.name for path in (folder / "img1").iterdir()) == ["000001.jpg", "000002.jpg"]
    boxes = [line.split(",")[:3] for line in (folder / "gt/gt.txt").read_text().splitlines()]
    assert boxes[0] == ["1", "1", "10.0"]
    assert boxes[3] == ["2", "1", "34.0"]


def test_a_folder_in_the_way_is_refused(recording, tmp_path):
    with pytest.raises(OutputError, match="exists already"):
        convert([recording], Format.COCO, tmp_path)


def test_two_recordings_of_one_name_are_refused(recording, tmp_path):
    with pytest.raises(OutputError, match="two folders"):
        convert([recording, recording], Format.COCO, tmp_path / "out")


def test_nothing_is_left_of_a_conversion_that_fails(recording, tmp_path):
    damaged = tmp_path / "small"
    shutil.copytree(recording, damaged)
    shutil.copy(damaged / "cam3.mp4", damaged / "cam2.mp4")
    truth = read_truth(damaged)
    write_truth(damaged, replace(truth, cameras={**truth.cameras, "cam2": truth.cameras["cam2"][:-1]}))

    with pytest.raises(RecordingError, match="more frames than the 5"):
        convert([damaged], Format.YOLO_POSE, tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_a_training_set_becomes_coco(tmp_path):
    note = {
        "name": "000001-000", "split": "train", "layout_seed": 1, "template": "corner-shop",
        "camera": {"tilt_deg": 40.0, "height_m": 2.8, "lens": "brown", "horizontal_view_deg": 90.0},
        "people": [
            {
                "height_m": 1.7, "is_staff": False, "pose": "upright", "is_labelled": True,
                "looks": {"age_years": 30.0, "skin_tone": "light", "garment": "coat", "headwear": "none",
                          "bag": "none", "pushes": "none", "is_masked": False},
                "visible_xyxy": [10, 10, 40, 90], "amodal_xyxy": [10, 10, 40, 95], "visibility": 0.9,
                "truncation": 0.0, "keypoints": [[20, 20, 2]] * 11,
            }
        ],
        "held": [{"product_id": "cola", "visible_xyxy": [30, 40, 36, 50], "visibility": 0.9}],
    }  # fmt: skip
    folder = tmp_path / "set"
    (folder / "images/train").mkdir(parents=True)
    (folder / "data.yaml").write_text("")
    (folder / "meta.jsonl").write_text(json.dumps(note) + "\n")
    cv2.imwrite(str(folder / "images/train/000001-000.jpg"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))

    assert convert([folder], Format.COCO, tmp_path / "coco") == 1

    document = json.loads((tmp_path / "coco/annotations.json").read_text())
    assert [entry["bbox"] for entry in document["annotations"]] == [[10, 10, 30, 80], [30, 40, 6, 10]]
    with pytest.raises(OutputError, match="do not follow one another"):
        convert([folder], Format.MOT, tmp_path / "mot")
