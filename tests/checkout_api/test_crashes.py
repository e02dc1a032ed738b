"""kill -9 at every numbered point of a hold, a capture, a charge, a refund and a cancel; then a restart.

The points are counted, not named: before and after every commit and every call to the provider. A child
process runs the flow on the real database and the provider's books and kills itself at its point; what is
left is taken up as after a restart. Whatever the point, one right charge is in the provider's books.
"""

import os
import random
import signal
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from checkout_api.context import Context
from checkout_api.database import Database, open_database
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.holds import ensure_hold
from checkout_api.ledger import LedgerAccount
from checkout_api.orders import place_order
from checkout_api.refunds import refund_order
from checkout_api.repository import orders
from checkout_api.schemas import PurchaseRequest, RefundRequestBody
from checkout_api.settings import Settings
from checkout_api.settlement import settle_open
from checkout_api.startup import prepare
from checkout_api.states import OrderState
from checkout_api.tokens import Person
from tests.checkout_api.conftest import PRODUCTS, quiet_settings
from tests.checkout_api.databases import copied_sqlite
from tests.checkout_api.in_process import InProcessShop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

# More points than the longest flow has; beyond its last point a child simply finishes.
N_POINTS = 44
POINTS_OF = {"charge": 12, "capture": 20, "split": 26, "refund": 8, "cancel": 20}
FLOWS = tuple(POINTS_OF)
# With the points of the first test this makes more than two hundred deaths on each kind of database.
N_SEEDS = 12
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


class Points:
    """Counts the points as they are passed and dies at the chosen one."""

    def __init__(self, fatal):
        self.passed = 0
        self._fatal = fatal
        self._lock = threading.Lock()

    def __call__(self):
        with self._lock:
            if self.passed == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            self.passed += 1


class MortalDatabase(Database):
    """Passes a point before and after every commit."""

    def __init__(self, inner, points):
        self._inner, self._points = inner, points

    @contextmanager
    def write(self):
        with self._inner.write() as session:
            yield session
            self._points()
        self._points()

    def read(self):
        return self._inner.read()


class MortalGateway:
    """Passes a point before and after every call to the provider."""

    provider = "simulator"

    def __init__(self, inner, points):
        self._inner, self._points = inner, points

    def __getattr__(self, name):
        call = getattr(self._inner, name)

        def passing(*arguments):
            self._points()
            answer = call(*arguments)
            self._points()
            return answer

        return passing


def clock_from(start):
    ticks = iter(range(10**9))
    return lambda: start + timedelta(milliseconds=next(ticks))


@contextmanager
def checkout(folder, url, seed, points=None, start=NOW):
    """The parts of a checkout on the files of one crash test, mortal when it has points."""
    settings = Settings(demo=True, port=0, database_url=url, hold_minor=500, **quiet_settings())
    clock = clock_from(start)
    with (
        closing(SimulatorGateway(folder / "provider.db", clock)) as gateway,
        closing(open_database(url)) as opened,
    ):
        rng = random.Random(seed).randbytes  # noqa: S311  # the same ids each time
        if points is None:
            yield Context(settings, opened, gateway, clock, rng)
        else:
            yield Context(
                settings, MortalDatabase(opened, points), MortalGateway(gateway, points), clock, rng
            )


