"""What services hand to resolvers of seat ledger, audit log and inbox (see `services.views`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db.enums import ActorKind, SeatBeginning, SeatEnding, SeatState, StripeEventState
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEventView:
    """A webhook event, and what became of it. `id` is Stripe's."""

    id: str
    type: str
    api_version: str | None
    object_id: str | None
    stripe_customer_id: str | None
    organization_id: UUID | None
    organization_name: str | None
    created_at: datetime
    """When it happened, by Stripe's clock."""
    received_at: datetime
    state: StripeEventState
    attempts: int
    """Fetches that failed, since it arrived or was retried."""
    next_attempt_at: datetime | None
    error: str | None
    closed_at: datetime | None
    payload: dict[str, Any] | None
    """None where it was not asked for."""
