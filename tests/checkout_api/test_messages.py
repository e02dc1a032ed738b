"""Messages: in from the provider once, out to integrators and mailboxes until they arrive."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from aiosmtpd.controller import Controller
from standardwebhooks import Webhook

from checkout_api.database import open_database
from checkout_api.errors import InvalidRequestError, MailError, SettingsError
from checkout_api.gateways.simulator import WEBHOOK_SECRET
from checkout_api.outbox import Postman, deliver_due, hand_out
from checkout_api.payment_methods import start_setup
from checkout_api.payment_schemas import SetupBody
from checkout_api.payment_tables import DeliveryTable, InboxTable, WebhookEndpointTable
from checkout_api.provider_events import handle_inbox
from checkout_api.receipt_mail import SmtpMailer
from checkout_api.repository import accounts
from checkout_api.settlement import settle_open
from checkout_api.webhook_sender import Target, WebhookSender, public_address
from tests.checkout_api.conftest import PRODUCTS, bearer
from tests.checkout_api.in_process import InProcessShop

SECRET = "whsec_" + "a" * 32
BACK = "https://shop.example/back"


class Listener:
    """An integrator's server on loopback, which can be told to fail."""

    def __init__(self):
        self.received, self.status = [], 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # the library's name
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.received.append((dict(self.headers), body))
                self.send_response(listener.status)
                self.send_header("location", "http://127.0.0.1:1/")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener():
    with closing(Listener()) as opened:
        yield opened


@pytest.fixture
def postman():
    """Sends to loopback, which the product refuses."""
    return Postman(WebhookSender(lambda url: Target(httpx.URL(url), "127.0.0.1")), None)


def listen(context, url):
    with context.database.write() as session:
        session.add(
            WebhookEndpointTable(
                id=context.new_id(), url=url, secret=SECRET, registered_at=context.clock(), removed_at=None
            )
        )


def sell(context):
    shop = InProcessShop(context, PRODUCTS)
    order_id = shop.place_order(("milk", 1))
    settle_open(context)
    return shop, order_id


def test_an_integrator_is_told_in_signed_messages(both, listener, postman):
    listen(both, listener.url)
    _, order_id = sell(both)
    hand_out(both, postman)
    assert deliver_due(both, postman) == 1
    (headers, body) = listener.received[0]

    # The test's clock is not the receiver's, so the signature is checked and the stamp is not.
    stamp = headers["webhook-timestamp"]
    expected = f"{headers['webhook-id']}.{stamp}.".encode() + body
    assert headers["webhook-signature"] == signature(expected)
    message = json.loads(body)
    assert (message["type"], message["data"]["orderId"]) == ("order.paid", order_id)
    assert (hand_out(both, postman), deliver_due(both, postman)) == (0, 0)


def signature(content):
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize("status", [500, 302, 404])
def test_a_deaf_integrator_is_told_again_later_under_the_same_id(parts, listener, postman, status):
    listen(parts, listener.url)
    listener.status = status
    sell(parts)
    hand_out(parts, postman)
    assert (deliver_due(parts, postman), deliver_due(parts, postman)) == (0, 0)
    parts.clock.advance(seconds=6)
    listener.status = 200
    assert deliver_due(parts, postman) == 1

    assert len({headers["webhook-id"] for headers, _ in listener.received}) == 1
    assert len(listener.received) == 2


