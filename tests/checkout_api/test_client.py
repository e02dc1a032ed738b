"""The client: repeats what may be repeated, and says clearly what went wrong."""

import ast
import inspect
from contextlib import closing

import httpx
import pytest

from checkout_api import client as client_module
from checkout_api.client import CheckoutClient, CheckoutRefusedError, PurchaseLine
from checkout_api.errors import CheckoutUnreachableError


class FlakyTransport(httpx.BaseTransport):
    """Hands requests on, but loses the first ones, or the answers to them."""

    def __init__(self, lost, is_after):
        self._inner = httpx.HTTPTransport()
        self.lost, self._is_after = lost, is_after
        self.sent = []

    def handle_request(self, request):
        self.sent.append(request.read())
        if self.lost == 0:
            return self._inner.handle_request(request)
        self.lost -= 1
        if self._is_after:
            self._inner.handle_request(request).read()
        raise httpx.ReadError("the line is dead")

    def close(self):
        self._inner.close()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def flaky(shop, pauses):
    def connect(lost, *, is_after=False):
        transport = FlakyTransport(lost, is_after)
        key = shop.settings.store_computer_key.get_secret_value()
        return transport, CheckoutClient(shop.url, key, sleep=pauses.append, transport=transport)

    return connect


@pytest.mark.parametrize("is_after", [False, True])
def test_a_purchase_over_a_bad_line_is_one_purchase(shop, flaky, pauses, is_after):
    login = shop.shopper()
    _, event = shop.enter(login)
    transport, client = flaky(3, is_after=is_after)
    with client:
        receipt = client.purchase(shop.trip(event, PurchaseLine("milk", 1)))

    assert len(set(transport.sent)) == 1
    assert pauses == [0.1, 0.2, 0.4]
    assert (receipt.status, len(shop.charges_of(receipt)), len(shop.client.receipts(login))) == ("paid", 1, 1)


def test_a_scan_whose_answer_was_lost_opens_the_gate(shop, flaky):
    code = shop.client.mint_entry_codes(shop.shopper()).code
    _, client = flaky(1, is_after=True)
    with client:
        event = shop.event()
        assert client.scan(code, event) == shop.client.scan(code, event)


def test_a_sign_up_whose_answer_was_lost_signs_in(flaky):
    _, client = flaky(1, is_after=True)
    with client:
        assert client.sign_up("lost@example.org", "a long enough password", "Lo").token


def test_tries_are_bounded(flaky, pauses):
    transport, client = flaky(100)
    with (
        client,
        pytest.raises(CheckoutUnreachableError, match=r"did not answer POST .*ReadError the line is dead"),
    ):
        client.settle()

    assert (len(transport.sent), pauses) == (5, [0.1, 0.2, 0.4, 0.8])


def test_a_refusal_is_not_repeated(shop, flaky, pauses):
    transport, client = flaky(0)
    with client, pytest.raises(CheckoutRefusedError, match="entry_code_invalid") as error:
        client.scan("nonsense", shop.event())

    assert (error.value.status, error.value.code) == (403, "entry_code_invalid")
    assert (len(transport.sent), pauses) == (1, [])


def test_nobody_listens(pauses):
    with (
        closing(CheckoutClient("http://127.0.0.1:9", "key", sleep=pauses.append)) as client,
        pytest.raises(CheckoutUnreachableError, match="check that it runs"),
    ):
        client.settle()


@pytest.mark.parametrize("content", [b"<html>502 from a proxy</html>", b"[]", b'"x"', b""])
def test_an_answer_that_is_not_ours_is_refused(content):
    transport = httpx.MockTransport(lambda _: httpx.Response(404, content=content))
    with (
        CheckoutClient("http://shop", "key", transport=transport) as client,
        pytest.raises(CheckoutRefusedError),
    ):
        client.settle()


def test_the_client_knows_none_of_the_servers_code():
    tree = ast.parse(inspect.getsource(client_module))
    ours = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("checkout_api")
    }

    assert ours == {"checkout_api.client_types", "checkout_api.errors"}
