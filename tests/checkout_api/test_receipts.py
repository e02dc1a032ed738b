"""Receipts: what is on them, as JSON and as PDF."""

from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal

import pypdfium2
import pytest

from checkout_api import receipt_pdf
from checkout_api.schemas import CardSchema, ReceiptLineSchema, ReceiptSchema, SavingSchema, TaxSchema
from checkout_api.states import LineState, OrderState
from tests.checkout_api.conftest import bearer

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def line(name="Milk 1 l", *, state=LineState.BILLED, quantity=1):
    return ReceiptLineSchema(
        line_id="l",
        sku="milk",
        name=name,
        quantity=quantity,
        unit_price_minor=129,
        list_minor=129 * quantity,
        savings=[],
        deposit_minor=0,
        amount_minor=129 * quantity,
        tax_rate=Decimal("0.07"),
        tax_minor=8 * quantity,
        confidence=0.9,
        state=state,
    )


def receipt(*lines, status=OrderState.PAID):
    return ReceiptSchema(
        receipt_id="r",
        receipt_number=7,
        order_id="o",
        visit_id="v",
        status=status,
        store_id="store-1",
        store_name="Corner shop",
        start_time=NOON,
        end_time=NOON,
        issued_at=NOON,
        currency="EUR",
        lines=list(lines),
        taxes=[TaxSchema(tax_rate=Decimal("0.07"), net_minor=121, tax_minor=8)],
        total_minor=129,
        charged_minor=129,
        refunded_minor=0,
        charges=[],
        card=CardSchema(brand="visa", last4="4242"),
        action_url=None,
    )


def text_of(pdf):
    """Return what a PDF shows, as a reader that copies from it gets it."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        page = document[0]
        with closing(page.get_textpage()) as text:
            return text.get_text_bounded().replace("\r\n", "\n")


def page_middle(pdf):
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return document[0].get_width() / 2


def test_a_receipt_says_what_was_bought_and_paid(shop):
    login = shop.shopper()
    bought = shop.buy(login, ("milk", 2), ("cola", 1))
    body = shop.http.get(f"/v1/receipts/{bought.receipt_id}", headers=bearer(login)).json()

    assert body["card"] == {"brand": "visa", "last4": "4242"}
    assert body["taxes"] == [
        {"taxRate": "0.07", "netMinor": 241, "taxMinor": 17},
        {"taxRate": "0.19", "netMinor": 184, "taxMinor": 35},
    ]
    assert sum(tax["netMinor"] + tax["taxMinor"] for tax in body["taxes"]) == body["totalMinor"] == 477
    assert body["lines"][0]["unitPriceMinor"] == 129


def test_receipts_are_numbered_and_listed_newest_first(shop):
    login = shop.shopper()
    first, second = shop.buy(login, ("milk", 1)), shop.buy(login)

    assert second.receipt_number == first.receipt_number + 1
    assert shop.client.receipts(login) == (second, first)


def test_a_pdf_shows_lines_totals_and_card():
    shown = text_of(receipt_pdf.render(receipt(line(quantity=2), line("Doubt", state=LineState.IN_REVIEW))))

    for text in ["Corner shop", "Receipt 7", "Paid", "Milk 1 l", "2.58", "Total EUR", "Tax 7 % on 1.21"]:
        assert text in shown
    assert "2 x 1.29" in shown
    assert "being checked, not charged" in shown
    assert "Charged to visa **** 4242" in shown


def test_a_pdf_shows_savings_and_deposits():
    saved = line().model_copy(
        update={"savings": [SavingSchema(name="3 for 2", amount_minor=129)], "deposit_minor": 25}
    )
    shown = text_of(receipt_pdf.render(receipt(saved)))

    assert "3 for 2 -1.29" in shown
    assert "Deposit 0.25" in shown


@pytest.mark.parametrize("status", list(OrderState))
def test_every_state_has_its_words(status):
    assert receipt_pdf.render(receipt(line(), status=status)).startswith(b"%PDF-")


def test_an_outage_is_shown_as_pending_and_never_as_failed():
    shown = text_of(receipt_pdf.render(receipt(line(), status=OrderState.PENDING))).lower()

    assert "pending" in shown
    assert "fail" not in shown


def test_any_name_can_be_printed():
    names = ["Crème brûlée", "Žemlja", "حليب", "\u201cbig\u201d \u2013 5 €", "x" * 200, "(a) \\ b"]
    shown = text_of(receipt_pdf.render(receipt(*(line(name) for name in names))))

    assert "Crème brûlée" in shown
    assert "Žemlja" in shown
    assert "\u201cbig\u201d \u2013 5 €" in shown
    assert "xxx..." in shown


def test_an_arabic_receipt_runs_from_right_to_left_with_joined_letters():
    """Joined letters have forms of their own: shaping the word gives other glyphs than its letters alone."""
    pdf = receipt_pdf.render(receipt(line("حليب طازج")), "ar")
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        page = document[0]
        with closing(page.get_textpage()) as text:
            name = text.get_text_range()
            first = text.get_charbox(name.index("ح"))
            amount = text.get_charbox(name.index("1.29"))

    assert first[0] > page_middle(pdf) > amount[0], "the name begins at the right, the price is at the left"


def test_the_same_receipt_gives_the_same_bytes():
    assert receipt_pdf.render(receipt(line())) == receipt_pdf.render(receipt(line()))
