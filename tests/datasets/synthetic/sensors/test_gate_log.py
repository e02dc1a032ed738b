import numpy as np

from datasets.recording import GateEvent, GateKind
from datasets.synthetic.sensors.gate_log import complete_log

CODES = (
    GateEvent(GateKind.SCAN, 1.0, "gate-1", "a"),
    GateEvent(GateKind.REFUSED, 4.0, "gate-1", "b"),
)


def logged() -> tuple[GateEvent, ...]:
    return complete_log(CODES, (2.0, 2.4), (9.0,), (3.0,), ("gate-1", "exit-1"), np.random.default_rng(1))


def test_the_gate_opens_for_accepted_codes_only() -> None:
    opened = [event.at_s for event in logged() if event.kind is GateKind.OPEN]
    assert len(opened) == 1
    assert 1.0 < opened[0] < 1.5


def test_everybody_who_crosses_is_counted_by_nobody_s_name() -> None:
    crossings = [e for e in logged() if e.kind in (GateKind.CROSS_IN, GateKind.CROSS_OUT)]
    assert [e.kind for e in crossings] == [
        *(GateKind.CROSS_IN, GateKind.CROSS_IN, GateKind.CROSS_OUT, GateKind.CROSS_OUT)
    ]
    assert [e.gate_id for e in crossings] == ["gate-1", "gate-1", "gate-1", "exit-1"]
    assert all(event.shopper is None for event in crossings)


def test_the_log_is_in_order_of_time_and_keeps_the_codes() -> None:
    times = [event.at_s for event in logged()]
    assert times == sorted(times)
    assert set(CODES) <= set(logged())
