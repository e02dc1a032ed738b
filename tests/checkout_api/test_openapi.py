"""The API keeps to its own description, whatever it is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.checkout_api.conftest import bearer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


# The caller would be gone, and every later answer 401 or 404.
LEFT_OUT = "/v1/me/erase|/v1/tokens"


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_no_request_breaks_the_api_or_its_description(shop):
    described = schemathesis.openapi.from_dict(shop.http.get("/openapi.json").json())
    callers = [bearer(shop.manager()), bearer(shop.shopper()), shop.store_computer]
    faults = {}
    for found in described.exclude(path_regex=LEFT_OUT).get_all_operations():
        operation = found.ok()
        try:
            _send_anything(operation, shop, callers)
        except Exception as error:  # noqa: BLE001  # told below, all operations together
            faults[operation.label] = "\n".join(str(part) for part in getattr(error, "exceptions", [error]))

    assert faults == {}


def _send_anything(operation, shop, callers):
    @given(case=operation.as_strategy())
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def send(case):
        for headers in callers:
            answer = case.call(base_url=shop.url, headers=headers, timeout=120)
            case.validate_response(answer, checks=CHECKS)

    send()


def test_every_operation_describes_its_refusals(shop):
    described = shop.http.get("/openapi.json").json()

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["422"]["content"], (method, path)
            assert operation.get("summary"), (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
