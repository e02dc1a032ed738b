"""Gates without a network: whom they let in, how many, and what the API makes of it afterwards."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from checkout_api.client import CheckoutClient, PurchaseLine
from checkout_api.entry_codes import CLOCK_TOLERANCE
from checkout_api.errors import EntryCodeExpiredError, EntryCodeUsedError, EntryRefusedError
from checkout_api.offline_gate import OfflineGate
from checkout_api.store_line import StoreLine
from tests.checkout_api.test_store_line import CutLine


class Door:
    """A gate with its own store computer, whose line can be cut; its clock may be wrong."""

    def __init__(self, shop, folder, stack):
        self.transport = CutLine()
        self.skew = timedelta(0)
        gate_key = shop.settings.gate_key.get_secret_value()
        computer_key = shop.settings.store_computer_key.get_secret_value()
        connect = {"tries": 1, "transport": self.transport}
        gate = stack.enter_context(CheckoutClient(shop.url, gate_key, **connect))
        computer = stack.enter_context(CheckoutClient(shop.url, computer_key, **connect))
        ticks = iter(range(0, 10**9, 3_600))
        self.line = StoreLine(folder / "line.db", computer, monotonic=lambda: float(next(ticks)))
        stack.callback(self.line.close)
        self.gate = OfflineGate(gate, self.line, lambda: shop.clock() + self.skew)
        self.gate.learn_keys()


@pytest.fixture
def doors(shop, tmp_path):
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("north", "south")]
        for folder in folders:
            folder.mkdir()
        yield [Door(shop, folder, stack) for folder in folders]


@pytest.fixture
def regular(shop):
    """A shopper who has paid before."""
    login = shop.shopper()
    shop.buy(login, ("milk", 1))
    return login


def test_a_regular_comes_in_shops_and_pays_although_the_network_is_down(shop, doors, regular):
    door, _ = doors
    code = shop.client.mint_entry_codes(regular).code
    door.transport.is_cut = True
    event = shop.event()
    visit_id = door.gate.open(code, event)
    trip = shop.trip(event, PurchaseLine("cola", 1))
    door.line.send_trip(visit_id, trip)
    door.line.deliver()
    assert door.line.receipt(trip.trip_id) is None
    door.transport.is_cut = False
    door.line.deliver()

    assert door.line.receipt(trip.trip_id).charged_minor == 219
    assert door.line.refused() == ()


def test_alone_a_gate_opens_once_for_a_code_also_for_one_that_it_saw_before(shop, doors, regular):
    door, _ = doors
    online, offline = (shop.client.mint_entry_codes(regular).code for _ in range(2))
    door.gate.open(online, shop.event())
    door.transport.is_cut = True
    door.gate.open(offline, shop.event())

    for code in (online, offline):
        with pytest.raises(EntryCodeUsedError):
            door.gate.open(code, shop.event())


def test_a_screenshot_at_two_gates_without_network_makes_one_flagged_visit(shop, doors, regular):
    north, south = doors
    code = shop.client.mint_entry_codes(regular).code
    trips = []
    for door in doors:
        door.transport.is_cut = True
        event = shop.event()
        trips.append((door, shop.trip(event, PurchaseLine("cola", 1))))
        door.line.send_trip(door.gate.open(code, event), trips[-1][1])
    for door, _ in trips:
        door.transport.is_cut = False
        door.line.deliver()
        door.line.deliver()
    receipts = [door.line.receipt(trip.trip_id) for door, trip in trips]

    # The first is charged, the second waits for a person: nobody pays for a stranger unasked.
    assert [receipt.status for receipt in receipts] == ["paid", "in_review"]
    assert receipts[0].visit_id != receipts[1].visit_id
    assert (north.line.refused(), south.line.refused()) == ((), ())


def test_alone_a_gate_lets_in_nobody_whom_the_store_does_not_know(shop, doors):
    door, _ = doors
    code = shop.client.mint_entry_codes(shop.shopper()).code
    door.transport.is_cut = True

    with pytest.raises(EntryRefusedError, match="who have paid before"):
        door.gate.open(code, shop.event())


def test_alone_a_gate_lets_in_no_more_than_its_limit(shop, doors, regular):
    door, _ = doors
    door.line.book.keep_keys(*(door.line.book.kept_keys()[0], 2))
    codes = [shop.client.mint_entry_codes(regular).code for _ in range(3)]
    door.transport.is_cut = True
    for code in codes[:2]:
        door.gate.open(code, shop.event())

    with pytest.raises(EntryRefusedError, match="as many as it may"):
        door.gate.open(codes[2], shop.event())


@pytest.mark.parametrize("skew_s", [-90, 89])
def test_a_gate_whose_clock_is_a_minute_and_a_half_off_still_opens_alone(shop, doors, regular, skew_s):
    door, _ = doors
    code = shop.client.mint_entry_codes(regular)
    door.transport.is_cut = True
    door.skew = timedelta(seconds=skew_s)

    assert door.gate.open(code.code, shop.event())


def test_an_old_code_does_not_open_alone_either(shop, doors, regular):
    door, _ = doors
    code = shop.client.mint_entry_codes(regular).code
    door.transport.is_cut = True
    door.skew = timedelta(seconds=shop.settings.entry_code_lifetime_s + 90) + CLOCK_TOLERANCE

    with pytest.raises(EntryCodeExpiredError):
        door.gate.open(code, shop.event())


def test_an_opening_whose_answer_was_lost_is_the_same_visit(shop, doors, regular):
    door, _ = doors
    code = shop.client.mint_entry_codes(regular).code
    door.transport.loses_answers = True
    event = shop.event()
    visit_id = door.gate.open(code, event)
    door.transport.loses_answers = False
    trip = shop.trip(event, PurchaseLine("milk", 1))
    door.line.send_trip(visit_id, trip)
    door.line.deliver()

    assert door.line.receipt(trip.trip_id).status == "paid"


def test_who_comes_in_offline_is_of_the_same_visit_as_their_party(shop, doors, regular):
    door, _ = doors
    codes = shop.client.mint_entry_codes(regular, party_size=2).codes
    first = door.gate.open(codes[0].code, shop.event())
    door.transport.is_cut = True

    assert door.gate.open(codes[1].code, shop.event()) == first


def test_a_forged_code_is_refused_without_asking_anybody(shop, doors):
    door, _ = doors
    door.transport.is_cut = True

    with pytest.raises(EntryRefusedError, match="not a valid entry code"):
        door.gate.open("FORGED", shop.event())
