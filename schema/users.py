"""Users, and what they belong to."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import organizations
from resolvers.permissions import ForbiddenError
from schema.connections import After, Connection, First, requested_page
from schema.directives import BY_ID
from schema.fields import guarded_connection, resolved
from schema.info import Info, selected_nodes
from schema.node import Node, id_field, input_key, stands_for
from services import global_ids
from services.pages import DEFAULT_FIRST, Page
from services.views import MemberView, OrganizationView, UserView

if TYPE_CHECKING:
    from schema.members import Member
    from schema.organizations import Organization


def _require_self(user: UserView, info: Info) -> None:
    if info.context.user.id != user.id:
        raise ForbiddenError("Only they themselves see what somebody belongs to.")


async def _organizations(
    root: strawberry.Parent[UserView], info: Info, first: First = DEFAULT_FIRST, after: After = None
) -> Page[OrganizationView]:
    _require_self(root, info)
    request = requested_page(info, first=first, after=after, key=(str,))
    return await organizations.list_for_viewer(
        info.context, request, selection=selected_nodes(info)
    )


async def _membership(
    root: strawberry.Parent[UserView],
    info: Info,
    organization_id: Annotated[strawberry.ID, strawberry.argument(description="The organization.")],
) -> MemberView | None:
    _require_self(root, info)
    key = input_key("organizationId", "Organization", organization_id)
    return await organizations.get_membership(info.context, key)


@strawberry.type(directives=[BY_ID], description="A person, as their sign-in describes them.")
class User(Node):
    """The source is a `UserView`."""

    is_type_of = stands_for(UserView)

    id: strawberry.ID = id_field(lambda user: global_ids.encode("User", user.id))
    email: str | None = strawberry.field(description="Their e-mail address.")
    name: str | None = strawberry.field(description="Their name.")
    organizations: (
        Connection[Annotated["Organization", strawberry.lazy("schema.organizations")]] | None
    ) = guarded_connection(
        _organizations,
        description="The organizations they belong to, by name. Only they see it.",
    )
    membership: Annotated["Member", strawberry.lazy("schema.members")] | None = resolved(
        _membership,
        description="Their membership in an organization, null if they have none. May they use it"
        " now? Look at `status`. Only they see it.",
    )
