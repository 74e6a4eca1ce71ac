"""Quotes: what a change would do and cost, good for ten minutes, and kept to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from db import quotes
from db.database import Database, Row
from db.enums import ChangeTiming
from db.ids import new_id
from db.models import Quote, Subscription
from services.actors import Actor
from services.billing_steps import BillingCall, BillingSteps, Finished, Standing
from services.billing_views import QuoteView
from services.catalogue import Catalogue, CatalogueSnapshot
from services.change_planning import ChangeRequest, PlannedChange, plan_change
from services.change_previews import ChangeCost, ChangePreviews
from services.change_refusals import QuoteExpired, QuoteNotFound, QuoteOutdated
from services.clock import Clock
from services.deadlines import answering_in_time
from services.global_ids import TenantKey
from services.invoice_lines import line_views
from services.members import MemberService
from services.permissions import OrganizationAction
from services.views import MemberView, UserView

LIFETIME = timedelta(minutes=10)
KEPT = timedelta(days=1)
"""After that, whoever comes with a quote is told that there is none."""


@dataclass(frozen=True, slots=True)
class _Priced:
    """A planned change, the subscription it was planned against, and what it costs."""

    row: Subscription
    planned: PlannedChange
    cost: ChangeCost


class QuoteService:
    """Makes quotes, and judges whether one still holds."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        steps: BillingSteps,
        *,
        previews: ChangePreviews,
        member_service: MemberService,
        deadline: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._steps = steps
        self._previews = previews
        self._members = member_service
        self._deadline = deadline.total_seconds()

    async def quote(
        self, organization_id: UUID, request: ChangeRequest, *, viewer: UserView, actor: Actor
    ) -> UUID:
        """Price a change against what Stripe says now; the id of the quote."""
        async with answering_in_time(self._deadline):
            return await self._quote(organization_id, request, viewer=viewer, actor=actor)

    async def _quote(
        self, organization_id: UUID, request: ChangeRequest, *, viewer: UserView, actor: Actor
    ) -> UUID:
        call = BillingCall(organization_id, OrganizationAction.CHANGE_PLAN, viewer, actor)

        async def decide(standing: Standing) -> Finished[tuple[Subscription, PlannedChange]]:
            standing.require(call.action)
            row = standing.subscription
            return Finished((row, await plan_change(standing.acting, row, request)))

        row, planned = await self._steps.carry_out(call, decide)
        cost = await self._previews.cost(row, planned, await self._catalogue.snapshot())
        priced = _Priced(row, planned, cost)
        now = self._clock.now()
        async with self._database.begin() as transaction:
            await quotes.delete_older(transaction, organization_id, than=now - KEPT)
            made = _row(priced, created_by=viewer.id, now=now)
            transaction.session.add(made)
        return made.id

    async def get(self, organization_id: UUID, quote_id: UUID) -> Quote:
        """The quote that a change names, or `QuoteNotFound`."""
        async with self._database.begin() as transaction:
            found = await quotes.get(transaction, organization_id, quote_id)
        if found is None:
            raise QuoteNotFound
        return found

    async def require_valid(
        self,
        quote: Quote,
        row: Subscription,
        planned: PlannedChange,
        *,
        viewer: UserView,
        actor: Actor,
    ) -> None:
        """Preview again just before the change: any difference is a refusal with a fresh quote.

        `planned` is the change as of the quote's moment.
        """
        expired = quote.expires_at <= self._clock.now()
        if not expired and await self._holds(quote, row, planned):
            return
        fresh_id = await self._quote(
            quote.organization_id,
            request_of(quote, await self._catalogue.snapshot(holding=[quote.price_id])),
            viewer=viewer,
            actor=actor,
        )
        key = TenantKey(quote.organization_id, fresh_id)
        fresh = (await self.get_many([key]))[key]
        raise QuoteExpired(fresh) if expired else QuoteOutdated(fresh)

    async def _holds(self, quote: Quote, row: Subscription, planned: PlannedChange) -> bool:
        if not row.current_period_start <= planned.effective_at <= row.current_period_end:
            return False
        cost = await self._previews.cost(row, planned, await self._catalogue.snapshot())
        return _same(quote, planned, cost)

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, QuoteView]:
        """The quotes of these keys that there are."""
        rows = await self._database.fetch(
            quotes.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
        )
        losing = [
            TenantKey(row["organization_id"], member_id)
            for row in rows
            for member_id in row["losing_member_ids"]
        ]
        found = await self._members.get_many(losing) if losing else {}
        snapshot = await self._catalogue.snapshot(holding=[row["price_id"] for row in rows])
        return {
            TenantKey(row["organization_id"], row["id"]): _view(row, found, snapshot)
            for row in rows
        }


