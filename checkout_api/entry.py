"""Routes: entry codes for shoppers and staff, and the gate's questions whether to open."""

import base64
import io

import segno
from fastapi import APIRouter, Path, Response

from checkout_api import card_taps
from checkout_api.admission import Opening, admit, record_offline
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, GateDep, PersonDep
from checkout_api.entry_keys import public_keys
from checkout_api.entry_passes import arm, code_of, text_of
from checkout_api.entry_schemas import (
    CardTapRequest,
    EntryCodeSchema,
    EntryCodesRequest,
    EntryCodesSchema,
    IdentityKeysRequest,
    IdentityKeysSchema,
    OfflineEntriesRequest,
    OfflineEntriesSchema,
    OfflineEntry,
    OfflineEntryResult,
    SigningKey,
    SigningKeysSchema,
    VisitorDetails,
)
from checkout_api.errors import PROBLEMS, EntryRefusedError, InvalidRequestError, NotFoundError
from checkout_api.limits import CallerLimit
from checkout_api.repository import entries
from checkout_api.tables import VisitTable
from checkout_api.visit_tables import EntryPassTable

router = APIRouter(tags=["entry"])
# Pixels per module: about 400 pixels a side, large enough on any telephone.
_QR_SCALE = 8


@router.post("/v1/me/entry-codes", status_code=201, dependencies=[CallerLimit])
def mint_entry_codes(
    context: ContextDep, person: PersonDep, body: EntryCodesRequest | None = None
) -> EntryCodesSchema:
    """Mint a pass with rotating codes; slow checks happen here, not at the gate."""
    entry_pass = arm(context, person, (body or EntryCodesRequest()).party_size)
    return EntryCodesSchema(
        entry_pass_id=entry_pass.id,
        party_size=entry_pass.party_size,
        codes=[_shown(context, entry_pass, n) for n in range(entry_pass.n_codes)],
        now=context.clock(),
    )


@router.get(
    "/v1/me/entry-codes/{entry_pass_id}/{n}.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def entry_code_as_qr(
    context: ContextDep, person: PersonDep, entry_pass_id: str, n: int = Path(ge=0, le=65_535)
) -> Response:
    """Draw a code as a QR code (SVG)."""
    with context.database.read() as session:
        entry_pass = entries.entry_pass(session, entry_pass_id)
    if entry_pass is None or entry_pass.account_id != person.account_id or n >= entry_pass.n_codes:
        raise NotFoundError("there is no such entry code")
    text = text_of(code_of(entry_pass, n, context.settings), context.settings)
    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="svg", scale=_QR_SCALE)
    return Response(picture.getvalue(), media_type="image/svg+xml")


@router.post("/v1/identity/identity-keys", dependencies=[CallerLimit])
def verify_identity_keys(
    context: ContextDep, device: GateDep, body: IdentityKeysRequest
) -> IdentityKeysSchema:
    """Let somebody in: the first gate that shows a code opens, every later one stays shut."""
    _must_be_here(context, body.store_id)
    visit = admit(context, Opening(device, body.request_id, body.auth_event), body.identity_key)
    return _opened(visit)


@router.post("/v1/identity/card-taps", dependencies=[CallerLimit])
def tap_card(context: ContextDep, device: GateDep, body: CardTapRequest) -> IdentityKeysSchema:
    """Let somebody in without an account who tapped a card: the provider's token of it pays."""
    _must_be_here(context, body.store_id)
    opening = Opening(device, body.request_id, body.auth_event)
    return _opened(card_taps.admit_card(context, opening, body.card_token))


@router.get("/v1/identity/signing-keys")
def signing_keys(context: ContextDep, _device: GateDep) -> SigningKeysSchema:
    """Give a gate what it needs to check codes without a network."""
    keys = [
        SigningKey(kid=str(key_id), x=base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode())
        for key_id, key in public_keys(context.settings).items()
    ]
    return SigningKeysSchema(keys=keys, offline_entries_limit=context.settings.offline_entries_limit)


@router.post("/v1/identity/offline-entries", dependencies=[CallerLimit])
def report_offline_entries(
    context: ContextDep, device: GateDep, body: OfflineEntriesRequest
) -> OfflineEntriesSchema:
    """Report whom a gate let in on its own; a code that was used twice makes a flagged visit."""
    _must_be_here(context, body.store_id)
    return OfflineEntriesSchema(
        results=[
            _recorded(context, Opening(device, entry.request_id, entry.auth_event), entry)
            for entry in body.entries
        ]
    )


def _shown(context: Context, entry_pass: EntryPassTable, n: int) -> EntryCodeSchema:
    code = code_of(entry_pass, n, context.settings)
    return EntryCodeSchema(
        code=text_of(code, context.settings),
        valid_from=code.valid_from,
        expires_at=code.expires_at,
        qr_url=f"/v1/me/entry-codes/{entry_pass.id}/{n}.svg",
    )


def _recorded(context: Context, opening: Opening, entry: OfflineEntry) -> OfflineEntryResult:
    try:
        visit = record_offline(context, opening, entry.identity_key)
    except EntryRefusedError as error:
        code = PROBLEMS[type(error)].code
        return OfflineEntryResult(request_id=entry.request_id, visit_id=None, flag=None, refusal=code)
    return OfflineEntryResult(request_id=entry.request_id, visit_id=visit.id, flag=visit.flag, refusal=None)


def _opened(visit: VisitTable) -> IdentityKeysSchema:
    details = VisitorDetails.model_validate({"id": visit.id, "type": visit.kind.upper()})
    return IdentityKeysSchema(visitor_details=details, visit_id=visit.id)


def _must_be_here(context: Context, store_id: str) -> None:
    if store_id != context.settings.store_id:
        raise InvalidRequestError(f"storeId is {store_id!r}, this is store {context.settings.store_id!r}")
