"""Members and invitations."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.enums import DeactivationReason, InvitationStatus, MemberRole, MemberStatus
from schema.directives import BY_ID
from schema.node import Node, stands_for, tenant_id_field
from schema.users import User
from services.views import InvitationView, MemberView

if TYPE_CHECKING:
    from schema.seats import Seat


@strawberry.type(directives=[BY_ID], description="One user in one organization.")
class Member(Node):
    """The source is a `MemberView`."""

    is_type_of = stands_for(MemberView)

    id: strawberry.ID = tenant_id_field("Member")
    user: User = strawberry.field(description="Who it is.")
    role: MemberRole = strawberry.field(description="What they may do.")
    status: MemberStatus = strawberry.field(description="Whether they may use the organization.")
    deactivation_reason: DeactivationReason | None = strawberry.field(
        description="Why they are locked out; null while they are active."
    )
    deactivated_at: datetime | None = strawberry.field(
        description="Since when they are locked out; null while they are active."
    )
    joined_at: datetime = strawberry.field(description="When they joined.")
    seat: Annotated["Seat", strawberry.lazy("schema.seats")] | None = strawberry.field(
        description="The seat they hold; null while they are deactivated."
    )
    removed_at: datetime | None = strawberry.field(
        description="When their membership ended; null while they belong to the organization."
    )


@strawberry.type(
    directives=[BY_ID],
    description="An offer to join, sent by e-mail. While it is open it keeps a seat.",
)
class Invitation(Node):
    """The source is an `InvitationView`."""

    is_type_of = stands_for(InvitationView)

    id: strawberry.ID = tenant_id_field("Invitation")
    email: str = strawberry.field(description="The address it was sent to.")
    role: MemberRole = strawberry.field(description="The role that they will have.")
    status: InvitationStatus = strawberry.field(description="How it stands.")
    created_at: datetime = strawberry.field(description="When it was made.")
    sent_at: datetime = strawberry.field(
        description="When it was last sent; its mail leaves a moment later."
    )
    expires_at: datetime = strawberry.field(description="Until when it can be accepted.")
    delivery_failure: str | None = strawberry.field(
        description="Why its last mail will not arrive, as the mail server said; null unless it was"
        " refused for good. `resendInvitation` sends another."
    )
    organization_name: str = strawberry.field(
        description="The organization's unique name: who is invited is no member yet."
    )
    organization_display_name: str = strawberry.field(
        description="The organization's name for people."
    )
    invited_by: User = strawberry.field(description="Who invites.")
