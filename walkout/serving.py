"""`walkout serve`: the checkout API on its own."""

from rich.console import Console

from checkout_api.server import serve
from checkout_api.settings import read_settings


def serve_checkout(host: str, port: int) -> None:
    """Run the API until interrupted.

    Raises:
        CheckoutError: If its settings are refused, the port is in use, or the database cannot be written.
    """
    settings = read_settings(host=host, port=port)
    url = f"http://{host}:{port}"
    Console().print(f"starting the checkout API at {url} (its page: {url}/docs); stop with Ctrl-C")
    serve(settings)
