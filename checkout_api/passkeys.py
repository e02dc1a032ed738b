"""Routes: passkeys (WebAuthn), to add, to remove, and to sign in with.

The device checks its user (face, finger or PIN) and signs our challenge for our domain only, so there is
nothing to phish and nothing of value to steal here. Attestation is not asked for: any maker's passkey is
good.
"""

import json
import struct
from datetime import timedelta
from typing import Annotated, Any

import webauthn
from fastapi import APIRouter, Path
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from checkout_api.account_schemas import (
    PasskeyOptionsSchema,
    PasskeyRegistration,
    PasskeySchema,
    PasskeySignIn,
)
from checkout_api.account_tables import PasskeyChallengeTable, PasskeyTable
from checkout_api.context import Context
from checkout_api.dependencies import ContextDep, PersonDep
from checkout_api.errors import ConflictError, InvalidRequestError, NotFoundError, NotSignedInError
from checkout_api.limits import AddressLimit, CallerLimit
from checkout_api.repository import accounts
from checkout_api.schemas import TokenSchema
from checkout_api.tokens import Person, token_for

router = APIRouter(tags=["accounts"])

# WebAuthn level 3, section 15.1 recommends 5 to 10 minutes where the user is verified.
_CHALLENGE_LIFETIME = timedelta(minutes=5)
_CHALLENGE_BYTES = 32
# What the library raises on bytes that are no credential at all, beside its own errors.
_MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error)

PasskeyId = Annotated[str, Path(max_length=1364)]


@router.post("/v1/me/passkeys/options", dependencies=[CallerLimit])
def passkey_options(context: ContextDep, person: PersonDep) -> PasskeyOptionsSchema:
    """Begin to add a passkey: what the browser needs to make one."""
    with context.database.read() as session:
        account = accounts.account(session, person.account_id)
        known = accounts.passkeys(session, person.account_id)
    if account is None or account.email is None:
        raise NotFoundError("this account does not exist any more")
    challenge = _challenge(context, person.account_id)
    options = webauthn.generate_registration_options(
        rp_id=context.settings.relying_party_id,
        rp_name=context.settings.store_name,
        user_id=account.id.encode(),
        user_name=account.email,
        user_display_name=account.display_name,
        challenge=challenge.challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id)) for row in known
        ],
    )
    return _options(challenge, options)


@router.post("/v1/me/passkeys", status_code=201, dependencies=[CallerLimit])
def add_passkey(context: ContextDep, person: PersonDep, body: PasskeyRegistration) -> PasskeySchema:
    """Add the passkey that the browser made."""
    challenge = _take(context, body.challenge_id, person.account_id)
    try:
        made = webauthn.verify_registration_response(
            credential=body.credential,
            expected_challenge=challenge,
            expected_rp_id=context.settings.relying_party_id,
            expected_origin=list(context.settings.web_origins),
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise InvalidRequestError(f"this passkey cannot be added: {error}") from None
    row = PasskeyTable(
        credential_id=bytes_to_base64url(made.credential_id),
        account_id=person.account_id,
        name=body.name,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        added_at=context.clock(),
        used_at=None,
    )
    try:
        with context.database.write() as session:
            session.add(row)
    except IntegrityError:
        raise ConflictError("this passkey is linked already; sign in with it") from None
    return shown_passkey(row)


@router.get("/v1/me/passkeys")
def list_passkeys(context: ContextDep, person: PersonDep) -> list[PasskeySchema]:
    """Show the passkeys of the person who is signed in."""
    with context.database.read() as session:
        return [shown_passkey(row) for row in accounts.passkeys(session, person.account_id)]


@router.delete("/v1/me/passkeys/{passkey_id}", status_code=204)
def remove_passkey(context: ContextDep, person: PersonDep, passkey_id: PasskeyId) -> None:
    """Remove a passkey, for example of a lost telephone."""
    with context.database.write() as session:
        row = accounts.passkey(session, passkey_id)
        if row is None or row.account_id != person.account_id:
            raise NotFoundError("there is no such passkey")
        session.delete(row)


@router.post("/v1/tokens/passkey-options", dependencies=[AddressLimit])
def sign_in_options(context: ContextDep) -> PasskeyOptionsSchema:
    """Begin to sign in with a passkey: nobody has to say who they are."""
    challenge = _challenge(context, None)
    options = webauthn.generate_authentication_options(
        rp_id=context.settings.relying_party_id,
        challenge=challenge.challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _options(challenge, options)


@router.post("/v1/tokens/passkey", status_code=201, dependencies=[AddressLimit])
def sign_in_with_passkey(context: ContextDep, body: PasskeySignIn) -> TokenSchema:
    """Exchange a passkey's signature for a short-lived token."""
    challenge = _take(context, body.challenge_id, None)
    refusal = NotSignedInError("this passkey is not known here, or its signature is wrong; sign in otherwise")
    with context.database.write() as session:
        row = accounts.passkey(session, str(body.credential.get("id", "")))
        if row is None:
            raise refusal
        account = accounts.existing(session, row.account_id)
        try:
            shown = webauthn.verify_authentication_response(
                credential=body.credential,
                expected_challenge=challenge,
                expected_rp_id=context.settings.relying_party_id,
                expected_origin=list(context.settings.web_origins),
                credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
                require_user_verification=True,
            )
        except _MALFORMED:
            raise refusal from None
        row.sign_count = shown.new_sign_count
        row.used_at = context.clock()
    return token_for(context, Person(account.id, account.role))


def shown_passkey(row: PasskeyTable) -> PasskeySchema:
    """Return a passkey as its owner sees it."""
    return PasskeySchema(
        passkey_id=row.credential_id, name=row.name, added_at=row.added_at, used_at=row.used_at
    )


def _challenge(context: Context, account_id: str | None) -> PasskeyChallengeTable:
    now = context.clock()
    row = PasskeyChallengeTable(
        id=context.new_id(),
        challenge=context.rng(_CHALLENGE_BYTES),
        account_id=account_id,
        expires_at=now + _CHALLENGE_LIFETIME,
    )
    with context.database.write() as session:
        accounts.forget_challenges(session, now)
        session.add(row)
    return row


def _take(context: Context, challenge_id: str, account_id: str | None) -> bytes:
    with context.database.write() as session:
        row = accounts.take_challenge(session, challenge_id)
    if row is None or row.account_id != account_id or context.clock() >= row.expires_at:
        raise InvalidRequestError("this challenge is used up or too old; ask for new options")
    return row.challenge


def _options(
    challenge: PasskeyChallengeTable,
    options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions,
) -> PasskeyOptionsSchema:
    public_key: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return PasskeyOptionsSchema(challenge_id=challenge.id, public_key=public_key)
