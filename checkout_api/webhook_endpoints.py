"""Routes: where integrators listen for what happens to orders."""

import base64

from fastapi import APIRouter

from checkout_api.dependencies import ContextDep, ManagerDep
from checkout_api.errors import NotFoundError
from checkout_api.payment_schemas import EndpointBody, EndpointSchema
from checkout_api.payment_tables import WebhookEndpointTable
from checkout_api.repository import messages
from checkout_api.webhook_sender import public_address

router = APIRouter(tags=["webhooks"])

_SECRET_BYTES = 24  # standardwebhooks.com asks for 24 to 64


@router.post("/v1/webhook-endpoints", status_code=201)
def register(context: ContextDep, _manager: ManagerDep, body: EndpointBody) -> EndpointSchema:
    """Send every message about an order to this address from now on; keep the secret, it is shown once."""
    public_address(body.url)
    row = WebhookEndpointTable(
        id=context.new_id(),
        url=body.url,
        secret="whsec_" + base64.b64encode(context.rng(_SECRET_BYTES)).decode(),
        registered_at=context.clock(),
        removed_at=None,
    )
    with context.database.write() as session:
        session.add(row)
    return EndpointSchema(endpoint_id=row.id, url=row.url, secret=row.secret)


@router.get("/v1/webhook-endpoints")
def all_endpoints(context: ContextDep, _manager: ManagerDep) -> list[EndpointSchema]:
    """Show where integrators listen, without the secrets."""
    with context.database.read() as session:
        rows = messages.endpoints(session)
    return [EndpointSchema(endpoint_id=row.id, url=row.url, secret=None) for row in rows]


@router.delete("/v1/webhook-endpoints/{endpoint_id}", status_code=204)
def remove(context: ContextDep, _manager: ManagerDep, endpoint_id: str) -> None:
    """Send nothing there any more."""
    with context.database.write() as session:
        row = messages.endpoint(session, endpoint_id)
        if row is None:
            raise NotFoundError(f"there is no endpoint {endpoint_id!r}")
        row.removed_at = row.removed_at or context.clock()
