"""A person claims a question, so that no two people look at the same one; claims end by themselves."""

from datetime import datetime
from typing import Protocol

from checkout_api.context import Context
from checkout_api.errors import AlreadyClaimedError
from checkout_api.tokens import Person


class Claimable(Protocol):
    """A row that one person at a time looks at."""

    claimed_by: str | None
    claimed_until: datetime | None


def claim(context: Context, row: Claimable, staff: Person) -> None:
    """Take it, or keep it for longer.

    Raises:
        AlreadyClaimedError: If somebody else has it and still has time.
    """
    must_not_be_anothers(context, row, staff)
    row.claimed_by = staff.account_id
    row.claimed_until = context.clock() + context.settings.review_claim


def must_not_be_anothers(context: Context, row: Claimable, staff: Person) -> None:
    """Refuse what somebody else is looking at.

    Raises:
        AlreadyClaimedError: If somebody else has it and still has time.
    """
    is_held = row.claimed_until is not None and context.clock() < row.claimed_until
    if is_held and row.claimed_by != staff.account_id:
        raise AlreadyClaimedError("somebody else is looking at this; take another, or wait until it is free")


def release(row: Claimable) -> None:
    """Let others have it."""
    row.claimed_by = None
    row.claimed_until = None
