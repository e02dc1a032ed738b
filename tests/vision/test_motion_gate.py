import numpy as np
import pytest

from vision.motion_gate import MotionGate
from vision.types import Frame


def film(pictures, fps=10.0, start_s=100.0):
    return [Frame("cam1", start_s + number / fps, number, picture) for number, picture in enumerate(pictures)]


def room(hand_at=None, light=0, seed=0):
    """An empty room with sensor noise, and perhaps a hand of 14 pixels."""
    rng = np.random.default_rng(seed)
    picture = np.full((480, 640, 3), 120 + light, np.int16) + rng.normal(0, 4, (480, 640, 3)).astype(np.int16)
    if hand_at is not None:
        x, y = hand_at
        picture[y : y + 14, x : x + 14] += 45
    return picture.clip(0, 255).astype(np.uint8)


def looks(pictures):
    gate = MotionGate()
    return [gate.opens(frame) for frame in film(pictures)]


def test_a_quiet_view_is_looked_at_twice_a_second():
    opened = looks([room(seed=number) for number in range(30)])

    assert opened == [number % 5 == 0 for number in range(30)]


@pytest.mark.parametrize("place", [(3, 3), (318, 237), (611, 450)])
def test_a_hand_that_appears_anywhere_is_looked_at_at_once(place):
    assert looks([room(seed=1), room(seed=2), room(place, seed=3)]) == [True, False, True]


def test_a_hand_that_creeps_is_looked_at_before_it_has_gone_its_own_width():
    quiet = room((300, 200), seed=1)
    crept = [room((300 + step, 200), seed=2 + step) for step in range(1, 5)]

    assert any(looks([quiet, *crept])[1:])


def test_light_that_goes_on_is_looked_at():
    assert looks([room(seed=1), room(light=30, seed=2)]) == [True, True]


def test_what_is_looked_at_depends_on_the_frames_alone():
    pictures = [room((100 + 7 * number, 200), seed=number) if number % 3 else room() for number in range(12)]

    assert looks(pictures) == looks(pictures)