def in_child(run):
    """Run in a process of its own; return whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            run()
        except BaseException:  # noqa: BLE001  # whatever happened, this child must not go on with the tests
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed before its point"
    return os.WIFSIGNALED(status)


def begin(folder, url, flow):
    """Everything before the flow that is to die: an account, a visit, and for a refund a paid order."""
    with checkout(folder, url, seed=1) as context:
        prepare(context)
        shop = InProcessShop(context, PRODUCTS)
        quantity = {"split": 9, "cancel": 0}.get(flow, 2)
        body = shop.trip(shop.enter(), *([("milk", quantity)] if quantity else []))
        order_id = None
        if flow == "refund":
            order_id = place_order(context, body)
            settle_open(context)
        return Story(flow, shop.person, body, order_id)


@dataclass(frozen=True)
class Story:
    """What one flow is about."""

    flow: str
    person: Person
    body: PurchaseRequest
    order_id: str | None

    def tell(self, context):
        """Do it, or the rest of it: callers ask again with the same keys until there is an answer."""
        if self.flow == "refund":
            body = RefundRequestBody(amount_minor=100, reason="broken")
            refund_order(context, self.person, self.order_id, body, "the-key")
            return
        if self.flow in {"capture", "split", "cancel"} and not self._has_left(context):
            ensure_hold(context, self.person.account_id, None)
        place_order(context, self.body)
        settle_open(context)

    def _has_left(self, context):
        with context.database.read() as session:
            return orders.order_by_trip(session, self.body.idempotent_shopping_trip_id) is not None


def check(context, story):
    """One right charge, books that agree, and nothing open."""
    flow = story.flow
    expected = {"split": 1161, "refund": 158, "cancel": 0}.get(flow, 258)
    state = {"refund": OrderState.PARTLY_REFUNDED, "cancel": OrderState.NO_PURCHASE}.get(
        flow, OrderState.PAID
    )
    assert context.gateway.captured_total_minor() == expected
    taken = [charge for charge in context.gateway.charges() if charge.captured_minor]
    assert len(taken) == {"split": 2, "cancel": 0}.get(flow, 1)
    with context.database.write() as session:
        assert orders.unfinished_attempt_ids(session) == []
        assert [row.state for row in orders.orders_of_account(session, story.person.account_id)] == [state]
        assert orders.ledger_total(session, LedgerAccount.PROVIDER_CLEARING) == expected
        assert sum(orders.ledger_total(session, account) for account in LedgerAccount) == 0
        assert orders.open_holds(session, story.person.account_id) == []


def dies(folder, url, story, point, minute):
    """Tell the story in a process that dies at a point; return whether it came to that point."""

    def tell():
        start = NOW + timedelta(minutes=minute)
        with checkout(folder, url, 1_000 * minute + point, Points(point), start) as mortal:
            if minute > 1:
                settle_open(mortal, after_restart=True)
            story.tell(mortal)

    return in_child(tell)


def recovers(folder, url, story, seed):
    with checkout(folder, url, seed, start=NOW + timedelta(minutes=9)) as context:
        prepare(context)
        story.tell(context)
        check(context, story)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request, empty_database):
    """A function that makes an empty database of each kind."""
    if request.param == "sqlite":
        return lambda folder: copied_sqlite(empty_database, folder)
    postgres = request.getfixturevalue("postgres")
    return lambda _folder: postgres.migrated()


@pytest.mark.parametrize("flow", FLOWS)
def test_whatever_point_it_dies_at_there_is_one_right_charge(tmp_path, fresh_url, flow):
    n_killed = 0
    for point in range(N_POINTS):
        folder = tmp_path / str(point)
        folder.mkdir()
        url = fresh_url(folder)
        story = begin(folder, url, flow)
        was_killed = dies(folder, url, story, point, 1)
        recovers(folder, url, story, 2_000 + point)
        if not was_killed:
            break
        n_killed += 1

    assert 8 <= n_killed < N_POINTS, "the flow has other points than this test knows"


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("seed", range(N_SEEDS))
def test_who_dies_again_while_recovering_leaves_one_right_charge_too(tmp_path, fresh_url, flow, seed):
    rng = random.Random(seed)  # noqa: S311  # the same points each time
    url = fresh_url(tmp_path)
    story = begin(tmp_path, url, flow)
    for minute in (1, 3, 5):
        dies(tmp_path, url, story, rng.randrange(POINTS_OF[flow]), minute)

    recovers(tmp_path, url, story, 2_000 + seed)


def test_the_points_do_kill():
    """The guard of this file: a child that comes to its point is dead, and one that does not is not."""
    assert in_child(Points(0))
    assert not in_child(lambda: None)
