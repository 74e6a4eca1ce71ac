"""Organizations."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from db.enums import MemberRole, MemberStatus, SeatState
from resolvers.permissions import Capability as CapabilityView
from resolvers.permissions import capability, require_permitted
from schema.billing_sessions import BillingSession
from schema.connections import After, Connection, First, requested_page
from schema.fields import resolved
from schema.guards import guarded_field
from schema.info import Info
from schema.members import Member
from schema.node import Node, id_field, stands_for
from schema.plans import Plan
from schema.seats import Seat, SeatUsage
from schema.subscriptions import Subscription
from services import global_ids
from services.members import MemberListRequest
from services.pages import DEFAULT_FIRST, Page, parse_moment
from services.permissions import OrganizationAction
from services.refusals import RefusalCode
from services.seats import SeatListRequest
from services.views import BillingSessionView, MemberView, OrganizationView, SeatView

Root = strawberry.Parent[OrganizationView]


def _viewer_can(
    root: Root,
    info: Info,
    action: Annotated[
        OrganizationAction, strawberry.argument(description="What the viewer wants to do.")
    ],
) -> Awaitable[CapabilityView]:
    return capability(info.context, action, root)


def _members(
    root: Root,
    info: Info,
    *,
    role: Annotated[
        MemberRole | None, strawberry.argument(description="Only members of this role.")
    ] = None,
    status: Annotated[
        MemberStatus | None, strawberry.argument(description="Only members of this status.")
    ] = None,
    search: Annotated[
        str | None,
        strawberry.argument(description="Only members whose name or e-mail contains it."),
    ] = None,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[MemberView]]:
    require_permitted(OrganizationAction.VIEW_MEMBERS, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    request = MemberListRequest(page, role, status, search)
    return info.context.loaders.members.load((root.id, request))


def _seats(
    root: Root,
    info: Info,
    *,
    state: Annotated[
        SeatState | None, strawberry.argument(description="Only seats of this state.")
    ] = None,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[SeatView]]:
    require_permitted(OrganizationAction.VIEW_BILLING, root.viewer)
    page = requested_page(info, first=first, after=after, key=(int,))
    return info.context.loaders.seats.load((root.id, SeatListRequest(page, state)))


def _billing_sessions(
    root: Root, info: Info, first: First = DEFAULT_FIRST, after: After = None
) -> Awaitable[Page[BillingSessionView]]:
    require_permitted(OrganizationAction.VIEW_BILLING, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    return info.context.loaders.billing_sessions.load((root.id, page))


@strawberry.type(description="Whether the viewer can do something now.")
class Capability:
    """The source is a `resolvers.permissions.Capability`."""

    allowed: bool = strawberry.field(description="Whether it can be done.")
    reason: RefusalCode | None = strawberry.field(
        description="Why it can't, for programs; null when it can."
    )
    resolution: str | None = strawberry.field(
        description="What would help, for people; null when it can be done."
    )


@strawberry.type(description="A company or team. It pays; no person does.")
class Organization(Node):
    """The source is an `OrganizationView`."""

    is_type_of = stands_for(OrganizationView)

    id: strawberry.ID = id_field(lambda one: global_ids.encode("Organization", one.id))
    name: str = strawberry.field(
        description="The unique name: lower-case letters, digits, hyphens and underscores."
    )
    display_name: str = strawberry.field(description="The name for people.")
    created_at: datetime = strawberry.field(description="When it was made.")
    viewer_membership: Member = resolved(
        lambda root: root.viewer, description="The viewer's own membership."
    )
    viewer_can: Capability = resolved(
        _viewer_can,
        description="Whether the viewer can do something now, by the rules the mutations apply.",
    )
    plan: Plan | None = guarded_field(
        OrganizationAction.VIEW_MEMBERS,
        lambda organization: organization.plan,
        description="The plan in force: FREE while no subscription entitles. For active members.",
    )
    seat_usage: SeatUsage | None = guarded_field(
        OrganizationAction.VIEW_MEMBERS,
        lambda organization: organization.seat_usage,
        description="How many may use the organization, and how many do. For active members.",
    )
    members: Connection[Member] | None = resolved(
        _members, description="The members, in the order of joining. For active members."
    )
    subscription: Subscription | None = guarded_field(
        OrganizationAction.VIEW_BILLING,
        lambda organization: organization.subscription,
        description="The subscription that counts; null without an error when there never was"
        " one. For owner and admin.",
    )
    billing_email: str | None = guarded_field(
        OrganizationAction.VIEW_BILLING,
        lambda organization: organization.billing_email,
        description="Where invoices go. For owner and admin.",
    )
    seats: Connection[Seat] | None = resolved(
        _seats, description="The seats taken now, by number. For owner and admin."
    )
    billing_sessions: Connection[BillingSession] | None = resolved(
        _billing_sessions,
        description="The visits to Stripe, newest first. For owner and admin.",
    )
