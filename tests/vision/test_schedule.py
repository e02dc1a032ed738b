import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest

from vision.schedule import Schedule


@dataclass(frozen=True)
class Tick:
    at_s: float
    name: str


def lane(name, times, delays=None, fail_at=None):
    """Return a lane that ticks at `times`, taking a little while for each, and remembers who overlapped."""
    pending = iter(times)
    busy = threading.Lock()

    def step(_tools):
        assert busy.acquire(blocking=False), "two workers in one lane"
        try:
            at_s = next(pending, None)
            if at_s is not None and at_s == fail_at:
                raise ValueError(f"{name} broke")
            time.sleep(delays.random() * 0.002 if delays else 0)
            return None if at_s is None else Tick(at_s, name)
        finally:
            busy.release()

    return step


def names(groups):
    return [[tick.name for tick in group] for group in groups]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_order_is_that_of_time_then_lane_whatever_the_threads_do(workers):
    delays = np.random.default_rng(workers)
    lanes = [lane("a", [0, 1, 2, 3], delays), lane("b", [0, 1.5, 2], delays), lane("c", [1], delays)]

    merged = list(Schedule(lanes, object, workers, ahead=2).merged())

    assert names(merged) == [["a", "b"], ["a", "c"], ["b"], ["a", "b"], ["a"]]


def test_nobody_runs_ahead_further_than_allowed():
    made = []
    schedule = Schedule([lambda _: made.append(1) or Tick(len(made), "a")], object, 1, ahead=3)

    merged = schedule.merged()
    next(merged)
    time.sleep(0.05)

    assert len(made) <= 4
    merged.close()


def test_an_error_is_raised_when_its_turn_comes_and_not_before():
    merged = Schedule([lane("a", [0, 1, 2]), lane("b", [0, 1, 2], fail_at=2)], object, 2, ahead=4).merged()

    assert names([next(merged), next(merged)]) == [["a", "b"], ["a", "b"]]
    with pytest.raises(ValueError, match="b broke"):
        next(merged)


def test_tools_that_cannot_be_made_are_an_error():
    def broken():
        raise ValueError("no network")

    with pytest.raises(ValueError, match="no network"):
        next(Schedule([lane("a", [0])], broken, 2, ahead=2).merged())


def test_every_worker_has_its_own_tools():
    made = []
    list(Schedule([lane("a", range(9)), lane("b", range(9))], lambda: made.append(1), 2, ahead=2).merged())

    assert len(made) == 2


def test_leaving_early_ends_the_workers():
    before = threading.active_count()
    merged = Schedule([lane("a", range(1000))], object, 2, ahead=2).merged()
    next(merged)

    merged.close()

    assert threading.active_count() == before
