import itertools
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from cart_tracker.observations import CameraId
from vision.live_merge import LiveMerge

ONE, TWO = CameraId("cam1"), CameraId("cam2")


@dataclass(frozen=True)
class Look:
    at_s: float
    camera: str


def test_frames_come_in_order_of_capture_once_both_cameras_have_passed():
    merge = LiveMerge[Look]([ONE, TWO])
    merge.add(TWO, Look(10.0, "cam2"), 10.05)
    assert merge.release(10.05, [ONE, TWO]) == []

    merge.add(ONE, Look(10.0, "cam1"), 10.08)

    assert [look.camera for look in merge.release(10.08, [ONE, TWO])] == ["cam1", "cam2"]
    assert merge.until_s == 10.0


def test_nobody_waits_for_a_dead_camera():
    merge = LiveMerge[Look]([ONE, TWO])
    merge.add(ONE, Look(10.0, "cam1"), 10.05)

    assert merge.release(10.05, [ONE]) == [Look(10.0, "cam1")]


def test_a_camera_that_is_late_but_not_yet_known_dead_is_waited_for_a_moment_only():
    merge = LiveMerge[Look]([ONE, TWO])
    for k in range(5):
        merge.add(ONE, Look(10 + k / 10, "cam1"), 10.05 + k / 10)
        merge.add(TWO, Look(10 + k / 10, "cam2"), 10.05 + k / 10)
        merge.release(10.05 + k / 10, [ONE, TWO])
    merge.add(ONE, Look(10.5, "cam1"), 10.55)

    assert merge.release(10.65, [ONE, TWO]) == []
    assert merge.release(10.72, [ONE, TWO]) == [Look(10.5, "cam1")]


def test_a_camera_that_always_takes_longer_is_waited_for():
    merge = LiveMerge[Look]([ONE, TWO])
    told = []
    for k in range(100):
        now_s = 10 + k / 10
        merge.add(ONE, Look(now_s, "cam1"), now_s)
        if k >= 4:
            merge.add(TWO, Look(now_s - 0.4, "cam2"), now_s)
        told += merge.release(now_s, [ONE, TWO])

    in_order = [look.at_s for look in told[20:]]
    assert in_order == sorted(in_order)
    assert merge.n_late <= 3


def test_time_goes_on_when_no_camera_is_usable():
    merge = LiveMerge[Look]([ONE])

    assert merge.release(10.0, []) == []

    assert 9.5 < merge.until_s <= 10.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 0.5), st.booleans()), max_size=60))
def test_everything_is_told_once_and_in_order_but_for_what_was_late(steps):
    merge = LiveMerge[Look]([ONE, TWO])
    now_s, last_s, added, told = 100.0, {ONE: 0.0, TWO: 0.0}, [], []
    for is_first, lag_s, is_usable in steps:
        camera = ONE if is_first else TWO
        now_s += 0.05
        at_s = max(now_s - lag_s, last_s[camera] + 0.001)
        last_s[camera] = at_s
        added.append(Look(at_s, camera))
        merge.add(camera, added[-1], now_s)
        told += merge.release(now_s, [ONE, TWO] if is_usable else [camera])
    told += merge.release(now_s + 10, [])

    assert sorted(told, key=lambda look: (look.at_s, look.camera)) == sorted(
        added, key=lambda look: (look.at_s, look.camera)
    )
    backwards = sum(later.at_s < earlier.at_s for earlier, later in itertools.pairwise(told))
    assert backwards <= merge.n_late
