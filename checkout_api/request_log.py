"""Middleware: every request has an id, is timed, counted and logged with the visit it is about."""

import logging
import re
import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from checkout_api.card_guard import holds_card_number
from checkout_api.metrics import Metrics
from checkout_api.tracing import mark_span

logger = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_QUIET = {"/healthz", "/readyz", "/metrics"}


class RequestLog:
    """ASGI middleware, the outermost: sees every answer, also those of the other middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        status = 500
        began = time.perf_counter()

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                mark_span(scope, _visit_id(scope))
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, with_id)
            finally:
                self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, took_s: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.requests_s.labels(scope["method"], route, status).observe(took_s)
        if route in _QUIET:
            return
        facts = {"method": scope["method"], "route": route, "status": status, "took_s": round(took_s, 4)}
        visit_id = _visit_id(scope)
        if visit_id is not None:
            facts["visit_id"] = visit_id
        logger.info("request", extra=facts)


def _visit_id(scope: Scope) -> str | None:
    """The visit in the address; known once the request was routed."""
    visit_id: str | None = scope.get("path_params", {}).get("visit_id")
    return visit_id


def _request_id(scope: Scope) -> str:
    """Take the id that a proxy gave, if it is harmless to log, or make one."""
    for name, value in scope["headers"]:
        given = str(value.decode("latin-1"))
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(given) and not holds_card_number(given):
            return given
    return uuid4().hex
