"""May this person use this organization now, and if not, what would let them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import auto
from uuid import UUID

from db import access
from db.database import Database, Row
from db.enums import DeactivationReason, MemberRole, MemberStatus, SubscriptionStatus, Word
from services.pages import Page
from services.refusals import InvalidInput
from services.views import MemberView

MOST_CHECKS = 500
"""How many questions one call may ask."""


class AccessState(Word):
    """Whether the members of an organization may use it (B3)."""

    ACTIVE = auto()
    GRACE = auto()
    DEACTIVATED = auto()


class WayBack(Word):
    """What would let a deactivated member in again."""

    RENEWAL = auto()
    PAYMENT = auto()
    REACTIVATION = auto()


class AccessDenial(Word):
    """Why somebody may not use an organization."""

    NOT_A_MEMBER = auto()
    SUBSCRIPTION_EXPIRED = auto()
    NO_SEAT = auto()
    BY_ADMIN = auto()


@dataclass(frozen=True, slots=True)
class AccessView:
    """How an expiry stands. Without one, everything else is None."""

    organization_id: UUID
    expired_status: SubscriptionStatus | None = None
    deactivates_at: datetime | None = None
    deactivated_at: datetime | None = None

    @property
    def state(self) -> AccessState:
        """DEACTIVATED once the sweep has been, which is what members notice."""
        if self.deactivates_at is None:
            return AccessState.ACTIVE
        return AccessState.DEACTIVATED if self.deactivated_at else AccessState.GRACE

    def way_back(self, reason: DeactivationReason) -> WayBack:
        """What helps somebody who is locked out for this reason."""
        if reason is not DeactivationReason.SUBSCRIPTION_EXPIRED:
            return WayBack.REACTIVATION
        if self.expired_status is SubscriptionStatus.UNPAID:
            return WayBack.PAYMENT
        return WayBack.RENEWAL


@dataclass(frozen=True, slots=True)
class DeactivatedMemberView:
    """Somebody who is locked out."""

    member: MemberView
    way_back: WayBack

    @property
    def reason(self) -> DeactivationReason:
        """Why."""
        assert self.member.deactivation_reason is not None, "a check constraint holds it"
        return self.member.deactivation_reason

    @property
    def since(self) -> datetime:
        """Since when."""
        assert self.member.deactivated_at is not None, "a check constraint holds it"
        return self.member.deactivated_at

    @property
    def resolution(self) -> str:
        """For people."""
        return {
            WayBack.RENEWAL: "They come back by themselves when the owner selects a plan.",
            WayBack.PAYMENT: "They come back by themselves when the open invoice is paid.",
            WayBack.REACTIVATION: "An owner or admin can reactivate them when a seat is free.",
        }[self.way_back]


def with_ways_back(view: AccessView, page: Page[MemberView]) -> Page[DeactivatedMemberView]:
    """A page of deactivated members, each with what would let them in again."""
    nodes = [
        DeactivatedMemberView(member, view.way_back(member.deactivation_reason))
        for member in page.nodes
        if member.deactivation_reason is not None
    ]
    return Page(
        nodes,
        lambda one: page.cursor_of(one.member),
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
        total_count=page.total_count,
    )


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """May the person whom the issuer calls `user_subject` use the organization now?"""

    user_subject: str
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """The answer. `role` is None for those who do not belong."""

    check: AccessCheck
    reason: AccessDenial | None
    role: MemberRole | None

    @property
    def allowed(self) -> bool:
        """Whether they may."""
        return self.reason is None


class AccessService:
    """Answers back ends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decide(self, checks: Sequence[AccessCheck], *, issuer: str) -> list[AccessDecision]:
        """The decisions, in the order of the questions, from one statement.

        Unknown people, unknown organizations and strangers to them are the same (P2).
        """
        if len(checks) > MOST_CHECKS:
            problem = f"has to have at most {MOST_CHECKS} checks, not {len(checks)}"
            raise InvalidInput("checks", problem)
        rows = await self._database.fetch(
            access.DECISIONS,
            subjects=[check.user_subject for check in checks],
            organization_ids=[check.organization_id for check in checks],
            issuer=issuer,
        )
        return [_decision(check, row) for check, row in zip(checks, rows, strict=True)]


def _decision(check: AccessCheck, row: Row) -> AccessDecision:
    if row["id"] is None:
        return AccessDecision(check, AccessDenial.NOT_A_MEMBER, None)
    role = MemberRole(row["role"])
    if row["status"] == MemberStatus.ACTIVE:
        return AccessDecision(check, None, role)
    return AccessDecision(check, AccessDenial(row["deactivation_reason"]), role)
