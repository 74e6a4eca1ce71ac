"""Stock Strawberry on its ASGI view: types with resolvers, the ORM, aiodataloader, MaskErrors."""

from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
import strawberry_data as data
import strawberry_models as models
from graphql import GraphQLError
from shared import Forbidden, global_id, may_bill, member_key, moment, subject_of
from strawberry.asgi import GraphQL
from strawberry.extensions import MaskErrors
from strawberry.types import Info

Long = strawberry.scalar(int, name="Long")


class OrganizationAction(Enum):
    """What a viewer may want to do."""

    INVITE_MEMBER = "INVITE_MEMBER"


strawberry.enum(OrganizationAction)


@strawberry.type
class Plan:
    code: str
    name: str


@strawberry.type
class Money:
    amount: Long
    currency: str


@strawberry.type
class Price:
    unit_amount: Money


@strawberry.type
class Subscription:
    status: str
    seats: int
    interval: str
    current_period_end: str
    price: Price

    @classmethod
    def of(cls, row: models.Subscription) -> "Subscription":
        return cls(
            status=row.status,
            seats=row.seats,
            interval=row.price.interval,
            current_period_end=moment(row.current_period_end),
            price=Price(
                unit_amount=Money(amount=row.price.unit_amount, currency=row.price.currency)
            ),
        )


@strawberry.type
class SeatUsage:
    limit: int
    purchased: int
    occupied: int
    reserved: int
    available: int


@strawberry.type
class Capability:
    allowed: bool


@strawberry.type
class Seat:
    id: strawberry.ID
    number: int
    state: str
    since: str


@strawberry.type
class Member:
    row: strawberry.Private[models.Member]
    role: str
    status: str
    joined_at: str

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id(b"M", self.row.organization_id, self.row.id))

    @strawberry.field
    async def user(self, info: Info) -> "User":
        row = await info.context["load"].user.load(self.row.user_id)
        return User(key=row.id, name=row.name, email=row.email)

    @strawberry.field
    async def seat(self, info: Info) -> Seat | None:
        key = (self.row.organization_id, self.row.id)
        row = await info.context["load"].seat.load(key)
        return row and Seat(
            id=strawberry.ID(global_id(b"S", row.organization_id, row.id)),
            number=row.number,
            state=row.state,
            since=moment(row.began_at),
        )


@strawberry.type
class MemberConnection:
    nodes: list[Member]


@strawberry.type
class Organization:
    key: strawberry.Private[UUID]
    role: strawberry.Private[str]
    name: str
    display_name: str

    @classmethod
    def of(cls, row: models.Member) -> "Organization":
        organization = row.organization
        return cls(
            key=organization.id,
            role=row.role,
            name=organization.name,
            display_name=organization.display_name,
        )

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id(b"O", self.key))

    @strawberry.field
    async def plan(self, info: Info) -> Plan:
        bought = await info.context["load"].subscription.load(self.key)
        return Plan(code=bought.plan.code, name=bought.plan.name)

    @strawberry.field
    async def subscription(self, info: Info) -> Subscription | None:
        if not may_bill(self.role):
            raise Forbidden("Only owner and admin see it.")
        return Subscription.of(await info.context["load"].subscription.load(self.key))

    @strawberry.field
    async def seat_usage(self, info: Info) -> SeatUsage:
        return SeatUsage(**await info.context["load"].usage(self.key))

    @strawberry.field
    async def viewer_can(self, info: Info, action: OrganizationAction) -> Capability:  # noqa: ARG002 - there is one action
        seats = await info.context["load"].usage(self.key)
        return Capability(allowed=may_bill(self.role) and seats["available"] > 0)

    @strawberry.field
    async def members(self, first: int) -> MemberConnection:
        rows = await data.members(self.key, first)
        return MemberConnection(
            nodes=[
                Member(row=row, role=row.role, status=row.status, joined_at=moment(row.joined_at))
                for row in rows
            ]
        )


@strawberry.type
class OrganizationConnection:
    nodes: list[Organization]


@strawberry.type
class User:
    key: strawberry.Private[UUID]
    name: str | None = None
    email: str | None = None

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id(b"U", self.key))

    @strawberry.field
    async def organizations(self, first: int) -> OrganizationConnection:
        rows = await data.memberships(self.key, first)
        return OrganizationConnection(nodes=[Organization.of(row) for row in rows])


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: Info) -> User:
        return User(key=info.context["viewer"])

    @strawberry.field
    async def organization_by_name(self, info: Info, name: str) -> Organization | None:
        row = await data.membership_by_name(info.context["viewer"], name)
        return row and Organization.of(row)


@strawberry.input
class RemoveMemberInput:
    member_id: strawberry.ID


@strawberry.type
class RemoveMemberError:
    message: str


@strawberry.type
class RemoveMemberPayload:
    removed_member_id: strawberry.ID | None = None
    errors: list[RemoveMemberError] | None = None


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def remove_member(self, info: Info, input: RemoveMemberInput) -> RemoveMemberPayload:  # noqa: A002 - the contract's name
        if await data.remove(info.context["viewer"], *member_key(input.member_id)):
            return RemoveMemberPayload(removed_member_id=input.member_id)
        return RemoveMemberPayload(errors=[RemoveMemberError(message="There is no such member.")])


def _is_unexpected(error: GraphQLError) -> bool:
    return error.original_error is not None and not isinstance(error.original_error, Forbidden)


schema = strawberry.Schema(
    Query, Mutation, extensions=[lambda: MaskErrors(should_mask_error=_is_unexpected)]
)


class Endpoint(GraphQL):
    """The view, with who asks and fresh loaders in the context."""

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        """Made for each request."""
        subject = subject_of(request.headers.get("authorization", ""))
        viewer = await data.viewer_of(subject)
        return {"request": request, "response": response, "viewer": viewer, "load": data.Loaders()}


app = Endpoint(schema, graphql_ide=None)
