"""Logs as JSON lines, one a fact, with the request and the visit that each belongs to.

Modules log through `logging`; structlog adds what is known about the request and writes it down. Never a
token, never a card: what looks like a card number is taken out here too.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from checkout_api.card_guard import without_card_numbers


def configure_logs(level: str, *, as_json: bool) -> None:
    """Send all logs of this process to standard error; called once, by whoever starts the process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_card_numbers,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Each request is a line of ours already.
    for name in ("uvicorn.access", "httpx", "httpcore", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def about_visit(visit_id: str) -> Iterator[None]:
    """Everything that is logged in this block is about one visit."""
    with structlog.contextvars.bound_contextvars(visit_id=visit_id):
        yield


def _without_card_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        name: without_card_numbers(value) if isinstance(value, str) else value
        for name, value in event.items()
    }
