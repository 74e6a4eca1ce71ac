"""An organization that pays, for tests of changes: its owner, its members, its card, its time."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from db import seats
from db.database import Transaction
from db.enums import BillingInterval, MemberRole, SeatBeginning
from db.ids import new_id
from db.models import Member
from execution.selection import Selection
from services.actors import Actor
from services.billing_views import InvoiceView, QuoteView
from services.change_planning import ChangeRequest
from services.global_ids import TenantKey
from services.members import MemberListRequest
from services.pages import PageRequest
from services.plan_changes import ChangeOutcome
from services.plan_choices import PlanChoice
from services.views import BillingSessionView, OrganizationView, SubscriptionView, UserView
from tests.stack import Stack

VISA = "4242424242424242"
DECLINED_LATER = "4000000000000341"
ASKS_ALWAYS = "4000002760003184"


@dataclass
class Payer:
    """An organization and who owns it."""

    stack: Stack
    owner: UserView
    id: UUID
    members: list[UUID] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return Actor.user(self.owner.id)

    async def buy(
        self,
        plan: str = "PRO",
        interval: BillingInterval = BillingInterval.MONTHLY,
        seats: int = 5,
        *,
        card: str = VISA,
        code: str | None = None,
    ) -> None:
        choice = PlanChoice(plan, interval, seats, None, None, code)
        await self.stack.services.billing.select_plan(
            self.id, choice, viewer=self.owner, actor=self.actor
        )
        listed = await self.stack.stripe("GET", "/v1/checkout/sessions")
        await self.stack.sandbox.pay(listed["data"][0]["id"], card=card)
        await self.sync()

    async def sync(self) -> None:
        await self.stack.services.sync.sync(self.id)

    async def pass_time(self, by: timedelta) -> None:
        """Stripe's clock first, then ours; what Stripe did by then is fetched."""
        await self.stack.stripe("POST", "/_control/clock/advance", seconds=int(by.total_seconds()))
        await self.stack.services.clock.advance(self.stack.services.database, by)
        await self.sync()

    async def quote(self, request: ChangeRequest | None = None, /, **wanted: object) -> QuoteView:
        quote_id = await self.stack.services.quotes.quote(
            self.id,
            request or ChangeRequest(**wanted),  # type: ignore[arg-type] # as the test says
            viewer=self.owner,
            actor=self.actor,
        )
        key = TenantKey(self.id, quote_id)
        return (await self.stack.services.quotes.get_many([key]))[key]

    async def change(
        self,
        *,
        quote: QuoteView | None = None,
        key: str | None = None,
        return_url: str | None = None,
        **wanted: object,
    ) -> ChangeOutcome:
        return await self.stack.services.plan_changes.change(
            self.id,
            ChangeRequest(**wanted),  # type: ignore[arg-type] # as the test says
            quote_id=quote.id if quote else None,
            return_url=return_url,
            viewer=self.owner,
            actor=self.actor,
            idempotency_key=key,
        )

    async def cancel(self) -> None:
        await self.stack.services.cancellations.cancel(self.id, viewer=self.owner, actor=self.actor)

    async def resume(self) -> None:
        await self.stack.services.cancellations.resume(self.id, viewer=self.owner, actor=self.actor)

    async def call_off(self) -> None:
        await self.stack.services.cancellations.call_off_change(
            self.id, viewer=self.owner, actor=self.actor
        )

    async def look(self) -> OrganizationView:
        found = await self.stack.services.organization_reads.get_many(
            [self.id],
            viewer=self.owner,
            selection=Selection.of("plan", "subscription", "seat_usage", "access"),
        )
        return found[self.id]

    async def subscription(self) -> SubscriptionView:
        seen = (await self.look()).subscription
        assert seen is not None
        return seen

    async def reasons(self) -> dict[UUID, str | None]:
        """Why each member is locked out; None for those who are not."""
        request = MemberListRequest(PageRequest(100))
        [page] = await self.stack.services.members.list_for_each([self.id], request)
        return {member.id: member.deactivation_reason for member in page.nodes}

    async def invoices(self) -> list[InvoiceView]:
        """The newest first."""
        request = PageRequest(100)
        [page] = await self.stack.services.invoices.list_for_each([self.id], request)
        return list(page.nodes)

    async def session(self, session_id: UUID) -> BillingSessionView:
        key = TenantKey(self.id, session_id)
        return (await self.stack.services.billing_sessions.get_many([key]))[key]

    async def at_stripe(self) -> dict[str, Any]:
        """The organization's newest subscription, as Stripe shows it."""
        path = "/v1/subscriptions?status=all&limit=100&expand[]=data.schedule"
        listed = await self.stack.stripe("GET", path)
        ours = [one for one in listed["data"] if one["metadata"]["organization_id"] == str(self.id)]
        found: dict[str, Any] = ours[0]
        return found

    async def use_card(self, number: str) -> None:
        """Charge another card from now on, as the customer would arrange in the portal."""
        stripe = self.stack.stripe
        found = await self.at_stripe()
        form = {"type": "card", "card[number]": number, "card[exp_month]": "12"}
        form |= {"card[exp_year]": "2040", "card[cvc]": "123"}
        method = (await stripe("POST", "/v1/payment_methods", **form))["id"]
        await stripe("POST", f"/v1/payment_methods/{method}/attach", customer=found["customer"])
        path = f"/v1/subscriptions/{found['id']}"
        await stripe("POST", path, default_payment_method=method)

    async def add_member(self, name: str, role: MemberRole = MemberRole.COLLABORATOR) -> UUID:
        """Somebody who has joined, and has a seat."""
        user = await self.stack.user(name)
        async with self.stack.services.database.begin() as transaction:
            return await self.add_user(transaction, user, role)

    async def add_user(
        self,
        transaction: Transaction,
        user: UserView,
        role: MemberRole = MemberRole.COLLABORATOR,
        *,
        clock_ahead: timedelta = timedelta(),
    ) -> UUID:
        """Somebody joins now, and has a seat when the transaction commits."""
        now = self.stack.services.clock.now() + clock_ahead
        member = Member(
            organization_id=self.id, id=new_id(), user_id=user.id, role=role, joined_at=now
        )
        transaction.session.add(member)
        await transaction.session.flush()
        await seats.occupy(
            transaction,
            self.id,
            member_id=member.id,
            reason=SeatBeginning.INVITATION_ACCEPTED,
            now=now,
        )
        self.members.append(member.id)
        return member.id


async def new_payer(stack: Stack, name: str = "acme") -> Payer:
    """An organization on the free plan."""
    owner = await stack.user(f"owner-of-{name}")
    return Payer(stack, owner, await stack.organization(owner, name))
