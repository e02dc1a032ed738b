"""The keys that sign entry codes: derived from the settings, one for each store and key id.

The store's id is part of the derivation, so a code of another store is not valid here even when both share
a seed.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import SecretStr

from checkout_api.settings import Settings

_KEY_IDS = 256


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key that signs new codes; its id is `settings.entry_key_id`."""
    return _derive(settings.entry_key_seed, settings.store_id)


def public_keys(settings: Settings) -> dict[int, Ed25519PublicKey]:
    """Return the keys whose codes are good, by id: the present one, and the one before it if it is set."""
    keys = {settings.entry_key_id: signing_key(settings).public_key()}
    if settings.entry_previous_key_seed is not None:
        previous = _derive(settings.entry_previous_key_seed, settings.store_id)
        keys[(settings.entry_key_id - 1) % _KEY_IDS] = previous.public_key()
    return keys


def _derive(seed: SecretStr, store_id: str) -> Ed25519PrivateKey:
    # The seed has 32 random characters or more, see `Settings`; a digest of it is as strong as it is.
    material = f"{len(store_id)}:{store_id}:{seed.get_secret_value()}"
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(material.encode()).digest())
