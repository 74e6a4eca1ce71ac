"""What services hand to resolvers of the seat ledger and the audit log (see `services.views`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db.enums import ActorKind, SeatBeginning, SeatEnding, SeatState
from services.global_ids import TenantKey
from services.views import UserView


@dataclass(frozen=True, slots=True)
class SeatLedgerEntryView:
    """Who held a seat, from when to when, and why it began and ended (S4).

    A reservation that has run out has ended, whether or not somebody has written it down yet.
    """

    organization_id: UUID
    id: UUID
    number: int
    state: SeatState
    member_key: TenantKey | None
    invitation_key: TenantKey | None
    began_at: datetime
    began_reason: SeatBeginning
    ended_at: datetime | None
    ended_reason: SeatEnding | None


@dataclass(frozen=True, slots=True)
class AuditEventView:
    """Who did what, when, to what; before and after."""

    organization_id: UUID
    id: UUID
    at: datetime
    actor_kind: ActorKind
    actor: UserView | None
    action: str
    target_type: str
    target_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None
