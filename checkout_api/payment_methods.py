"""Routes: a payment method is linked on the provider's own page; no card number ever comes here."""

from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep
from checkout_api.errors import NotFoundError
from checkout_api.payment_schemas import SetupBody, SetupSchema
from checkout_api.payment_tables import PaymentSetupTable
from checkout_api.payments import Setup, SetupPage, SetupRequest, SetupState
from checkout_api.repository import accounts, setups
from checkout_api.tables import PaymentMethodTable

router = APIRouter(tags=["payment methods"])


@router.post("/v1/me/payment-methods/setups", status_code=201)
def start_setup(context: ContextDep, person: PersonDep, body: SetupBody) -> SetupSchema:
    """Make the provider's page on which a payment method is linked, and say where it is."""
    row = PaymentSetupTable(
        id=context.new_id(),
        account_id=person.account_id,
        provider=context.gateway.provider,
        setup_id=None,
        state=SetupState.OPEN,
        consent_text=body.consent_text,
        started_at=context.clock(),
        finished_at=None,
        payment_method_id=None,
    )
    with context.database.write() as session:
        session.add(row)
        method = accounts.newest_payment_method(session, person.account_id)
    same_provider = method is not None and method.provider == context.gateway.provider
    page = context.gateway.start_setup(
        SetupRequest(
            reference=person.account_id,
            customer=method.customer if method is not None and same_provider else None,
            return_url=str(body.return_url),
            cancel_url=str(body.cancel_url),
            idempotency_key=f"setup:{row.id}",
        )
    )
    with context.database.write() as session:
        session.get_one(PaymentSetupTable, row.id).setup_id = page.setup_id
    return _shown(row, page)


@router.get("/v1/me/payment-methods/setups/{setup_id}")
def setup_state(context: ContextDep, person: PersonDep, setup_id: str) -> SetupSchema:
    """Ask what became of it, and link the payment method when the provider has it."""
    with context.database.read() as session:
        row = session.get(PaymentSetupTable, setup_id)
    if row is None or row.account_id != person.account_id or row.setup_id is None:
        raise NotFoundError(f"there is no setup {setup_id!r}")
    finish_setup(context, row.setup_id)
    with context.database.read() as session:
        return _shown(session.get_one(PaymentSetupTable, setup_id), None)


def finish_setup(context: Context, setup_id: str) -> None:
    """Link what was set up on the provider's page, once however often this is asked for.

    Raises:
        GatewayUnavailableError: Ask again.
    """
    with context.database.read() as session:
        row = setups.by_setup_id(session, setup_id)
    if row is None or row.state is not SetupState.OPEN:
        return
    setup = context.gateway.setup(setup_id)
    if setup.state is SetupState.OPEN:
        return
    try:
        with context.database.write() as session:
            _finish(context, session, row.id, setup)
    except IntegrityError:
        # The provider's message and the shopper's return came at the same time; the other one linked it.
        return


def _finish(context: Context, session: Session, row_id: str, setup: Setup) -> None:
    row = session.get_one(PaymentSetupTable, row_id, with_for_update=True)
    if row.state is not SetupState.OPEN:
        return
    row.state = setup.state
    row.finished_at = context.clock()
    if setup.token is None or setup.card is None:
        return
    method = PaymentMethodTable(
        id=context.new_id(),
        account_id=row.account_id,
        provider=row.provider,
        token=setup.token,
        brand=setup.card.brand,
        last4=setup.card.last4,
        exp_month=setup.card.exp_month,
        exp_year=setup.card.exp_year,
        linked_at=context.clock(),
        customer=setup.customer,
    )
    session.add(method)
    session.flush()
    row.payment_method_id = method.id


def _shown(row: PaymentSetupTable, page: SetupPage | None) -> SetupSchema:
    return SetupSchema(
        setup_id=row.id,
        state=row.state.value,
        url=page.url if page is not None else None,
        payment_method_id=row.payment_method_id,
    )
