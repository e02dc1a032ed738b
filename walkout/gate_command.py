"""`walkout gate`: codes from a scanner in, openings out, and the log that the cameras' program follows."""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from checkout_api.client import AuthEvent, CheckoutClient
from checkout_api.errors import CheckoutRefusedError, EntryRefusedError
from checkout_api.offline_gate import OfflineGate
from vision.settings import StoreSettings, read_settings
from walkout.errors import GateLogError
from walkout.line_checkout import GATE_TIMEOUT_S, connected_line, read_device_keys


@dataclass(frozen=True, slots=True)
class Opening:
    """What became of one code: a visit, or why the gate stays shut."""

    visit_id: str | None
    reason: str = ""


class Gate:
    """One gate: asks the API, decides alone where it does not answer, and writes down whom it let in."""

    def __init__(
        self, gate_id: str, decider: OfflineGate, log: Path, wall_s: Callable[[], float] = time.time
    ) -> None:
        """Work through a decider that is connected.

        Args:
            gate_id: As in `store.toml`, or "gate-1".
            decider: Knows who may come in.
            log: Gets a line for everybody who does.
            wall_s: Seconds since the Unix epoch.
        """
        self._gate_id = gate_id
        self._decider = decider
        self._log = log
        self._wall_s = wall_s

    def show(self, code: str) -> Opening:
        """Look at one code.

        Raises:
            GateLogError: If it opens and the log cannot be written: nobody would know whose visit it is.
        """
        at_s = self._wall_s()
        event = AuthEvent(f"{self._gate_id}-{uuid.uuid4()}", datetime.fromtimestamp(at_s, UTC), self._gate_id)
        try:
            visit_id = self._decider.open(code, event)
        except (CheckoutRefusedError, EntryRefusedError) as error:
            return Opening(None, str(error))
        line = {"at_s": at_s, "gate_id": self._gate_id, "visit_id": visit_id, "event_id": event.event_id}
        try:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
                log.flush()
                os.fsync(log.fileno())
        except OSError as error:
            raise GateLogError(
                f"gate log {self._log} cannot be written ({error.strerror}); the gate stays shut until it can"
            ) from error
        return Opening(visit_id)


def run_gate(path: Path, gate_id: str, codes: Iterable[str], console: Console) -> None:
    """Look at every code that a scanner reads, until there are no more.

    Args:
        path: The `store.toml` or its folder; it names the gate log and the checkout API.
        gate_id: Which gate this is.
        codes: One code a line, as scanners that pose as keyboards give them.
        console: Gets one line for each: `open VISIT` or `shut REASON`, for whatever moves the gate.

    Raises:
        WalkoutError, VisionError, CheckoutError: If the store has no gate log or checkout, keys are missing,
            or a file cannot be written.
    """
    with connected_gate(read_settings(path), gate_id) as gate:
        for code in codes:
            if not code.strip():
                continue
            opening = gate.show(code.strip())
            told = f"open {opening.visit_id}" if opening.visit_id is not None else f"shut {opening.reason}"
            console.print(told, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def connected_gate(settings: StoreSettings, gate_id: str) -> Iterator[Gate]:
    """Connect a gate to the checkout API that `store.toml` names; without an answer it begins offline."""
    if settings.gate_log is None or settings.checkout_url is None:
        raise GateLogError(
            f"{settings.path} needs both a [gate] with a log and a [checkout] with a url;"
            " docs/cameras.md has an example"
        )
    keys = read_device_keys()
    key = keys.gate_key.get_secret_value()
    store_id = settings.store_map.store_id
    with (
        connected_line(settings.checkout_url, keys, settings) as line,
        CheckoutClient(
            settings.checkout_url, key, store_id=store_id, tries=1, timeout_s=GATE_TIMEOUT_S
        ) as client,
    ):
        decider = OfflineGate(client, line, lambda: datetime.now(UTC))
        decider.learn_keys()
        yield Gate(gate_id, decider, settings.gate_log)
