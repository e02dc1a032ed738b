"""What receipts say, in each language they are printed in."""

from dataclasses import dataclass

from checkout_api.states import LineState, OrderState


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of a receipt.

    Attributes:
        is_right_to_left: Whether lines begin at the right.
        locale: For numbers and times, as CLDR names it.
    """

    locale: str
    is_right_to_left: bool
    receipt: str
    total: str
    tax: str
    on: str
    deposit: str
    charged_to: str
    account: str
    refunded: str
    visit: str
    status: dict[OrderState, str]
    line_note: dict[LineState, str]


_ENGLISH = Words(
    locale="en",
    is_right_to_left=False,
    receipt="Receipt",
    total="Total",
    tax="Tax",
    on="on",
    deposit="Deposit",
    charged_to="Charged to",
    account="account",
    refunded="Refunded",
    visit="Visit",
    status={
        OrderState.PENDING: "Payment pending: we will confirm it shortly",
        OrderState.IN_REVIEW: "Being checked: nothing has been charged",
        OrderState.PAID: "Paid",
        OrderState.ACTION_REQUIRED: "Your bank has a question: please pay in the app",
        OrderState.PAYMENT_DUE: "Payment declined: please pay in the app",
        OrderState.NO_PURCHASE: "No purchase: nothing was charged",
        OrderState.PARTLY_REFUNDED: "Paid, partly refunded",
        OrderState.REFUNDED: "Refunded in full",
    },
    line_note={
        LineState.IN_REVIEW: "being checked, not charged",
        LineState.DROPPED: "dropped, not charged",
    },
)
_ARABIC = Words(
    locale="ar",
    is_right_to_left=True,
    receipt="إيصال",
    total="المجموع",
    tax="ضريبة",
    on="على",
    deposit="تأمين العبوة",
    charged_to="تم الخصم من",
    account="الحساب",
    refunded="تم رده",
    visit="زيارة",
    status={
        OrderState.PENDING: "الدفع قيد التنفيذ: سنؤكده قريبا",
        OrderState.IN_REVIEW: "قيد المراجعة: لم يتم خصم أي مبلغ",
        OrderState.PAID: "مدفوع",
        OrderState.ACTION_REQUIRED: "لدى البنك سؤال: يرجى الدفع في التطبيق",
        OrderState.PAYMENT_DUE: "تم رفض الدفع: يرجى الدفع في التطبيق",
        OrderState.NO_PURCHASE: "لا مشتريات: لم يتم خصم أي مبلغ",
        OrderState.PARTLY_REFUNDED: "مدفوع، تم رد جزء منه",
        OrderState.REFUNDED: "تم رد المبلغ كاملا",
    },
    line_note={
        LineState.IN_REVIEW: "قيد المراجعة، لم يخصم",
        LineState.DROPPED: "ألغي، لم يخصم",
    },
)
LANGUAGES = {"en": _ENGLISH, "ar": _ARABIC}


def words(language: str) -> Words:
    """Return the words of a language such as `ar` or `ar-EG`; English where there are none."""
    return LANGUAGES.get(language.partition("-")[0].lower(), _ENGLISH)
