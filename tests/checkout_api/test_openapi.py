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
    return schemathesis.openapi.from_url(f"{shop.url}/openapi.json").exclude(
        # The caller would be gone, and every later answer 401 or 404.
        path_regex="/v1/me/erase|/v1/tokens"
    )


schema = schemathesis.pytest.from_fixture("api_schema")


@pytest.fixture(params=["manager", "shopper", "store computer"])
def headers(request, shop):
    return {
        "manager": lambda: bearer(shop.manager()),
        "shopper": lambda: bearer(shop.shopper()),
        "store computer": lambda: shop.store_computer,
    }[request.param]()


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_api_or_its_description(case, headers):
    answer = case.call(headers=headers)
    case.validate_response(answer, checks=CHECKS)


def test_every_operation_describes_its_refusals(shop):
    described = shop.http.get("/openapi.json").json()

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["422"]["content"], (method, path)
            assert operation.get("summary"), (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
