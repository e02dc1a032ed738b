"""Minting: slow checks first, then a pass with its rotating codes.

Where the store holds money before a visit, it does so for whoever has not paid an order yet.

A pass is for one visit of a party. Its codes follow one another and overlap, so that a phone can show them
without a network; every code opens one gate once, and all of them together let in as many as the party has.
"""

from datetime import timedelta

from checkout_api import entry_codes, risk
from checkout_api.context import Context
from checkout_api.entry_codes import EntryCode
from checkout_api.entry_keys import signing_key
from checkout_api.errors import (
    GatewayUnavailableError,
    InvalidRequestError,
    NotFoundError,
    PaymentDueError,
)
from checkout_api.holds import ensure_hold
from checkout_api.repository import accounts
from checkout_api.settings import Settings
from checkout_api.states import AttemptState, Role
from checkout_api.tokens import Person
from checkout_api.visit_states import VisitKind
from checkout_api.visit_tables import EntryPassTable


def arm(context: Context, person: Person, party_size: int) -> EntryPassTable:
    """Check the account and write its pass.

    Raises:
        NotFoundError: The account does not exist any more.
        InvalidRequestError: Staff come in one by one.
        AccountBlockedError, PaymentDueError: The account may not come in, see `risk`.
        GatewayUnavailableError: Money has to be reserved first and nobody answers.
    """
    settings = context.settings
    kind = VisitKind.SHOPPER if person.role is Role.SHOPPER else VisitKind.ASSOCIATE
    if kind is VisitKind.ASSOCIATE and party_size > 1:
        raise InvalidRequestError("partySize: staff come in one by one, on a code each")
    entry_pass = EntryPassTable(
        id=context.new_id(),
        account_id=person.account_id,
        kind=kind,
        party_size=party_size,
        valid_from=context.clock().replace(microsecond=0),
        rotation_s=settings.entry_code_rotation_s,
        lifetime_s=settings.entry_code_lifetime_s,
        # Each of a party takes a code, so there are as many more.
        n_codes=settings.entry_codes_per_pass + party_size - 1,
        is_good_offline=False,
        visit_id=None,
    )
    with context.database.read() as session:
        account = accounts.account(session, person.account_id)
        if account is None:
            raise NotFoundError("this account does not exist any more")
        risk.check_before_minting(context, session, account)
        entry_pass.is_good_offline = risk.may_enter_unasked(session, account)
    if not entry_pass.is_good_offline and context.settings.hold_minor > 0:
        _must_be_held(context, account.id)
    with context.database.write() as session:
        session.add(entry_pass)
    return entry_pass


def _must_be_held(context: Context, account_id: str) -> None:
    """Reserve money for somebody whom the store does not know yet."""
    hold = ensure_hold(context, account_id, None)
    if hold.state is AttemptState.HELD:
        return
    if hold.state in {AttemptState.DECLINED, AttemptState.ACTION_REQUIRED}:
        raise PaymentDueError(
            "reserve the money for this visit first, with POST /v1/me/holds, or link another card"
        )
    raise GatewayUnavailableError("the payment provider does not answer; ask for a code again in a moment")


def code_of(entry_pass: EntryPassTable, n: int, settings: Settings) -> EntryCode:
    """Return the n-th code of a pass, from 0.

    The first codes, one for each of the party, are good at once; or the second of two people would have to
    wait for the next rotation.
    """
    turn = max(0, n - entry_pass.party_size + 1)
    return EntryCode(
        key_id=settings.entry_key_id,
        pass_id=entry_pass.id,
        n=n,
        party_size=entry_pass.party_size,
        is_good_offline=entry_pass.is_good_offline,
        valid_from=entry_pass.valid_from + timedelta(seconds=turn * entry_pass.rotation_s),
        lifetime=timedelta(seconds=entry_pass.lifetime_s),
    )


def text_of(code: EntryCode, settings: Settings) -> str:
    """Return the text of the QR code."""
    return entry_codes.sign(code, signing_key(settings))
