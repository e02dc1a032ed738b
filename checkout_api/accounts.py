"""Routes: sign up, sign in, link a payment method; managers add staff and close accounts."""

from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError

from checkout_api import passwords
from checkout_api.account_schemas import BlockRequest
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, ManagerDep, PersonDep
from checkout_api.errors import EmailTakenError, NotFoundError, NotSignedInError
from checkout_api.limits import AddressLimit
from checkout_api.repository import accounts
from checkout_api.schemas import (
    AccountSchema,
    PaymentMethodLink,
    PaymentMethodSchema,
    SignUp,
    StaffSignUp,
    TokenRequest,
    TokenSchema,
)
from checkout_api.states import Role
from checkout_api.tables import AccountTable, PaymentMethodTable
from checkout_api.tokens import Person, token_for

router = APIRouter(tags=["accounts"])


@router.post("/v1/accounts", status_code=201, dependencies=[AddressLimit])
def sign_up(context: ContextDep, body: SignUp) -> AccountSchema:
    """Make a shopper's account."""
    return create_account(context, body, Role.SHOPPER)


@router.post("/v1/staff", status_code=201)
def sign_up_staff(context: ContextDep, _manager: ManagerDep, body: StaffSignUp) -> AccountSchema:
    """Make an account of the store's staff."""
    return create_account(context, body, body.role)


@router.post("/v1/tokens", status_code=201, dependencies=[AddressLimit])
def sign_in(context: ContextDep, body: TokenRequest) -> TokenSchema:
    """Exchange e-mail address and password for a short-lived token."""
    context.limiter.hit(context.settings.sign_in_limit, "sign-in", body.email.lower())
    with context.database.read() as session:
        account = accounts.account_by_email(session, body.email.lower())
    digest = account.password_hash if account else None
    if not passwords.password_is_right(digest, body.password.get_secret_value()) or account is None:
        raise NotSignedInError("the e-mail address or the password is wrong")
    return token_for(context, Person(account.id, account.role))


@router.put("/v1/accounts/{account_id}/block", status_code=204)
def block_account(context: ContextDep, _manager: ManagerDep, account_id: str, body: BlockRequest) -> None:
    """Close an account to new entries: a decision of a person, never of a rule."""
    _set_block(context, account_id, body.reason)


@router.delete("/v1/accounts/{account_id}/block", status_code=204)
def unblock_account(context: ContextDep, _manager: ManagerDep, account_id: str) -> None:
    """Open an account again."""
    _set_block(context, account_id, None)


@router.get("/v1/me")
def me(context: ContextDep, person: PersonDep) -> AccountSchema:
    """Show the account of the person who is signed in."""
    with context.database.read() as session:
        account = accounts.account(session, person.account_id)
    if account is None:
        raise NotFoundError("this account does not exist any more")
    return shown_account(account)


@router.post("/v1/me/payment-methods", status_code=201)
def link_payment_method(
    context: ContextDep, person: PersonDep, body: PaymentMethodLink
) -> PaymentMethodSchema:
    """Link a payment method by the provider's token; the newest one is charged."""
    with context.database.read() as session:
        newest = accounts.newest_payment_method(session, person.account_id)
    if newest is not None and (newest.provider, newest.token) == (context.gateway.provider, body.token):
        return shown_method(newest)
    card = context.gateway.card_on_file(body.token)
    method = PaymentMethodTable(
        id=context.new_id(),
        account_id=person.account_id,
        provider=context.gateway.provider,
        token=body.token,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        linked_at=context.clock(),
    )
    with context.database.write() as session:
        session.add(method)
    return shown_method(method)


def create_account(context: Context, body: SignUp, role: Role) -> AccountSchema:
    """Write a new account.

    Raises:
        EmailTakenError: If the address has an account.
    """
    account = AccountTable(
        id=context.new_id(),
        email=body.email.lower(),
        display_name=body.display_name,
        password_hash=passwords.hash_password(body.password.get_secret_value()),
        role=role,
        created_at=context.clock(),
        blocked_reason=None,
        erased_at=None,
    )
    try:
        with context.database.write() as session:
            session.add(account)
    except IntegrityError:
        raise EmailTakenError("this e-mail address has an account; sign in instead") from None
    return shown_account(account)


def shown_account(account: AccountTable) -> AccountSchema:
    """Return an account as its owner sees it."""
    return AccountSchema(
        account_id=account.id, email=account.email, display_name=account.display_name, role=account.role
    )


def shown_method(method: PaymentMethodTable) -> PaymentMethodSchema:
    """Return a payment method as its owner sees it."""
    return PaymentMethodSchema(
        payment_method_id=method.id,
        provider=method.provider,
        brand=method.brand,
        last4=method.last4,
        exp_month=method.exp_month,
        exp_year=method.exp_year,
    )


def _set_block(context: Context, account_id: str, reason: str | None) -> None:
    with context.database.write() as session:
        account = accounts.account(session, account_id)
        if account is None or account.erased_at is not None:
            raise NotFoundError(f"there is no account {account_id!r}")
        account.blocked_reason = reason
