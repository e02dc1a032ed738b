"""Keeps card numbers out: every address and body is read here first, and refused when it seems to hold one.

A number counts as a card number when its length and first digits are those of a card brand and its check
digit is right (ISO/IEC 7812-1). Numbers of 12 to 14 digits are left alone: they are what barcodes (GTIN)
look like, and a tenth of those would pass the check.
"""

import re
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from checkout_api.errors import BodyTooLargeError, CardNumberRefusedError, CheckoutError
from checkout_api.problems import problem_response

# The largest honest body is a catalogue: about 150 bytes a product, 25 000 products.
MAX_BODY_BYTES = 4 * 1024 * 1024

_CANDIDATE = re.compile(
    r"(?<![0-9A-Za-z_-])(?<!\d\.)"  # nor after a decimal point: a confidence has sixteen digits there
    r"(?:\d{15,19}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}|3[47]\d{2}[ -]\d{6}[ -]\d{5})"
    r"(?![0-9A-Za-z_-])"
)
_BRANDS = re.compile(
    r"3[47]\d{13}"  # American Express
    r"|4\d{15}(?:\d{3})?"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|(?:35[2-8]\d|50\d\d|5[6-8]\d\d|6\d\d\d|81\d\d)\d{12,15}"  # JCB, Maestro, Discover, UnionPay
)


def holds_card_number(text: str) -> bool:
    """Tell whether `text` holds something that looks like a card number."""
    for match in _CANDIDATE.finditer(text):
        digits = re.sub(r"[ -]", "", match.group())
        if _BRANDS.fullmatch(digits) and _luhn_is_right(digits):
            return True
    return False


def without_card_numbers(text: str) -> str:
    """Return `text` with whatever looks like a card number taken out."""
    return _CANDIDATE.sub(
        lambda match: "[card number]" if holds_card_number(match.group()) else match.group(), text
    )


def _luhn_is_right(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


class CardGuard:
    """ASGI middleware: reads the address and the whole body, refuses the request or hands it on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _refuse_card_number(
                f"{scope['path']} {unquote_plus(scope['query_string'].decode('latin-1'))}", "address"
            )
            if scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
                body = await _read_body(receive)
                _refuse_card_number(body.decode("utf-8", "replace"), "body")
                receive = _replay(body, receive)
        except CheckoutError as error:
            await problem_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _refuse_card_number(text: str, where: str) -> None:
    if holds_card_number(text):
        raise CardNumberRefusedError(
            f"the {where} holds what looks like a card number; send the payment provider's token instead"
        )


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLargeError(f"the body is larger than {MAX_BODY_BYTES} bytes; send it in parts")
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
