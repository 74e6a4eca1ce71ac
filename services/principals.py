"""Who asks: what a verified access token says about its bearer.

`server/sign_in` makes these values; services and resolvers read them. They stand here because the
layers below the server may not import it. A signed-out caller has no principal: that is None.
"""

from dataclasses import dataclass
from datetime import datetime

ACCESS_READ = "access:read"
"""The scope with which a service may ask `accessDecisions`."""

OPS = "ops"
"""The scope with which a service may read operational figures, and look after the inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPrincipal:
    """A person. (`issuer`, `subject`) identifies them; e-mail is neither unique nor lasting."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    """False when the issuer does not say: only its own word lets somebody accept an invitation."""
    name: str | None
    scopes: frozenset[str]
    expires_at: datetime
    """When the token ends, UTC, on real time. A stream that outlives it has to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePrincipal:
    """A program, signed in by client credentials. It has no user row and is a member of nothing."""

    issuer: str
    subject: str
    client_id: str
    """The client's name at the issuer, for logs; often the same as `subject`."""
    scopes: frozenset[str]
    expires_at: datetime
    """When the token ends, UTC, on real time."""


Principal = UserPrincipal | ServicePrincipal
