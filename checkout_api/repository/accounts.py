"""Queries about accounts, payment methods and devices."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from checkout_api.tables import AccountTable, DeviceTable, PaymentMethodTable


def account_by_email(session: Session, email: str) -> AccountTable | None:
    """Find an account by its address, in lower case."""
    return session.scalar(select(AccountTable).where(AccountTable.email == email))


def account(session: Session, account_id: str) -> AccountTable | None:
    """Find an account."""
    return session.get(AccountTable, account_id)


def newest_payment_method(session: Session, account_id: str) -> PaymentMethodTable | None:
    """Find the payment method that is charged."""
    return session.scalar(
        select(PaymentMethodTable)
        .where(PaymentMethodTable.account_id == account_id)
        .order_by(PaymentMethodTable.linked_at.desc(), PaymentMethodTable.id)
        .limit(1)
    )


def device_by_key(session: Session, key_sha256: str) -> DeviceTable | None:
    """Find a device by the digest of its key."""
    return session.scalar(select(DeviceTable).where(DeviceTable.key_sha256 == key_sha256))
