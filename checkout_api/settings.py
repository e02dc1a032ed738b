"""The checkout's settings: from the environment (`WALKOUT_...`) or as arguments; read once, passed down."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Self

from limits import parse
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from checkout_api.errors import SettingsError

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_DEMO_PREFIX = "demo-only-"
_MINIMUM_SECRET_CHARACTERS = 32
# Their length is not ours to judge.
_GIVEN_BY_OTHERS = {"smtp_url", "stripe_key", "stripe_webhook_secret"}


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
    entry_previous_key_seed: SecretStr | None = Field(
        default=None, description="The seed before the last change, until its codes have expired."
    )
    gate_key: SecretStr = Field(default=_demo_secret("gate"), description="Device key of the gates.")
    store_computer_key: SecretStr = Field(
        default=_demo_secret("store-computer"), description="Device key of the store computer."
    )
    manager_email: str = Field(default="manager@store.example", description="The first manager's account.")
    manager_password: SecretStr = Field(
        default=_demo_secret("manager"), description="The first manager's password."
    )

    hold_minor: int = Field(
        default=0,
        ge=0,
        description="Reserve this much before a visit, in minor units; 0 trusts every shopper.",
    )
    stripe_key: SecretStr | None = Field(
        default=None, description="Secret key of the Stripe account; without it payments are simulated."
    )
    stripe_webhook_secret: SecretStr | None = Field(
        default=None, description="Signs what Stripe sends to /v1/webhooks/stripe."
    )
    stripe_base_url: str | None = Field(
        default=None, description="In place of Stripe's own address, for tests."
    )
    background_interval_s: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="How often settling, messages and time-outs are looked at; 0 never.",
    )
    reconcile_interval_s: int = Field(
        default=86_400, ge=0, description="How often our books are compared with the provider's; 0 never."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp://user:password@host:port or smtps://...; without it no e-mail is sent.",
    )
    mail_from: str = Field(default="receipts@store.example", description="Sender of receipts.")

    token_lifetime_s: int = Field(default=900, ge=60, le=86_400)
    entry_code_lifetime_s: int = Field(default=60, ge=10, le=3_600)
    entry_code_rotation_s: int = Field(
        default=30, ge=5, le=3_600, description="The phone shows the next code after this time."
    )
    entry_codes_per_pass: int = Field(
        default=20,
        ge=1,
        le=200,
        description="Codes minted ahead; with the rotation, how long a phone may be offline.",
    )
    open_visits_limit: int = Field(
        default=3, ge=1, description="Nobody gets a code while the account has this many visits inside."
    )
    offline_entries_limit: int = Field(
        default=50, ge=0, description="How many a gate lets in without a network: a cap on what can be lost."
    )
    address_limit: str = Field(
        default="60 per minute", description="Sign-ups, and sign-ins, from one address."
    )
    sign_in_limit: str = Field(
        default="10 per 5 minutes", description="Tries to sign in to one account, right or wrong."
    )
    account_limit: str = Field(
        default="60 per minute", description="Costly requests of one account, each kind on its own."
    )
    device_limit: str = Field(default="3000 per minute", description="Requests at one gate.")
    review_claim_s: int = Field(
        default=600, ge=10, description="How long a claimed question is one person's."
    )
    audit_probability: float = Field(
        default=0.015, ge=0, le=1, description="Share of baskets without questions that a person checks."
    )
    evidence_lifetime_s: int = Field(
        default=72 * 3_600, ge=60, le=30 * 86_400, description="Clips are deleted after this time."
    )
    relying_party_id: str = Field(
        default="localhost", description="The web app's domain; passkeys are bound to it for good."
    )
    web_origins: tuple[str, ...] = Field(
        default=("http://localhost:8000",),
        description="Addresses of the web app that passkeys may be used from.",
    )
    review_lifetime_s: int = Field(
        default=86_400, ge=1, description="A question nobody answers in this time is settled for the shopper."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO")
    log_format: Literal["json", "text"] = Field(
        default="json", description="One JSON object a line, or text."
    )
    otlp_endpoint: str | None = Field(
        default=None, description="Where traces go (OTLP over HTTP), as in http://127.0.0.1:4318."
    )
    trusted_proxies: str = Field(
        default="", description="Addresses whose X-Forwarded-For is believed, with commas between."
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

    @field_validator("address_limit", "sign_in_limit", "account_limit", "device_limit")
    @classmethod
    def _must_be_a_rate(cls, rate: str) -> str:
        try:
            parse(rate)
        except ValueError:
            raise ValueError(f'{rate!r} is not a rate; write it as in "10 per 5 minutes"') from None
        return rate

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
            if name in _GIVEN_BY_OTHERS:
                continue
            if secret.startswith(_DEMO_PREFIX):
                raise ValueError(
                    f"{variable} is not set and its default is public; set it to a random secret"
                )
            if len(secret) < _MINIMUM_SECRET_CHARACTERS:
                raise ValueError(
                    f"{variable} is too short; set {_MINIMUM_SECRET_CHARACTERS} random characters or more"
                )
        return self

    @model_validator(mode="after")
    def _stripe_needs_both(self) -> Self:
        if (self.stripe_key is None) != (self.stripe_webhook_secret is None):
            raise ValueError(
                "WALKOUT_STRIPE_KEY and WALKOUT_STRIPE_WEBHOOK_SECRET belong together; set both or neither"
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
    def review_claim(self) -> timedelta:
        """How long a claimed question is one person's."""
        return timedelta(seconds=self.review_claim_s)

    @property
    def evidence_lifetime(self) -> timedelta:
        """How long pictures and clips are kept."""
        return timedelta(seconds=self.evidence_lifetime_s)

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
