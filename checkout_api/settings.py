"""The checkout's settings: from the environment (`WALKOUT_...`) or as arguments; read once, passed down."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from checkout_api.errors import SettingsError

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_DEMO_PREFIX = "demo-only-"
_MINIMUM_SECRET_CHARACTERS = 32


def _demo_secret(name: str) -> SecretStr:
    return SecretStr(f"{_DEMO_PREFIX}{name}-".ljust(_MINIMUM_SECRET_CHARACTERS, "0"))


class Settings(BaseSettings):
    """Everything that differs between one installation and another.

    The default secrets are public, so they are refused outside demo mode, and demo mode is refused on any
    address but the computer's own.
    """

    model_config = SettingsConfigDict(
        env_prefix="WALKOUT_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    demo: bool = Field(default=False, description="Allow the public default secrets, on this computer only.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    database_url: str = Field(
        default="sqlite:///walkout.db", description="SQLAlchemy address of the database."
    )
    simulator_books: Path = Field(
        default=Path("walkout-provider.db"),
        description="Where the simulated payment provider keeps its books.",
    )

    store_id: str = Field(default="store-1", min_length=1, max_length=255)
    store_name: str = Field(
        default="walkout", min_length=1, max_length=80, description="Printed on receipts."
    )
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$", description="ISO 4217 code of all prices.")
    prices_include_tax: bool = Field(default=True, description="Whether catalogue prices contain the tax.")

    token_secret: SecretStr = Field(default=_demo_secret("token"), description="Signs sign-in tokens.")
    entry_key_seed: SecretStr = Field(
        default=_demo_secret("entry"), description="The key that signs entry codes."
    )
    entry_key_id: int = Field(default=1, ge=0, le=255, description="Raise it whenever the seed changes.")
    gate_key: SecretStr = Field(default=_demo_secret("gate"), description="Device key of the gates.")
    store_computer_key: SecretStr = Field(
        default=_demo_secret("store-computer"), description="Device key of the store computer."
    )
    manager_email: str = Field(default="manager@store.example", description="The first manager's account.")
    manager_password: SecretStr = Field(
        default=_demo_secret("manager"), description="The first manager's password."
    )

    token_lifetime_s: int = Field(default=900, ge=60, le=86_400)
    entry_code_lifetime_s: int = Field(default=60, ge=10, le=3_600)
    review_lifetime_s: int = Field(
        default=86_400, ge=1, description="A question nobody answers in this time is settled for the shopper."
    )
    cart_poll_s: float = Field(
        default=0.25, gt=0, le=10, description="How often a live cart looks for changes."
    )

    @field_validator("database_url")
    @classmethod
    def _must_be_known(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("expected sqlite:///FILE or postgresql+psycopg://...")
        return url

    @model_validator(mode="after")
    def _secrets_must_be_secret(self) -> Self:
        if self.demo:
            if self.host not in _LOOPBACK:
                raise ValueError(
                    f"demo mode uses public secrets and must not listen on {self.host}; use 127.0.0.1"
                )
            return self
        for name, secret in self.secrets().items():
            variable = f"WALKOUT_{name.upper()}"
            if secret.startswith(_DEMO_PREFIX):
                raise ValueError(
                    f"{variable} is not set and its default is public; set it to a random secret"
                )
            if len(secret) < _MINIMUM_SECRET_CHARACTERS:
                raise ValueError(
                    f"{variable} is too short; set {_MINIMUM_SECRET_CHARACTERS} random characters or more"
                )
        return self

    def secrets(self) -> dict[str, str]:
        """Return every secret by the name of its field."""
        return {
            name: value.get_secret_value()
            for name, value in self.__dict__.items()
            if isinstance(value, SecretStr)
        }

    @property
    def token_lifetime(self) -> timedelta:
        """How long a sign-in token is good for."""
        return timedelta(seconds=self.token_lifetime_s)

    @property
    def entry_code_lifetime(self) -> timedelta:
        """How long an entry code opens a gate."""
        return timedelta(seconds=self.entry_code_lifetime_s)

    @property
    def review_lifetime(self) -> timedelta:
        """How long a question waits for an answer."""
        return timedelta(seconds=self.review_lifetime_s)


def read_settings(*, host: str | None = None, port: int | None = None) -> Settings:
    """Read the settings from the environment.

    Args:
        host: In place of `WALKOUT_HOST`, when given.
        port: In place of `WALKOUT_PORT`, when given.

    Raises:
        SettingsError: If one cannot be used; the message names it and says what to do.
    """
    given: dict[str, Any] = {"host": host, "port": port}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        variable = "_".join(["WALKOUT", *(str(part).upper() for part in fault["loc"])])
        where = f"{variable}: " if fault["loc"] else ""
        raise SettingsError(f"settings: {where}{fault['msg'].removeprefix('Value error, ')}") from None
