"""Receipts: what is on them, as JSON and as PDF."""

import re
import zlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from checkout_api import receipt_pdf
from checkout_api.schemas import CardSchema, ReceiptLineSchema, ReceiptSchema, TaxSchema
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
    )


def texts(pdf):
    """Return what a PDF of this package shows, in its order."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    shown = b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"x")
    return [text.decode("latin-1") for text in re.findall(rb"\((.*?)\) Tj", shown)]


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
    shown = texts(receipt_pdf.render(receipt(line(quantity=2), line("Doubt", state=LineState.IN_REVIEW))))

    assert {"Corner shop", "Receipt 7", "Paid", "Milk 1 l", "2.58", "Total EUR", "Tax 7 % on 1.21"} <= set(
        shown
    )
    assert "   2 x 1.29" in shown
    assert "   being checked, not charged" in shown
    assert "Charged to visa **** 4242" in shown


@pytest.mark.parametrize("status", list(OrderState))
def test_every_state_has_its_words(status):
    assert receipt_pdf.render(receipt(line(), status=status)).startswith(b"%PDF-")


def test_an_outage_is_shown_as_pending_and_never_as_failed():
    shown = " ".join(texts(receipt_pdf.render(receipt(line(), status=OrderState.PENDING)))).lower()

    assert "pending" in shown
    assert "fail" not in shown


def test_any_name_can_be_printed():
    names = ["Crème brûlée", "Žemlja", "حليب", "\u201cbig\u201d \u2013 5 €", "牛乳", "x" * 200, "(a) \\ b"]
    shown = texts(receipt_pdf.render(receipt(*(line(name) for name in names))))

    assert "Crème brûlée" in shown
    assert '"big" - 5 EUR' in shown
    assert any(text.startswith("xxx") and text.endswith("...") for text in shown)


def test_the_same_receipt_gives_the_same_bytes():
    assert receipt_pdf.render(receipt(line())) == receipt_pdf.render(receipt(line()))
