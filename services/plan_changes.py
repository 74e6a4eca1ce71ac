"""Changing plan, interval or seats: now and when it is paid, or at the end of the period (B6)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from db import billing_sessions, intents
from db.enums import ChangeTiming, IntentKind, IntentStatus, PendingChangeKind
from db.ids import new_id
from db.models import Intent, Quote, Subscription
from services.actors import Actor
from services.billing_steps import BillingCall, BillingSteps, Finished, Standing, record
from services.catalogue import Catalogue
from services.change_planning import ChangeRequest, PlannedChange, plan_change
from services.change_refusals import PaymentFailed
from services.change_writes import ChangeWrite, has_made
from services.deadlines import answering_in_time
from services.global_ids import encode
from services.idempotency import IdempotentCall
from services.permissions import OrganizationAction
from services.quotes import QuoteService, request_of
from services.replaced_changes import kept, recalled
from services.return_urls import ReturnURLs
from services.subscription_views import subscription_view
from services.views import PendingChangeView, UserView


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What came of it. `billing_session_id`: somebody has to finish the payment there."""

    billing_session_id: UUID | None
    replaced: PendingChangeView | None
    """The change that was pending before, and is called off."""


@dataclass(frozen=True, slots=True)
class _ToCheck:
    """A quote has to be compared with what would be charged now, as of the quote's moment."""

    row: Subscription
    planned: PlannedChange


@dataclass(slots=True)
class _Change:
    """One call of `change`, through its steps."""

    call: BillingCall
    request: ChangeRequest
    quote: Quote | None
    return_url: str
    idempotent: IdempotentCall
    checked: tuple[object, ...] | None = None
    """The terms that the quote was compared with."""
    replaced: PendingChangeView | None = None


class PlanChangeService:
    """See the module."""

    def __init__(
        self,
        steps: BillingSteps,
        quote_service: QuoteService,
        catalogue: Catalogue,
        *,
        return_urls: ReturnURLs,
        deadline: timedelta,
    ) -> None:
        self._steps = steps
        self._quotes = quote_service
        self._catalogue = catalogue
        self._return_urls = return_urls
        self._deadline = deadline.total_seconds()

    async def change(
        self,
        organization_id: UUID,
        request: ChangeRequest,
        *,
        quote_id: UUID | None = None,
        return_url: str | None = None,
        viewer: UserView,
        actor: Actor,
        idempotency_key: str | None = None,
    ) -> ChangeOutcome:
        """Make the change, or the one that a quote is for, which then is charged to the cent.

        A declined payment is `PaymentFailed`; one that wants 3-D Secure gives a session to finish
        it. In both cases the change waits for the payment, and nothing is changed until then.
        """
        quote = await self._quotes.get(organization_id, quote_id) if quote_id else None
        if quote is not None:
            request = request_of(quote, await self._catalogue.snapshot(holding=[quote.price_id]))
        change = _Change(
            BillingCall(organization_id, OrganizationAction.CHANGE_PLAN, viewer, actor),
            request,
            quote,
            self._return_urls.checked(return_url),
            _idempotent(
                organization_id, request, quote_id, return_url, viewer=viewer, key=idempotency_key
            ),
        )
        async with answering_in_time(self._deadline):
            while True:
                end = await self._steps.carry_out(change.call, lambda now: self._next(now, change))
                if isinstance(end, ChangeOutcome):
                    return end
                await self._check(change, end)

    async def _check(self, change: _Change, found: _ToCheck) -> None:
        assert change.quote is not None
        viewer, actor = change.call.viewer, change.call.actor
        await self._quotes.require_valid(
            change.quote, found.row, found.planned, viewer=viewer, actor=actor
        )
        change.checked = _terms(found.row)

    async def _next(
        self, standing: Standing, change: _Change
    ) -> Intent | Finished[ChangeOutcome | _ToCheck]:
        """The next write, or the end, decided under the lock."""
        if outcome := await _outcome(standing, change):
            return Finished(outcome)
        standing.require(OrganizationAction.CHANGE_PLAN)
        row = standing.subscription
        planned = await plan_change(standing.acting, row, change.request)
        if change.quote is not None:
            planned = replace(planned, effective_at=change.quote.effective_at)
            if change.checked != _terms(row):
                return Finished(_ToCheck(row, planned))
        write = ChangeWrite(row, planned, change.return_url, quoted=change.quote is not None)
        if same := await write.find_pending(standing):
            await _remember(change, standing, same.id)
            return Finished(await _outcome_of(standing, same, change))
        if step := self._clear_the_way(standing, change, planned):
            return step
        return await self._announce(standing, change, write)

    def _clear_the_way(
        self, standing: Standing, change: _Change, planned: PlannedChange
    ) -> Intent | None:
        """The write that has to come before ours: one change is pending at a time."""
        row = standing.subscription
        if row.pending_kind is not None:
            view = subscription_view(row, standing.acting.snapshot)
            change.replaced = change.replaced or view.pending_change
        awaits = row.pending_kind is PendingChangeKind.AWAITING_PAYMENT
        if awaits or planned.timing is ChangeTiming.NOW:
            return self._steps.call_off(standing)
        if row.stripe_schedule_id is None:
            parameters = {"subscription_id": row.stripe_subscription_id}
            return self._steps.announce(standing, IntentKind.CREATE_SCHEDULE, parameters)
        return None

    async def _announce(self, standing: Standing, change: _Change, write: ChangeWrite) -> Intent:
        intent_id = new_id()
        after = _summary(change.call.organization_id, write.planned)
        record(standing, "subscription.change_requested", after=after)
        parameters = write.parameters(intent_id)
        step = self._steps.announce(standing, write.kind, parameters, intent_id=intent_id)
        await _remember(change, standing, intent_id)
        change.call.ours = intent_id
        return step


