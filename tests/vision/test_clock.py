import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.clock import CaptureClock, Stamp, StoreClock

PERIOD_S = 0.1
DELAY_S = 0.08  # what every packet needs at least


def stamps(jitter_s, drift=0.0, pts_from_s=0.0, start_s=1000.0):
    """Stamps of a camera whose clock runs fast by `drift`; one frame per value of `jitter_s`."""
    return [
        Stamp(pts_from_s + k * PERIOD_S, start_s + k * PERIOD_S / (1 + drift) + DELAY_S + late_s)
        for k, late_s in enumerate(jitter_s)
    ]


def captured(count, drift=0.0, start_s=1000.0):
    return start_s + np.arange(count) * PERIOD_S / (1 + drift)


def times(clock, stream):
    return np.array([clock.at_s(stamp) for stamp in stream])


@settings(deadline=None)
@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=60), st.floats(-2e-4, 2e-4), st.floats(-1e6, 1e6))
def test_capture_times_rise_and_never_lie_after_arrival(jitter_s, drift, pts_from_s):
    stream = stamps(jitter_s, drift, pts_from_s)
    # A network keeps the order: who is overtaken waits.
    arrival = np.maximum.accumulate([stamp.arrival_s for stamp in stream])
    stream = [Stamp(stamp.pts_s, float(at_s)) for stamp, at_s in zip(stream, arrival, strict=True)]

    at_s = times(CaptureClock(), stream)

    assert (np.diff(at_s) > 0).all()
    assert (at_s <= arrival + 1e-3 * len(at_s)).all()
    error_s = at_s - captured(len(at_s), drift) - DELAY_S
    assert error_s.min() > -1e-3
    assert error_s.max() <= 0.4 + 1e-3


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-1.5e-4, 1.5e-4))
def test_jitter_is_gone_once_a_packet_came_through_unhindered_and_drift_is_followed(seed, drift):
    jitter_s = np.random.default_rng(seed).uniform(0, 0.09, 1200)
    jitter_s[::10] = 0.0

    at_s = times(CaptureClock(), stamps(jitter_s, drift))

    error_s = at_s - captured(len(at_s), drift) - DELAY_S
    assert np.abs(error_s[1:]).max() < 0.010  # 30 s of the greatest drift are 6 ms


def test_a_congested_network_does_not_make_frames_younger():
    jitter_s = [0.0] * 100 + [0.3] * 200 + [0.0] * 100

    at_s = times(CaptureClock(), stamps(jitter_s))

    np.testing.assert_allclose(at_s, captured(400) + DELAY_S, atol=0.005)


@pytest.mark.parametrize("pts_from_s", [0.0, 500.0])
def test_a_camera_that_reboots_keeps_its_time(pts_from_s):
    before = stamps([0.0] * 50, pts_from_s=100.0)
    after = stamps([0.0] * 50, pts_from_s=pts_from_s, start_s=1006.0)
    clock = CaptureClock()

    at_s = times(clock, before + after)

    np.testing.assert_allclose(at_s[50:], captured(50, start_s=1006.0) + DELAY_S, atol=1e-6)
    assert clock.anchors == 2


def test_what_was_held_back_keeps_the_times_it_was_captured_at():
    stream = stamps([0.0] * 50)
    held = [Stamp(5.0 + k * PERIOD_S, 1009.0 + k * 0.001) for k in range(40)]

    at_s = times(CaptureClock(), stream + held)

    np.testing.assert_allclose(at_s[50:], 1005.0 + DELAY_S + np.arange(40) * PERIOD_S, atol=0.002)


def test_a_sane_clock_of_the_sender_takes_the_constant_delay_out_without_a_jump():
    stream = [Stamp(s.pts_s, s.arrival_s, 1000.0 + s.pts_s) for s in stamps([0.0] * 300)]
    clock = CaptureClock()

    at_s = times(clock, stream)

    assert clock.trusts_sender
    assert clock.sender_offset_s == pytest.approx(-DELAY_S)
    np.testing.assert_allclose(at_s[100:], captured(300)[100:], atol=1e-6)
    assert np.diff(at_s).min() > 0.9 * PERIOD_S


@pytest.mark.parametrize("lie_s", [3600.0, -0.9, None])
def test_a_camera_that_lies_about_the_time_is_not_believed(lie_s):
    rng = np.random.default_rng(0)
    stream = [
        Stamp(s.pts_s, s.arrival_s, s.arrival_s + (rng.uniform(-0.3, 0.3) if lie_s is None else lie_s))
        for s in stamps([0.0] * 300)
    ]
    clock = CaptureClock()

    at_s = times(clock, stream)

    assert not clock.trusts_sender
    np.testing.assert_allclose(at_s, captured(300) + DELAY_S, atol=1e-6)


def test_a_step_of_the_wall_clock_moves_nothing():
    wall, monotonic = [5000.0], [10.0]
    clock = StoreClock(lambda: wall[0], lambda: monotonic[0])

    wall[0], monotonic[0] = 1234.0, 12.0

    assert clock.now_s() == 5002.0
    assert clock.from_wall(1233.0) == 5001.0
