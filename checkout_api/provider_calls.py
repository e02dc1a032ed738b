"""What one payment attempt asks of the provider, and what the answer means. Writes nothing down.

Whoever may have asked before looks first: a provider can answer with an error about a capture that
succeeded, and goes on repeating that error for the same key.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from checkout_api.errors import GatewayUnavailableError, PaymentTokenRefusedError, RefundTooLargeError
from checkout_api.money import Money
from checkout_api.payments import (
    AUTHENTICATION_REQUIRED,
    CaptureRequest,
    ChargeRequest,
    ChargeState,
    ConfirmRequest,
    PaymentGateway,
    ProviderCharge,
    RefundRequest,
)
from checkout_api.states import AttemptState, Operation

logger = logging.getLogger(__name__)

HOLD_EXPIRED = "hold_expired"


@dataclass(frozen=True, slots=True)
class Job:
    """A payment attempt as the provider is to hear of it.

    Attributes:
        was_sent: The provider may have heard of it before.
        is_abandoned: The shopper had their time at the bank's page and did not come back.
    """

    attempt_id: str
    operation: Operation
    amount: Money
    token: str
    customer: str | None
    idempotency_key: str
    charge_id: str | None
    return_url: str | None
    was_sent: bool
    is_abandoned: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job led to; unknown means that the provider has to be asked again."""

    state: AttemptState
    decline_code: str | None = None
    action_url: str | None = None
    capture_before: datetime | None = None


def prepare(gateway: PaymentGateway, job: Job) -> str | Outcome:
    """Make the provider's object of a job and return its id, or why there is none."""
    request = ChargeRequest(
        job.amount,
        job.token,
        job.customer,
        job.attempt_id,
        job.operation is Operation.HOLD,
        job.idempotency_key,
    )
    try:
        return gateway.prepare(request)
    except PaymentTokenRefusedError as error:
        logger.info("payment attempt %s has no payment method: %s", job.attempt_id, error)
        return Outcome(AttemptState.DECLINED, "payment_method_unknown")
    except ValueError:
        logger.exception("payment attempt %s cannot be charged as it is", job.attempt_id)
        return Outcome(AttemptState.DECLINED, "amount_not_chargeable")
    except GatewayUnavailableError as error:
        logger.info("payment attempt %s is not prepared: %s", job.attempt_id, error)
        return Outcome(AttemptState.UNKNOWN)


def act(gateway: PaymentGateway, job: Job, charge_id: str) -> Outcome:
    """Do what a job is about, once, and return what became of it."""
    try:
        if job.operation is Operation.CAPTURE:
            return _capture(gateway, job, charge_id)
        if job.operation is Operation.CANCEL:
            return _cancel(gateway, job, charge_id)
        if job.operation is Operation.REFUND:
            return _refund(gateway, job, charge_id)
        return _charge(gateway, job, charge_id)
    except GatewayUnavailableError as error:
        logger.info("payment attempt %s has no answer: %s", job.attempt_id, error)
        return Outcome(AttemptState.UNKNOWN)


def _charge(gateway: PaymentGateway, job: Job, charge_id: str) -> Outcome:
    charge = gateway.retrieve(charge_id) if job.was_sent else None
    if charge is None or charge.state is ChargeState.READY:
        charge = gateway.confirm(ConfirmRequest(charge_id, job.return_url, f"confirm:{job.attempt_id}"))
    if charge.state is ChargeState.ACTION_REQUIRED:
        return _wait_for_shopper(gateway, job, charge)
    if charge.state is ChargeState.DECLINED:
        return Outcome(AttemptState.DECLINED, charge.decline_code)
    if charge.state is ChargeState.CANCELED:
        return Outcome(AttemptState.CANCELED)
    if charge.state is ChargeState.PROCESSING:
        return Outcome(AttemptState.UNKNOWN)
    if charge.state is ChargeState.HELD and job.operation is Operation.HOLD and charge.amount == job.amount:
        return Outcome(AttemptState.HELD, capture_before=charge.capture_before)
    return _captured(job, charge)


def _wait_for_shopper(gateway: PaymentGateway, job: Job, charge: ProviderCharge) -> Outcome:
    is_off_session = job.return_url is None
    if not is_off_session and not job.is_abandoned:
        return Outcome(AttemptState.ACTION_REQUIRED, action_url=charge.action_url)
    # Nobody is there to act; a charge left waiting could still be captured beside the one that follows it.
    canceled = gateway.cancel(charge.charge_id, f"cancel:{job.attempt_id}")
    if canceled.state is not ChargeState.CANCELED:
        return Outcome(AttemptState.UNKNOWN)
    if is_off_session:
        return Outcome(AttemptState.DECLINED, AUTHENTICATION_REQUIRED)
    return Outcome(AttemptState.CANCELED)


def _capture(gateway: PaymentGateway, job: Job, charge_id: str) -> Outcome:
    charge = gateway.retrieve(charge_id) if job.was_sent else None
    if charge is None or charge.state is ChargeState.HELD:
        charge = gateway.capture(CaptureRequest(charge_id, job.amount, job.idempotency_key))
    if charge.state is ChargeState.CANCELED:
        return Outcome(AttemptState.DECLINED, HOLD_EXPIRED)
    return _captured(job, charge)


def _captured(job: Job, charge: ProviderCharge) -> Outcome:
    expected = (ChargeState.CAPTURED, job.amount.minor_units, job.amount.currency)
    if (charge.state, charge.captured_minor, charge.amount.currency) != expected:
        logger.error(
            "charge %s should be %s, the provider's books say %s", charge.charge_id, job.amount, charge
        )
        raise GatewayUnavailableError(f"the provider's books disagree about charge {charge.charge_id}")
    return Outcome(AttemptState.CAPTURED)


def _cancel(gateway: PaymentGateway, job: Job, charge_id: str) -> Outcome:
    charge = gateway.cancel(charge_id, job.idempotency_key)
    if charge.state in {ChargeState.CANCELED, ChargeState.DECLINED}:
        return Outcome(AttemptState.CANCELED)
    logger.error("hold %s should be free, the provider's books say %s", charge_id, charge)
    return Outcome(AttemptState.DECLINED, f"hold_is_{charge.state}")


def _refund(gateway: PaymentGateway, job: Job, charge_id: str) -> Outcome:
    if job.was_sent:
        made = gateway.retrieve(charge_id).refunds
        if any(refund.reference == job.attempt_id for refund in made):
            return Outcome(AttemptState.CAPTURED)
    try:
        gateway.refund(RefundRequest(charge_id, job.amount, job.attempt_id, job.idempotency_key))
    except RefundTooLargeError:
        return Outcome(AttemptState.DECLINED, "refund_too_large")
    return Outcome(AttemptState.CAPTURED)
