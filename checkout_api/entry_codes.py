"""Signed single-use entry codes: 32 bytes of facts and an Ed25519 signature, as base45 text.

Layout, big-endian: version (1), key id (1), account (16), nonce (8), issued at in Unix seconds (4),
lifetime in seconds (2). A gate that knows the public key can check a code without a network; that nobody
used it before is checked by `entry`.
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

NONCE_BYTES = 8
_FACTS = struct.Struct(">BB16s8sIH")
_SIGNATURE_BYTES = 64
_VERSION = 1
# A gate's clock may be this far behind the clock that stamped the code.
_CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class EntryCode:
    """What a code says.

    Attributes:
        key_id: Which public key checks it, 0 to 255.
        nonce: Eight random bytes: what makes a code single-use.
        issued_at: Aware, whole seconds.
        lifetime: Whole seconds, below 65 536.
    """

    key_id: int
    account_id: str
    nonce: bytes
    issued_at: datetime
    lifetime: timedelta

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the gate stays shut."""
        return self.issued_at + self.lifetime


def sign(code: EntryCode, key: Ed25519PrivateKey) -> str:
    """Return the text of the QR code; the same code and key give the same text."""
    facts = _FACTS.pack(
        _VERSION,
        code.key_id,
        uuid.UUID(code.account_id).bytes,
        code.nonce,
        int(code.issued_at.timestamp()),
        int(code.lifetime.total_seconds()),
    )
    return base45.encode(facts + key.sign(facts))


def verify(text: str, keys: Mapping[int, Ed25519PublicKey], at: datetime) -> EntryCode:
    """Return what the code says, once its signature and times are right.

    Raises:
        EntryCodeInvalidError: Not one of our codes, altered, or signed with an unknown key.
        EntryCodeExpiredError: Too late, or from the future.
    """
    code = _read(text, keys)
    if at >= code.expires_at:
        raise EntryCodeExpiredError("this entry code has expired; ask the shopper to show a fresh one")
    if at < code.issued_at - _CLOCK_TOLERANCE:
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
    version, key_id, account, nonce, issued_s, lifetime_s = _FACTS.unpack(facts)
    if version != _VERSION or key_id not in keys:
        raise refusal
    try:
        keys[key_id].verify(signature, facts)
    except InvalidSignature:
        raise refusal from None
    return EntryCode(
        key_id=key_id,
        account_id=str(uuid.UUID(bytes=account)),
        nonce=nonce,
        issued_at=datetime.fromtimestamp(issued_s, UTC),
        lifetime=timedelta(seconds=lifetime_s),
    )
