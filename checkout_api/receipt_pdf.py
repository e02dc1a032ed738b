"""The receipt as a narrow PDF page, as long as its lines need, in the shopper's language."""

import tempfile
from pathlib import Path

import pymupdf_fonts
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from checkout_api.money import Money
from checkout_api.receipt_words import Words, words
from checkout_api.schemas import ReceiptLineSchema, ReceiptSchema
from checkout_api.states import LineState

# The paper of a till: 80 mm wide.
_WIDTH_MM = 80.0
_MARGIN_MM = 6.0
_ROW_MM = 4.6
_INNER_MM = _WIDTH_MM - 2 * _MARGIN_MM
_NAME_MM = 46.0
_HEAD_MM = 58.0
_GREY = 120
# FiraGO has Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Georgian and Devanagari letters. Loading it takes a
# second, so it is used only for what the built-in font cannot print.
_WIDE_FONTS = {"": "figo", "B": "figbo"}


def render(receipt: ReceiptSchema, language: str = "en") -> bytes:
    """Return the PDF; the same receipt gives the same bytes."""
    text = words(language)
    rows = sum(_n_rows(line) for line in receipt.lines) + len(receipt.taxes) + 4
    page = FPDF(unit="mm", format=(_WIDTH_MM, _HEAD_MM + rows * _ROW_MM))
    page.set_creation_date(receipt.issued_at)
    page.set_title(f"{text.receipt} {receipt.receipt_number}")
    page.set_lang(text.locale)
    page.set_margin(_MARGIN_MM)
    page.set_auto_page_break(False)
    page.add_page()
    with tempfile.TemporaryDirectory(prefix="walkout-font-") as folder:
        family = _font(page, receipt, text, Path(folder))
        _Receipt(page, family, text, receipt).draw()
        return bytes(page.output())


def _font(page: FPDF, receipt: ReceiptSchema, text: Words, folder: Path) -> str:
    printed = [receipt.store_name, *(line.name for line in receipt.lines)]
    printed += [saving.name for line in receipt.lines for saving in line.savings]
    if not text.is_right_to_left and all(_is_latin_1(one) for one in printed):
        return "Helvetica"
    for style, name in _WIDE_FONTS.items():
        path = folder / f"{name}.ttf"
        path.write_bytes(pymupdf_fonts.fontbuffers[name]())
        page.add_font("FiraGO", style, path)
    # Joins Arabic letters; each text runs as its first letter does, as Unicode Annex 9 says.
    page.set_text_shaping(True)
    return "FiraGO"


def _is_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _n_rows(line: ReceiptLineSchema) -> int:
    return 1 + len(_notes_wanted(line))


def _notes_wanted(line: ReceiptLineSchema) -> list[str]:
    wanted = ["quantity"] if line.quantity > 1 else []
    wanted += ["saving"] * len(line.savings) + (["deposit"] if line.deposit_minor else [])
    return wanted + (["state"] if line.state is not LineState.BILLED else [])


class _Receipt:
    """One receipt on its way to paper."""

    def __init__(self, page: FPDF, family: str, text: Words, receipt: ReceiptSchema) -> None:
        self._page, self._family, self._text, self._receipt = page, family, text, receipt

    def draw(self) -> None:
        """Draw everything from top to bottom."""
        self._head()
        for line in self._receipt.lines:
            self._line(line)
        self._totals()

    def _head(self) -> None:
        receipt, text = self._receipt, self._text
        self._centred(receipt.store_name, size=15, bold=True, height=7.5)
        self._centred(f"{text.receipt} {receipt.receipt_number}", size=9)
        self._centred(f"{receipt.end_time:%Y-%m-%d %H:%M} UTC", size=9)
        self._page.ln(1)
        self._centred(text.status[receipt.status], size=9, bold=True)
        self._rule()

    def _line(self, line: ReceiptLineSchema) -> None:
        amount = self._amount(line.amount_minor)
        is_billed = line.state is LineState.BILLED
        self._page.set_text_color(0 if is_billed else _GREY)
        self._row(line.name, amount if is_billed else f"({amount})")
        if line.quantity > 1:
            self._note(f"{line.quantity} x {self._amount(line.unit_price_minor)}")
        for saving in line.savings:
            self._note(f"{saving.name} {self._amount(-saving.amount_minor)}")
        if line.deposit_minor:
            self._note(f"{self._text.deposit} {self._amount(line.deposit_minor)}")
        if not is_billed:
            self._note(self._text.line_note[line.state])
        self._page.set_text_color(0)

    def _totals(self) -> None:
        receipt, text = self._receipt, self._text
        self._rule()
        self._row(f"{text.total} {receipt.currency}", self._amount(receipt.total_minor), size=11, bold=True)
        for tax in receipt.taxes:
            rate = f"{tax.tax_rate * 100:f}".rstrip("0").rstrip(".") if tax.tax_rate else "0"
            note = f"{text.tax} {rate} % {text.on} {self._amount(tax.net_minor)}"
            self._row(note, self._amount(tax.tax_minor), size=8)
        self._page.ln(1)
        if receipt.charged_minor:
            card = f"{receipt.card.brand} **** {receipt.card.last4}" if receipt.card else text.account
            self._row(f"{text.charged_to} {card}", self._amount(receipt.charged_minor))
        if receipt.refunded_minor:
            self._row(text.refunded, self._amount(-receipt.refunded_minor))
        self._rule()
        self._page.set_text_color(_GREY)
        self._centred(f"{text.visit} {receipt.visit_id}", size=6.5)
        self._centred(f"{text.receipt} {receipt.receipt_id}", size=6.5)

    def _amount(self, minor_units: int) -> str:
        currency = self._receipt.currency
        return str(Money(minor_units, currency)).removesuffix(f" {currency}")

    def _note(self, text: str) -> None:
        # Its own row, set in a little from where lines begin.
        self._row(f"   {text}" if not self._text.is_right_to_left else f"{text}   ", "", size=8)

    def _row(self, begin: str, end: str, *, size: float = 9, bold: bool = False) -> None:
        """Print one row: `begin` where lines begin in this language, `end` on the other side."""
        page = self._page
        page.set_font(self._family, "B" if bold else "", size)
        name_mm = _NAME_MM if end else _INNER_MM
        cells = [(name_mm, self._fit(begin, name_mm)), (_INNER_MM - name_mm, end)]
        aligns = ["L", "R"]
        if self._text.is_right_to_left:
            cells.reverse()
        for (width_mm, text), align in zip(cells, aligns, strict=True):
            if width_mm > 0:
                only = "R" if self._text.is_right_to_left and not end else align
                page.cell(width_mm, _ROW_MM, text, align=only)
        page.set_xy(page.l_margin, page.get_y() + _ROW_MM)

    def _centred(self, text: str, *, size: float, bold: bool = False, height: float = _ROW_MM) -> None:
        page = self._page
        page.set_font(self._family, "B" if bold else "", size)
        shown = self._fit(text, _INNER_MM)
        page.cell(_INNER_MM, height, shown, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _rule(self) -> None:
        page = self._page
        y = page.get_y() + 1.5
        page.set_draw_color(170)
        page.line(_MARGIN_MM, y, _WIDTH_MM - _MARGIN_MM, y)
        page.ln(3)

    def _fit(self, text: str, width_mm: float) -> str:
        page = self._page
        if page.get_string_width(text) <= width_mm - 2:
            return text
        while page.get_string_width(text + "...") > width_mm - 2:
            text = text[:-1]
        return text.rstrip() + "..."
