"""A live store from ticks and a growing gate log: what is heard when, and what stays in the journal."""

import json
from dataclasses import dataclass, field

import numpy as np
import pytest

from cart_tracker.journal import ClockAdvanced, FootageEnded, read_journal
from cart_tracker.observations import CameraHealthChanged, CameraId, GateScanned, PeopleSeen
from cart_tracker.store_map import store_map_from_toml
from cart_tracker.visits import Decision
from vision.clock import StoreClock
from vision.live_pipeline import LiveTick
from walkout.checkout import PriceOnlyCheckout
from walkout.gate_feed import GateFeed
from walkout.gate_log import GateScan
from walkout.store import Store

CAM1 = CameraId("cam1")
START_S = 1000.0


@pytest.fixture
def store_map():
    square = [[0, 0], [6, 0], [6, 5], [0, 5]]
    return store_map_from_toml(
        {
            "store": {
                "id": "corner",
                "name": "Corner",
                "currency": "EUR",
                "floor_xy_m": square,
                "gate_xy_m": [[0, 0], [1, 0], [1, 1], [0, 1]],
                "exit_xy_m": [[5, 0], [6, 0], [6, 1], [5, 1]],
                "scanner_xy_m": [0.5, 0.2],
            },
            "products": [{"id": "MILK", "name": "Milk", "price_minor": 129, "size_m": [0.08, 0.08, 0.2]}],
            "shelves": [],
        }
    )


@dataclass
class Told:
    """A listener that remembers."""

    said: list[object] = field(default_factory=list)
    visits: dict[str, object] = field(default_factory=dict)

    def ticked(self, at_s): ...

    def admitted(self, visit_id, scan):
        self.said.append(visit_id)

    def heard(self, output): ...

    def camera_changed(self, change):
        self.said.append((change.camera_id, change.is_usable))

    def settled(self, visit, settlement):
        self.visits[visit.visit_id] = visit


def nobody(at_s):
    return PeopleSeen(
        CAM1,
        at_s,
        np.empty(0, np.int64),
        np.empty(0),
        np.empty((0, 2)),
        np.empty((0, 2, 2)),
        np.empty((0, 2, 3)),
        np.empty((0, 2)),
        np.zeros(3),
    )


def watch(store_map, tmp_path, ticks, new_events):
    told = Told()
    store = Store(store_map, PriceOnlyCheckout(store_map), [told], keeps_history=False)
    store.watch(ticks, new_events, tmp_path / "journal.jsonl")
    return told, list(read_journal(tmp_path / "journal.jsonl", store_map))


def test_a_scan_is_heard_with_the_frames_of_its_time(store_map, tmp_path):
    ticks = [LiveTick(START_S + k / 10, (nobody(START_S + k / 10),)) for k in range(10)]
    scans = [[GateScan(START_S + 0.55, "gate-1", "anna")], *[[]] * 9]

    told, journal = watch(store_map, tmp_path, ticks, lambda: scans.pop(0))

    kinds = [type(entry).__name__ for entry in journal]
    assert kinds.index("GateScanned") == 6
    assert kinds[-1] == "FootageEnded"
    assert told.said == ["anna"]


def test_time_is_told_when_nothing_is_seen_so_that_visits_end(store_map, tmp_path):
    ticks = [LiveTick(START_S + k / 5, ()) for k in range(600)]
    scans = [[GateScan(START_S, "gate-1", "anna")], *[[]] * 599]

    told, journal = watch(store_map, tmp_path, ticks, lambda: scans.pop(0))

    assert sum(isinstance(entry, ClockAdvanced) for entry in journal) == 600
    assert told.visits["anna"].left_s < START_S + 119
    assert told.visits["anna"].lines == ()


def test_cameras_that_go_and_come_are_told_and_written_down(store_map, tmp_path):
    changes = [
        CameraHealthChanged(START_S, CAM1, False, "no picture comes"),
        CameraHealthChanged(START_S + 9, CAM1, True, "the picture is back"),
    ]
    ticks = [LiveTick(change.at_s, (change,)) for change in changes]

    told, journal = watch(store_map, tmp_path, ticks, list)

    assert told.said == [("cam1", False), ("cam1", True)]
    assert journal[:-1] == changes


def test_whoever_is_inside_when_the_store_stops_is_not_charged(store_map, tmp_path):
    told, journal = watch(
        store_map,
        tmp_path,
        [LiveTick(START_S, (nobody(START_S),))],
        lambda: [GateScan(START_S, "gate-1", "anna")],
    )

    assert isinstance(journal[-1], FootageEnded)
    assert [line for line in told.visits["anna"].lines if line.decision is Decision.CHARGE] == []


def test_the_gate_log_of_a_live_store_reaches_the_tracker(store_map, tmp_path):
    wall, monotonic = [5000.0], [0.0]
    clock = StoreClock(lambda: wall[0], lambda: monotonic[0])
    feed = GateFeed(tmp_path / "gate.jsonl", clock)
    line = {"at_s": 5000.0, "gate_id": "gate-1", "shopper": "anna"}
    (tmp_path / "gate.jsonl").write_text(json.dumps(line) + "\n")

    _, journal = watch(store_map, tmp_path, [LiveTick(5001.0, ())], feed.new_events)

    scans = [entry for entry in journal if isinstance(entry, GateScanned)]
    assert [(scan.at_s, scan.visit_id) for scan in scans] == [(5000.0, "anna")]
