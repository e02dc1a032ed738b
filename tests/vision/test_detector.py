import numpy as np
import pytest

from vision.detector import OUTPUT_ROWS, PADDING_GREY, PoseDetector, decode, fit
from vision.errors import ModelError


class FakeSession:
    """Remembers its input and answers with prepared output."""

    def __init__(self, output):
        self.output = output
        self.batch = None

    def run(self, batch):
        self.batch = batch.copy()
        return self.output


def raw_output(columns=()):
    raw = np.zeros((1, OUTPUT_ROWS, 8), np.float32)
    for index, column in enumerate(columns):
        raw[0, :, index] = column
    return raw


def person(x=160.0, y=128.0, width=40.0, height=80.0, score=0.9, keypoint=(150.0, 100.0, 0.8)):
    return [x, y, width, height, score, 0.0, *(keypoint * 11)]


def hand(x, y, score=0.8):
    return [x, y, 12.0, 12.0, 0.0, score, *([0.0] * 33)]


def slow_decode(raw, letterbox, frame_px):
    """Candidate by candidate, best first; every duplicate of a better box is dropped."""
    found = []
    for column in sorted(raw[0].T.tolist(), key=lambda column: -column[4]):
        if column[4] <= 0.1:
            continue
        x = (column[0] - letterbox.left) / letterbox.scale
        y = (column[1] - letterbox.top) / letterbox.scale
        w, h = column[2] / letterbox.scale, column[3] / letterbox.scale
        box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
        if all(slow_iou(box, other) <= 0.6 for other, _ in found):
            found.append((box, column))
    return [
        ([min(max(v, 0.0), limit) for v, limit in zip(box, (*frame_px, *frame_px), strict=True)], column)
        for box, column in found
    ]


def slow_iou(a, b):
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@pytest.mark.parametrize("seed", range(20))
def test_decoding_all_candidates_at_once_gives_what_one_by_one_gives(seed):
    rng = np.random.default_rng(seed)
    raw = np.zeros((1, OUTPUT_ROWS, 60), np.float32)
    raw[0, :2] = rng.uniform(0, 300, (2, 60))
    raw[0, 2:4] = rng.uniform(30, 150, (2, 60))
    raw[0, 4] = rng.uniform(0, 1, 60) ** 3
    raw[0, 6:] = rng.uniform(0, 320, (33, 60))
    letterbox = fit((640, 480), (320, 256))

    people = decode(raw, letterbox, (640, 480))

    expected = slow_decode(raw, letterbox, (640, 480))
    np.testing.assert_allclose(people.xyxy, [box for box, _ in expected], atol=1e-3)
    np.testing.assert_allclose(people.score, [column[4] for _, column in expected], atol=1e-6)
    u = [
        [(column[6 + 3 * k] - letterbox.left) / letterbox.scale for k in range(11)] for _, column in expected
    ]
    np.testing.assert_allclose(people.keypoints[:, :, 0], u, atol=1e-3)


def test_a_wrist_moves_to_the_hand_found_near_it():
    raw = raw_output([person(), hand(154.0, 104.0)])

    people = decode(raw, fit((640, 480), (320, 256)), (640, 480))

    wrists = people.keypoints[0, [5, 6]]
    assert sorted(wrists[:, 0].tolist()) == [300.0, 308.0]
    assert wrists[wrists[:, 0] == 308.0, 2] == pytest.approx(0.8)
    assert wrists[wrists[:, 0] == 300.0, 2] == pytest.approx(0.8 * 0.4)


def test_a_640x480_frame_fills_320x256_at_half_scale_with_8_rows_above():
    letterbox = fit((640, 480), (320, 256))

    assert (letterbox.scale, letterbox.left, letterbox.top) == (0.5, 0, 8)


def test_a_box_comes_back_in_pixels_of_the_frame():
    detector = PoseDetector(FakeSession(raw_output([person()])), (320, 256))

    people = detector.detect(np.zeros((480, 640, 3), np.uint8))

    assert people.xyxy.tolist() == [[280.0, 160.0, 360.0, 320.0]]  # (160 -+ 20) * 2, (128 - 8 -+ 40) * 2
    np.testing.assert_allclose(people.keypoints[0, 0], [300.0, 184.0, 0.8], rtol=1e-6)


def test_the_network_gets_rgb_in_unit_range_with_grey_borders():
    session = FakeSession(raw_output())
    image = np.zeros((360, 640, 3), np.uint8)
    image[..., 0] = 255  # blue

    PoseDetector(session, (320, 256)).detect(image)

    batch = session.batch[0]
    assert batch.shape == (3, 256, 320)
    assert batch[:, 128, 160].tolist() == [0.0, 0.0, 1.0]
    np.testing.assert_allclose(batch[:, 0, 0], PADDING_GREY / 255, rtol=1e-6)
    np.testing.assert_allclose(batch[:, 255, 319], PADDING_GREY / 255, rtol=1e-6)


def test_frames_of_another_size_leave_nothing_of_the_former_ones():
    session = FakeSession(raw_output())
    detector = PoseDetector(session, (320, 256))

    detector.detect(np.full((480, 640, 3), 255, np.uint8))
    detector.detect(np.full((360, 640, 3), 255, np.uint8))

    np.testing.assert_allclose(session.batch[0, :, 20, 160], PADDING_GREY / 255, rtol=1e-6)


def test_an_empty_view_has_no_people():
    people = PoseDetector(FakeSession(raw_output()), (320, 256)).detect(np.zeros((480, 640, 3), np.uint8))

    assert len(people) == 0


def test_output_of_another_network_is_refused_with_what_to_do():
    with pytest.raises(ModelError, match=r"expected \(1, 39, n\); export it again"):
        decode(np.zeros((1, 84, 1680), np.float32), fit((640, 480), (320, 256)), (640, 480))
