"""The gate's log: codes, the barrier that opens, and who crosses the light barriers."""

from collections.abc import Sequence

import numpy as np

from datasets.recording import GateEvent, GateKind

OPENING_S = (0.15, 0.45)  # from the accepted code until the barrier is open
REPORTED_S = (0.0, 0.06)  # a light barrier's report comes this late


def complete_log(
    codes: Sequence[GateEvent],
    entered_s: Sequence[float],
    left_s: Sequence[float],
    turned_back_s: Sequence[float],
    gate_ids: tuple[str, str],
    rng: np.random.Generator,
) -> tuple[GateEvent, ...]:
    """Return everything the gate reports, in order of time.

    Args:
        codes: Accepted and refused codes.
        entered_s: When each body goes through the entry's light barrier, with or without a code.
        left_s: The same at the exit.
        turned_back_s: When bodies go out again through the entry.
        gate_ids: Names of entry and exit.
        rng: Draws how late reports are.
    """
    events = list(codes)
    for code in codes:
        if code.kind is GateKind.SCAN:
            opened_s = code.at_s + float(rng.uniform(*OPENING_S))
            events.append(GateEvent(GateKind.OPEN, round(opened_s, 3), code.gate_id, None))
    for kind, times, gate_id in (
        (GateKind.CROSS_IN, entered_s, gate_ids[0]),
        (GateKind.CROSS_OUT, left_s, gate_ids[1]),
        (GateKind.CROSS_OUT, turned_back_s, gate_ids[0]),
    ):
        late = rng.uniform(*REPORTED_S, len(times))
        events += [
            GateEvent(kind, round(at_s + float(delay), 3), gate_id, None)
            for at_s, delay in zip(times, late, strict=True)
        ]
    return tuple(sorted(events, key=lambda event: (event.at_s, event.kind.value)))
