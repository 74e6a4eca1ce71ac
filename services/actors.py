"""Who acts, for the audit log."""

from dataclasses import dataclass
from uuid import UUID

from db.enums import ActorKind


@dataclass(frozen=True, slots=True)
class Actor:
    """A user with the request they made it in, or Stripe, or the system itself."""

    kind: ActorKind
    user_id: UUID | None = None
    request_id: str | None = None

    @classmethod
    def user(cls, user_id: UUID, *, request_id: str | None = None) -> "Actor":
        """Somebody who is signed in."""
        return cls(ActorKind.USER, user_id, request_id)


STRIPE = Actor(ActorKind.STRIPE)
SYSTEM = Actor(ActorKind.SYSTEM)
