"""Double entry: every movement of money as entries that add up to zero. Pure.

Debits are positive, credits negative. A charge takes money in at the provider and owes it to sales and to
the tax office. A shopper's complaint to their bank takes the money back out until the bank has decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LedgerAccount(StrEnum):
    """Where money is or belongs."""

    PROVIDER_CLEARING = "provider_clearing"
    SALES = "sales"
    TAX_PAYABLE = "tax_payable"
    DISPUTED = "disputed"
    DISPUTE_LOSSES = "dispute_losses"


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a movement, in minor units."""

    account: LedgerAccount
    amount_minor: int


def charge_entries(amount_minor: int, tax_minor: int) -> list[Entry]:
    """Return the entries of a charge of `amount_minor`, of which `tax_minor` is tax.

    Raises:
        ValueError: If the amount is not positive or the tax is not a part of it.
    """
    if not 0 <= tax_minor <= amount_minor or amount_minor == 0:
        raise ValueError(
            f"cannot post {amount_minor} with {tax_minor} tax: expected 0 <= tax <= amount and amount > 0"
        )
    entries = [
        Entry(LedgerAccount.PROVIDER_CLEARING, amount_minor),
        Entry(LedgerAccount.SALES, tax_minor - amount_minor),
        Entry(LedgerAccount.TAX_PAYABLE, -tax_minor),
    ]
    return [entry for entry in entries if entry.amount_minor != 0]


def refund_entries(amount_minor: int, tax_minor: int) -> list[Entry]:
    """Return the entries of a refund: those of the charge with opposite signs."""
    return [Entry(entry.account, -entry.amount_minor) for entry in charge_entries(amount_minor, tax_minor)]


def dispute_entries(amount_minor: int) -> list[Entry]:
    """Return the entries of a complaint: the provider takes the money until the bank has decided."""
    return _move(amount_minor, LedgerAccount.PROVIDER_CLEARING, LedgerAccount.DISPUTED)


def dispute_won_entries(amount_minor: int) -> list[Entry]:
    """Return the entries of a complaint that the store won: the money comes back."""
    return _move(amount_minor, LedgerAccount.DISPUTED, LedgerAccount.PROVIDER_CLEARING)


def dispute_lost_entries(amount_minor: int) -> list[Entry]:
    """Return the entries of a complaint that the store lost."""
    return _move(amount_minor, LedgerAccount.DISPUTED, LedgerAccount.DISPUTE_LOSSES)


def _move(amount_minor: int, source: LedgerAccount, target: LedgerAccount) -> list[Entry]:
    if amount_minor <= 0:
        raise ValueError(f"cannot move {amount_minor}: expected more than zero")
    return [Entry(source, -amount_minor), Entry(target, amount_minor)]


def is_balanced(entries: Sequence[Entry]) -> bool:
    """Tell whether debits equal credits."""
    return sum(entry.amount_minor for entry in entries) == 0
