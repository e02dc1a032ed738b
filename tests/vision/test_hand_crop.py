import numpy as np
import pytest

from vision.hand_crop import CROP_PX, cut_hands, hand_crop_box


def test_the_crop_lies_beyond_the_wrist_and_grows_with_the_person():
    box = hand_crop_box(np.array([100.0, 100.0]), np.array([140.0, 100.0]), np.array(200.0))

    side = 0.28 * 200
    assert box.tolist() == pytest.approx([154 - side / 2, 100 - side / 2, 154 + side / 2, 100 + side / 2])


@pytest.mark.parametrize(("height", "side"), [(20.0, 28.0), (1000.0, 110.0)])
def test_the_side_is_bounded(height, side):
    box = hand_crop_box(np.zeros(2), np.ones(2), np.array(height))

    assert box[2] - box[0] == pytest.approx(side)


def test_without_an_elbow_the_crop_is_centred_on_the_wrist():
    box = hand_crop_box(np.full((1, 2), np.nan), np.array([[50.0, 60.0]]), np.array([100.0]))

    assert ((box[0, :2] + box[0, 2:]) / 2).tolist() == [50.0, 60.0]


def test_a_crop_of_its_own_size_is_the_picture_itself():
    image = np.random.default_rng(0).integers(0, 255, (140, 130, 3), np.uint8)

    crop = cut_hands(image, np.array([[10.0, 20.0, 10.0 + CROP_PX, 20.0 + CROP_PX]]))

    np.testing.assert_array_equal(crop[0], image[20 : 20 + CROP_PX, 10 : 10 + CROP_PX])


def test_a_crop_half_outside_repeats_the_edge():
    image = np.full((100, 120, 3), 77, np.uint8)

    assert (cut_hands(image, np.array([[-30.0, -30.0, 30.0, 30.0]])) == 77).all()
