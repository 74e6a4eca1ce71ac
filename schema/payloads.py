"""The mutation convention: one `input`, one payload; results nullable, refusals in `errors`.

A mutation function returns a `Done`: the keys of what it made or changed. The payload's fields load
it by what is selected. A refusal that it raises, after its transaction was rolled back, becomes
`errors`; whatever else it raises is a fault, and masked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

import strawberry

from resolvers import billing, organizations
from schema.fields import resolved
from schema.info import Info, selected
from services.global_ids import TenantKey
from services.refusals import Refusal
from services.views import BillingSessionView, OrganizationView

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The source of every payload. After a refusal only `errors` is there."""

    organization_id: UUID | None = None
    billing_session: TenantKey | None = None
    errors: list[Refusal] | None = None


def mutation(function: Callable[Concatenate[Info, P], Awaitable[Done]], *, description: str) -> Any:
    """A mutation field whose refusals become `errors` of its payload."""
    annotations = function.__annotations__
    of_input = strawberry.argument(description="What to do, and to what.")
    annotations["input"] = Annotated[annotations["input"], of_input]

    @wraps(function)
    async def refusing(info: Info, *args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await function(info, *args, **kwargs)
        except Refusal as refusal:
            return Done(errors=[refusal])

    return resolved(refusing, description=description)


async def _organization(root: strawberry.Parent[Done], info: Info) -> OrganizationView | None:
    if root.organization_id is None:
        return None
    return await organizations.get(info.context, root.organization_id, selection=selected(info))


async def _billing_session(root: strawberry.Parent[Done], info: Info) -> BillingSessionView | None:
    if root.billing_session is None:
        return None
    return await billing.get_session(info.context, root.billing_session)


def organization_field() -> Any:
    """The organization that a mutation made or changed."""
    return resolved(
        _organization, description="The organization as it is now; null after a refusal."
    )


def billing_session_field() -> Any:
    """The billing session that a mutation opened or asked about."""
    return resolved(_billing_session, description="The billing session; null after a refusal.")


def errors_field() -> Any:
    """The refusals."""
    return strawberry.field(description="Why it was refused; null when it was done.")
