"""A passkey without a telephone: makes what a browser would send (WebAuthn level 3, sections 6 and 7)."""

import base64
import hashlib
import json
import os
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SoftwareAuthenticator:
    """One telephone with one passkey; `origin` is the page that asks for it."""

    def __init__(self, origin="http://localhost:8000", *, verifies_user=True):
        self.origin = origin
        self._flags = USER_PRESENT | (USER_VERIFIED if verifies_user else 0)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = os.urandom(16)
        self.sign_count = 0

    def create(self, options):
        """Answer the options of `POST /v1/me/passkeys/options`."""
        numbers = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(options["rp"]["id"], self._flags | HAS_KEY)
        data += bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(key)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": base64url(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": base64url(attestation),
                "transports": ["internal"],
            }
        )

    def get(self, options):
        """Answer the options of `POST /v1/tokens/passkey-options`."""
        self.sign_count += 1
        data = self._data(options["rpId"], self._flags)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._credential(
            {
                "clientDataJSON": base64url(client_data),
                "authenticatorData": base64url(data),
                "signature": base64url(self._key.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": None,
            }
        )

    def _data(self, relying_party, flags):
        digest = hashlib.sha256(relying_party.encode()).digest()
        return digest + struct.pack(">BI", flags, self.sign_count)

    def _client_data(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response):
        identity = base64url(self.credential_id)
        return {"id": identity, "rawId": identity, "type": "public-key", "response": response}
