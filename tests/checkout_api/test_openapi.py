"""The API keeps to its own description, whatever it is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
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


@pytest.fixture
def api_schema(shop):
    # A busy machine takes longer than the library waits for a page of this size.
    described = shop.http.get("/openapi.json").json()
    return schemathesis.openapi.from_dict(described).exclude(
        # The caller would be gone, and every later answer 401 or 404.
        path_regex="/v1/me/erase|/v1/tokens"
    )


schema = schemathesis.pytest.from_fixture("api_schema")


@pytest.fixture
def callers(shop):
    return [bearer(shop.manager()), bearer(shop.shopper()), shop.store_computer]


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_api_or_its_description(case, shop, callers):
    for headers in callers:
        case.validate_response(case.call(base_url=shop.url, headers=headers), checks=CHECKS)


def test_every_operation_describes_its_refusals(shop):
    described = shop.http.get("/openapi.json").json()

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["422"]["content"], (method, path)
            assert operation.get("summary"), (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
