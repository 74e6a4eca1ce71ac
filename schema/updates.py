"""The root of live operations: `Updates`, as `Subscription` is a billing type."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from resolvers.updates import OrganizationUpdate as OrganizationUpdateView
from resolvers.updates import organization_updates
from schema.fields import live
from schema.info import Info, selected
from schema.node import input_key
from schema.organizations import Organization
from services.updates import OrganizationChange


@strawberry.type(description="Something about an organization changed.")
class OrganizationUpdate:
    """The source is a `resolvers.updates.OrganizationUpdate`."""

    changes: list[OrganizationChange] = strawberry.field(
        description="What changed, as far as the receiver may see it."
    )
    organization: Organization = strawberry.field(description="The organization as it is now.")


async def _organization_updated(
    info: Info,
    organization_id: Annotated[strawberry.ID, strawberry.argument(description="The organization.")],
) -> AsyncIterator[OrganizationUpdateView]:
    key = input_key("organizationId", "Organization", organization_id)
    selection = selected(info)["organization"]
    async for update in organization_updates(info.context, key, selection=selection):
        yield update


@strawberry.type(description="What can be followed live.")
class Updates:
    """Events come after the change is committed; several at once may come as one."""

    organization_updated: OrganizationUpdate = live(
        _organization_updated,
        description="Billing, seat and member changes of an organization, filtered by what the"
        " receiver may see. It completes when they no longer belong to it.",
    )
