"""May this account come in? Asked when codes are minted, and again at the gate where it costs one query.

Nobody is kept out for good by a rule: debts can be paid, and only a manager blocks an account.
"""

from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.errors import AccountBlockedError, EntryCodeInvalidError, PaymentDueError
from checkout_api.repository import accounts, entries, orders
from checkout_api.states import Role
from checkout_api.tables import AccountTable


def check_before_minting(context: Context, session: Session, account: AccountTable) -> None:
    """Check everything that may take its time.

    Raises:
        AccountBlockedError: A manager closed the account.
        PaymentDueError: There is no usable payment method, or an order is not paid.
    """
    check_at_gate(session, account)
    if account.role is not Role.SHOPPER:
        return
    method = accounts.newest_payment_method(session, account.id)
    if method is None:
        raise PaymentDueError("link a payment method before you enter")
    now = context.clock()
    if (method.exp_year, method.exp_month) < (now.year, now.month):
        raise PaymentDueError(f"the card ending in {method.last4} has expired; link another one")
    if entries.open_visits(session, account.id) >= context.settings.open_visits_limit:
        raise AccountBlockedError(
            "this account has too many visits that have not ended; ask the store's staff to let you in"
        )


def may_enter_unasked(session: Session, account: AccountTable) -> bool:
    """Whether a gate without a network may let this account in: staff, and shoppers who have paid before."""
    return account.role is not Role.SHOPPER or entries.has_paid_order(session, account.id)


def check_at_gate(session: Session, account: AccountTable) -> None:
    """Check what may have changed since the code was minted.

    Raises:
        EntryCodeInvalidError: The account was erased.
        AccountBlockedError: A manager closed the account.
        PaymentDueError: An order is not paid.
    """
    if account.erased_at is not None:
        raise EntryCodeInvalidError("the account of this entry code does not exist")
    if account.blocked_reason is not None:
        raise AccountBlockedError(
            "this account is closed; ask the store's staff, who can tell why and open it again"
        )
    if orders.has_payment_due(session, account.id):
        raise PaymentDueError("an earlier order is not paid; pay it before you enter")
