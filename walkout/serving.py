"""`walkout serve`, `backup` and `restore`: the checkout API on its own, and its database in a file."""

from pathlib import Path

from rich.console import Console

from checkout_api.backup import back_up, restore
from checkout_api.logs import configure_logs
from checkout_api.server import serve
from checkout_api.settings import read_settings


def serve_checkout(host: str, port: int) -> None:
    """Run the API until interrupted.

    Raises:
        CheckoutError: If its settings are refused, the port is in use, or the database cannot be written.
    """
    settings = read_settings(host=host, port=port)
    configure_logs(settings.log_level, as_json=settings.log_format == "json")
    url = f"http://{host}:{port}"
    Console().print(f"starting the checkout API at {url} (its page: {url}/docs); stop with Ctrl-C")
    serve(settings)


def back_up_checkout(target: Path) -> None:
    """Write the database of the settings into a new file, while the API runs.

    Raises:
        CheckoutError: If its settings are refused, the database cannot be read or the file not be written.
    """
    rows = back_up(read_settings().database_url, target)
    Console().print(f"{rows} rows in {target}; keep it safe, it holds addresses and tokens", highlight=False)


def restore_checkout(source: Path, *, replace: bool) -> None:
    """Bring a backup back into the database of the settings, while no API runs.

    Raises:
        CheckoutError: If the file is no backup, or the database is not empty and may not be replaced.
    """
    rows = restore(source, read_settings().database_url, replace=replace)
    Console().print(
        f"{rows} rows restored; start the API: it settles what was open and compares its books with the "
        "payment provider's",
        highlight=False,
    )
