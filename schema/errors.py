"""Refusals as GraphQL types: data of a payload, not errors of the response (design, section 4).

Each type shows one class of `services.refusals`, whose attributes are its fields.
"""

from typing import Any

import strawberry

from db.enums import BillingInterval, DeactivationReason, MemberRole
from schema.plans import Plan
from schema.subscriptions import Subscription
from services import refusals
from services.refusals import Refusal, RefusalCode


class Refused:
    """A refusal as a value: an exception that stands in a result is raised by graphql-core."""

    __slots__ = ("refusal",)

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal

    def __getattr__(self, name: str) -> Any:
        return getattr(self.refusal, name)


def refused_by(kind: type[Refusal]) -> Any:
    """`is_type_of` of the type that shows refusals of this class."""

    def is_type_of(obj: object, _info: object) -> bool:
        return isinstance(obj, Refused) and isinstance(obj.refusal, kind)

    return staticmethod(is_type_of)


@strawberry.interface(description="An expected refusal.")
class Error:
    """What all refusals have."""

    message: str = strawberry.field(description="What a person can do, in English.")
    code: RefusalCode = strawberry.field(description="Why, for programs.")


@strawberry.type(description="There is no such organization, or you do not belong to it.")
class OrganizationNotFoundError(Error):
    is_type_of = refused_by(refusals.OrganizationNotFound)


@strawberry.type(description="Your role does not permit it.")
class NotPermittedError(Error):
    is_type_of = refused_by(refusals.NotPermitted)

    role: MemberRole = strawberry.field(description="The role you have.")
    roles: list[MemberRole] = strawberry.field(description="The roles that permit it.")


@strawberry.type(description="Your membership is deactivated.")
class MemberDeactivatedError(Error):
    is_type_of = refused_by(refusals.MemberDeactivated)

    reason: DeactivationReason = strawberry.field(description="Why.")


@strawberry.type(description="A value of the input can't be accepted.")
class InvalidInputError(Error):
    is_type_of = refused_by(refusals.InvalidInput)

    field: str = strawberry.field(description="The field of the input.")


@strawberry.type(description="Another organization has, or had, this name.")
class OrganizationNameTakenError(Error):
    is_type_of = refused_by(refusals.OrganizationNameTaken)

    name: str = strawberry.field(description="The name that is taken.")


@strawberry.type(description="No such plan is for sale.")
class UnknownPlanError(Error):
    is_type_of = refused_by(refusals.UnknownPlan)

    plans: list[Plan] = strawberry.field(description="The plans there are.")


@strawberry.type(description="The plan is not sold at this interval in this currency.")
class PriceNotAvailableError(Error):
    is_type_of = refused_by(refusals.PriceNotAvailable)

    plan: Plan = strawberry.field(description="The plan, with the prices it has.")
    interval: BillingInterval = strawberry.field(description="The interval asked for.")
    currency: str = strawberry.field(description="The currency asked for.")


@strawberry.type(description="The plan is not sold with so few or so many seats.")
class SeatsOutOfRangeError(Error):
    is_type_of = refused_by(refusals.SeatsOutOfRange)

    seats: int = strawberry.field(description="The seats asked for.")
    minimum: int = strawberry.field(description="The fewest the plan is sold with.")
    maximum: int = strawberry.field(description="The most the plan is sold with.")


@strawberry.type(description="More seats are in use than were asked for.")
class SeatsBelowUsageError(Error):
    is_type_of = refused_by(refusals.SeatsBelowUsage)

    seats: int = strawberry.field(description="The seats asked for.")
    occupied: int = strawberry.field(description="Seats of active members.")
    reserved: int = strawberry.field(description="Seats kept for open invitations.")


@strawberry.type(description="The organization has a subscription: change that one.")
class AlreadySubscribedError(Error):
    is_type_of = refused_by(refusals.AlreadySubscribed)

    subscription: Subscription = strawberry.field(description="The subscription it has.")


@strawberry.type(description="Stripe does not know the organization, and has nothing to show.")
class NoBillingAccountError(Error):
    is_type_of = refused_by(refusals.NoBillingAccount)


@strawberry.type(description="The return URL is not of an allowed origin.")
class ReturnURLNotAllowedError(Error):
    is_type_of = refused_by(refusals.ReturnURLNotAllowed)

    allowed_origins: list[str] = strawberry.field(description="Origins that are allowed.")


@strawberry.type(description="Stripe does not answer. Nothing is charged twice.")
class BillingUnavailableError(Error):
    is_type_of = refused_by(refusals.BillingUnavailable)

    retry_after_seconds: int = strawberry.field(
        description="After how many seconds the same call may be made again."
    )


@strawberry.type(description="There is no such billing session, or you may not see it.")
class BillingSessionNotFoundError(Error):
    is_type_of = refused_by(refusals.BillingSessionNotFound)


@strawberry.type(description="The idempotency key was used with other input.")
class IdempotencyKeyReusedError(Error):
    is_type_of = refused_by(refusals.IdempotencyKeyReused)


@strawberry.type(description="You, or your network address, called this too often.")
class RateLimitedError(Error):
    is_type_of = refused_by(refusals.RateLimited)

    retry_after_seconds: int = strawberry.field(
        description="After how many seconds it can be called again."
    )
