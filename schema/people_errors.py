"""Refusals about people and seats as GraphQL types (see `schema.errors`)."""

from datetime import datetime
from typing import Annotated

import strawberry

from db.enums import InvitationStatus
from resolvers import invitations, people
from schema.errors import Error, refused_by
from schema.fields import resolved
from schema.info import Info
from schema.members import Invitation, Member
from schema.money import Money, MoneyView
from schema.node import stands_for
from schema.payments import PendingChange
from schema.plans import Plan, Price
from services import people_refusals, seat_resolutions
from services.views import InvitationView, MemberView


def _cost(root: strawberry.Parent[seat_resolutions.AddSeats]) -> MoneyView:
    return MoneyView(root.price.unit_amount, root.price.currency)


@strawberry.interface(description="Something that would help.")
class Resolution:
    """What all of them have: one that a client does not know yet can be shown, too."""

    message: str = strawberry.field(description="What to do, in English.")


@strawberry.type(description="Buy one seat more, at the price the organization has.")
class AddSeats(Resolution):
    """The source is a `seat_resolutions.AddSeats`."""

    is_type_of = stands_for(seat_resolutions.AddSeats)

    seats: int = strawberry.field(description="How many seats there are to be in all.")
    price: Price = strawberry.field(description="The price of a seat.")
    cost: Money = resolved(_cost, description="What one more seat costs per interval.")


@strawberry.type(description="Change to a plan that has room for one more.")
class ChooseBiggerPlan(Resolution):
    """The source is a `seat_resolutions.ChooseBiggerPlan`."""

    is_type_of = stands_for(seat_resolutions.ChooseBiggerPlan)

    plan: Plan = strawberry.field(description="The smallest such plan.")


@strawberry.type(description="Remove or deactivate a member, or cancel an invitation.")
class FreeSeat(Resolution):
    """The source is a `seat_resolutions.FreeSeat`."""

    is_type_of = stands_for(seat_resolutions.FreeSeat)

    occupied: int = strawberry.field(description="Seats of active members, the owner's too.")
    reserved: int = strawberry.field(description="Seats kept for open invitations.")


@strawberry.type(description="Call off the pending reduction, whose seats count already.")
class CancelPendingChange(Resolution):
    """The source is a `seat_resolutions.CancelPendingChange`."""

    is_type_of = stands_for(seat_resolutions.CancelPendingChange)

    pending_change: PendingChange = strawberry.field(description="What is pending.")


SeatLimitResolution = Annotated[
    AddSeats | ChooseBiggerPlan | FreeSeat | CancelPendingChange,
    strawberry.union("SeatLimitResolution", description="What makes room for one more."),
]


@strawberry.type(description="Every seat is taken.")
class SeatLimitReachedError(Error):
    is_type_of = refused_by(people_refusals.SeatLimitReached)

    limit: int = strawberry.field(description="How many seats there are.")
    occupied: int = strawberry.field(description="Seats of active members.")
    reserved: int = strawberry.field(description="Seats kept for open invitations.")
    resolutions: list[SeatLimitResolution] = strawberry.field(
        description="What would help; empty for who has not joined."
    )


@strawberry.type(description="The subscription ended; invitations wait for its renewal.")
class SubscriptionExpiredError(Error):
    is_type_of = refused_by(people_refusals.SubscriptionExpired)

    ended_at: datetime | None = strawberry.field(description="When it ended.")


async def _member(
    root: strawberry.Parent[people_refusals.AlreadyMember], info: Info
) -> MemberView | None:
    return await people.get_member(info.context, root.member_key)


@strawberry.type(description="The person is a member.")
class AlreadyMemberError(Error):
    is_type_of = refused_by(people_refusals.AlreadyMember)

    member: Member | None = resolved(
        _member, description="The member, who may be deactivated; null if removed meanwhile."
    )


async def _invitation(
    root: strawberry.Parent[people_refusals.AlreadyInvited], info: Info
) -> InvitationView | None:
    return await invitations.get(info.context, root.invitation_key)


@strawberry.type(description="The address has an open invitation.")
class AlreadyInvitedError(Error):
    is_type_of = refused_by(people_refusals.AlreadyInvited)

    invitation: Invitation | None = resolved(_invitation, description="The open invitation.")


@strawberry.type(description="Too many invitations were sent within an hour.")
class TooManyInvitationsError(Error):
    is_type_of = refused_by(people_refusals.TooManyInvitations)

    limit: int = strawberry.field(description="How many can be sent within an hour.")
    retry_after_seconds: int = strawberry.field(
        description="After how many seconds another can be sent."
    )


@strawberry.type(description="There is no such invitation, or a newer mail replaced this token.")
class InvitationNotFoundError(Error):
    is_type_of = refused_by(people_refusals.InvitationNotFound)


@strawberry.type(description="The invitation was answered, taken back or has expired.")
class InvitationNotOpenError(Error):
    is_type_of = refused_by(people_refusals.InvitationNotOpen)

    status: InvitationStatus = strawberry.field(description="How it stands.")


@strawberry.type(description="The invitation was sent to another address.")
class InvitationForAnotherAddressError(Error):
    is_type_of = refused_by(people_refusals.InvitationForAnotherAddress)

    email: str = strawberry.field(description="The address it was sent to.")


@strawberry.type(description="Your sign-in does not vouch for your e-mail address.")
class EmailNotVerifiedError(Error):
    is_type_of = refused_by(people_refusals.EmailNotVerified)


@strawberry.type(description="There is no such member in this organization.")
class MemberNotFoundError(Error):
    is_type_of = refused_by(people_refusals.MemberNotFound)


@strawberry.type(description="The member is deactivated.")
class MemberNotActiveError(Error):
    is_type_of = refused_by(people_refusals.MemberNotActive)


@strawberry.type(description="Nobody does this to themselves.")
class ActingOnYourselfError(Error):
    is_type_of = refused_by(people_refusals.ActingOnYourself)


@strawberry.type(description="The owner stays as they are until they transfer the organization.")
class OwnerProtectedError(Error):
    is_type_of = refused_by(people_refusals.OwnerProtected)