async def _outcome(standing: Standing, change: _Change) -> ChangeOutcome | None:
    """What came of our write, if it is done: in this call, or in one with the same key."""
    intent = await _our_write(standing, change)
    return None if intent is None else await _outcome_of(standing, intent, change)


async def _outcome_of(standing: Standing, intent: Intent, change: _Change) -> ChangeOutcome:
    session = await billing_sessions.get_open_payment(
        standing.acting.transaction, intent.organization_id, intent.id
    )
    if session is not None and intent.error is not None:
        raise PaymentFailed(intent.error, session.url)
    return ChangeOutcome(session.id if session else None, change.replaced)


async def _our_write(standing: Standing, change: _Change) -> Intent | None:
    acting, call = standing.acting, change.call
    if call.ours is not None:
        return await intents.get(acting.transaction, call.organization_id, call.ours)
    answer = await change.idempotent.answer(acting.transaction, now=acting.now)
    if answer is not None:
        if replaced := answer.get("replaced"):
            change.replaced = recalled(replaced, acting.snapshot)
        intent_id = UUID(answer["intentId"])
        before = await intents.get(acting.transaction, call.organization_id, intent_id)
        if before.status is IntentStatus.SUCCEEDED:
            return before
    if call.joined and has_made(call.joined, change.request, acting.snapshot):
        await _remember(change, standing, call.joined.id)
        return await intents.get(acting.transaction, call.organization_id, call.joined.id)
    return None


async def _remember(change: _Change, standing: Standing, intent_id: UUID) -> None:
    acting, replaced = standing.acting, change.replaced and kept(change.replaced)
    answer = {"intentId": str(intent_id), "replaced": replaced}
    await change.idempotent.remember(acting.transaction, answer, now=acting.now)


def _terms(row: Subscription) -> tuple[object, ...]:
    """What a quote depends on, of what others may change."""
    return (row.price_id, row.seats, row.status, row.current_period_end, tuple(row.discount_ids))


def _summary(organization_id: UUID, planned: PlannedChange) -> dict[str, Any]:
    return {
        "priceId": encode("Price", planned.price.id),
        "seats": planned.seats,
        "timing": planned.timing,
        "effectiveAt": planned.effective_at,
        "losingSeat": [encode("Member", organization_id, one) for one in planned.losing],
    }


def _idempotent(
    organization_id: UUID,
    request: ChangeRequest,
    quote_id: UUID | None,
    return_url: str | None,
    *,
    viewer: UserView,
    key: str | None,
) -> IdempotentCall:
    given = {
        "plan": request.plan,
        "interval": request.interval,
        "seats": request.seats,
        "keep": None if request.keep is None else [str(one) for one in request.keep],
        "quoteId": str(quote_id) if quote_id else None,
        "returnUrl": return_url,
    }
    return IdempotentCall(key, viewer.id, organization_id, "changePlan", given)
