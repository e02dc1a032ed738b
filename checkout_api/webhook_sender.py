"""Sends signed messages to integrators, and to no address inside a network.

Whoever registers an address could otherwise make this server talk to its neighbours: so only https, no
redirects, and the connection goes to the very address that was checked, not to what the name means a moment
later.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks import Webhook

from checkout_api.errors import InvalidRequestError

# Integrators take a message down and answer; what takes longer counts as lost and is sent again.
_TIMEOUT_S = 10.0

Resolver = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect for a URL that was checked."""

    url: httpx.URL
    address: str


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system's resolver knows them.

    Raises:
        OSError: If there is none.
    """
    return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})


def public_address(url_text: str, resolver: Resolver = resolve) -> Target:
    """Check an integrator's address and return where to connect.

    Raises:
        InvalidRequestError: If it is not https, or any of its addresses is not a public one.
    """
    try:
        url = httpx.URL(url_text)
    except httpx.InvalidURL as error:
        raise InvalidRequestError(
            f"url: {error}; send an address such as https://example.com/walkout"
        ) from None
    if url.scheme != "https" or not url.host or url.userinfo:
        raise InvalidRequestError("url: expected https://HOST/PATH without user and password")
    try:
        addresses = resolver(url.host, url.port or 443)
    except (OSError, UnicodeError):
        raise InvalidRequestError(f"url: {url.host} has no address; check its spelling") from None
    if not addresses or not all(_is_public(address) for address in addresses):
        raise InvalidRequestError(f"url: {url.host} is in a private network; use a public address")
    return Target(url, addresses[0])


class WebhookSender:
    """Posts messages; one connection each, as they are rare and go to many places."""

    def __init__(self, check: Callable[[str], Target] = public_address) -> None:
        """Send through `check`, which refuses or resolves an address."""
        self._check = check

    def send(self, url: str, secret: str, message_id: str, at: datetime, body: str) -> str:
        """Post a message and return why it was not taken, or an empty text when it was.

        Args:
            url: As registered.
            secret: The endpoint's, `whsec_...`.
            message_id: Stays the same however often the message is sent.
            at: When it is sent; receivers refuse old stamps.
            body: JSON.
        """
        try:
            target = self._check(url)
            headers = {
                "content-type": "application/json",
                "host": target.url.netloc.decode("ascii"),
                "webhook-id": message_id,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": Webhook(secret).sign(message_id, at, body),
            }
            with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
                answer = client.post(
                    target.url.copy_with(host=target.address),
                    content=body.encode(),
                    headers=headers,
                    extensions={"sni_hostname": target.url.host},
                )
        except (httpx.HTTPError, InvalidRequestError) as error:
            return f"{type(error).__name__}: {error}"[:255]
        return "" if answer.is_success else f"HTTP {answer.status_code}"


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not (mapped or parsed).is_multicast
