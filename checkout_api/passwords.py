"""Passwords as argon2id digests."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

# OWASP password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# A burst of sign-ins must not take the memory and both cores of the shop's computer.
_AT_ONCE = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Return the digest to store, with its own salt and parameters."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def password_is_right(digest: str | None, password: str) -> bool:
    """Compare a password with a stored digest; without one it is wrong, after the same time."""
    expected = digest or _digest_of_nobody()
    with _AT_ONCE:
        try:
            return _HASHER.verify(expected, password) and digest is not None
        except Argon2Error:
            return False


@cache
def _digest_of_nobody() -> str:
    return hash_password("nobody has this password")
