"""Short-lived sign-in tokens (JWT, HS256) that say who somebody is and in which role."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from checkout_api.context import Context
from checkout_api.errors import NotSignedInError
from checkout_api.schemas import TokenSchema
from checkout_api.states import Role

_ALGORITHM = "HS256"
_AUDIENCE = "walkout"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    account_id: str
    role: Role

    @property
    def is_staff(self) -> bool:
        """Whether this person works in the store; an auditor only looks."""
        return self.role in {Role.ASSOCIATE, Role.MANAGER}


def issue(person: Person, secret: str, at: datetime, lifetime: timedelta) -> str:
    """Return a token that is good until `at + lifetime`."""
    claims = {
        "sub": person.account_id,
        "role": person.role.value,
        "aud": _AUDIENCE,
        "iat": at,
        "exp": at + lifetime,
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def token_for(context: Context, person: Person) -> TokenSchema:
    """Return a fresh token as it goes over the wire."""
    settings = context.settings
    token = issue(person, settings.token_secret.get_secret_value(), context.clock(), settings.token_lifetime)
    return TokenSchema(access_token=token, expires_in_s=settings.token_lifetime_s)


def read(token: str, secret: str, at: datetime) -> Person:
    """Return who a token stands for.

    Raises:
        NotSignedInError: If it is not ours, altered or too old.
    """
    try:
        # Times are compared below, with the clock that was passed in.
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"verify_exp": False, "verify_iat": False, "require": ["sub", "role", "exp"]},
        )
        person = Person(account_id=str(claims["sub"]), role=Role(claims["role"]))
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (jwt.InvalidTokenError, ValueError):
        raise NotSignedInError("the sign-in token is not valid; sign in again") from None
    if at >= expires_at:
        raise NotSignedInError("the sign-in token has expired; sign in again")
    return person
