"""What route functions ask for: the running checkout, and who is calling."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from checkout_api import tokens
from checkout_api.context import Context
from checkout_api.errors import NotAllowedError, NotSignedInError
from checkout_api.repository import accounts
from checkout_api.states import DeviceKind, Role
from checkout_api.tokens import Person

_BEARER = HTTPBearer(auto_error=False, description="The token from POST /v1/tokens.")
_DEVICE_KEY = APIKeyHeader(
    name="X-Device-Key", auto_error=False, description="The key of a gate or store computer."
)


@dataclass(frozen=True, slots=True)
class Device:
    """Which device is calling."""

    device_id: str
    kind: DeviceKind


def key_digest(key: str) -> str:
    """Return what is stored of a device key; keys are long and random, so a plain digest is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


ContextDep = Annotated[Context, Depends(_context)]
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
_Key = Annotated[str | None, Depends(_DEVICE_KEY)]


def _caller(context: ContextDep, credentials: _Credentials, key: _Key) -> Person | Device:
    if credentials is not None:
        secret = context.settings.token_secret.get_secret_value()
        return tokens.read(credentials.credentials, secret, context.clock())
    if key is None:
        raise NotSignedInError(
            "sign in first: send Authorization: Bearer TOKEN, or X-Device-Key from a device"
        )
    with context.database.read() as session:
        device = accounts.device_by_key(session, key_digest(key))
    if device is None or device.revoked_at is not None:
        raise NotSignedInError("the device key is not known; register the device or correct its key")
    return Device(device.id, device.kind)


CallerDep = Annotated[Person | Device, Depends(_caller)]


def _person(caller: CallerDep) -> Person:
    if not isinstance(caller, Person):
        raise NotAllowedError("devices may not do this; a person has to sign in")
    return caller


def _staff(person: Annotated[Person, Depends(_person)]) -> Person:
    if not person.is_staff:
        raise NotAllowedError("only the store's staff may do this")
    return person


def _auditor(person: Annotated[Person, Depends(_person)]) -> Person:
    if person.role not in {Role.MANAGER, Role.AUDITOR}:
        raise NotAllowedError("only a manager or an auditor may do this")
    return person


def _manager(person: Annotated[Person, Depends(_person)]) -> Person:
    if person.role is not Role.MANAGER:
        raise NotAllowedError("only a manager may do this")
    return person


def _device(caller: CallerDep) -> Device:
    if not isinstance(caller, Device):
        raise NotAllowedError("only a device of the store may do this")
    return caller


def _gate(device: Annotated[Device, Depends(_device)]) -> Device:
    if device.kind not in {DeviceKind.GATE, DeviceKind.STORE_COMPUTER}:
        raise NotAllowedError("only a gate or the store computer may do this")
    return device


def _monitor(caller: CallerDep) -> Person | Device:
    if isinstance(caller, Device):
        if caller.kind is DeviceKind.GATE:
            raise NotAllowedError("gates may not do this; register a monitor")
        return caller
    return _auditor(caller)


def _store_computer(device: Annotated[Device, Depends(_device)]) -> Device:
    if device.kind is not DeviceKind.STORE_COMPUTER:
        raise NotAllowedError("only the store computer may do this")
    return device


def _operator(caller: CallerDep) -> Person | Device:
    return _store_computer(caller) if isinstance(caller, Device) else _manager(caller)


PersonDep = Annotated[Person, Depends(_person)]
StaffDep = Annotated[Person, Depends(_staff)]
ManagerDep = Annotated[Person, Depends(_manager)]
AuditorDep = Annotated[Person, Depends(_auditor)]
GateDep = Annotated[Device, Depends(_gate)]
MonitorDep = Annotated[Person | Device, Depends(_monitor)]
StoreComputerDep = Annotated[Device, Depends(_store_computer)]
OperatorDep = Annotated[Person | Device, Depends(_operator)]
