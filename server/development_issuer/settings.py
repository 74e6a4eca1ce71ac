from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from server.development_issuer.people import DEMO_PEOPLE, Person

ISSUER_PATH = "/dev/issuer"
"""Where the server mounts it; a settings check in production looks for it too."""

KEY_FILE = "development-issuer.pem"
"""The name of the key's file in the data directory."""


class DevelopmentIssuerSettings(BaseModel):
    """A development issuer: where it is, for whom it signs, and whom it knows."""

    model_config = ConfigDict(frozen=True)

    issuer: str = Field(description="Its own URL, without a slash at the end.")
    audience: str = Field(description="The API that its access tokens are meant for.")
    key_path: Path = Field(description="The private key; made at first use, mode 0600.")
    people: tuple[Person, ...] = DEMO_PEOPLE
    redirect_uris: frozenset[str] = Field(
        default=frozenset(),
        description="Allowed beside loopback addresses and the issuer's own origin.",
    )
    services: dict[str, SecretStr] = Field(
        default={"seatwise-service": SecretStr("development-only")},
        description="Clients that may use client credentials, and their secrets.",
    )
    access_token_seconds: int = 3600
    code_seconds: int = 60
    session_seconds: int = 14 * 24 * 3600


def is_development_issuer(issuer: str) -> bool:
    """Whether an issuer URL is a development issuer's, which lets anybody in as anybody."""
    return issuer.rstrip("/").endswith(ISSUER_PATH)
