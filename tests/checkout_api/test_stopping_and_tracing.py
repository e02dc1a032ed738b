"""A real process that is told to stop, and traces that reach a collector."""

import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from checkout_api.gateways.simulator import SimulatorGateway
from checkout_api.server import run_in_thread
from tests.checkout_api.test_kill import KilledServer, settings

__all__ = ["settings"]
pytestmark = pytest.mark.slow


class StoppedServer(KilledServer):
    """Is told to stop, as a service manager does."""

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)


def test_a_process_that_is_told_to_stop_ends_in_order(settings):
    server = StoppedServer(settings)
    assert httpx.get(f"{server.url}/readyz").status_code == 200

    # Uvicorn raises the signal again once it has stopped, so that the service manager sees it.
    assert server.stop() in {0, -signal.SIGTERM}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/readyz")
    server.start()
    server.close()


def test_a_request_about_a_visit_makes_a_span_that_names_it(settings):
    received = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        traced = settings.model_copy(
            update={"otlp_endpoint": f"http://127.0.0.1:{collector.server_address[1]}", "port": 0}
        )
        gateway = SimulatorGateway(traced.simulator_books)
        key = {"X-Device-Key": traced.store_computer_key.get_secret_value()}
        with run_in_thread(traced, gateway) as url:
            assert httpx.get(f"{url}/v1/visits/visit-7/cart", headers=key).status_code == 404
        gateway.close()
        collector.shutdown()

    spans = [
        span
        for body in received
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    attributes = {a.key: a.value.string_value for span in spans for a in span.attributes}
    assert attributes["walkout.visit_id"] == "visit-7"
