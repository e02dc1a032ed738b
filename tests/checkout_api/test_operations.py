"""What whoever runs the service sees: health, figures, logs, headers and limits."""

import json
import logging
import subprocess
import sys

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from checkout_api.database import open_database
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.server import run_in_thread
from checkout_api.settings import Settings
from tests.checkout_api.conftest import PASSWORD, bearer, quiet_settings


@pytest.fixture
def settings(tmp_path):
    return Settings(
        **quiet_settings()
        | {
            "demo": True,
            "port": 0,
            "database_url": f"sqlite:///{tmp_path / 'walkout.db'}",
            "simulator_books": tmp_path / "provider.db",
            "address_limit": "1000 per minute",
            "sign_in_limit": "3 per minute",
        }
    )


@pytest.fixture
def server(settings):
    gateway = SimulatorGateway(settings.simulator_books)
    with run_in_thread(settings, gateway) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield http
    gateway.close()


def test_figures_tell_how_many_requests_there_were_and_what_waits(shop):
    shop.buy(shop.shopper(), ("cola", 1, True))
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(
            shop.http.get("/metrics", headers=shop.store_computer).text
        )
        for sample in family.samples
        if sample.labels.get("route", "/v1/order/purchases") == "/v1/order/purchases"
    }

    assert found["walkout_request_seconds_count"] >= 1
    assert found["walkout_open_questions"] >= 1
    assert found["walkout_database_up"] == 1


def test_a_process_with_tables_of_another_version_is_not_ready(server, settings):
    assert server.get("/readyz").json() == {"status": "ok"}
    database = open_database(settings.database_url)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    database.close()

    answer = server.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert server.get("/healthz").status_code == 200


def test_whoever_guesses_passwords_has_to_wait(server):
    body = {"email": "manager@store.example", "password": "a guess"}
    statuses = [server.post("/v1/tokens", json=body).status_code for _ in range(4)]
    last = server.post("/v1/tokens", json=body | {"email": "Manager@Store.example"})

    assert statuses == [401, 401, 401, 429]
    assert last.json()["code"] == "too_many_requests"
    assert 1 <= int(last.headers["retry-after"]) <= 60


def test_answers_are_data_that_no_browser_runs_frames_or_keeps(shop):
    headers = shop.http.get("/v1/me").headers

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "max-age" in headers["strict-transport-security"]
    assert "script-src 'self'" in shop.http.get("/docs").headers["content-security-policy"]


def test_a_request_keeps_the_id_that_a_proxy_gave_and_no_nonsense(shop):
    given = shop.http.get("/healthz", headers={"X-Request-Id": "abc-123"})
    nonsense = shop.http.get("/healthz", headers={"X-Request-Id": 'x" injected="1'})

    assert given.headers["x-request-id"] == "abc-123"
    assert "injected" not in nonsense.headers["x-request-id"]


def test_a_request_is_logged_with_its_visit(shop, caplog):
    login = shop.shopper()
    visit_id, _ = shop.enter(login)
    with caplog.at_level(logging.INFO, "checkout_api.request_log"):
        shop.http.get(f"/v1/visits/{visit_id}/cart", headers=bearer(login))

    (record,) = [r for r in caplog.records if getattr(r, "visit_id", None) == visit_id]
    assert (record.route, record.status) == ("/v1/visits/{visit_id}/cart", 200)
    assert login.token not in str(vars(record))


def test_logs_are_json_lines_without_card_numbers():
    script = (
        "import logging; from checkout_api.logs import configure_logs, about_visit\n"
        "configure_logs('INFO', as_json=True)\n"
        "with about_visit('visit-1'):\n"
        "    logging.getLogger('x').info('paid with %s', '4242 4242 4242 4242', extra={'order': 'o1'})\n"
    )
    written = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    line = json.loads(written.stderr)

    assert line["event"] == "paid with [card number]"
    assert (line["visit_id"], line["order"], line["level"]) == ("visit-1", "o1", "info")


def test_a_wrong_rate_in_the_settings_is_named():
    with pytest.raises(ValueError, match="is not a rate"):
        Settings(demo=True, address_limit="often")


def test_sign_ups_from_one_address_are_limited(settings, tmp_path):
    strict = settings.model_copy(update={"address_limit": "2 per minute"})
    gateway = SimulatorGateway(tmp_path / "books.db")
    with run_in_thread(strict, gateway) as url, httpx.Client(base_url=url, timeout=30) as http:
        statuses = [
            http.post(
                "/v1/accounts",
                json={"email": f"a{n}@example.org", "password": PASSWORD, "displayName": "A"},
            ).status_code
            for n in range(3)
        ]
    gateway.close()

    assert statuses == [201, 201, 429]
