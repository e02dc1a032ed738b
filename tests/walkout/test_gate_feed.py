import json

import pytest

from cart_tracker.observations import GateCrossed
from vision.clock import StoreClock
from walkout.gate_feed import GateFeed


class Time:
    """A wall clock and a monotonic one, set by hand."""

    def __init__(self):
        self.wall_s, self.monotonic_s = 5000.0, 10.0
        self.clock = StoreClock(lambda: self.wall_s, lambda: self.monotonic_s)

    def passes(self, seconds):
        self.wall_s += seconds
        self.monotonic_s += seconds


@pytest.fixture
def time():
    return Time()


def write(path, *scans, end="\n"):
    with path.open("a", encoding="utf-8") as log:
        log.write("\n".join(json.dumps(scan) for scan in scans) + end)


def scan(at_s, shopper="anna", **more):
    return {"at_s": at_s, "gate_id": "gate-1", "shopper": shopper, **more}


def test_scans_come_once_as_the_log_grows_and_who_comes_again_is_numbered(tmp_path, time):
    feed = GateFeed(tmp_path / "gate.jsonl", time.clock)
    assert feed.new_events() == []
    write(tmp_path / "gate.jsonl", scan(5000.0), scan(5000.0, kind="door"))
    first = feed.new_events()
    write(tmp_path / "gate.jsonl", scan(4999.0), scan(4998.0, "ben"))

    second = feed.new_events()

    assert [one.label for one in first] == ["anna"]
    assert [(one.label, one.at_s) for one in second] == [("ben", 4998.0), ("anna (2)", 4999.0)]
    assert feed.new_events() == []


def test_who_goes_through_a_light_barrier_comes_too(tmp_path, time):
    write(tmp_path / "gate.jsonl", scan(5000.0), {"at_s": 4999.0, "gate_id": "exit", "kind": "cross-out"})

    events = GateFeed(tmp_path / "gate.jsonl", time.clock).new_events()

    assert events[0] == GateCrossed(4999.0, "exit", is_inward=False)
    assert events[1].shopper == "anna"


def test_a_line_that_is_being_written_waits_for_its_end(tmp_path, time):
    feed = GateFeed(tmp_path / "gate.jsonl", time.clock)
    write(tmp_path / "gate.jsonl", scan(5000.0), end="")
    assert feed.new_events() == []

    write(tmp_path / "gate.jsonl", end="\n")

    assert [one.shopper for one in feed.new_events()] == ["anna"]


def test_yesterdays_scans_are_history_but_not_those_of_a_moment_ago(tmp_path, time):
    write(tmp_path / "gate.jsonl", scan(4000.0), scan(4990.0, "ben"))

    assert [one.shopper for one in GateFeed(tmp_path / "gate.jsonl", time.clock).new_events()] == ["ben"]


def test_a_line_that_is_no_scan_is_left_out_and_logged(tmp_path, time, caplog):
    path = tmp_path / "gate.jsonl"
    path.write_text("{not json\n")
    write(path, scan(5000.0))

    assert [one.shopper for one in GateFeed(path, time.clock).new_events()] == ["anna"]
    assert "line 1" in caplog.text


def test_a_log_that_is_begun_anew_is_read_from_its_start(tmp_path, time):
    path = tmp_path / "gate.jsonl"
    write(path, scan(5000.0), scan(5000.0, "ben"))
    feed = GateFeed(path, time.clock)
    feed.new_events()
    path.write_text("")
    write(path, scan(5000.0, "cleo"))

    assert [one.shopper for one in feed.new_events()] == ["cleo"]


def test_times_are_the_stores_though_the_wall_clock_steps(tmp_path, time):
    feed = GateFeed(tmp_path / "gate.jsonl", time.clock)
    time.passes(10.0)
    time.wall_s += 3600.0
    write(tmp_path / "gate.jsonl", scan(8609.5))

    assert [one.at_s for one in feed.new_events()] == pytest.approx([5009.5])


def test_a_gate_with_a_wrong_clock_scans_when_its_line_is_read(tmp_path, time, caplog):
    feed = GateFeed(tmp_path / "gate.jsonl", time.clock)
    feed.new_events()
    write(tmp_path / "gate.jsonl", scan(9000.0))

    assert [one.at_s for one in feed.new_events()] == [5000.0]
    assert "its clock is 4000 s off; set it" in caplog.text
