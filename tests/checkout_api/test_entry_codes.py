"""Entry codes: what was signed comes back, and nothing else does."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from checkout_api import base45
from checkout_api.entry_codes import EntryCode, sign, verify
from checkout_api.errors import EntryCodeExpiredError, EntryCodeInvalidError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {3: KEY.public_key()}
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CODE = EntryCode(
    key_id=3,
    pass_id=str(uuid.UUID(int=1)),
    n=513,
    party_size=2,
    is_good_offline=True,
    valid_from=NOON,
    lifetime=timedelta(seconds=60),
)


def test_what_was_signed_comes_back():
    assert verify(sign(CODE, KEY), KEYS, NOON) == CODE


def test_a_code_is_good_until_its_last_second():
    text = sign(CODE, KEY)

    assert verify(text, KEYS, NOON + timedelta(seconds=59.999)) == CODE
    with pytest.raises(EntryCodeExpiredError):
        verify(text, KEYS, NOON + timedelta(seconds=60))


def test_a_gate_whose_clock_is_a_little_behind_still_opens():
    text = sign(CODE, KEY)

    assert verify(text, KEYS, NOON - timedelta(seconds=30)) == CODE
    with pytest.raises(EntryCodeExpiredError, match="future"):
        verify(text, KEYS, NOON - timedelta(seconds=31))


@given(st.integers(0, 91), st.integers(0, 7))
def test_a_code_with_one_bit_changed_is_refused(byte, bit):
    data = bytearray(base45.decode(sign(CODE, KEY)))
    data[byte] ^= 1 << bit

    with pytest.raises(EntryCodeInvalidError):
        verify(base45.encode(bytes(data)), KEYS, NOON)


@given(st.text(max_size=200))
def test_no_other_text_is_a_code(text):
    with pytest.raises(EntryCodeInvalidError):
        verify(text, KEYS, NOON)


def test_a_gate_without_a_network_may_allow_for_its_clock():
    text = sign(CODE, KEY)
    wide = timedelta(seconds=90)

    assert verify(text, KEYS, NOON + timedelta(seconds=149), late=wide) == CODE
    assert verify(text, KEYS, NOON - timedelta(seconds=90), early=wide) == CODE
    with pytest.raises(EntryCodeExpiredError):
        verify(text, KEYS, NOON + timedelta(seconds=150), late=wide)


def test_a_code_of_an_unknown_key_is_refused():
    with pytest.raises(EntryCodeInvalidError):
        verify(sign(CODE, KEY), {4: KEY.public_key()}, NOON)


def test_a_code_fits_a_qr_code_that_a_gate_reads_quickly():
    assert segno.make_qr(sign(CODE, KEY), error="m").version <= 6
