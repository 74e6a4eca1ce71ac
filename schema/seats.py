"""Seats: how many there are, and who holds them."""

from datetime import datetime
from typing import Annotated

import strawberry

from db.enums import SeatState
from schema.members import Invitation, Member
from schema.node import Node, stands_for, tenant_id_field
from services.views import SeatView

SeatHolder = Annotated[
    Member | Invitation,
    strawberry.union("SeatHolder", description="Who occupies a seat, or for whom it is reserved."),
]


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


@strawberry.type(description="The right of one person to use the organization.")
class Seat(Node):
    """The source is a `SeatView`."""

    is_type_of = stands_for(SeatView)

    id: strawberry.ID = tenant_id_field("Seat")
    number: int = strawberry.field(description="The lowest that was free when it was taken.")
    state: SeatState = strawberry.field(description="How it is taken.")
    holder: SeatHolder = strawberry.field(description="Who has it.")
    since: datetime = strawberry.field(description="Since when.")
