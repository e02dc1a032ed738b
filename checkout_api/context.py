"""What every request works with: the parts chosen at start, and ids and times made from them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from checkout_api.database import Database
from checkout_api.limiter import Limiter
from checkout_api.metrics import Metrics
from checkout_api.payments import PaymentGateway
from checkout_api.settings import Settings

Clock = Callable[[], datetime]
RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one running checkout.

    Attributes:
        clock: Returns the aware time now.
        rng: Returns that many unpredictable bytes.
        stopping: Set when the server stops, so that endless answers end.
        work_waits: Set when there is something to settle or to send, so that the worker looks at once.
    """

    settings: Settings
    database: Database
    gateway: PaymentGateway
    clock: Clock
    rng: RandomBytes
    stopping: Event = field(default_factory=Event)
    work_waits: Event = field(default_factory=Event)
    limiter: Limiter = field(default_factory=Limiter)
    metrics: Metrics = field(default_factory=Metrics)

    def new_id(self) -> str:
        """Return a fresh random id, as text (UUID version 4)."""
        return str(uuid.UUID(bytes=self.rng(16), version=4))
