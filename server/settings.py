"""Every setting of the process: its name in the environment, its default, and what it is for.

Names are those of the fields with the prefix `SEATWISE_`, but for the few that every host knows
(`DATABASE_URL`, `STRIPE_API_KEY`, `PORT`...). The settings of sign-in and of our web pages are
inherited, those of the GraphQL endpoint stand in `graphql` (`SEATWISE_GRAPHQL_MAX_BATCH`).
"""

import os
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from server.addresses import MailServerURL, PostgresURL
from server.client_address import USUAL_HEADER
from server.development_issuer.settings import ISSUER_PATH, is_development_issuer
from server.graphql_http.settings import GraphQLHTTPSettings
from server.listed import Listed, Origins
from server.rate_limit_settings import RateLimitSettings
from server.sign_in.settings import SignInSettings
from server.start_error import StartError
from server.web_page import WebPageSettings

PREFIX = "SEATWISE_"
SANDBOX_API_KEY = "sk_test_seatwise_development"
"""The account that development uses in the sandbox. It is no secret: the sandbox takes any key."""

Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(StartError):
    """Settings that the process cannot run with: one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(SignInSettings, WebPageSettings, BaseSettings):
    """Read from the environment by `load`; tests give them as arguments."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
    )

    environment: Literal["development", "production"] = Field(
        default="development",
        description="Production refuses whatever is only good on a developer's machine",
    )
    fusion: bool = Field(
        default=False, description="Serve /graphql/fusion too, the source of a Fusion gateway"
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on")
    port: Port = Field(
        default=8000,
        validation_alias=AliasChoices("PORT", "SEATWISE_PORT"),
        description="The port to listen on",
    )
    worker_port: Port | None = Field(
        default=None,
        description="A port on which a worker answers /healthz, /readyz, /metrics; left out, none",
    )
    shutdown_seconds: Annotated[int, Field(ge=0)] = Field(
        default=20, description="How long requests under way may take to finish at the end"
    )
    public_url: str = Field(
        default="", description="Where browsers find this server; left out, host and port"
    )
    trusted_proxies: Listed = Field(
        default=("127.0.0.1",),
        validation_alias="FORWARDED_ALLOW_IPS",
        description="Addresses or networks, by commas, of proxies that are believed; * is any",
    )
    client_address_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = Field(
        default=USUAL_HEADER, description="Where those proxies say a client's IP address"
    )
    data_dir: Path = Field(
        default=Path(".data"), description="The embedded Postgres and the development issuer's key"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged, and what is graver"
    )
    log_format: Literal["readable", "json", ""] = Field(
        default="", description="Left out: json in production, readable in development"
    )

    database_url: PostgresURL | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="postgresql://... of a Postgres 15 or later; left out, an embedded one",
    )
    database_direct_url: PostgresURL | None = Field(
        default=None,
        validation_alias="DATABASE_DIRECT_URL",
        description="The same database past PgBouncer: for LISTEN, the queue and migrations",
    )
    database_wait_seconds: Annotated[float, Field(ge=0)] = Field(
        default=0, description="How long a start waits for somebody else to migrate the database"
    )
    read_connections: PositiveInt = Field(
        default=10, description="Connections of one process for reads"
    )
    write_connections: PositiveInt = Field(
        default=10, description="Connections of one process for transactions"
    )
    prepared_statements: bool = Field(
        default=True,
        description="Off for a PgBouncer in transaction mode that is older than 1.21",
    )

    stripe_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="STRIPE_API_KEY",
        description="The Stripe account; left out in development, the sandbox",
    )
    stripe_webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias="STRIPE_WEBHOOK_SECRET",
        description="What Stripe signs its webhooks with; several, by commas, during a rotation",
    )
    event_days: Annotated[int, Field(ge=7, le=3650)] = Field(
        default=90, description="Days that webhook events which ended well are kept"
    )
    sandbox_port: Port = Field(default=8420, description="The port of the sandbox")
    sandbox_url: str = Field(
        default="", description="Where the sandbox is found; left out, its port on this machine"
    )
    sandbox_api_key: str = Field(
        default=SANDBOX_API_KEY,
        pattern="^sk_test_",
        description="Our account in the sandbox, which keeps one for each key it is shown",
    )
    reconcile_calls_per_second: PositiveInt = Field(
        default=10,
        description="Calls with which the reconciler may ask Stripe (100 are allowed, 25 in tests)",
    )
    catalogue: Path = Field(
        default=Path("catalog.toml"), description="The plans and what they cost"
    )

    default_currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")] = Field(
        default="usd", description="What is charged in when a purchase does not say"
    )

    collect_tax: bool = Field(
        default=False,
        description="Checkouts ask for address and tax id, and Stripe Tax (to be set up) adds it",
    )

    smtp_url: MailServerURL | None = Field(
        default=None,
        validation_alias="SMTP_URL",
        description="smtp://user:password@host:587; left out in development, kept at /dev/mail",
    )
    mail_from: str = Field(
        default="Seatwise <no-reply@localhost>", description="Who our mails come from"
    )

    return_origins: Origins = Field(
        default=(),
        description="Origins, by commas, that Stripe may send people back to, beside our own",
    )
    grace_days: Annotated[int, Field(ge=0, le=365)] = Field(
        default=3, description="Days between the end of a subscription and the deactivation"
    )
    invitation_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=7, description="Days that an invitation stays open"
    )
    invitations_per_hour: PositiveInt = Field(
        default=100, description="Invitations that one organization may send within an hour"
    )
    invitation_url: str = Field(
        default="",
        description="The page that answers invitations, with {token} where the token goes; left"
        " out, the portal's",
    )

    oidc_issuer: str = Field(
        default="",
        description="Whose access tokens are believed; left out in development, our own issuer",
    )
    oidc_audience: str = Field(
        default="seatwise", min_length=1, description="What tokens must be meant for: this API"
    )
    rate_limits: RateLimitSettings = Field(default_factory=RateLimitSettings)
    graphql: GraphQLHTTPSettings = Field(default_factory=GraphQLHTTPSettings)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            if network != "*":
                ip_network(network)  # its own message says what is wrong
        return networks

    @field_validator("public_url", "sandbox_url")
    @classmethod
    def _without_last_slash(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or not parts.netloc):
            raise ValueError("must begin with http:// or https:// and name a host")
        return url.rstrip("/")

    @field_validator("invitation_url")
    @classmethod
    def _with_token(cls, url: str) -> str:
        if "{token}" not in url:
            raise ValueError("must contain {token}")
        return url

    @model_validator(mode="before")
    @classmethod
    def _fill_in_urls(cls, values: dict[str, object]) -> dict[str, object]:
        """What is left out follows from what is given, so that moving a port moves its URLs."""
        port = values.get("port") or values.get("PORT") or values.get("SEATWISE_PORT")
        public_url = values.get("public_url") or _local_url(port, otherwise=8000)
        sandbox_url = _local_url(values.get("sandbox_port"), otherwise=8420)
        return values | {
            "public_url": public_url,
            "sandbox_url": values.get("sandbox_url") or sandbox_url,
            "invitation_url": values.get("invitation_url")
            or f"{public_url}/portal/invitation#{{token}}",
            "oidc_issuer": values.get("oidc_issuer") or development_issuer_of(str(public_url)),
        }

    @property
    def in_production(self) -> bool:
        """Whether this is no developer's machine."""
        return self.environment == "production"

    @property
    def local_url(self) -> str:
        """Where programs on this machine find the server, whatever browsers use."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - what to call, not to bind
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def grace(self) -> timedelta:
        """From the end of a subscription to the deactivation (B3)."""
        return timedelta(days=self.grace_days)

    @property
    def events_kept_for(self) -> timedelta:
        """How long webhook events that ended well stay in the inbox."""
        return timedelta(days=self.event_days)

    @property
    def invitation_lifetime(self) -> timedelta:
        """How long an invitation stays open."""
        return timedelta(days=self.invitation_days)

    @property
    def allowed_return_origins(self) -> frozenset[str]:
        """Where Stripe may send people back to: our own pages and the configured apps."""
        return frozenset({self.public_url, *self.return_origins})

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that webhooks may be signed with, the newest first."""
        listed = self.stripe_webhook_secret.get_secret_value() if self.stripe_webhook_secret else ""
        return tuple(secret.strip() for secret in listed.split(",") if secret.strip())

    @property
    def uses_sandbox(self) -> bool:
        """Whether the stand-in for Stripe is asked instead of Stripe."""
        return self.stripe_api_key is None

    @property
    def uses_development_issuer(self) -> bool:
        """Whether people sign in at the issuer that believes everybody."""
        return is_development_issuer(self.oidc_issuer)

    @property
    def keeps_mail(self) -> bool:
        """Whether mails are shown at `/dev/mail` instead of being sent."""
        return self.smtp_url is None and not self.in_production

    @property
    def limits_rates(self) -> bool:
        """Whether mutations are refused that are called too often."""
        chosen = self.rate_limits.enabled
        return self.in_production if chosen is None else chosen

    @property
    def logs_as_json(self) -> bool:
        """Whether log lines are for a machine."""
        return self.log_format == "json" or (not self.log_format and self.in_production)

    def production_problems(self) -> list[str]:
        """What is only good for development, if this is production. One line each."""
        if not self.in_production:
            return []
        found = {
            "DATABASE_URL is not set: the embedded Postgres is for development": not (
                self.database_url
            ),
            "STRIPE_API_KEY is not set: the sandbox is for development": self.uses_sandbox,
            "STRIPE_WEBHOOK_SECRET is not set: webhooks cannot be verified": not (
                self.webhook_secrets
            ),
            "SEATWISE_OIDC_ISSUER is not set: the development issuer signs anybody in": (
                self.uses_development_issuer
            ),
            "SEATWISE_OIDC_ISSUER is not an https:// address": not (
                self.uses_development_issuer or self.is_encrypted
            ),
            "SEATWISE_PUBLIC_URL is not an https:// address": not (
                self.public_url.startswith("https://")
            ),
            "SMTP_URL is not set: invitations cannot be sent": not self.smtp_url,
        }
        return [problem for problem, applies in found.items() if applies]

    def usable(self) -> Self:
        """These settings; raises `SettingsError` with every problem if the process must not run."""
        if problems := self.production_problems():
            raise SettingsError(problems)
        return self