def request_of(quote: Quote, snapshot: CatalogueSnapshot) -> ChangeRequest:
    """The change that a quote is for. Should its price be off sale by now, it is outdated."""
    price = snapshot.price(quote.price_id)
    keep = None if quote.keep_member_ids is None else tuple(quote.keep_member_ids)
    return ChangeRequest(price.plan_code, price.interval, quote.seats, keep)


def _same(quote: Quote, planned: PlannedChange, cost: ChangeCost) -> bool:
    """Whether the same is charged and done. A new period may begin some minutes later."""
    quoted = (quote.discount_now, quote.tax_now, quote.due_now, quote.next_invoice_total)
    costs = (cost.discount_now, cost.tax_now, cost.due_now, cost.next_invoice_total)
    done = (quote.price_id, quote.timing, tuple(quote.losing_member_ids))
    return (
        quoted == costs
        and [*map(_charged, quote.lines)] == [*map(_charged, cost.lines)]
        and abs(cost.next_invoice_at - quote.next_invoice_at) <= LIFETIME
        and done == (planned.price.id, planned.timing, planned.losing)
    )


def _charged(line: dict[str, Any]) -> dict[str, Any]:
    """A line without its period, where that begins with the change: for no part of a period."""
    if line["proration"]:
        return line
    return {key: value for key, value in line.items() if not key.startswith("period")}


def _row(priced: _Priced, *, created_by: UUID, now: datetime) -> Quote:
    planned, cost = priced.planned, priced.cost
    values: dict[str, Any] = {
        "lines": cost.lines,
        "discount_now": cost.discount_now,
        "tax_now": cost.tax_now,
        "due_now": cost.due_now,
        "next_invoice_at": cost.next_invoice_at,
        "next_invoice_total": cost.next_invoice_total,
    }
    return Quote(
        organization_id=priced.row.organization_id,
        id=new_id(),
        subscription_id=priced.row.id,
        created_by=created_by,
        created_at=now,
        expires_at=now + LIFETIME,
        price_id=planned.price.id,
        seats=planned.seats,
        keep_member_ids=None if planned.keep is None else list(planned.keep),
        losing_member_ids=list(planned.losing),
        timing=planned.timing,
        effective_at=planned.effective_at,
        currency=planned.price.currency,
        **values,
    )


def _view(row: Row, found: dict[TenantKey, MemberView], snapshot: CatalogueSnapshot) -> QuoteView:
    price = snapshot.price(row["price_id"])
    losing = [TenantKey(row["organization_id"], one) for one in row["losing_member_ids"]]
    return QuoteView(
        row["organization_id"],
        row["id"],
        row["expires_at"],
        snapshot.plan(price.plan_code),
        price,
        row["seats"],
        ChangeTiming(row["timing"]),
        row["effective_at"],
        line_views(row["lines"], currency=price.currency),
        row["discount_now"],
        row["tax_now"],
        row["due_now"],
        row["next_invoice_at"],
        row["next_invoice_total"],
        tuple(found[key] for key in losing if key in found),
    )
