"""Routes: entry codes for shoppers, and the gate's question whether to open."""

import hashlib
import io
from datetime import timedelta

import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Response
from sqlalchemy.exc import IntegrityError

from checkout_api import entry_codes
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, Device, DeviceDep, PersonDep
from checkout_api.entry_codes import EntryCode
from checkout_api.errors import (
    ConflictError,
    EntryCodeInvalidError,
    EntryCodeUsedError,
    InvalidRequestError,
    NotFoundError,
    PaymentDueError,
)
from checkout_api.repository import accounts, orders, visits
from checkout_api.schemas import EntryCodeSchema, IdentityKeysRequest, IdentityKeysSchema, VisitorDetails
from checkout_api.settings import Settings
from checkout_api.states import VisitState
from checkout_api.tables import AuthEventTable, EntryCodeTable, UsedEntryCodeTable, VisitTable

router = APIRouter(tags=["entry"])
# Pixels per module: about 400 pixels a side, large enough on any telephone.
_QR_SCALE = 8


@router.post("/v1/me/entry-codes", status_code=201)
def issue_entry_code(context: ContextDep, person: PersonDep) -> EntryCodeSchema:
    """Issue a code that opens a gate once; slow checks happen here, not at the gate."""
    row = EntryCodeTable(
        id=context.rng(entry_codes.NONCE_BYTES).hex(),
        account_id=person.account_id,
        key_id=context.settings.entry_key_id,
        issued_at=context.clock().replace(microsecond=0),
        lifetime_s=context.settings.entry_code_lifetime_s,
    )
    with context.database.write() as session:
        if accounts.newest_payment_method(session, person.account_id) is None:
            raise PaymentDueError("link a payment method before you enter")
        if orders.has_payment_due(session, person.account_id):
            raise PaymentDueError("an earlier order is not paid; pay it before you enter")
        session.add(row)
    code = _code(row)
    return EntryCodeSchema(
        entry_code_id=row.id,
        code=entry_codes.sign(code, _signing_key(context.settings)),
        issued_at=code.issued_at,
        expires_at=code.expires_at,
        qr_url=f"/v1/me/entry-codes/{row.id}.svg",
    )


@router.get("/v1/me/entry-codes/{entry_code_id}.svg", response_class=Response)
def entry_code_as_qr(context: ContextDep, person: PersonDep, entry_code_id: str) -> Response:
    """Draw a code as a QR code (SVG)."""
    with context.database.read() as session:
        row = visits.entry_code(session, entry_code_id)
    if row is None or row.account_id != person.account_id:
        raise NotFoundError("there is no such entry code")
    picture = io.BytesIO()
    text = entry_codes.sign(_code(row), _signing_key(context.settings))
    segno.make_qr(text, error="m").save(picture, kind="svg", scale=_QR_SCALE)
    return Response(picture.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.post("/v1/identity/identity-keys")
def verify_identity_keys(
    context: ContextDep, device: DeviceDep, body: IdentityKeysRequest
) -> IdentityKeysSchema:
    """Let a shopper in: the first gate that shows a code opens, every later one stays shut."""
    if body.store_id != context.settings.store_id:
        raise InvalidRequestError(
            f"storeId is {body.store_id!r}, this is store {context.settings.store_id!r}"
        )
    key = _signing_key(context.settings)
    code = entry_codes.verify(
        body.identity_key, {context.settings.entry_key_id: key.public_key()}, context.clock()
    )
    visit_id = _admit(context, device, body, code)
    return IdentityKeysSchema(visitor_details=VisitorDetails(id=visit_id), visit_id=visit_id)


def _admit(context: Context, device: Device, body: IdentityKeysRequest, code: EntryCode) -> str:
    visit_id = context.new_id()
    nonce = code.nonce.hex()
    refusal = EntryCodeUsedError("somebody has entered with this code; ask the shopper to show a fresh one")
    try:
        with context.database.write() as session:
            used = visits.use_of_code(session, nonce)
            if used is not None:
                # The gate asks again because the first answer was lost.
                if (used.request_id, used.device_id) == (body.request_id, device.device_id):
                    return used.visit_id
                raise refusal
            if accounts.account(session, code.account_id) is None:
                raise EntryCodeInvalidError("the account of this entry code does not exist")
            if visits.auth_event(session, body.store_id, body.auth_event.id) is not None:
                raise ConflictError(
                    f"authEvent.id {body.auth_event.id!r} was used for another entry; use a fresh id"
                )
            session.add(
                VisitTable(
                    id=visit_id,
                    account_id=code.account_id,
                    store_id=body.store_id,
                    state=VisitState.INSIDE,
                    entered_at=body.auth_event.timestamp,
                    exited_at=None,
                    cart_version=0,
                    cart_as_of=None,
                )
            )
            session.flush()
            session.add(
                UsedEntryCodeTable(
                    nonce=nonce,
                    visit_id=visit_id,
                    device_id=device.device_id,
                    request_id=body.request_id,
                    used_at=context.clock(),
                )
            )
            session.add(
                AuthEventTable(
                    store_id=body.store_id,
                    id=body.auth_event.id,
                    visit_id=visit_id,
                    happened_at=body.auth_event.timestamp,
                    location=body.auth_event.location,
                )
            )
    except IntegrityError:
        raise refusal from None
    return visit_id


def _code(row: EntryCodeTable) -> EntryCode:
    return EntryCode(
        key_id=row.key_id,
        account_id=row.account_id,
        nonce=bytes.fromhex(row.id),
        issued_at=row.issued_at,
        lifetime=timedelta(seconds=row.lifetime_s),
    )


def _signing_key(settings: Settings) -> Ed25519PrivateKey:
    seed = hashlib.sha256(settings.entry_key_seed.get_secret_value().encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
