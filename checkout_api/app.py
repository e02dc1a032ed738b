"""Build the web application from its parts. The only place where routes are put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.responses import Response

from checkout_api import (
    accounts,
    audits,
    catalog,
    contests,
    devices,
    disputes,
    entry,
    evidence,
    holds,
    labels,
    operations,
    passkeys,
    payment_methods,
    privacy,
    problems,
    promotion_routes,
    provider_events,
    purchases,
    receipts,
    reconciliation,
    refunds,
    review,
    visits,
    webhook_endpoints,
)
from checkout_api.card_guard import CardGuard
from checkout_api.context import Clock, Context, RandomBytes
from checkout_api.database import Database
from checkout_api.errors import CheckoutError
from checkout_api.gateways import simulator_pages
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.openapi import describe, refusals
from checkout_api.payments import PaymentGateway
from checkout_api.request_log import RequestLog
from checkout_api.security_headers import SecurityHeaders
from checkout_api.settings import Settings
from checkout_api.startup import prepare
from checkout_api.tracing import stop_tracing, trace_requests
from checkout_api.worker import working

_ROUTED = (
    accounts,
    passkeys,
    privacy,
    entry,
    catalog,
    visits,
    evidence,
    purchases,
    receipts,
    # Before review, whose paths hold ids where this one says "labels".
    labels,
    review,
    audits,
    refunds,
    payment_methods,
    holds,
    promotion_routes,
    contests,
    disputes,
    provider_events,
    webhook_endpoints,
    reconciliation,
    devices,
    operations,
)


def create_app(
    settings: Settings, gateway: PaymentGateway, clock: Clock, database: Database, rng: RandomBytes
) -> FastAPI:
    """Return the application; its tables must be up to date, see `database.migrate`.

    Args:
        settings: What differs between installations.
        gateway: The payment provider.
        clock: Returns the aware time now.
        database: Where everything is written.
        rng: Returns that many unpredictable bytes, for ids and entry codes.
    """
    context = Context(settings, database, gateway, clock, rng)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(prepare, context)
        with working(context):
            yield
        context.stopping.set()
        stop_tracing(app)

    # Its page about the API brings its own scripts: a shop's network need not reach the internet.
    app = FastAPIOffline(redoc_url=None, title="walkout checkout", version="1", lifespan=lifespan)
    app.state.context = context
    # The last one added is the outermost.
    app.add_middleware(CardGuard)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog, metrics=context.metrics)
    trace_requests(app, settings)
    app.add_exception_handler(CheckoutError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_shape)
    app.add_exception_handler(HTTPException, _refuse_route)
    for module in _ROUTED:
        app.include_router(module.router, responses=refusals())
    describe(app)
    if isinstance(gateway, SimulatorGateway):
        app.include_router(simulator_pages.pages(gateway))
    return app


def _refuse(_request: Request, error: Exception) -> Response:
    if not isinstance(error, CheckoutError):
        raise error
    return problems.problem_response(error)


def _refuse_route(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problems.route_response(error)


def _refuse_shape(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return problems.validation_response(error)
