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
    catalog,
    entry,
    operations,
    problems,
    purchases,
    receipts,
    refunds,
    review,
    visits,
)
from checkout_api.card_guard import CardGuard
from checkout_api.context import Clock, Context, RandomBytes
from checkout_api.database import Database
from checkout_api.errors import CheckoutError
from checkout_api.payments import PaymentGateway
from checkout_api.settings import Settings
from checkout_api.startup import prepare

_ROUTED = (accounts, entry, catalog, visits, purchases, receipts, review, refunds, operations)


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
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(prepare, context)
        yield
        context.stopping.set()

    # Its page about the API brings its own scripts: a shop's network need not reach the internet.
    app = FastAPIOffline(redoc_url=None, title="walkout checkout", version="1", lifespan=lifespan)
    app.state.context = context
    app.add_middleware(CardGuard)
    app.add_exception_handler(CheckoutError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_shape)
    app.add_exception_handler(HTTPException, _refuse_route)
    for module in _ROUTED:
        app.include_router(module.router)
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
