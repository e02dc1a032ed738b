"""Visits of a store to the checkout API, through the store computer's line, so that an outage loses nothing.

Carts and trips wait in a file beside `store.toml` until they have arrived; the gate writes into the same
file. Who comes in is told by whoever opens the gate: the gate log names the visit that the API began.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cart_tracker.observations import VisitId
from cart_tracker.visits import CartChanged, Decision, VisitClosed
from checkout_api.client import AuthEvent, CartLine, CheckoutClient, PurchaseLine, Trip
from checkout_api.store_line import StoreLine
from vision.settings import StoreSettings
from walkout.checkout import Settlement, waits_for_person
from walkout.errors import DeviceKeyError
from walkout.gate_log import GateScan

logger = logging.getLogger(__name__)

# Longer than a payment provider takes on a bad day; the trip is in the file, so giving up costs nothing.
LINE_TIMEOUT_S = 20.0
# A gate asks this long before it decides alone; people at a shut gate wait no longer.
GATE_TIMEOUT_S = 2.0
_LINE = "store-line.db"


class DeviceKeys(BaseSettings):
    """Keys by which the API knows this store computer, from the environment; a manager hands them out."""

    model_config = SettingsConfigDict(env_prefix="WALKOUT_", extra="ignore", hide_input_in_errors=True)

    store_computer_key: SecretStr = Field(min_length=1)
    gate_key: SecretStr = Field(min_length=1)


def read_device_keys() -> DeviceKeys:
    """Read both keys.

    Raises:
        DeviceKeyError: If one is missing.
    """
    try:
        return DeviceKeys()  # type: ignore[call-arg]  # from the environment
    except ValidationError as error:
        missing = " and ".join(f"WALKOUT_{str(one['loc'][0]).upper()}" for one in error.errors())
        raise DeviceKeyError(
            f"{missing} must be set for a store with a [checkout]: ask a manager for a device's key"
            " (POST /v1/devices of the checkout API)"
        ) from error


class LineCheckout:
    """The store computer's side of the checkout API."""

    def __init__(self, line: StoreLine, *, receipt_timeout_s: float = 0.0) -> None:
        """Work through a line.

        Args:
            line: Carries carts and trips.
            receipt_timeout_s: How long `settle` waits for a receipt. A store that follows live cameras must
                not wait; the receipt comes by itself.
        """
        self._line = line
        self._receipt_timeout_s = receipt_timeout_s

    def admit(self, scan: GateScan) -> VisitId:
        """Take note of whom the gate let in; without a visit of the API nobody can be charged."""
        if scan.visit_id is None or scan.event_id is None:
            logger.error(
                "gate %s let %s in without telling visit_id and event_id: nobody will be charged for"
                " this visit; let 'walkout gate' open, or write what the API answered into the gate log",
                scan.gate_id,
                scan.shopper,
            )
            return VisitId(scan.label)
        self._line.book.keep_opening(scan.visit_id, scan.event_id, scan.gate_id, scan.at_s)
        return VisitId(scan.visit_id)

    def show_cart(self, change: CartChanged) -> None:
        """Send the live cart, in the background."""
        if self._openings(change.visit_id):
            lines = [CartLine(line.product_id, line.quantity, line.confidence) for line in change.lines]
            self._line.send_cart(change.visit_id, lines, _utc(change.at_s))

    def settle(self, visit: VisitClosed) -> Settlement:
        """Send the finished trip; without a receipt in time it is pending, and charged once all the same."""
        started = time.monotonic()
        openings = self._openings(visit.visit_id)
        if not openings:
            return Settlement(charged_minor=0, is_settled=False, wait_s=None)
        self._line.send_trip(visit.visit_id, _trip(visit, openings))
        receipt = self._line.receipt(visit.visit_id, self._receipt_timeout_s)
        if receipt is None:
            return Settlement(charged_minor=0, is_settled=False, wait_s=None, is_pending=True)
        return Settlement(
            charged_minor=receipt.charged_minor,
            is_settled=not waits_for_person(visit) and receipt.charged_minor == receipt.total_minor,
            wait_s=time.monotonic() - started,
        )

    def unsent(self) -> int:
        """Count what the API has not heard of yet; it is sent when the API answers again."""
        return self._line.waiting()

    def _openings(self, visit_id: VisitId) -> tuple[AuthEvent, ...]:
        return tuple(
            AuthEvent(event_id, _utc(at_s), gate_id)
            for event_id, gate_id, at_s in self._line.book.openings(visit_id)
        )


@contextmanager
def connected_line(url: str, keys: DeviceKeys, settings: StoreSettings) -> Iterator[StoreLine]:
    """Open the store's line and send in the background what waits in it.

    Raises:
        StoreLineError: If the file cannot be used.
    """
    key = keys.store_computer_key.get_secret_value()
    store_id = settings.store_map.store_id
    path = line_path(settings)
    with (
        CheckoutClient(url, key, store_id=store_id, tries=1, timeout_s=LINE_TIMEOUT_S) as client,
        StoreLine(path, client) as line,
    ):
        yield line


def line_path(settings: StoreSettings) -> Path:
    """Return the file in which messages wait, one for a store: the gate and the cameras share it."""
    return settings.path.with_name(_LINE)


def _trip(visit: VisitClosed, openings: tuple[AuthEvent, ...]) -> Trip:
    return Trip(
        trip_id=visit.visit_id,
        started_at=_utc(visit.entered_s),
        ended_at=_utc(visit.left_s),
        auth_events=openings,
        lines=tuple(
            PurchaseLine(line.product_id, line.quantity, line.confidence, line.decision is Decision.REVIEW)
            for line in visit.lines
            if line.decision is not Decision.DROP
        ),
    )


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