def test_a_message_is_given_up_after_the_last_try(parts, listener, postman, caplog):
    listen(parts, listener.url)
    listener.status = 500
    sell(parts)
    hand_out(parts, postman)
    for _ in range(15):
        deliver_due(parts, postman)
        parts.clock.advance(days=2)

    assert len(listener.received) == 10
    assert "given up" in caplog.text
    with parts.database.read() as session:
        (row,) = session.query(DeliveryTable).all()
    assert (row.next_try_at, row.last_answer) == (None, "HTTP 500")


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://shop.example/hook", ["10.0.0.7"]),
        ("https://shop.example/hook", ["93.184.216.34", "127.0.0.1"]),
        ("https://shop.example/hook", ["169.254.169.254"]),
        ("https://shop.example/hook", ["::1"]),
        ("https://shop.example/hook", ["fd00::1"]),
        ("https://shop.example/hook", ["::ffff:10.0.0.7"]),
        ("https://shop.example/hook", ["100.64.0.1"]),
        ("https://shop.example/hook", []),
        ("http://shop.example/hook", ["93.184.216.34"]),
        ("https://user:word@shop.example/hook", ["93.184.216.34"]),
        ("ftp://shop.example", ["93.184.216.34"]),
        ("nonsense", ["93.184.216.34"]),
    ],
)
def test_an_address_in_a_private_network_is_refused(url, addresses):
    with pytest.raises(InvalidRequestError, match=r"^url: "):
        public_address(url, lambda _host, _port: addresses)


def test_the_connection_goes_to_the_address_that_was_checked():
    target = public_address("https://shop.example:8443/hook", lambda _host, _port: ["93.184.216.34"])

    assert (target.address, target.url.host) == ("93.184.216.34", "shop.example")


def test_a_name_that_turns_private_after_it_was_registered_is_not_connected_to():
    sender = WebhookSender(lambda url: public_address(url, lambda _host, _port: ["127.0.0.1"]))

    assert "private" in sender.send("https://shop.example", SECRET, "m", now(), "{}")


def now():
    return datetime.now(UTC)


class Mailbox:
    """What arrived at the mail server."""

    def __init__(self):
        self.messages = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  # the library's name
        self.messages.append(envelope)
        return "250 taken"


@pytest.fixture
def mailbox():
    box = Mailbox()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


def test_the_receipt_is_in_the_shoppers_mailbox_with_its_pdf(parts, mailbox):
    postman = Postman(WebhookSender(), SmtpMailer(mailbox.url))
    sell(parts)
    hand_out(parts, postman)
    assert deliver_due(parts, postman) == 1
    (envelope,) = mailbox.messages

    assert envelope.rcpt_tos[0].endswith("@example.org")
    assert b"walkout: Receipt 1" in envelope.content
    assert b"application/pdf" in envelope.content


def test_a_mail_server_that_is_down_gets_the_receipt_later(parts):
    postman = Postman(WebhookSender(), SmtpMailer("smtp://127.0.0.1:9"))
    sell(parts)
    hand_out(parts, postman)
    assert deliver_due(parts, postman) == 0

    with parts.database.read() as session:
        (row,) = session.query(DeliveryTable).all()
    assert row.next_try_at is not None
    assert "did not take the message" in row.last_answer


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example"])
def test_a_wrong_mail_address_is_named(url):
    with pytest.raises(SettingsError, match="WALKOUT_SMTP_URL"):
        SmtpMailer(url)


def test_a_mail_error_says_which_server():
    with pytest.raises(MailError, match=r"127\.0\.0\.1"):
        SmtpMailer("smtps://127.0.0.1:9").send(EmailMessage())


def signed(kind, object_id, event_id="msg_1", *, at=None):
    body = json.dumps({"kind": kind, "object_id": object_id})
    at = at or now()
    return body, {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(WEBHOOK_SECRET).sign(event_id, at, body),
    }


def post(shop, body, headers):
    return shop.http.post("/v1/webhooks/simulator", content=body, headers=headers)


def test_a_signed_message_is_taken_down_once_however_often_it_comes(shop):
    login = shop.shopper()
    receipt = shop.buy(login, ("milk", 1))
    body, headers = signed("charge", receipt.charge_ids[0])
    assert {post(shop, body, headers).status_code for _ in range(5)} == {200}

    with shop_database(shop).read() as session:
        assert session.query(InboxTable).filter_by(event_id="msg_1").count() == 1
    assert shop.client.receipt(login, receipt.receipt_id).charged_minor == 129


def shop_database(shop):
    return open_database(shop.settings.database_url)


def test_unsigned_altered_and_foreign_messages_are_refused(shop):
    body, headers = signed("charge", "ch_sim_1", "msg_2")

    assert post(shop, body, {}).json()["code"] == "webhook_refused"
    assert post(shop, body + " ", headers).status_code == 400
    assert shop.http.post("/v1/webhooks/stripe", content=body, headers=headers).status_code == 404
    assert post(shop, "x" * (5 * 1024 * 1024), headers).status_code == 413


