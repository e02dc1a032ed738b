"""A visit from the code until its receipt: who is on it, what was told, when it may be settled."""

from dataclasses import dataclass, field

from cart_tracker.identity import ShopperId
from cart_tracker.observations import GateScanned
from cart_tracker.people import Departed
from cart_tracker.visits import CartLine

SETTLE_S = 2.0  # after the exit: late changes of shelves
FOLLOWERS_WAIT_S = 30.0  # whoever came in on a code does not keep its owner's receipt back for longer


@dataclass(slots=True)
class OpenVisit:
    """A visit that is open, or has left and waits to be settled.

    Attributes:
        members: Who is on its code, the one who scanned first.
        left: Those of them who have left.
    """

    scan: GateScanned
    members: list[ShopperId]
    told: tuple[CartLine, ...] = ()
    told_events: set[int] = field(default_factory=set)
    read_at_s: list[float] = field(default_factory=list)
    left: dict[ShopperId, Departed] = field(default_factory=dict)

    @property
    def left_s(self) -> float | None:
        """When the last of them left; None while somebody of them is inside."""
        if len(self.left) < len(self.members):
            return None
        return max(departed.left_s for departed in self.left.values())

    def may_settle(self, now_s: float) -> bool:
        """Whether everybody, or for long the one who scanned, has left."""
        if self.left_s is not None:
            return now_s >= self.left_s + SETTLE_S
        first = self.left.get(self.members[0])
        return first is not None and now_s >= first.left_s + FOLLOWERS_WAIT_S
