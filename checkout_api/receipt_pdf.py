"""The receipt as a narrow PDF page, as long as its lines need."""

import unicodedata

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from checkout_api.money import Money
from checkout_api.schemas import ReceiptLineSchema, ReceiptSchema
from checkout_api.states import LineState, OrderState

# The paper of a till: 80 mm wide.
_WIDTH_MM = 80.0
_MARGIN_MM = 6.0
_ROW_MM = 4.6
_INNER_MM = _WIDTH_MM - 2 * _MARGIN_MM
_NAME_MM = 46.0
_HEAD_MM = 58.0

_STATUS = {
    OrderState.PENDING: "Payment pending: we will confirm it shortly",
    OrderState.IN_REVIEW: "Being checked: nothing has been charged",
    OrderState.PAID: "Paid",
    OrderState.PAYMENT_DUE: "Payment declined: please pay in the app",
    OrderState.NO_PURCHASE: "No purchase: nothing was charged",
    OrderState.PARTLY_REFUNDED: "Paid, partly refunded",
    OrderState.REFUNDED: "Refunded in full",
}
_PLAIN_PUNCTUATION = str.maketrans(
    {
        "\u2013": "-",
        "\u2014": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u20ac": "EUR",
    }
)
_LINE_NOTE = {LineState.IN_REVIEW: "being checked, not charged", LineState.DROPPED: "dropped, not charged"}


def render(receipt: ReceiptSchema) -> bytes:
    """Return the PDF; the same receipt gives the same bytes."""
    rows = sum(_rows(line) for line in receipt.lines) + len(receipt.taxes) + 4
    page = FPDF(unit="mm", format=(_WIDTH_MM, _HEAD_MM + rows * _ROW_MM))
    page.set_creation_date(receipt.issued_at)
    page.set_title(f"Receipt {receipt.receipt_number}")
    page.set_margin(_MARGIN_MM)
    page.set_auto_page_break(False)
    page.add_page()
    _head(page, receipt)
    for line in receipt.lines:
        _line(page, receipt, line)
    _totals(page, receipt)
    return bytes(page.output())


def _head(page: FPDF, receipt: ReceiptSchema) -> None:
    _centred(page, receipt.store_name, size=15, bold=True, height=7.5)
    _centred(page, f"Receipt {receipt.receipt_number}", size=9)
    _centred(page, f"{receipt.end_time:%Y-%m-%d %H:%M} UTC", size=9)
    page.ln(1)
    _centred(page, _STATUS[receipt.status], size=9, bold=True)
    _rule(page)


def _line(page: FPDF, receipt: ReceiptSchema, line: ReceiptLineSchema) -> None:
    amount = _amount(line.amount_minor, receipt.currency)
    is_billed = line.state is LineState.BILLED
    page.set_text_color(0 if is_billed else 120)
    _row(page, line.name, amount if is_billed else f"({amount})")
    if line.quantity > 1:
        _row(page, f"   {line.quantity} x {_amount(line.unit_price_minor, receipt.currency)}", "", size=8)
    if not is_billed:
        _row(page, f"   {_LINE_NOTE[line.state]}", "", size=8)
    page.set_text_color(0)


def _rows(line: ReceiptLineSchema) -> int:
    return 1 + (line.quantity > 1) + (line.state is not LineState.BILLED)


def _totals(page: FPDF, receipt: ReceiptSchema) -> None:
    _rule(page)
    _row(
        page, f"Total {receipt.currency}", _amount(receipt.total_minor, receipt.currency), size=11, bold=True
    )
    for tax in receipt.taxes:
        note = f"{tax.tax_rate * 100:f}".rstrip("0").rstrip(".") if tax.tax_rate else "0"
        net = _amount(tax.net_minor, receipt.currency)
        _row(page, f"Tax {note} % on {net}", _amount(tax.tax_minor, receipt.currency), size=8)
    page.ln(1)
    if receipt.charged_minor:
        card = f"{receipt.card.brand} **** {receipt.card.last4}" if receipt.card else "account"
        _row(page, f"Charged to {card}", _amount(receipt.charged_minor, receipt.currency))
    if receipt.refunded_minor:
        _row(page, "Refunded", _amount(-receipt.refunded_minor, receipt.currency))
    _rule(page)
    page.set_text_color(120)
    _centred(page, f"Visit {receipt.visit_id}", size=6.5)
    _centred(page, f"Receipt {receipt.receipt_id}", size=6.5)


def _amount(minor_units: int, currency: str) -> str:
    return str(Money(minor_units, currency)).removesuffix(f" {currency}")


def _row(page: FPDF, left: str, right: str, *, size: float = 9, bold: bool = False) -> None:
    page.set_font("Helvetica", "B" if bold else "", size)
    page.cell(_NAME_MM, _ROW_MM, _fit(page, left, _NAME_MM if right else _INNER_MM))
    page.cell(_INNER_MM - _NAME_MM, _ROW_MM, right, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _centred(page: FPDF, text: str, *, size: float, bold: bool = False, height: float = _ROW_MM) -> None:
    page.set_font("Helvetica", "B" if bold else "", size)
    shown = _fit(page, text, _INNER_MM)
    page.cell(_INNER_MM, height, shown, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _rule(page: FPDF) -> None:
    y = page.get_y() + 1.5
    page.set_draw_color(170)
    page.line(_MARGIN_MM, y, _WIDTH_MM - _MARGIN_MM, y)
    page.ln(3)


def _fit(page: FPDF, text: str, width_mm: float) -> str:
    shown = _printable(text)
    if page.get_string_width(shown) <= width_mm - 2:
        return shown
    while page.get_string_width(shown + "...") > width_mm - 2:
        shown = shown[:-1]
    return shown.rstrip() + "..."


def _printable(text: str) -> str:
    """Return `text` in the letters of the built-in font (Latin-1); others become a plain letter or `?`."""
    plain = text.translate(_PLAIN_PUNCTUATION)
    try:
        plain.encode("latin-1")
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", plain).encode("latin-1", "replace").decode("latin-1")
    return plain