@pytest.mark.parametrize("minutes", [-60 * 24 * 3, -6, 6])
def test_old_and_future_messages_are_refused(shop, minutes):
    body, headers = signed("charge", "ch_sim_1", "msg_3", at=now() + timedelta(minutes=minutes))

    assert post(shop, body, headers).status_code == 400


def test_what_a_message_is_about_is_asked_of_the_provider(parts):
    shop = InProcessShop(parts, PRODUCTS)
    order_id = shop.place_order(("milk", 1))
    settle_open(parts)
    dispute_id = parts.gateway.complain(shop.attempts(order_id)[0].charge_id, "fraudulent")
    take_down(parts, "dispute", dispute_id)

    assert handle_inbox(parts) == 1
    assert handle_inbox(parts) == 0
    assert shop.clearing_total(order_id) == 0


def take_down(context, kind, object_id):
    now = context.clock()
    with context.database.write() as session:
        session.add(
            InboxTable(
                source="simulator",
                event_id=f"msg-{object_id}",
                kind=kind,
                object_id=object_id,
                received_at=now,
                handled_at=None,
            )
        )


def start_linking(shop, login):
    asked = {"returnUrl": f"{shop.url}/back", "cancelUrl": f"{shop.url}/no", "consentText": "Charge me."}
    return shop.http.post("/v1/me/payment-methods/setups", json=asked, headers=bearer(login)).json()


def test_a_card_is_linked_by_being_sent_to_the_provider_and_back(shop):
    login = shop.shopper(card=None)
    asked = {
        "returnUrl": f"{shop.url}/back",
        "cancelUrl": f"{shop.url}/no",
        "consentText": "Charge me later.",
    }
    made = shop.http.post("/v1/me/payment-methods/setups", json=asked, headers=bearer(login)).json()
    assert made["state"] == "open"
    page = shop.http.get(made["url"])
    assert "Choose a test card" in page.text
    sent = shop.http.get(f"{made['url']}/pm_sim_visa", follow_redirects=False)
    assert sent.headers["location"] == f"{shop.url}/back"
    path = f"/v1/me/payment-methods/setups/{made['setupId']}"
    found = shop.http.get(path, headers=bearer(login)).json()

    assert found["state"] == "complete"
    assert shop.http.get(path, headers=bearer(login)).json() == found
    assert shop.http.get(path, headers=bearer(shop.shopper())).status_code == 404
    assert shop.buy(login, ("milk", 1)).status == "paid"


def test_who_gives_up_on_the_providers_page_has_linked_nothing(shop):
    login = shop.shopper(card=None)
    asked = {
        "returnUrl": f"{shop.url}/back",
        "cancelUrl": f"{shop.url}/no",
        "consentText": "Charge me later.",
    }
    made = shop.http.post("/v1/me/payment-methods/setups", json=asked, headers=bearer(login)).json()
    sent = shop.http.get(f"{made['url']}/none", follow_redirects=False)

    assert sent.headers["location"] == f"{shop.url}/no"
    path = f"/v1/me/payment-methods/setups/{made['setupId']}"
    assert shop.http.get(path, headers=bearer(login)).json()["paymentMethodId"] is None


def test_the_provider_may_tell_of_a_linked_card_before_the_shopper_is_back(parts):
    shop = InProcessShop(parts, PRODUCTS, "pm_sim_declined")
    made = start_setup(
        parts, shop.person, SetupBody(return_url=BACK, cancel_url=BACK, consent_text="Charge me.")
    )
    setup_id = made.url.rpartition("/")[2]
    parts.gateway.choose_card(setup_id, "pm_sim_visa")
    take_down(parts, "setup", setup_id)
    handle_inbox(parts)

    with parts.database.read() as session:
        method = accounts.newest_payment_method(session, shop.account_id)
    assert (method.token, method.customer) == ("pm_sim_visa", f"cus_sim_{shop.account_id}")
