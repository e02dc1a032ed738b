"""What the checkout client takes and gives: plain facts, without anything of the wire or the server."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CatalogProduct:
    """A product to upload; `tax_rate` is a fraction, 0.19 for 19 %."""

    sku: str
    name: str
    price_minor: int
    currency: str
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class ShopperLogin:
    """A signed-in shopper; the token is short-lived, see `CheckoutClient.sign_in`."""

    account_id: str
    token: str


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """A linked payment method."""

    payment_method_id: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class EntryCode:
    """A code that opens a gate once; `code` is the text of the QR code."""

    code: str
    valid_from: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class EntryPass:
    """Codes minted ahead, to be shown one after the other; together they let in a whole party."""

    pass_id: str
    codes: tuple[EntryCode, ...]

    @property
    def code(self) -> str:
        """The text of the first code."""
        return self.codes[0].code


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What a gate needs to decide without a network: Ed25519 public keys (32 bytes) by id, and how often."""

    public_keys: dict[int, bytes]
    offline_entries_limit: int


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """One opening of a gate, by the gate's own id of it."""

    event_id: str
    at: datetime
    location: str = "gate"


@dataclass(frozen=True, slots=True)
class OfflineEntry:
    """One opening that a gate decided on its own."""

    code: str
    event: AuthEvent


@dataclass(frozen=True, slots=True)
class OfflineEntryResult:
    """What became of it: a visit, or the code of a refusal; `flag` says what is doubtful about the visit."""

    visit_id: str | None
    flag: str | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart; `confidence` is a probability."""

    sku: str
    quantity: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line of a finished trip; without `needs_review` it is charged."""

    sku: str
    quantity: int
    confidence: float = 1.0
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Trip:
    """A finished trip; the same `trip_id` is one purchase, however often it is sent."""

    trip_id: str
    started_at: datetime
    ended_at: datetime
    auth_events: tuple[AuthEvent, ...]
    lines: tuple[PurchaseLine, ...]


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of a receipt; `state` is billed, in_review or dropped."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    confidence: float
    state: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it stands now; amounts are minor units.

    Attributes:
        status: pending, in_review, paid, payment_due, no_purchase, partly_refunded or refunded.
        charge_ids: The provider's ids of what was charged.
    """

    receipt_id: str
    receipt_number: int
    order_id: str
    visit_id: str
    status: str
    currency: str
    lines: tuple[ReceiptLine, ...]
    total_minor: int
    charged_minor: int
    refunded_minor: int
    charge_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settling pass did."""

    finished: int
    unfinished: int
