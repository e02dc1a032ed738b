"""Signed single-use entry codes: 28 bytes of facts and an Ed25519 signature, as base45 text.

Layout, big-endian: version (1), key id (1), pass (16), number of the code within its pass (2), party size
(1), flags (1), valid from in Unix seconds (4), lifetime in seconds (2). The pass names the account only to
the server. A gate that knows the public key can check a code without a network; that nobody used it before is
checked by `entry`, and without a network by `offline_gate`.
"""

import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from checkout_api import base45
from checkout_api.errors import EntryCodeExpiredError, EntryCodeInvalidError

_FACTS = struct.Struct(">BB16sHBBIH")
_SIGNATURE_BYTES = 64
_VERSION = 2
_GOOD_OFFLINE = 1
# A clock may be this far behind the one that stamped the code.
CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class EntryCode:
    """What a code says.

    Attributes:
        key_id: Which public key checks it, 0 to 255.
        n: Number within the pass, 0 to 65 535.
        party_size: How many people the pass lets in, 1 to 255; each needs a code of it.
        is_good_offline: Whether a gate may open on it without asking.
        valid_from: Aware, whole seconds.
        lifetime: Whole seconds, below 65 536.
    """

    key_id: int
    pass_id: str
    n: int
    party_size: int
    is_good_offline: bool
    valid_from: datetime
    lifetime: timedelta

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the gate stays shut."""
        return self.valid_from + self.lifetime


def sign(code: EntryCode, key: Ed25519PrivateKey) -> str:
    """Return the text of the QR code; the same code and key give the same text."""
    facts = _FACTS.pack(
        _VERSION,
        code.key_id,
        uuid.UUID(code.pass_id).bytes,
        code.n,
        code.party_size,
        _GOOD_OFFLINE if code.is_good_offline else 0,
        int(code.valid_from.timestamp()),
        int(code.lifetime.total_seconds()),
    )
    return base45.encode(facts + key.sign(facts))


def verify(
    text: str,
    keys: Mapping[int, Ed25519PublicKey],
    at: datetime,
    *,
    early: timedelta = CLOCK_TOLERANCE,
    late: timedelta = timedelta(0),
) -> EntryCode:
    """Return what the code says, once its signature and times are right.

    Args:
        text: What the gate read.
        keys: Public keys by id.
        at: Aware time of the scan.
        early: How long before its time a code is taken, for clocks that are behind.
        late: How long after its time a code is taken, for clocks that are ahead.

    Raises:
        EntryCodeInvalidError: Not one of our codes, altered, or signed with an unknown key.
        EntryCodeExpiredError: Too late, or too early.
    """
    code = _read(text, keys)
    if at >= code.expires_at + late:
        raise EntryCodeExpiredError("this entry code has expired; ask the shopper to show a fresh one")
    if at < code.valid_from - early:
        raise EntryCodeExpiredError("this entry code is from the future; check the clocks of gate and server")
    return code


def _read(text: str, keys: Mapping[int, Ed25519PublicKey]) -> EntryCode:
    refusal = EntryCodeInvalidError("this is not a valid entry code of this store")
    try:
        data = base45.decode(text)
    except ValueError:
        raise refusal from None
    facts, signature = data[: _FACTS.size], data[_FACTS.size :]
    if len(data) != _FACTS.size + _SIGNATURE_BYTES:
        raise refusal
    version, key_id, entry_pass, n, party_size, flags, from_s, lifetime_s = _FACTS.unpack(facts)
    if version != _VERSION or key_id not in keys:
        raise refusal
    try:
        keys[key_id].verify(signature, facts)
    except InvalidSignature:
        raise refusal from None
    return EntryCode(
        key_id=key_id,
        pass_id=str(uuid.UUID(bytes=entry_pass)),
        n=n,
        party_size=party_size,
        is_good_offline=bool(flags & _GOOD_OFFLINE),
        valid_from=datetime.fromtimestamp(from_s, UTC),
        lifetime=timedelta(seconds=lifetime_s),
    )
