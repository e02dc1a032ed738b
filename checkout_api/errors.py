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
│   ├── EntryCodeUsedError
│   └── AccountBlockedError        a manager closed the account
├── PaymentDueError                an unpaid order, or no payment method, blocks entry
├── ConflictError                  it contradicts what is already written
│   ├── EmailTakenError
│   ├── VisitClosedError
│   ├── TripConflictError          same trip id, another purchase
│   ├── ReviewClosedError
│   ├── AlreadyClaimedError        somebody else is looking at it
│   └── AccountInUseError          a visit or an unpaid order forbids erasing
├── TooManyRequestsError           over a limit; says when to come back
├── NotReadyError                  starting, stopping, or the tables are of another version
├── PaymentTokenRefusedError       the provider does not know this token
├── WebhookRefusedError            a message that claims to be the provider's and is not
├── GatewayUnavailableError        the provider did not answer: the outcome is unknown, ask again
├── MailError                      the mail server did not take a message
├── DatabaseUnavailableError       cannot be opened, read or written
├── PortInUseError                 at start
├── SettingsError                  at start
├── BackupError                    a backup cannot be made, read or restored
└── raised on the store computer only:
    ├── StoreLineError             the store computer's own file cannot be used
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


class AccountBlockedError(EntryRefusedError):
    """A manager closed this account; a person can open it again."""


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


class AlreadyClaimedError(ConflictError):
    """Somebody else has claimed it and still has time."""


class AccountInUseError(ConflictError):
    """The account cannot be erased yet."""


class TooManyRequestsError(CheckoutError):
    """The caller is over a limit.

    Attributes:
        retry_after_s: Whole seconds until it is worth another try.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotReadyError(CheckoutError):
    """The service is not able to work now."""


class PaymentTokenRefusedError(CheckoutError):
    """The payment provider does not know this token."""


class WebhookRefusedError(CheckoutError):
    """A message that claims to be the payment provider's is unsigned, altered, old or from the future."""


class GatewayUnavailableError(CheckoutError):
    """The payment provider did not answer; the outcome is unknown and asking again is safe."""


class MailError(CheckoutError):
    """The mail server did not take a message; it is sent again later."""


class DatabaseUnavailableError(CheckoutError):
    """The database cannot be opened, read or written."""


class PortInUseError(CheckoutError):
    """Another program listens on the port."""


class SettingsError(CheckoutError):
    """The settings cannot be used."""


class BackupError(CheckoutError):
    """A backup cannot be made, read or restored."""


class CheckoutUnreachableError(CheckoutError):
    """The API did not answer; the same call may be made again later."""


class StoreLineError(CheckoutError):
    """The file of the store computer's line to the API cannot be opened, read or written."""


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
    AccountBlockedError: Problem(HTTPStatus.FORBIDDEN, "account_blocked"),
    PaymentDueError: Problem(HTTPStatus.PAYMENT_REQUIRED, "payment_due"),
    ConflictError: Problem(HTTPStatus.CONFLICT, "conflict"),
    EmailTakenError: Problem(HTTPStatus.CONFLICT, "email_taken"),
    VisitClosedError: Problem(HTTPStatus.CONFLICT, "visit_closed"),
    TripConflictError: Problem(HTTPStatus.CONFLICT, "trip_conflict"),
    ReviewClosedError: Problem(HTTPStatus.CONFLICT, "review_closed"),
    AlreadyClaimedError: Problem(HTTPStatus.CONFLICT, "already_claimed"),
    AccountInUseError: Problem(HTTPStatus.CONFLICT, "account_in_use"),
    TooManyRequestsError: Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests"),
    NotReadyError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready"),
    PaymentTokenRefusedError: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "payment_token_refused"),
    WebhookRefusedError: Problem(HTTPStatus.BAD_REQUEST, "webhook_refused"),
    GatewayUnavailableError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "gateway_unavailable"),
    DatabaseUnavailableError: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable"),
}
