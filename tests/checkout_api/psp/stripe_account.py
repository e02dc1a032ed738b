"""A Stripe account on this machine: localstripe and the proxy before it, each in a process of its own."""

import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

# As `localstripe --from-scratch`, which never reads what an earlier one left, but on loopback only.
_LOCALSTRIPE = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""
_PATIENCE_S = 60


class StripeAccount:
    """The running account, and what its shoppers, banks and networks do."""

    def __init__(self, url):
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=30)

    def close(self):
        self._http.close()

    def control(self, **body):
        return self._http.post("/_control", json=body).json()

    def fault(self, kind, path, method="POST", times=1):
        self.control(faults=[{"kind": kind, "path": path, "method": method, "times": times}])


@contextmanager
def running_stripe():
    """Start both processes and stop them at the end."""
    upstream, port = _free_port(), _free_port()
    proxy = Path(__file__).with_name("proxy.py")
    commands = [
        [sys.executable, "-c", _LOCALSTRIPE, str(upstream)],
        [sys.executable, str(proxy), str(port), str(upstream)],
    ]
    processes = [subprocess.Popen(command) for command in commands]  # noqa: S603  # this very Python
    try:
        for one in (upstream, port):
            _wait_for(one)
        with closing(StripeAccount(f"http://127.0.0.1:{port}")) as account:
            yield account
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port):
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
                return
        except OSError:
            assert time.monotonic() < deadline, "the payment provider's stand-in did not start"
            time.sleep(0.05)
