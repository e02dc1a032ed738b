"""Routes: what somebody agreed to, everything that is stored about them, and forgetting it.

Orders and their money stay, as tax law wants, under an account id that leads to nobody any more.
"""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from checkout_api.account_schemas import (
    ConsentRequest,
    ConsentSchema,
    EraseRequest,
    EvidenceAccessSchema,
    ExportSchema,
    VisitSummary,
)
from checkout_api.account_tables import ConsentTable
from checkout_api.accounts import shown_account, shown_method
from checkout_api.dependencies import ContextDep, PersonDep
from checkout_api.errors import AccountInUseError, NotFoundError
from checkout_api.limits import CallerLimit
from checkout_api.passkeys import shown_passkey
from checkout_api.receipts import write_receipt
from checkout_api.repository import accounts, entries, evidence
from checkout_api.states import Role
from checkout_api.tables import AccountTable

router = APIRouter(tags=["privacy"])


@router.get("/v1/me/consents")
def list_consents(context: ContextDep, person: PersonDep) -> list[ConsentSchema]:
    """Show what was agreed to and withdrawn, oldest first; the last word of each purpose counts."""
    with context.database.read() as session:
        return [_consent(row) for row in accounts.consents(session, person.account_id)]


@router.post("/v1/me/consents", status_code=201)
def record_consent(context: ContextDep, person: PersonDep, body: ConsentRequest) -> ConsentSchema:
    """Agree to something or withdraw it; nothing in the log is ever changed."""
    row = ConsentTable(
        id=context.new_id(),
        account_id=person.account_id,
        purpose=body.purpose,
        document_version=body.document_version,
        is_granted=body.is_granted,
        recorded_at=context.clock(),
    )
    with context.database.write() as session:
        _existing(session, person.account_id)
        session.add(row)
    return _consent(row)


@router.get("/v1/me/export", dependencies=[CallerLimit])
def export_account(context: ContextDep, person: PersonDep) -> ExportSchema:
    """Give out everything that is stored about the person who is signed in."""
    with context.database.read() as session:
        account = _existing(session, person.account_id)
        return ExportSchema(
            account=shown_account(account),
            payment_methods=[shown_method(row) for row in accounts.payment_methods(session, account.id)],
            passkeys=[shown_passkey(row) for row in accounts.passkeys(session, account.id)],
            consents=[_consent(row) for row in accounts.consents(session, account.id)],
            visits=[
                VisitSummary(
                    visit_id=row.id,
                    store_id=row.store_id,
                    state=row.state,
                    entered_at=row.entered_at,
                    exited_at=row.exited_at,
                )
                for row in entries.visits_of_account(session, account.id)
            ],
            receipts=[
                write_receipt(context, session, row, with_card=True)
                for row in entries.all_orders(session, account.id)
            ],
            evidence_accesses=[
                EvidenceAccessSchema(
                    evidence_id=row.evidence_id,
                    visit_id=row.visit_id,
                    by="yourself" if row.account_id == account.id else "staff",
                    accessed_at=row.accessed_at,
                )
                for row in evidence.accesses_of_account(session, account.id)
            ],
        )


@router.post("/v1/me/erase", status_code=204, dependencies=[CallerLimit])
def erase_account(context: ContextDep, person: PersonDep, _body: EraseRequest) -> None:
    """Forget who somebody is: address, name, password, passkeys, cards and pictures.

    Refused while a visit goes on or money is open, because nobody could settle it afterwards.
    """
    with context.database.write() as session:
        account = _existing(session, person.account_id)
        if account.role is not Role.SHOPPER:
            raise AccountInUseError("accounts of the staff are closed by a manager, not erased")
        if entries.open_visits(session, account.id) > 0:
            raise AccountInUseError("you are in the store; leave it, then erase the account")
        if entries.has_open_order(session, account.id):
            raise AccountInUseError(
                "an order is not settled yet; wait for its receipt or pay it, then erase the account"
            )
        _forget(session, account)
        account.erased_at = context.clock()


def _forget(session: Session, account: AccountTable) -> None:
    account.email = None
    account.display_name = "erased"
    account.password_hash = None
    account.blocked_reason = None
    accounts.forget_account(session, account.id)
    # Orders refer to the payment method, so the row stays; what it says of the card does not.
    for method in accounts.payment_methods(session, account.id):
        method.token = f"erased:{method.id}"
        method.brand, method.last4, method.customer = "erased", "0000", None
    evidence.forget_account(session, account.id)


def _existing(session: Session, account_id: str) -> AccountTable:
    account = accounts.account(session, account_id)
    if account is None or account.erased_at is not None:
        raise NotFoundError("this account does not exist any more")
    return account


def _consent(row: ConsentTable) -> ConsentSchema:
    return ConsentSchema(
        purpose=row.purpose,
        document_version=row.document_version,
        is_granted=row.is_granted,
        recorded_at=row.recorded_at,
    )
