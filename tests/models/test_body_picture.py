import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.body_picture import OUTSIDE_GREY, PICTURE_PX, PLANES, body_pictures, body_squares
from models.training_data import KEYPOINTS

LEFT_WRIST, RIGHT_ARM = KEYPOINTS.index("left_wrist"), 4
sides = st.floats(1, 900)


def posed(uv: tuple[float, float], confidence: float = 1.0) -> np.ndarray:
    """One body, all joints at one place."""
    keypoints = np.full((1, len(KEYPOINTS), 3), confidence)
    keypoints[..., :2] = uv
    return keypoints


@given(st.floats(-500, 1500), st.floats(-500, 1500), sides, sides)
def test_a_square_holds_its_box(left: float, top: float, width: float, height: float) -> None:
    box = np.array([[left, top, left + width, top + height]])

    ((x, y, side),) = body_squares(box)

    assert x <= left + 1
    assert y <= top + 1
    assert x + side >= left + width - 1
    assert y + side >= top + height - 1


@given(st.integers(-40, 660), st.integers(-40, 500), st.integers(8, 400))
def test_a_bright_spot_is_where_its_share_of_the_square_says(left: int, top: int, side: int) -> None:
    frame = np.zeros((480, 640, 3), np.uint8)
    x, y = np.clip([left + side // 3, top + side // 2], 4, (635, 475))
    frame[y - 2 : y + 3, x - 2 : x + 3] = 255
    square = np.array([[left, top, side]])

    (picture,) = body_pictures(frame, square, posed((0, 0), 0.0))

    share = (np.array([x, y]) + 0.5 - (left, top)) / side
    if (share > 0.1).all() and (share < 0.9).all():
        rows, columns = np.nonzero(picture[..., 0] > 150)  # brighter than the grey outside
        found = (np.array([columns.mean(), rows.mean()]) + 0.5) / PICTURE_PX
        assert np.abs(found - share).max() < 1.5 / min(side, PICTURE_PX)


def test_what_lies_outside_the_frame_is_grey() -> None:
    frame = np.full((100, 100, 3), 250, np.uint8)

    beside, away = body_pictures(
        frame, np.array([[-50, 0, 100], [500, 500, 64]]), np.repeat(posed((0, 0)), 2, 0)
    )

    assert (beside[:, : PICTURE_PX // 2 - 1, :3] == OUTSIDE_GREY).all()
    assert (beside[:, PICTURE_PX // 2 + 1 :, :3] == 250).all()
    assert (away[..., :3] == OUTSIDE_GREY).all()


def test_each_arm_is_drawn_in_its_own_plane_where_its_wrist_is() -> None:
    keypoints = posed((50, 50))
    keypoints[0, LEFT_WRIST, :2] = (80, 20)

    (picture,) = body_pictures(np.zeros((100, 100, 3), np.uint8), np.array([[0, 0, 100]]), keypoints)

    at = (int(0.2 * PICTURE_PX), int(0.8 * PICTURE_PX))
    assert picture[(*at, 3)] == 255
    assert picture[(*at, RIGHT_ARM)] == 0
    assert picture[PICTURE_PX // 2, PICTURE_PX // 2, RIGHT_ARM] == 255


def test_an_unsure_joint_is_dim_and_one_far_away_does_no_harm() -> None:
    frame, square = np.zeros((100, 100, 3), np.uint8), np.array([[0, 0, 100]])

    (dim,) = body_pictures(frame, square, posed((50, 50), 0.4))
    (far,) = body_pictures(frame, square, posed((1e9, -1e9)))

    assert dim[..., 3].max() == 102
    assert not far[..., 3:].any()


def test_nobody_gives_no_pictures() -> None:
    squares = body_squares(np.empty((0, 4)))

    pictures = body_pictures(np.zeros((9, 9, 3), np.uint8), squares, np.empty((0, len(KEYPOINTS), 3)))

    assert pictures.shape == (0, PICTURE_PX, PICTURE_PX, PLANES)
