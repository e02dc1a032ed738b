"""Card numbers are thrown at every door of a running API; neither its logs nor its database keep one."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import inspect, text

from checkout_api.card_guard import holds_card_number
from checkout_api.client import CheckoutClient
from checkout_api.database import open_database
from checkout_api.settings import Settings
from tests.checkout_api.conftest import PASSWORD, PRODUCTS
from tests.checkout_api.databases import copied_sqlite

NUMBER = "4242424242424242"
SPELLINGS = [NUMBER, "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005"]
SERVER = """
from checkout_api.logs import configure_logs
from checkout_api.server import serve
from checkout_api.settings import read_settings
configure_logs("DEBUG", as_json=True)
serve(read_settings())
"""


def doors(url, key, login):
    """Every way in: bodies, addresses, queries, headers; known and unknown routes; right and broken JSON."""
    device, person = {"X-Device-Key": key}, {"Authorization": f"Bearer {login.token}"}
    for card in SPELLINGS:
        safe = quote(card)
        yield "POST", "/v1/accounts", {}, {"email": "a@example.org", "password": card, "displayName": "A"}
        yield (
            "POST",
            "/v1/accounts",
            {},
            {"email": "b@example.org", "password": PASSWORD, "displayName": card},
        )
        yield "POST", "/v1/tokens", {}, {"email": f"{card}@example.org", "password": PASSWORD}
        yield "POST", "/v1/me/payment-methods", person, {"token": card}
        yield "PATCH", "/v1/me", person, {"displayName": card}
        yield "POST", "/v1/order/purchases", device, {"requestId": card}
        yield "GET", f"/v1/receipts/{safe}", person, None
        yield "GET", f"/v1/me/receipts?before={safe}", person, None
        yield "GET", f"/v1/nowhere/{safe}?card={safe}", {}, None
        yield "GET", "/healthz", {"X-Request-Id": card}, None
        yield "GET", "/v1/me", person | {"X-Request-Id": card, "User-Agent": card}, None
        yield "PUT", f"/v1/visits/{safe}/cart", device, {"asOf": card, "lines": []}
        yield (
            "PUT",
            f"/v1/visits/v/evidence/{safe}?mediaType=image/jpeg&cameraId={safe}&sku={safe}",
            device,
            b"x",
        )
        yield "POST", "/v1/tokens", {"Content-Type": "application/json"}, f'{{"email": "{card}'.encode()
        yield "POST", f"/v1/webhooks/stripe?x={safe}", {"Stripe-Signature": card}, {"id": card}


@pytest.fixture
def server(tmp_path, empty_database):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, log = copied_sqlite(empty_database, tmp_path), tmp_path / "log"
    settings = {
        "WALKOUT_DEMO": "1",
        "WALKOUT_PORT": str(port),
        "WALKOUT_DATABASE_URL": address,
        "WALKOUT_SIMULATOR_BOOKS": str(tmp_path / "books.db"),
        "WALKOUT_ADDRESS_LIMIT": "1000000 per second",
        "WALKOUT_SIGN_IN_LIMIT": "1000000 per second",
    }
    command = [sys.executable, "-c", SERVER]
    with log.open("w") as errors:
        process = subprocess.Popen(command, env=os.environ | settings, stderr=errors)  # noqa: S603
        yield f"http://127.0.0.1:{port}", address, log
        process.terminate()
        process.wait(20)


def all_text(address):
    with closing(open_database(address)) as database, database.read() as session:
        for table in inspect(session.get_bind()).get_table_names():
            for row in session.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608  # names of tables
                yield from (str(value) for value in row)


def test_no_card_number_gets_into_logs_or_database(server):
    url, address, log = server
    key = Settings(demo=True).store_computer_key.get_secret_value()
    with CheckoutClient(url, key, tries=12) as client, httpx.Client(base_url=url, timeout=10) as http:
        client.upload_catalog(PRODUCTS)
        login = client.sign_up("ada@example.org", PASSWORD, "Ada")
        client.link_payment_method(login, "pm_sim_visa")
        answers = []
        for method, path, headers, body in doors(url, key, login):
            sent = {"content": body} if isinstance(body, bytes) else {"json": body}
            answers.append(http.request(method, path, headers=headers, **sent))

    assert max(answer.status_code for answer in answers) < 500
    assert not [answer.text for answer in answers if holds_card_number(answer.text)]
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len(lines) > len(SPELLINGS) * 10
    assert [line for line in lines if holds_card_number(json.dumps(json.loads(line)))] == []
    assert [value for value in all_text(address) if holds_card_number(value)] == []
