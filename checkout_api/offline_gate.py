"""The gate's decision on the store computer: ask the API, and decide alone when it does not answer.

Alone, a code is checked by its signature, its time and what was used at this gate, for shoppers who have paid
before. Two gates without a network cannot know of each other's entries; the API finds a code that was used
at both and flags the second visit, and no gate lets in more than its limit before it is online again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from checkout_api import entry_codes
from checkout_api.client import CheckoutClient
from checkout_api.client_types import AuthEvent, OfflineEntry
from checkout_api.entry_codes import EntryCode
from checkout_api.errors import (
    CheckoutUnreachableError,
    EntryCodeInvalidError,
    EntryCodeUsedError,
    EntryRefusedError,
)
from checkout_api.store_line import StoreLine

logger = logging.getLogger(__name__)

# A gate's own clock may be off by this much (checkout design, test 5).
_CLOCK_TOLERANCE = timedelta(seconds=90)
_OFFLINE_NAME = "offline:"


class OfflineGate:
    """One gate; its memory is the file of the store's line."""

    def __init__(self, client: CheckoutClient, line: StoreLine, clock: Callable[[], datetime]) -> None:
        """Use what was learned before, without asking anybody.

        Args:
            client: With the gate's key; it should try once and give up in about a second.
            line: Where entries wait that the API has not heard of.
            clock: The gate's aware time.
        """
        self._client = client
        self._line = line
        self._clock = clock

    def learn_keys(self) -> bool:
        """Fetch the public keys, at the start and now and then; False if nobody answered."""
        try:
            keys = self._client.signing_keys()
        except CheckoutUnreachableError as error:
            logger.warning("the gate keeps the keys it has: %s", error)
            return False
        self._line.book.keep_keys(keys.public_keys, keys.offline_entries_limit)
        return True

    def open(self, code_text: str, event: AuthEvent) -> str:
        """Open for a code and return the visit that begins; offline a name of it, which `StoreLine` knows.

        Raises:
            CheckoutRefusedError: The API keeps the gate shut.
            EntryRefusedError: This gate, alone, keeps it shut.
        """
        try:
            visit_id = self._client.scan(code_text, event)
        except CheckoutUnreachableError as error:
            logger.warning("the gate decides alone: %s", error)
            return self._open_alone(code_text, event)
        return self._remember(code_text, visit_id)

    def _open_alone(self, code_text: str, event: AuthEvent) -> str:
        keys, limit = self._line.book.kept_keys()
        code = entry_codes.verify(
            code_text, _public(keys), self._clock(), early=_CLOCK_TOLERANCE, late=_CLOCK_TOLERANCE
        )
        if not code.is_good_offline:
            raise EntryRefusedError("without a network only shoppers who have paid before can come in")
        if self._line.book.waiting_entries() >= limit:
            raise EntryRefusedError("this gate has let in as many as it may without a network; ask the staff")
        name = f"{_OFFLINE_NAME}{code.pass_id}"
        visit_id = self._line.book.use_code(code.pass_id, code.n, code.party_size, name)
        if visit_id is None:
            raise EntryCodeUsedError(
                "somebody has entered with this code; ask the shopper to show a fresh one"
            )
        self._line.send_offline_entry(visit_id, OfflineEntry(code_text, event))
        return visit_id

    def _remember(self, code_text: str, visit_id: str) -> str:
        """Note a code that the API let in, so that it does not open this gate again when the network dies.

        Returns:
            What the visit is called here: somebody of the same pass may have begun it offline.
        """
        keys, _ = self._line.book.kept_keys()
        code = _readable(code_text, keys, self._clock())
        if code is None:
            return visit_id
        name = self._line.book.use_code(code.pass_id, code.n, code.party_size, visit_id)
        if name is None or name == visit_id:
            return visit_id
        self._line.book.set_name(name, visit_id)
        return name


def _readable(code_text: str, keys: dict[int, bytes], at: datetime) -> EntryCode | None:
    try:
        return entry_codes.verify(
            code_text, _public(keys), at, early=timedelta(days=1), late=timedelta(days=1)
        )
    except EntryCodeInvalidError:
        return None


def _public(keys: dict[int, bytes]) -> dict[int, Ed25519PublicKey]:
    return {key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in keys.items()}
