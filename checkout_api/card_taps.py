"""Entry without an account: a card is tapped at the gate's payment terminal, and its token pays.

The terminal belongs to the payment provider and hands out a token; the number of the card never comes near
us. Whoever taps the same card again is the same anonymous account, so that a debt is remembered.
"""

from sqlalchemy.orm import Session

from checkout_api import risk
from checkout_api.admission import Opening, claim_event, new_visit
from checkout_api.context import Context
from checkout_api.errors import ConflictError
from checkout_api.payments import CardOnFile
from checkout_api.repository import accounts, visits
from checkout_api.states import Role
from checkout_api.tables import AccountTable, PaymentMethodTable, VisitTable
from checkout_api.visit_states import VisitKind


def admit_card(context: Context, opening: Opening, token: str) -> VisitTable:
    """Let somebody in on a card; the same event and card give the same visit again.

    Raises:
        PaymentTokenRefusedError: The provider does not know the token.
        GatewayUnavailableError: The provider does not answer; show a code of the app instead.
        PaymentDueError, AccountBlockedError: As at any gate, see `risk`.
        ConflictError: The gate's event id stands for another entry.
    """
    # The one question at a gate that needs the provider, and so it comes before the transaction.
    card = context.gateway.card_on_file(token)
    with context.database.write() as session:
        account = _account_of(context, session, token, card)
        known = visits.auth_event(session, context.settings.store_id, opening.event.id)
        if known is not None:
            visit = session.get_one(VisitTable, known.visit_id)
            if visit.account_id != account.id:
                raise ConflictError(
                    f"authEvent.id {opening.event.id!r} was used for another entry; use a fresh id"
                )
            return visit
        risk.check_at_gate(session, account)
        visit = new_visit(context, account.id, VisitKind.ANONYMOUS, opening.event.timestamp)
        session.add(visit)
        session.flush()
        claim_event(context, session, opening.event, visit)
        return visit


def _account_of(context: Context, session: Session, token: str, card: CardOnFile) -> AccountTable:
    known = accounts.anonymous_account(session, context.gateway.provider, token)
    if known is not None:
        return known
    now = context.clock()
    account = AccountTable(
        id=context.new_id(),
        email=None,
        display_name=f"{card.brand} card ending in {card.last4}",
        password_hash=None,
        role=Role.SHOPPER,
        created_at=now,
        blocked_reason=None,
        erased_at=None,
    )
    session.add(account)
    session.flush()
    session.add(
        PaymentMethodTable(
            id=context.new_id(),
            account_id=account.id,
            provider=context.gateway.provider,
            token=token,
            brand=card.brand,
            last4=card.last4,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            linked_at=now,
        )
    )
    session.flush()
    return account
