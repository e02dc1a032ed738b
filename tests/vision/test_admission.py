from fractions import Fraction

import av
import pytest

from vision.sources.admission import Admission
from vision.sources.stream import StreamFrame, StreamLostError

SIZE = (64, 48)
CONNECTED_S = 1000.0


def frame(pts_s, given_s, *, is_key=False, size_px=SIZE):
    picture = av.VideoFrame(*size_px, "yuv420p")
    picture.time_base = Fraction(1, 90000)
    return StreamFrame(pts_s, given_s, given_s, None, is_key, picture)


def steady(count, *, pts_from_s=0.0, from_s=CONNECTED_S):
    """Frames at the pace they were made, the first of them a key frame."""
    return [frame(pts_from_s + k / 10, from_s + k / 10, is_key=k == 0) for k in range(count)]


def used(admission, frames):
    return [one.pts_s for one in frames if admission.capture_s(one, None) is not None]


def test_nothing_is_used_before_the_first_key_frame():
    frames = [frame(k / 10, CONNECTED_S + k / 10, is_key=k == 7) for k in range(12)]

    assert used(Admission(SIZE, CONNECTED_S), frames) == [0.7, 0.8, 0.9, 1.0, 1.1]


def test_the_flood_of_kept_frames_is_left_out():
    flood = [frame(k / 10, CONNECTED_S + k / 1000, is_key=k == 0) for k in range(30)]
    live = [frame(3.0 + k / 10, CONNECTED_S + 0.1 + k / 10) for k in range(5)]

    assert used(Admission(SIZE, CONNECTED_S), flood + live) == [3.1, 3.2, 3.3, 3.4]


def test_a_camera_that_always_sends_in_bursts_is_used_after_three_seconds():
    bursts = [frame(k / 10, CONNECTED_S + (k // 10 + 1) * 1.0, is_key=k == 0) for k in range(60)]

    assert used(Admission(SIZE, CONNECTED_S), bursts)


def test_after_damage_nothing_is_used_until_a_key_frame():
    admission = Admission(SIZE, CONNECTED_S)
    used(admission, steady(5))

    admission.damaged()

    assert "damaged pictures" in admission.problem
    assert used(admission, [frame(0.5, CONNECTED_S + 0.5), frame(0.6, CONNECTED_S + 0.6, is_key=True)]) == [
        0.6
    ]
    assert admission.problem == ""


def test_a_repeated_frame_and_one_out_of_order_are_left_out():
    admission = Admission(SIZE, CONNECTED_S)
    used(admission, steady(5))

    assert used(admission, [frame(0.4, CONNECTED_S + 0.5)]) == []
    assert admission.problem == ""
    assert used(admission, [frame(0.4, CONNECTED_S + 0.5) for _ in range(4)]) == []
    assert admission.problem.startswith("repeats the same picture")
    assert used(admission, [frame(0.3, CONNECTED_S + 0.6), frame(0.5, CONNECTED_S + 0.61)]) == [0.5]


def test_late_frames_are_left_out_and_those_after_them_used():
    admission = Admission(SIZE, CONNECTED_S)
    used(admission, steady(20))

    late = [frame(2.0 + k / 10, CONNECTED_S + 2.9 + k / 100) for k in range(10)]
    assert used(admission, late) == [2.5, 2.6, 2.7, 2.8, 2.9]  # these are less than half a second late


def test_frames_of_another_size_are_left_out_with_what_to_do():
    admission = Admission(SIZE, CONNECTED_S)

    assert (
        used(
            admission, [frame(k / 10, CONNECTED_S + k / 10, is_key=True, size_px=(32, 24)) for k in range(5)]
        )
        == []
    )
    assert (
        admission.problem == "sends 32x24 pixels but was calibrated at 64x48; set it back or calibrate again"
    )


def test_a_connection_without_a_good_frame_for_two_seconds_is_given_up_and_says_why():
    admission = Admission(SIZE, CONNECTED_S)
    used(admission, steady(5))
    admission.damaged()
    admission.check_patience(CONNECTED_S + 2.3)

    with pytest.raises(StreamLostError, match="damaged pictures"):
        admission.check_patience(CONNECTED_S + 2.5)


def test_the_first_key_frame_may_take_longer():
    admission = Admission(SIZE, CONNECTED_S)

    admission.check_patience(CONNECTED_S + 14)

    with pytest.raises(StreamLostError, match="gives no picture"):
        admission.check_patience(CONNECTED_S + 16)
