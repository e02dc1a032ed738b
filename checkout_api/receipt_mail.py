"""Receipts by e-mail: the message, and the adapter that hands it to a mail server."""

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from checkout_api import receipt_pdf
from checkout_api.errors import MailError, SettingsError
from checkout_api.receipt_words import words
from checkout_api.schemas import ReceiptSchema

_TIMEOUT_S = 20.0


class Mailer(Protocol):
    """Hands messages to the post."""

    def send(self, message: EmailMessage) -> None:
        """Send one message.

        Raises:
            MailError: It was not taken; send it again later.
        """


class SmtpMailer:
    """Sends through a mail server, encrypted where the server can."""

    def __init__(self, url: str) -> None:
        """Send through `smtp://user:password@host:port`, or `smtps://...` for TLS from the first byte.

        Raises:
            SettingsError: If the address is of another kind.
        """
        self._url = urlsplit(url)
        if self._url.scheme not in {"smtp", "smtps"} or not self._url.hostname:
            raise SettingsError("settings: WALKOUT_SMTP_URL: expected smtp://HOST:PORT or smtps://HOST:PORT")

    def send(self, message: EmailMessage) -> None:
        """Send one message."""
        host = self._url.hostname or ""
        try:
            if self._url.scheme == "smtps":
                server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._url.port or 465, timeout=_TIMEOUT_S)
            else:
                server = smtplib.SMTP(host, self._url.port or 587, timeout=_TIMEOUT_S)
            with server:
                if self._url.scheme == "smtp" and server.has_extn("starttls"):
                    server.starttls()
                if self._url.username:
                    server.login(unquote(self._url.username), unquote(self._url.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"the mail server {host} did not take the message: {error}") from error


def compose(
    receipt: ReceiptSchema, address: str, sender: str, message_id: str, language: str = "en"
) -> EmailMessage:
    """Return a receipt as an e-mail with its PDF; the same `message_id` makes the same Message-ID."""
    text = words(language)
    message = EmailMessage()
    message["Subject"] = f"{receipt.store_name}: {text.receipt} {receipt.receipt_number}"
    message["From"] = sender
    message["To"] = address
    message["Date"] = format_datetime(receipt.issued_at)
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    message.set_content(f"{text.status[receipt.status]}\n")
    message.add_attachment(
        receipt_pdf.render(receipt, language),
        maintype="application",
        subtype="pdf",
        filename=f"receipt-{receipt.receipt_number}.pdf",
    )
    return message
