"""Seats: how many there are, and who holds them."""

from datetime import datetime
from typing import Annotated

import strawberry

from db.enums import SeatBeginning, SeatEnding, SeatState
from resolvers import invitations, people
from schema.directives import BY_ID
from schema.fields import resolved
from schema.info import Info
from schema.members import Invitation, Member
from schema.node import Node, stands_for, tenant_id_field
from services.global_ids import TenantKey
from services.record_views import SeatLedgerEntryView
from services.views import InvitationView, MemberView, SeatView

SeatHolder = Annotated[
    Member | Invitation,
    strawberry.union("SeatHolder", description="Who occupies a seat, or for whom it is reserved."),
]


async def _holder(
    root: strawberry.Parent[SeatView], info: Info
) -> MemberView | InvitationView | None:
    if isinstance(root.holder, TenantKey):
        return await invitations.get(info.context, root.holder)
    return root.holder


async def _entry_holder(
    root: strawberry.Parent[SeatLedgerEntryView], info: Info
) -> MemberView | InvitationView | None:
    if root.member_key is not None:
        return await people.get_member(info.context, root.member_key)
    assert root.invitation_key is not None, "a constraint of the ledger"
    return await invitations.get(info.context, root.invitation_key)


@strawberry.type(description="How many people may use the organization, and how many do.")
class SeatUsage:
    """The source is a `services.views.SeatUsage`."""

    limit: int = strawberry.field(
        description="How many seats can be taken: what was bought, within the plan's cap."
    )
    purchased: int = strawberry.field(
        description="How many seats are paid for; 0 without a subscription that entitles."
    )
    occupied: int = strawberry.field(description="Seats of active members.")
    reserved: int = strawberry.field(description="Seats kept for open invitations.")
    available: int = strawberry.field(description="Seats that somebody could take now.")
    over: int = strawberry.field(
        description="How many are taken beyond the limit, after an expiry or an edit in Stripe."
        " Nobody new can join then."
    )


@strawberry.type(directives=[BY_ID], description="The right of one person to use the organization.")
class Seat(Node):
    """The source is a `SeatView`."""

    is_type_of = stands_for(SeatView)

    id: strawberry.ID = tenant_id_field("Seat")
    number: int = strawberry.field(description="The lowest that was free when it was taken.")
    state: SeatState = strawberry.field(description="How it is taken.")
    holder: SeatHolder = resolved(_holder, description="Who has it.")
    since: datetime = strawberry.field(description="Since when.")


@strawberry.type(
    directives=[BY_ID],
    description="Who held a seat, from when to when, and why it began and ended.",
)
class SeatLedgerEntry(Node):
    """The source is a `SeatLedgerEntryView`."""

    is_type_of = stands_for(SeatLedgerEntryView)

    id: strawberry.ID = tenant_id_field("SeatLedgerEntry")
    number: int = strawberry.field(description="The lowest that was free when it was taken.")
    state: SeatState = strawberry.field(description="How it was taken.")
    holder: SeatHolder = resolved(
        _entry_holder, description="Who had it; a member may have been removed since."
    )
    began_at: datetime = strawberry.field(description="From when.")
    began_reason: SeatBeginning = strawberry.field(description="Why it began.")
    ended_at: datetime | None = strawberry.field(description="To when; null while it is held.")
    ended_reason: SeatEnding | None = strawberry.field(
        description="Why it ended; null while it is held."
    )
