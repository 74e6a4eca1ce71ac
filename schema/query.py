"""The root of queries."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import strawberry

from db.enums import StripeEventState
from resolvers import invitations, nodes, organizations, stripe_events
from schema.access import AccessCheck, AccessDecision, decide
from schema.connections import After, Connection, First, requested_page
from schema.directives import NULL_ONLY_ON_ERROR, ListSize, Lookup, Shareable
from schema.fields import guarded_connection, resolved
from schema.info import Info, selected, selected_nodes
from schema.members import Invitation
from schema.node import Node, argument_node, input_key
from schema.organizations import Organization
from schema.plans import Plan
from schema.stripe_events import StripeEvent
from schema.users import User
from services.access import MOST_CHECKS
from services.access import AccessDecision as AccessDecisionView
from services.pages import DEFAULT_FIRST, Page, parse_moment
from services.record_views import StripeEventView
from services.refusals import InvalidInput
from services.stripe_events import StripeEventListRequest
from services.views import InvitationView, OrganizationView, PlanView, UserView

MOST_NODES = 100


async def _node(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],  # noqa: A002 # the contract's name
) -> Any:
    return await _get_node(info, "id", id)


async def _nodes(
    info: Info,
    ids: Annotated[
        list[strawberry.ID],
        strawberry.argument(description=f"Global ids, at most {MOST_NODES}."),
    ],
) -> Any:
    if len(ids) > MOST_NODES:
        raise InvalidInput("ids", f"has to have at most {MOST_NODES} ids, not {len(ids)}")
    found = (_get_node(info, "ids", one) for one in ids)
    return await asyncio.gather(*found, return_exceptions=True)  # each is the error of its place


async def _get_node(info: Info, argument: str, text: str) -> Any:
    type_name, key = argument_node(argument, text)
    selection = selected(info).on(type_name)
    return await nodes.get(info.context, type_name, key, selection=selection)


def _viewer(info: Info) -> UserView | None:
    viewer: UserView | None = info.context.viewer
    return viewer


async def _organization_by_id(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The organization's id.")],  # noqa: A002 # the contract's name
) -> OrganizationView | None:
    key = input_key("id", "Organization", id)
    return await organizations.get(info.context, key, selection=selected(info))


async def _organization_by_name(
    info: Info,
    name: Annotated[str, strawberry.argument(description="The organization's unique name.")],
) -> OrganizationView | None:
    return await organizations.get_by_name(info.context, name, selection=selected(info))


async def _invitation_by_token(
    info: Info,
    token: Annotated[
        str, strawberry.argument(description="The token in the link of the newest mail.")
    ],
) -> InvitationView | None:
    return await invitations.get_by_token(info.context, token)


async def _access_decisions(
    info: Info,
    checks: Annotated[
        list[AccessCheck],
        strawberry.argument(description=f"The questions, at most {MOST_CHECKS}."),
    ],
) -> list[AccessDecisionView]:
    return await decide(info, checks)


async def _plans(info: Info) -> list[PlanView]:
    snapshot = await info.context.services.catalogue.snapshot()
    return list(snapshot.plans)


async def _stripe_events(
    info: Info,
    *,
    state: Annotated[
        StripeEventState | None, strawberry.argument(description="Only those in this state.")
    ] = None,
    type: Annotated[  # noqa: A002 # the contract's name
        str | None, strawberry.argument(description="Only this type, as `invoice.paid`.")
    ] = None,
    organization_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only those about this organization.")
    ] = None,
    since: Annotated[
        datetime | None, strawberry.argument(description="Only what arrived from this moment on.")
    ] = None,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Page[StripeEventView]:
    organization = None
    if organization_id is not None:
        organization = input_key("organizationId", "Organization", organization_id)
    request = StripeEventListRequest(
        requested_page(info, first=first, after=after, key=(parse_moment, str)),
        state,
        type,
        organization,
        since,
        with_payload="payload" in selected_nodes(info),
    )
    return await stripe_events.list_events(info.context, request)


async def _stripe_event(
    info: Info,
    stripe_id: Annotated[str, strawberry.argument(description="Stripe's id, as `evt_...`.")],
) -> StripeEventView | None:
    stripe_events.require_operator(info.context)
    return await stripe_events.get(info.context, stripe_id)


@strawberry.type(description="What can be asked.")
class Query:
    """What the viewer may not see does not exist (P2)."""

    node: Node | None = resolved(
        _node,
        description="An object by its id; null if there is none that the viewer may see.",
        directives=[Lookup(), Shareable()],
    )
    nodes: list[Node | None] = resolved(
        _nodes,
        description="Objects by their ids, in this order; null where there is none.",
        size=ListSize(slicing_arguments=["ids"]),
        directives=[Shareable()],
    )
    viewer: User | None = resolved(_viewer, description="Who asks; null when signed out.")
    organization_by_id: Organization | None = resolved(
        _organization_by_id,
        description="An organization; null if there is none that the viewer belongs to.",
    )
    organization_by_name: Organization | None = resolved(
        _organization_by_name,
        description="An organization; null if there is none that the viewer belongs to.",
        directives=[Lookup()],
    )
    invitation_by_token: Invitation | None = resolved(
        _invitation_by_token,
        description="The invitation that a mail leads to, however it stands; null for a token that"
        " is wrong, or that a newer mail has replaced. For everybody who is signed in.",
    )
    access_decisions: list[AccessDecision] | None = resolved(
        _access_decisions,
        description="May these people use these organizations now? The answers come in the order"
        " of the questions. For service tokens with the scope `access:read`.",
        size=ListSize(slicing_arguments=["checks"]),
        directives=[NULL_ONLY_ON_ERROR],
    )
    plans: list[Plan] = resolved(
        _plans,
        description="The plans on sale, the smallest first. For everybody.",
        size=ListSize(assumed_size=5, require_one_slicing_argument=False),
    )
    stripe_events: Connection[StripeEvent] | None = guarded_connection(
        _stripe_events,
        description="The webhook events that Stripe sent, the newest first. For service tokens with"
        " the scope `ops`.",
    )
    stripe_event: StripeEvent | None = resolved(
        _stripe_event,
        description="A webhook event; null if it did not arrive, or is old and was forgotten. For"
        " service tokens with the scope `ops`.",
    )
