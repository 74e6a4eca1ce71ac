"""Who may use an organization now, and what would let the others in again."""

from collections.abc import Awaitable
from datetime import datetime
from uuid import UUID

import strawberry

from db.enums import DeactivationReason, MemberRole
from resolvers import access
from schema.connections import After, Connection, First, requested_page
from schema.fields import connection, resolved
from schema.info import Info
from schema.members import Member
from schema.node import input_key
from services import global_ids
from services.access import AccessCheck as AccessCheckInput
from services.access import (
    AccessDecision as AccessDecisionView,
)
from services.access import (
    AccessDenial,
    AccessState,
    AccessView,
    DeactivatedMemberView,
    WayBack,
)
from services.pages import DEFAULT_FIRST, Page, parse_moment


def _deactivated_members(
    root: strawberry.Parent[AccessView],
    info: Info,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[DeactivatedMemberView]]:
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    return access.list_deactivated(info.context, root, page)


@strawberry.type(description="A member who is locked out, and what would let them in again.")
class DeactivatedMember:
    """The source is a `DeactivatedMemberView`."""

    member: Member = strawberry.field(description="Who it is; the role is the one they keep.")
    reason: DeactivationReason = strawberry.field(description="Why they are locked out.")
    since: datetime = strawberry.field(description="Since when.")
    way_back: WayBack = strawberry.field(description="What would let them in again, for programs.")
    resolution: str = strawberry.field(description="What would let them in again, for people.")


@strawberry.type(description="Whether the members may use the organization now.")
class OrganizationAccess:
    """The source is an `AccessView`."""

    state: AccessState = strawberry.field(description="How it stands.")
    deactivates_at: datetime | None = strawberry.field(
        description="When all members but the owner are, or were, deactivated; null while no"
        " subscription has expired."
    )
    deactivated_members: Connection[DeactivatedMember] = connection(
        _deactivated_members,
        description="Members who are locked out, for whatever reason, in the order of joining.",
    )


@strawberry.input(description="May this person use this organization now?")
class AccessCheck:
    user_subject: str = strawberry.field(
        description="The person: the `sub` of their tokens, from the issuer of yours."
    )
    organization_id: strawberry.ID = strawberry.field(description="The organization.")

    def parsed(self) -> AccessCheckInput:
        """With the key behind the id."""
        key = input_key("organizationId", "Organization", self.organization_id)
        return AccessCheckInput(self.user_subject, key)


@strawberry.type(description="Whether a person may use an organization now.")
class AccessDecision:
    """The source is a `services.access.AccessDecision`."""

    user_subject: str = resolved(
        lambda root: root.check.user_subject, description="The person asked about."
    )
    organization_id: strawberry.ID = resolved(
        lambda root: strawberry.ID(global_ids.encode("Organization", root.check.organization_id)),
        description="The organization asked about.",
    )
    allowed: bool = strawberry.field(description="Whether they may.")
    reason: AccessDenial | None = strawberry.field(
        description="Why they may not; null when they may."
    )
    role: MemberRole | None = strawberry.field(
        description="Their role; null for those who do not belong to the organization."
    )


async def decide(info: Info, checks: list[AccessCheck]) -> list[AccessDecisionView]:
    """The root field `accessDecisions`."""
    return await access.decide(info.context, [check.parsed() for check in checks])
