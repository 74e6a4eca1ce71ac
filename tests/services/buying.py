"""What tests of buying do again and again."""

from uuid import UUID

from db.enums import BillingInterval
from execution.selection import Selection
from services.actors import Actor
from services.global_ids import TenantKey
from services.plan_choices import PlanChoice
from services.views import BillingSessionView, OrganizationView, UserView
from tests.stack import Stack

PRO = PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, None)


async def select(
    stack: Stack,
    owner: UserView,
    organization: UUID,
    choice: PlanChoice = PRO,
    *,
    key: str | None = None,
) -> BillingSessionView:
    """Select a plan; the billing session."""
    session_id = await stack.services.billing.select_plan(
        organization, choice, viewer=owner, actor=Actor.user(owner.id), idempotency_key=key
    )
    found = await stack.services.billing_sessions.get_many([TenantKey(organization, session_id)])
    return found[TenantKey(organization, session_id)]


async def checkouts(stack: Stack) -> list[dict[str, object]]:
    """The checkouts at Stripe, newest first."""
    listed: list[dict[str, object]] = (await stack.stripe("GET", "/v1/checkout/sessions"))["data"]
    return listed


async def pay(stack: Stack, *, card: str = "4242424242424242") -> None:
    """Pay the newest checkout."""
    await stack.sandbox.pay(str((await checkouts(stack))[0]["id"]), card=card)


async def look(stack: Stack, viewer: UserView, organization: UUID) -> OrganizationView:
    """The organization as the viewer sees it."""
    selection = Selection.of("plan", "subscription", "seat_usage", "access")
    found = await stack.services.organization_reads.get_many(
        [organization], viewer=viewer, selection=selection
    )
    return found[organization]
