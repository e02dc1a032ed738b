"""Queries about shoppers on their way to link a payment method."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from checkout_api.payment_tables import PaymentSetupTable


def by_setup_id(session: Session, setup_id: str) -> PaymentSetupTable | None:
    """Find a setup by the provider's id of it."""
    return session.scalar(select(PaymentSetupTable).where(PaymentSetupTable.setup_id == setup_id))
