"""Queries about accounts, their payment methods, passkeys and consents, and about devices."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from checkout_api.account_tables import ConsentTable, PasskeyChallengeTable, PasskeyTable
from checkout_api.tables import AccountTable, DeviceTable, PaymentMethodTable


def account_by_email(session: Session, email: str) -> AccountTable | None:
    """Find an account by its address, in lower case."""
    return session.scalar(select(AccountTable).where(AccountTable.email == email))


def account(session: Session, account_id: str) -> AccountTable | None:
    """Find an account."""
    return session.get(AccountTable, account_id)


def existing(session: Session, account_id: str) -> AccountTable:
    """Return an account that exists."""
    return session.get_one(AccountTable, account_id)


def anonymous_account(session: Session, provider: str, token: str) -> AccountTable | None:
    """Find the account of whoever tapped this card before."""
    return session.scalar(
        select(AccountTable)
        .join(PaymentMethodTable, PaymentMethodTable.account_id == AccountTable.id)
        .where(
            PaymentMethodTable.provider == provider,
            PaymentMethodTable.token == token,
            AccountTable.email.is_(None),
            AccountTable.erased_at.is_(None),
        )
        .limit(1)
    )


def newest_payment_method(session: Session, account_id: str) -> PaymentMethodTable | None:
    """Find the payment method that is charged."""
    return session.scalar(
        select(PaymentMethodTable)
        .where(PaymentMethodTable.account_id == account_id)
        .order_by(PaymentMethodTable.linked_at.desc(), PaymentMethodTable.id)
        .limit(1)
    )


def device_by_key(session: Session, key_sha256: str) -> DeviceTable | None:
    """Find a device by the digest of its key, also one whose key was taken back."""
    return session.scalar(select(DeviceTable).where(DeviceTable.key_sha256 == key_sha256))


def devices(session: Session) -> Sequence[DeviceTable]:
    """Return all devices, oldest first."""
    return session.scalars(select(DeviceTable).order_by(DeviceTable.registered_at, DeviceTable.id)).all()


def payment_methods(session: Session, account_id: str) -> Sequence[PaymentMethodTable]:
    """Return all payment methods of an account, oldest first."""
    return session.scalars(
        select(PaymentMethodTable)
        .where(PaymentMethodTable.account_id == account_id)
        .order_by(PaymentMethodTable.linked_at)
    ).all()


def passkeys(session: Session, account_id: str) -> Sequence[PasskeyTable]:
    """Return the passkeys of an account, oldest first."""
    return session.scalars(
        select(PasskeyTable).where(PasskeyTable.account_id == account_id).order_by(PasskeyTable.added_at)
    ).all()


def passkey(session: Session, credential_id: str) -> PasskeyTable | None:
    """Find a passkey, locked for this transaction."""
    return session.get(PasskeyTable, credential_id, with_for_update=True)


def take_challenge(session: Session, challenge_id: str) -> PasskeyChallengeTable | None:
    """Take a challenge out: whoever gets it is the only one."""
    found = session.get(PasskeyChallengeTable, challenge_id, with_for_update=True)
    if found is not None:
        session.delete(found)
        session.flush()
    return found


def forget_challenges(session: Session, at: datetime) -> None:
    """Remove the challenges that were never answered."""
    session.execute(delete(PasskeyChallengeTable).where(PasskeyChallengeTable.expires_at <= at))


def forget_account(session: Session, account_id: str) -> None:
    """Remove passkeys and challenges of an account."""
    session.execute(delete(PasskeyTable).where(PasskeyTable.account_id == account_id))
    session.execute(delete(PasskeyChallengeTable).where(PasskeyChallengeTable.account_id == account_id))


def consents(session: Session, account_id: str) -> Sequence[ConsentTable]:
    """Return what an account agreed to and withdrew, oldest first."""
    return session.scalars(
        select(ConsentTable)
        .where(ConsentTable.account_id == account_id)
        .order_by(ConsentTable.recorded_at, ConsentTable.id)
    ).all()
