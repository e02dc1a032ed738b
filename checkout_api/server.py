"""Run the checkout: choose the real parts, bring the tables up to date, listen."""

import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import uvicorn

from checkout_api.app import create_app
from checkout_api.context import Clock, Context, RandomBytes
from checkout_api.database import migrate, open_database
from checkout_api.errors import CheckoutError, PortInUseError
from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.gateways.stripe_gateway import StripeGateway
from checkout_api.payments import PaymentGateway
from checkout_api.settings import Settings

logger = logging.getLogger(__name__)

# How long open requests may go on when the server stops; live carts end at once.
_GRACE_S = 5
# Starting includes settling what an earlier process left open.
_START_TIMEOUT_S = 60


def utc_now() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)


def serve(settings: Settings) -> None:
    """Run until interrupted.

    Raises:
        DatabaseUnavailableError: If a database cannot be opened or written.
        PortInUseError: If another program listens on the port.
    """
    with (
        _listener(settings) as listener,
        _gateway(settings) as gateway,
        _server(settings, gateway, utc_now, secrets.token_bytes) as server,
    ):
        logger.info("listening on %s", _address(settings, listener))
        server.run(sockets=[listener])


@contextmanager
def _gateway(settings: Settings) -> Iterator[PaymentGateway]:
    """Use Stripe where there is a key for it, or else the simulator."""
    if settings.stripe_key is not None and settings.stripe_webhook_secret is not None:
        yield StripeGateway(
            settings.stripe_key.get_secret_value(),
            settings.stripe_webhook_secret.get_secret_value(),
            settings.stripe_base_url,
        )
        return
    with closing(SimulatorGateway(settings.simulator_books)) as simulator:
        yield simulator


@contextmanager
def run_in_thread(
    settings: Settings,
    gateway: PaymentGateway,
    *,
    clock: Clock = utc_now,
    rng: RandomBytes = secrets.token_bytes,
) -> Iterator[str]:
    """Run the checkout beside the caller and yield its base URL; port 0 picks a free one.

    Raises:
        CheckoutError: As `serve`, and if it does not start in time.
    """
    with _listener(settings) as listener, _server(settings, gateway, clock, rng) as server:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="checkout")
        thread.start()
        try:
            server.wait_until_started(thread)
            yield _address(settings, listener)
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """Uvicorn, which tells when it is ready and ends live carts before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, context: Context) -> None:
        super().__init__(config)
        self._context = context
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        try:
            super().run(sockets)
        except SystemExit as error:
            # Uvicorn exits when the application does not start; the reason is in its log.
            self._failure = error
        finally:
            self._ready.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start and tell so."""
        await super().startup(sockets)
        self._ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, live carts first."""
        self._context.stopping.set()
        await super().shutdown(sockets)

    def wait_until_started(self, thread: threading.Thread) -> None:
        """Wait for the first moment at which requests are answered."""
        self._ready.wait(_START_TIMEOUT_S)
        if self._failure is not None or not self.started or not thread.is_alive():
            raise CheckoutError("the checkout server did not start; see its log for the reason")


@contextmanager
def _server(settings: Settings, gateway: PaymentGateway, clock: Clock, rng: RandomBytes) -> Iterator[_Server]:
    migrate(settings.database_url)
    with closing(open_database(settings.database_url)) as database:
        app = create_app(settings, gateway, clock, database, rng)
        config = uvicorn.Config(
            app,
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
        )
        yield _Server(config, app.state.context)


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Naming TCP matters: asyncio turns off send coalescing only then, which costs 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortInUseError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
            "stop the other program or set WALKOUT_PORT to a free port"
        ) from error
    return listener


def _address(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"
