"""Organizations."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from db.enums import InvitationStatus, MemberRole, MemberStatus, SeatState
from resolvers.permissions import Capability as CapabilityView
from resolvers.permissions import capability, require_permitted
from resolvers.upcoming_events import list_upcoming_events
from schema.access import OrganizationAccess
from schema.audit_log import AuditEvent
from schema.billing_health import BillingHealth
from schema.billing_sessions import BillingSession
from schema.connections import After, Connection, First, requested_page
from schema.directives import BY_ID, BY_NAME, NULL_ONLY_ON_ERROR
from schema.fields import guarded_connection, resolved
from schema.guards import guarded_field
from schema.info import Info
from schema.members import Invitation, Member
from schema.node import Node, id_field, input_key, stands_for
from schema.plans import Plan
from schema.seats import Seat, SeatLedgerEntry, SeatUsage
from schema.subscriptions import Subscription
from schema.upcoming_events import UpcomingEvent
from services import global_ids
from services.audit_log import AuditLogRequest
from services.billing_health import BillingHealthView
from services.invitation_reads import InvitationListRequest
from services.members import MemberListRequest, MemberOrder
from services.pages import DEFAULT_FIRST, Page, parse_moment, parse_number
from services.permissions import OrganizationAction
from services.record_views import AuditEventView, SeatLedgerEntryView
from services.refusals import RefusalCode
from services.seats import SeatListRequest
from services.upcoming_events import UpcomingEvent as UpcomingEventView
from services.views import (
    BillingSessionView,
    InvitationView,
    MemberView,
    OrganizationView,
    SeatView,
)

Root = strawberry.Parent[OrganizationView]


def _viewer_can(
    root: Root,
    action: Annotated[
        OrganizationAction, strawberry.argument(description="What the viewer wants to do.")
    ],
) -> CapabilityView:
    return capability(action, root)


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
    order: Annotated[
        MemberOrder, strawberry.argument(description="In which order.")
    ] = MemberOrder.JOINED_FIRST,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[MemberView]]:
    require_permitted(OrganizationAction.VIEW_MEMBERS, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    request = MemberListRequest(page, role, status, search, order)
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
    page = requested_page(info, first=first, after=after, key=(parse_number,))
    return info.context.loaders.seats.load((root.id, SeatListRequest(page, state)))


def _seat_ledger(
    root: Root, info: Info, first: First = DEFAULT_FIRST, after: After = None
) -> Awaitable[Page[SeatLedgerEntryView]]:
    require_permitted(OrganizationAction.VIEW_BILLING, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    return info.context.loaders.seat_ledger.load((root.id, page))


def _invitations(
    root: Root,
    info: Info,
    *,
    status: Annotated[
        InvitationStatus | None,
        strawberry.argument(description="Only invitations that stand so now."),
    ] = None,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[InvitationView]]:
    require_permitted(OrganizationAction.VIEW_INVITATIONS, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    return info.context.loaders.invitations.load((root.id, InvitationListRequest(page, status)))


def _audit_log(
    root: Root,
    info: Info,
    *,
    action: Annotated[
        str | None, strawberry.argument(description="Only this action, as `member.removed`.")
    ] = None,
    actor_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only what this user did.")
    ] = None,
    since: Annotated[
        datetime | None, strawberry.argument(description="Only from this moment on.")
    ] = None,
    until: Annotated[
        datetime | None, strawberry.argument(description="Only before this moment.")
    ] = None,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[AuditEventView]]:
    require_permitted(OrganizationAction.VIEW_AUDIT_LOG, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    actor = None if actor_id is None else input_key("actorId", "User", actor_id)
    request = AuditLogRequest(page, action, actor, since, until)
    return info.context.loaders.audit_log.load((root.id, request))


def _billing_sessions(
    root: Root, info: Info, first: First = DEFAULT_FIRST, after: After = None
) -> Awaitable[Page[BillingSessionView]]:
    require_permitted(OrganizationAction.VIEW_BILLING, root.viewer)
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    return info.context.loaders.billing_sessions.load((root.id, page))


def _billing_health(root: Root, info: Info) -> Awaitable[BillingHealthView]:
    require_permitted(OrganizationAction.VIEW_BILLING, root.viewer)
    return info.context.loaders.billing_health.load(root.id)


async def _upcoming_events(root: Root, info: Info) -> list[UpcomingEventView]:
    require_permitted(OrganizationAction.VIEW_BILLING, root.viewer)
    return await list_upcoming_events(info.context, root)


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


@strawberry.type(
    directives=[BY_ID, BY_NAME], description="A company or team. It pays; no person does."
)
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
        always_there=True,
    )
    seat_usage: SeatUsage | None = guarded_field(
        OrganizationAction.VIEW_MEMBERS,
        lambda organization: organization.seat_usage,
        description="How many may use the organization, and how many do. For active members.",
        always_there=True,
    )
    access: OrganizationAccess | None = guarded_field(
        OrganizationAction.VIEW_MEMBERS,
        lambda organization: organization.access,
        description="Whether the members may use the organization now. For active members.",
        always_there=True,
    )
    members: Connection[Member] | None = guarded_connection(
        _members, description="The members. For active members."
    )
    subscription: Subscription | None = guarded_field(
        OrganizationAction.VIEW_BILLING,
        lambda organization: organization.subscription,
        description="The subscription that counts; null without an error when there never was"
        " one. For owner and admin.",
        always_there=False,
    )
    billing_email: str | None = guarded_field(
        OrganizationAction.VIEW_BILLING,
        lambda organization: organization.billing_email,
        description="Where invoices go. For owner and admin.",
        always_there=False,
    )
    seats: Connection[Seat] | None = guarded_connection(
        _seats, description="The seats taken now, by number. For owner and admin."
    )
    seat_ledger: Connection[SeatLedgerEntry] | None = guarded_connection(
        _seat_ledger,
        description="Who held a seat, from when to when; what began last comes first. For owner"
        " and admin.",
    )
    invitations: Connection[Invitation] | None = guarded_connection(
        _invitations, description="The invitations, newest first. For owner and admin."
    )
    audit_log: Connection[AuditEvent] | None = guarded_connection(
        _audit_log,
        description="What happened to the organization, newest first. For owner and admin.",
    )
    billing_sessions: Connection[BillingSession] | None = guarded_connection(
        _billing_sessions,
        description="The visits to Stripe, newest first. For owner and admin.",
    )
    upcoming_events: list[UpcomingEvent] | None = resolved(
        _upcoming_events,
        description="What will happen, the soonest first: renewal, change, cancellation,"
        " deactivation, invitations that expire. For owner and admin.",
        directives=[NULL_ONLY_ON_ERROR],
    )
    billing_health: BillingHealth | None = resolved(
        _billing_health,
        description="How well billing is in step with Stripe: webhooks, the last comparison, and"
        " what it found. For owner and admin.",
    )
