import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from server.development_issuer.settings import DevelopmentIssuerSettings
from server.development_issuer.signing_key import SigningKey
from server.development_issuer.spent import SpentValues


@dataclass(frozen=True, slots=True)
class DevelopmentIssuer:
    """What its endpoints share: settings, the key, and what has been used up."""

    settings: DevelopmentIssuerSettings
    key: SigningKey
    spent: SpentValues

    @classmethod
    def open(cls, settings: DevelopmentIssuerSettings) -> Self:
        """Load the key, or make it."""
        spent = SpentValues(
            settings.key_path.with_suffix(".spent"), keep_seconds=settings.session_seconds
        )
        spent.sweep()
        return cls(settings=settings, key=SigningKey.load(settings.key_path), spent=spent)

    @property
    def url(self) -> str:
        """Its name in `iss`, which is also where it is."""
        return self.settings.issuer

    @property
    def path(self) -> str:
        """The path that its cookie is for."""
        return urlsplit(self.url).path or "/"

    def seal(self, claims: dict[str, Any], *, kind: str, seconds: int) -> str:
        """A value that only we can make and that we shall recognise: a code, a session."""
        now = int(time.time())
        own = {"iss": self.url, "iat": now, "exp": now + seconds, "jti": str(uuid4())}
        return self.key.sign({**claims, **own}, kind=kind)

    def unseal(self, value: str, *, kind: str) -> dict[str, Any] | None:
        """What `seal` was given, or None if it has ended or was never ours."""
        return self.key.read(value, kind=kind, issuer=self.url)