def _local_url(port: object, *, otherwise: int) -> str:
    """A port that is none is told by its own field, once."""
    return f"http://127.0.0.1:{port if str(port).isdecimal() else otherwise}"


def development_issuer_of(public_url: str) -> str:
    """The issuer that a server in development mounts at itself."""
    return f"{public_url.rstrip('/')}{ISSUER_PATH}"


_OURS = "Value error, "
"""What pydantic writes before the words of our own validators."""


def load() -> Settings:
    """Read the environment. Raises `SettingsError` with one line for each bad value."""
    try:
        return Settings()
    except UnreadableError as error:
        raise SettingsError([_unreadable(error)]) from None
    except ValidationError as error:
        raise SettingsError(
            [
                f"{variable_of(*map(str, fault['loc']))}: {fault['msg'].removeprefix(_OURS)}"
                for fault in error.errors(include_url=False, include_input=False)
            ]
        ) from None


def _unreadable(error: UnreadableError) -> str:
    """Of an object that is no JSON; the library names the field in its text only."""
    field = re.search(r'field "(\w+)"', str(error))
    return f'{variable_of(field[1]) if field else error}: must be JSON, as {{"name": "value"}}'


def variable_of(field: str, *below: str) -> str:
    """The environment variable of a field; for one with several names, the one that is set."""
    info = Settings.model_fields.get(field)
    alias = info.validation_alias if info else None
    if isinstance(alias, AliasChoices):
        names = [str(choice) for choice in alias.choices]
        return next((name for name in names if name in os.environ), names[0])
    if isinstance(alias, str):
        return alias
    if field.isupper():
        return field
    return PREFIX + "_".join((field, *below)).upper()
