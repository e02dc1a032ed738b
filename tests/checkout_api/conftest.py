"""A running shop for the tests: real HTTP, its own database and payment simulator, a clock to move."""

import itertools
import random
import shutil
import uuid
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from argon2 import PasswordHasher

from checkout_api import database, passwords
from checkout_api.client import AuthEvent, CatalogProduct, CheckoutClient, PurchaseLine, Trip
from checkout_api.context import Context
from checkout_api.database import migrate, open_database
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.server import run_in_thread
from checkout_api.settings import Settings
from checkout_api.startup import prepare
from tests.checkout_api.databases import copied_sqlite, running_postgres

PASSWORD = "a long enough password"
PRODUCTS = [
    CatalogProduct("milk", "Milk 1 l", 129, "EUR", Decimal("0.07")),
    CatalogProduct("cola", "Cola 0.5 l", 219, "EUR", Decimal("0.19")),
    CatalogProduct("sample", "Free sample", 0, "EUR", Decimal("0.19")),
]


class MovableClock:
    """Starts at a fixed moment; every look at it takes a millisecond."""

    def __init__(self):
        self._now = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)

    def __call__(self):
        self._now += timedelta(milliseconds=1)
        return self._now

    def advance(self, **duration):
        self._now += timedelta(**duration)


class Shop:
    """A running checkout, and short words for what people do in it."""

    def __init__(self, settings, gateway, clock, url):
        self.settings, self.gateway, self.clock, self.url = settings, gateway, clock, url
        self.http = httpx.Client(base_url=url, timeout=30)
        self.client = self.connect()
        self._numbers = itertools.count(1)
        self._emails = {}

    def connect(self):
        return CheckoutClient(self.url, self.settings.store_computer_key.get_secret_value())

    def close(self):
        self.http.close()
        self.client.close()

    @property
    def store_computer(self):
        return {"X-Device-Key": self.settings.store_computer_key.get_secret_value()}

    @property
    def gate(self):
        return {"X-Device-Key": self.settings.gate_key.get_secret_value()}

    def shopper(self, card="pm_sim_visa"):
        email = f"shopper{next(self._numbers)}@example.org"
        login = self.client.sign_up(email, PASSWORD, "Ada")
        self._emails[login.account_id] = email
        if card is not None:
            self.client.link_payment_method(login, card)
        return login

    def again(self, login):
        """Sign somebody in again, after the clock has moved."""
        return self.client.sign_in(self._emails[login.account_id], PASSWORD)

    def email_of(self, login):
        return self._emails[login.account_id]

    def manager(self):
        return self.client.sign_in(
            self.settings.manager_email, self.settings.manager_password.get_secret_value()
        )

    def associate(self):
        return self.staff("associate")

    def staff(self, role):
        email = f"{role}{next(self._numbers)}@example.org"
        body = {"email": email, "password": PASSWORD, "displayName": "Bo", "role": role}
        assert self.http.post("/v1/staff", json=body, headers=bearer(self.manager())).status_code == 201
        login = self.client.sign_in(email, PASSWORD)
        self._emails[login.account_id] = email
        return login

    def event(self):
        return AuthEvent(f"event-{uuid.uuid4()}", self.clock())

    def enter(self, login):
        event = self.event()
        visit_id = self.client.scan(self.client.mint_entry_codes(login).code, event)
        return visit_id, event

    def trip(self, event, *lines):
        now = self.clock()
        return Trip(str(uuid.uuid4()), now - timedelta(minutes=1), now, (event,), lines)

    def buy(self, login, *lines):
        """Enter, take, leave; lines are (sku, quantity) or (sku, quantity, True) for review."""
        _, event = self.enter(login)
        return self.client.purchase(self.trip(event, *(line_of(*line) for line in lines)))

    def charges_of(self, receipt):
        return [charge for charge in self.gateway.charges() if charge.charge_id in receipt.charge_ids]


def line_of(sku, quantity, needs_review=False):
    return PurchaseLine(sku, quantity, 0.6 if needs_review else 0.99, needs_review)


def bearer(login):
    return {"Authorization": f"Bearer {login.token}"}


@pytest.fixture(scope="session", autouse=True)
def hurry():
    """Most shoppers of these tests sign up only to shop, and no test cuts the power: skip what that costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        pragmas = tuple(pragma.replace("FULL", "OFF") for pragma in database._SQLITE_PRAGMAS)
        patch.setattr(database, "_SQLITE_PRAGMAS", pragmas)
        yield


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def running_shop(tmp_path_factory, empty_database):
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(empty_database, folder / "walkout.db")
    settings = Settings(
        demo=True,
        port=0,
        database_url=f"sqlite:///{folder / 'walkout.db'}",
        cart_poll_s=0.02,
        **quiet_settings(),
    )
    clock = MovableClock()
    rng = random.Random(7).randbytes  # noqa: S311  # tests want the same ids each time
    with (
        closing(SimulatorGateway(folder / "provider.db", clock)) as gateway,
        run_in_thread(settings, gateway, clock=clock, rng=rng) as url,
        closing(Shop(settings, gateway, clock, url)) as shop,
    ):
        shop.client.upload_catalog(PRODUCTS)
        yield shop


@pytest.fixture
def shop(running_shop):
    """The running shop of all tests; each test uses its own shoppers."""
    yield running_shop
    running_shop.gateway.clear_faults()
    running_shop.client.settle()


def quiet_settings():
    """No jobs of their own, no audits by chance, and no limits: what most tests do not want."""
    never = "1000000 per second"
    return {
        "background_interval_s": 0,
        "audit_probability": 0,
        "address_limit": never,
        "sign_in_limit": never,
        "account_limit": never,
        "device_limit": never,
        "open_visits_limit": 1_000,
    }


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL that these tests start and stop."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request, tmp_path, empty_database):
    """A fresh database of each kind."""
    if request.param == "sqlite":
        return copied_sqlite(empty_database, tmp_path)
    return request.getfixturevalue("postgres").migrated()


@pytest.fixture
def both(tmp_path, database_url):
    """As `parts`, on each kind of database."""
    with parts_on(tmp_path, database_url) as context:
        yield context


@contextmanager
def checkout_parts(folder, empty_database):
    with parts_on(folder, copied_sqlite(empty_database, folder)) as context:
        yield context


@contextmanager
def parts_on(folder, database_url, **changes):
    settings = Settings(demo=True, port=0, database_url=database_url, **quiet_settings() | changes)
    clock = MovableClock()
    with (
        closing(SimulatorGateway(folder / "provider.db", clock)) as gateway,
        closing(open_database(settings.database_url)) as opened,
    ):
        rng = random.Random(8).randbytes  # noqa: S311  # tests want the same ids each time
        context = Context(settings, opened, gateway, clock, rng)
        prepare(context)
        yield context


@pytest.fixture
def parts(tmp_path, empty_database):
    """The parts of a checkout without a web server, prepared as at start."""
    with checkout_parts(tmp_path, empty_database) as context:
        yield context


@pytest.fixture(scope="module")
def parts_of_module(tmp_path_factory, empty_database):
    """As `parts`, shared by the examples of a property."""
    with checkout_parts(tmp_path_factory.mktemp("parts"), empty_database) as context:
        yield context
