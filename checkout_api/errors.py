"""Everything the checkout refuses, and the HTTP status and stable code each refusal has.

CheckoutError
├── InvalidRequestError            the body is well formed but cannot be right
│   ├── CardNumberRefusedError     card numbers never enter this system
│   ├── UnknownProductError        a cart names a product that the catalogue lacks
│   └── RefundTooLargeError        more than what was charged
├── BodyTooLargeError
├── NotSignedInError               no, wrong or expired token or device key
├── NotAllowedError                known, but this role may not do it
├── NotFoundError                  absent, or somebody else's: the caller cannot tell
├── EntryRefusedError              the gate stays shut
│   ├── EntryCodeInvalidError
│   ├── EntryCodeExpiredError
│   └── EntryCodeUsedError
├── PaymentDueError                an unpaid order, or no payment method, blocks entry
├── ConflictError                  it contradicts what is already written
│   ├── EmailTakenError
│   ├── VisitClosedError
│   ├── TripConflictError          same trip id, another purchase
│   └── ReviewClosedError
├── PaymentTokenRefusedError       the provider does not know this token
├── GatewayUnavailableError        the provider did not answer: the outcome is unknown, ask again
├── DatabaseUnavailableError       cannot be opened, read or written
├── PortInUseError                 at start
├── SettingsError                  at start
└── raised by `client` only:
    ├── CheckoutRefusedError       the API answered with a refusal
    └── CheckoutUnreachableError   the API did not answer, after bounded retries
"""

from dataclasses import dataclass
from http import HTTPStatus


class CheckoutError(Exception):
    """Base class: what is wrong, where, and what to do, in one line."""


class InvalidRequestError(CheckoutError):
    """The request is well formed but cannot be right."""


class CardNumberRefusedError(InvalidRequestError):
    """A body holds what looks like a card number."""


class UnknownProductError(InvalidRequestError):
    """A cart names a product that is not in the catalogue."""


class RefundTooLargeError(InvalidRequestError):
    """All refunds together would exceed what was charged."""


class BodyTooLargeError(CheckoutError):
    """The body is larger than this API reads."""


class NotSignedInError(CheckoutError):
    """There is no valid token or device key."""


class NotAllowedError(CheckoutError):
    """The caller's role may not do this."""


class NotFoundError(CheckoutError):
    """It does not exist, or belongs to somebody else."""


class EntryRefusedError(CheckoutError):
    """The gate stays shut."""


class EntryCodeInvalidError(EntryRefusedError):
    """Not one of our codes, or altered."""


class EntryCodeExpiredError(EntryRefusedError):
    """The code's time is over, or has not come."""


class EntryCodeUsedError(EntryRefusedError):
    """Somebody has entered with this code."""


class PaymentDueError(CheckoutError):
    """An unpaid order or a missing payment method stands in the way."""


class ConflictError(CheckoutError):
    """The request contradicts what is already written."""


class EmailTakenError(ConflictError):
    """An account with this e-mail address exists."""


class VisitClosedError(ConflictError):
    """The shopper has left; the cart is sealed."""


class TripConflictError(ConflictError):
    """The same idempotency id came with another content."""


class ReviewClosedError(ConflictError):
    """The question was answered differently before."""


class PaymentTokenRefusedError(CheckoutError):
    """The payment provider does not know this token."""


class GatewayUnavailableError(CheckoutError):
    """The payment provider did not answer; the outcome is unknown and asking again is safe."""


class DatabaseUnavailableError(CheckoutError):
    """The database cannot be opened, read or written."""


class PortInUseError(CheckoutError):
    """Another program listens on the port."""


class SettingsError(CheckoutError):
    """The settings cannot be used."""


class CheckoutUnreachableError(CheckoutError):
    """The API did not answer; the same call may be made again later."""


class CheckoutRefusedError(CheckoutError):
    """The API answered with a refusal.

    Attributes:
        status: HTTP status.
        code: Stable machine-readable code, see `PROBLEMS`.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"the checkout API refused ({status} {code}): {detail}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Problem:
    """How one class of refusal looks from outside; the code never changes."""

    status: HTTPStatus
    code: str


PROBLEMS: dict[type[CheckoutError], Problem] = {
    InvalidRequestError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request"),
    CardNumberRefusedError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "card_number_refused"),
    UnknownProductError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_product"),
    RefundTooLargeError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "refund_too_large"),
    BodyTooLargeError: Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large"),
    NotSignedInError: Problem(HTTPStatus.UNAUTHORIZED, "not_signed_in"),
    NotAllowedError: Problem(HTTPStatus.FORBIDDEN, "not_allowed"),
    NotFoundError: Problem(HTTPStatus.NOT_FOUND, "not_found"),
    EntryCodeInvalidError: Problem(HTTPStatus.FORBIDDEN, "entry_code_invalid"),
    EntryCodeExpiredError: Problem(HTTPStatus.FORBIDDEN, "entry_code_expired"),
    EntryCodeUsedError: Problem(HTTPStatus.FORBIDDEN, "entry_code_used"),
    PaymentDueError: Problem(HTTPStatus.PAYMENT_REQUIRED, "payment_due"),
    ConflictError: Problem(HTTPStatus.CONFLICT, "conflict"),
    EmailTakenError: Problem(HTTPStatus.CONFLICT, "email_taken"),
    VisitClosedError: Problem(HTTPStatus.CONFLICT, "visit_closed"),
    TripConflictError: Problem(HTTPStatus.CONFLICT, "trip_conflict"),
    ReviewClosedError: Problem(HTTPStatus.CONFLICT, "review_closed"),
    PaymentTokenRefusedError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "payment_token_refused"),
    GatewayUnavailableError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "gateway_unavailable"),
    DatabaseUnavailableError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"),
}
