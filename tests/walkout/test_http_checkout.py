"""A store and its API, connected: who comes in is charged, and an API that is gone makes nothing fail."""

from cart_tracker.store_map import ProductId
from cart_tracker.visits import CartChanged, CartLine, ClosedLine, Decision, VisitClosed
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.server import run_in_thread
from walkout.gate_log import GateScan
from walkout.http_checkout import connected_checkout


def closed(visit_id, product_id, quantity):
    line = ClosedLine(product_id, quantity, 0.99, Decision.CHARGE, "")
    return VisitClosed(visit_id, 10.0, 60.0, (line,), (), Decision.CHARGE, 0.99, "")


def test_a_visit_is_charged_and_one_after_the_api_is_gone_is_pending(api_settings, demo_map, tmp_path):
    product = demo_map.products[0]
    gateway = SimulatorGateway(api_settings.simulator_books)
    with run_in_thread(api_settings, gateway) as url:
        connected = connected_checkout(url, api_settings, demo_map, tmp_path / "line.db")
        checkout = connected.__enter__()
        (customer,) = checkout.sign_up(["ada"])
        first = checkout.admit(GateScan(10.0, "gate-1", "ada"))
        second = checkout.admit(GateScan(11.0, "gate-1", "ada"))
        checkout.show_cart(CartChanged(first, 20.0, (CartLine(ProductId(product.product_id), 2, 0.8),)))
        settled = checkout.settle(closed(first, product.product_id, 2))
        pdfs = checkout.receipt_pdfs(customer)
    checkout._receipt_timeout_s = 0.0
    pending = checkout.settle(closed(second, product.product_id, 1))
    unsent = checkout.unsent()
    connected.__exit__(None, None, None)
    gateway.close()

    assert (settled.charged_minor, settled.is_settled) == (2 * product.price_minor, True)
    assert len(pdfs) == 1
    assert (pending.charged_minor, pending.is_settled, unsent) == (0, False, 1)
