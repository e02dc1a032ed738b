"""Carts of a run beside the truth of the script."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cart_tracker.observations import Observation
from cart_tracker.store_map import ProductId, StoreMap
from cart_tracker.tracker import StoreTracker
from cart_tracker.visits import Decision, TrackerOutput, VisitClosed
from tests.cart_tracker.observation_simulator import Script


@dataclass
class Score:
    """Sums over recordings; rates are properties."""

    right: int = 0
    charged: int = 0
    true: int = 0
    exact: int = 0
    baskets: int = 0
    auto_wrong: int = 0
    reviews: int = 0

    @property
    def item_f1(self) -> float:
        return 2 * self.right / max(self.charged + self.true, 1)

    def add(self, script: Script, outputs: Sequence[TrackerOutput]) -> None:
        closed = {one.visit_id: one for one in outputs if isinstance(one, VisitClosed)}
        for shopper in script.shoppers:
            visit = closed[shopper.visit_id]
            cart = basket(visit)
            self.right += (cart & shopper.cart).total()
            self.charged += cart.total()
            self.true += shopper.cart.total()
            self.exact += cart == shopper.cart
            self.baskets += 1
            self.reviews += visit.decision is Decision.REVIEW
            self.auto_wrong += visit.decision is Decision.CHARGE and cart != shopper.cart


def basket(visit: VisitClosed) -> Counter[ProductId]:
    """Lines that are not dropped."""
    kept = (line for line in visit.lines if line.decision is not Decision.DROP)
    return Counter({line.product_id: line.quantity for line in kept})


def track(store_map: StoreMap, observations: Sequence[Observation], end_s: float) -> list[TrackerOutput]:
    """Run a whole recording."""
    tracker = StoreTracker(store_map)
    outputs = [output for observation in observations for output in tracker.handle(observation)]
    return outputs + tracker.finish(end_s)
