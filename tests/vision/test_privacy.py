"""Nobody can be told in a picture that is kept, and what hands do can."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.recording import read_truth
from models import zoo
from tests.vision.test_draw import NOISE, person
from vision.detector import PoseDetector, check_pose_card
from vision.inference import OnnxSession
from vision.keypoints import Keypoint
from vision.privacy import FaceHider, head_windows, hide_heads, upper_parts
from vision.settings import SHOPPER_MODEL, read_settings
from vision.types import no_detections

RECORDING = Path(__file__).parents[2] / "recordings" / "demo"
SECOND = 25  # three shoppers, in every camera
VISIBLE = 2
HEAD_M = 0.24
LEAST_SEEN = 0.35  # of a body: of less the network finds a part of only


@pytest.mark.parametrize("head_seen", [True, False])
def test_heads_are_hidden_and_the_rest_stays_as_sharp_as_it_was(head_seen):
    image = NOISE.copy()

    hide_heads(image, head_windows(person(head_seen).people))

    head, legs = (slice(115, 145), slice(285, 315)), (slice(300, 400), slice(250, 350))
    assert detail(image[head]) < 0.01 * detail(NOISE[head])
    np.testing.assert_array_equal(image[legs], NOISE[legs])


def test_somebody_seen_with_next_to_no_score_is_hidden_too():
    weak = person(head_seen=True).people
    weak.score[:] = 0.1

    assert len(head_windows(weak)) == 1


def test_somebody_lost_for_a_moment_is_hidden_where_they_are_expected():
    box = np.array([[250.0, 100, 350, 400]])

    np.testing.assert_array_equal(upper_parts(box), [[250, 100, 350, 190]])


def test_of_a_person_seen_from_straight_above_most_is_hidden():
    box = np.array([[200.0, 100, 300, 200]])

    np.testing.assert_array_equal(upper_parts(box), [[200, 100, 300, 170]])


def test_windows_that_leave_the_picture_end_at_its_edge():
    image = NOISE.copy()

    hide_heads(image, np.array([[-30.0, -30, 10, 10], [635, 475, 700, 700], [700, 0, 800, 50]]))

    assert detail(image[:10, :10]) < 0.01 * detail(NOISE[:10, :10])
    np.testing.assert_array_equal(image[20:460, 20:620], NOISE[20:460, 20:620])


def test_nobody_leaves_the_picture_as_it_is():
    assert head_windows(no_detections()).shape == (0, 4)


def test_a_head_that_is_lost_in_a_clip_stays_hidden_for_a_second_and_no_longer():
    hider = FaceHider(SeenOnce())

    clip = list(hider.hidden_clip((k / 10, NOISE) for k in range(30)))

    is_hidden = [
        detail(image[115:145, 285:315]) < 0.01 * detail(NOISE[115:145, 285:315]) for _, image in clip
    ]
    assert [at_s for at_s, _ in clip] == [k / 10 for k in range(30)]
    assert all(is_hidden[:11])
    assert not any(is_hidden[13:])


class SeenOnce:
    """Finds a person in the first picture only."""

    def __init__(self):
        self._looks = 0

    def detect(self, image):
        self._looks += 1
        return person(head_seen=True).people if self._looks == 1 else no_detections()


def test_rendered_shoppers_cannot_be_told_while_their_hands_can():
    model = zoo.load(SHOPPER_MODEL)
    hider = FaceHider(PoseDetector(OnnxSession(model.path), check_pose_card(model)))
    truth = read_truth(RECORDING)
    left_over, is_sharp = [], []
    for camera in read_settings(RECORDING).cameras:
        image = picture_at(camera.video, SECOND)
        shown = hider.hidden(image)
        at_s = truth.start_s + SECOND
        known = min(truth.cameras[camera.camera_id], key=lambda one: abs(one.stamped_s - at_s))
        for one in known.people:
            points = np.asarray(one.keypoints)
            head, neck = points[Keypoint.HEAD_TOP], points[[1, 2], :2].mean(axis=0)
            if head[2] == VISIBLE and one.visibility > LEAST_SEEN:
                face = around((head[:2] + neck) / 2, 0.35 * np.linalg.norm(head[:2] - neck), image.shape)
                left_over.append(detail(shown[face]) / detail(image[face]))
            for wrist in points[[Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST]]:
                if wrist[2] == VISIBLE:
                    hand = around(wrist[:2], 5, image.shape)
                    is_sharp.append(np.array_equal(shown[hand], image[hand]))

    assert len(left_over) >= 6
    assert max(left_over) < 0.1
    assert np.mean(is_sharp) > 0.7  # hands before a face are hidden with it


def picture_at(video, second):
    reader = cv2.VideoCapture(video)
    reader.set(cv2.CAP_PROP_POS_MSEC, 1000 * second)
    is_read, image = reader.read()
    reader.release()
    assert is_read
    return image


def around(centre, radius, shape):
    left, top = np.maximum(np.floor(centre - radius), 0).astype(int)
    right, bottom = np.minimum(np.ceil(centre + radius) + 1, (shape[1], shape[0])).astype(int)
    return slice(top, bottom), slice(left, right)


def detail(image):
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())
