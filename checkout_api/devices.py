"""Routes: the store's devices and their keys, which a manager hands out and takes back."""

import base64

from fastapi import APIRouter

from checkout_api.account_schemas import DeviceKeySchema, DeviceRegistration, DeviceSchema
from checkout_api.dependencies import ContextDep, ManagerDep, key_digest
from checkout_api.errors import NotFoundError
from checkout_api.repository import accounts
from checkout_api.tables import DeviceTable

router = APIRouter(tags=["devices"])
_KEY_BYTES = 32


@router.post("/v1/devices", status_code=201)
def register_device(context: ContextDep, _manager: ManagerDep, body: DeviceRegistration) -> DeviceKeySchema:
    """Register a device; its key is in this answer and nowhere else."""
    key = base64.urlsafe_b64encode(context.rng(_KEY_BYTES)).rstrip(b"=").decode()
    row = DeviceTable(
        id=context.new_id(),
        kind=body.kind,
        name=body.name,
        key_sha256=key_digest(key),
        registered_at=context.clock(),
        revoked_at=None,
    )
    with context.database.write() as session:
        session.add(row)
    return DeviceKeySchema(device=_shown(row), key=key)


@router.get("/v1/devices")
def list_devices(context: ContextDep, _manager: ManagerDep) -> list[DeviceSchema]:
    """Show all devices, also those whose keys were taken back."""
    with context.database.read() as session:
        return [_shown(row) for row in accounts.devices(session)]


@router.delete("/v1/devices/{device_id}", status_code=204)
def revoke_device(context: ContextDep, _manager: ManagerDep, device_id: str) -> None:
    """Take a device's key back: from now on it is not known."""
    with context.database.write() as session:
        row = session.get(DeviceTable, device_id, with_for_update=True)
        if row is None:
            raise NotFoundError(f"there is no device {device_id!r}")
        row.revoked_at = row.revoked_at or context.clock()


def _shown(row: DeviceTable) -> DeviceSchema:
    return DeviceSchema(
        device_id=row.id,
        kind=row.kind,
        name=row.name,
        registered_at=row.registered_at,
        revoked_at=row.revoked_at,
    )
