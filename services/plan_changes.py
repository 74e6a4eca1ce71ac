"""Changing plan, interval or seats: now and when it is paid, or at the end of the period (B6)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from db import billing_sessions, intents
from db.enums import ChangeTiming, IntentKind, IntentStatus, PendingChangeKind, SubscriptionStatus
from db.ids import new_id
from db.models import Intent, Quote, Subscription
from services.actors import Actor
from services.billing_steps import BillingCall, BillingSteps, Finished, Standing, record
from services.catalogue import Catalogue, CatalogueSnapshot
from services.change_planning import (
    ChangeRequest,
    PlannedChange,
    plan_change,
    planned_phases,
)
from services.change_refusals import PaymentFailed
from services.deadlines import answering_in_time
from services.global_ids import encode
from services.idempotency import IdempotentCall
from services.permissions import OrganizationAction
from services.quotes import QuoteService, request_of
from services.replaced_changes import kept, recalled
from services.return_urls import ReturnURLs
from services.stripe_gateway import INTENT_ID
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
            _idempotent(organization_id, request, quote_id, viewer=viewer, key=idempotency_key),
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
        if same := await _same_pending(standing, change, planned):
            await _remember(change, standing, same.id)
            return Finished(await _outcome_of(standing, same, change))
        if step := self._clear_the_way(standing, change, planned):
            return step
        return await self._announce(standing, change, planned)

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

    async def _announce(
        self, standing: Standing, change: _Change, planned: PlannedChange
    ) -> Intent:
        acting, intent_id = standing.acting, new_id()
        if planned.timing is ChangeTiming.NOW:
            kind = IntentKind.CHANGE_SUBSCRIPTION
            stripe = _change_parameters(standing.subscription, planned)
        else:
            kind = IntentKind.UPDATE_SCHEDULE
            metadata = {INTENT_ID: str(intent_id), "organization_id": str(acting.organization.id)}
            row = standing.subscription
            stripe = {
                "schedule_id": row.stripe_schedule_id,
                **planned_phases(row, planned),
                "metadata": metadata,
            }
        after = _summary(acting.organization.id, planned)
        record(standing, "subscription.change_requested", after=after)
        parameters = {"stripe": stripe, **_chosen(change, planned)}
        step = self._steps.announce(standing, kind, parameters, intent_id=intent_id)
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
    if call.joined and _has_made(call.joined, change.request, acting.snapshot):
        await _remember(change, standing, call.joined.id)
        return await intents.get(acting.transaction, call.organization_id, call.joined.id)
    return None


async def _remember(change: _Change, standing: Standing, intent_id: UUID) -> None:
    acting, replaced = standing.acting, change.replaced and kept(change.replaced)
    answer = {"intentId": str(intent_id), "replaced": replaced}
    await change.idempotent.remember(acting.transaction, answer, now=acting.now)


def _has_made(intent: Intent, request: ChangeRequest, snapshot: CatalogueSnapshot) -> bool:
    """Whether a write that somebody else began has made the change that is wanted here.

    One that only plans it has not: what is pending then is compared as a whole (`_same_pending`).
    """
    price_id = intent.parameters.get("price_id")
    if intent.kind is not IntentKind.CHANGE_SUBSCRIPTION or price_id is None:
        return False
    if not snapshot.has_price(UUID(price_id)):
        return False
    price = snapshot.price(UUID(price_id))
    wanted = (request.plan, request.interval, request.seats)
    given = (price.plan_code, price.interval, _seats_of(intent))
    return all(want in (None, have) for want, have in zip(wanted, given, strict=True))


async def _same_pending(
    standing: Standing, change: _Change, planned: PlannedChange
) -> Intent | None:
    """The write that made what is pending, if it is what is wanted again: who clicks twice is led
    to the payment that they have open already. A declined one is tried anew.
    """
    transaction, row = standing.acting.transaction, standing.subscription
    pending = (row.pending_kind, planned.timing)
    if pending == (PendingChangeKind.SCHEDULED, ChangeTiming.PERIOD_END):
        made_by = [row.pending_intent_id] if row.pending_intent_id else []
    elif pending == (PendingChangeKind.AWAITING_PAYMENT, ChangeTiming.NOW):
        payments = await billing_sessions.list_open_payments(transaction, row.organization_id)
        made_by = [payment.id for payment in payments]
    else:
        return None
    for intent_id in made_by:
        intent = await intents.find(transaction, row.organization_id, intent_id)
        if intent and intent.error is None and _is_pending(row, intent, change, planned):
            return intent
    return None


def _is_pending(row: Subscription, intent: Intent, change: _Change, planned: PlannedChange) -> bool:
    pending = (row.pending_price_id, row.pending_seats)
    wanted = _chosen(change, planned)
    return (
        pending == (planned.price.id, planned.seats)
        and {name: intent.parameters.get(name) for name in wanted} == wanted
        and _seats_of(intent) == planned.seats
        and _is_charged_as_quoted(row, intent, change, planned)
    )


def _is_charged_as_quoted(
    row: Subscription, intent: Intent, change: _Change, planned: PlannedChange
) -> bool:
    """A quote says as of which moment is charged; without one, any moment is right."""
    if change.quote is None or planned.timing is ChangeTiming.PERIOD_END:
        return True
    stripe: dict[str, Any] = intent.parameters["stripe"]
    return stripe == _change_parameters(row, planned)


def _chosen(change: _Change, planned: PlannedChange) -> dict[str, Any]:
    """What a change that was asked for consists of, beside its seats."""
    return {
        "price_id": str(planned.price.id),
        "keep_member_ids": [str(one) for one in planned.keep or ()],
        "return_url": change.return_url,
    }


def _seats_of(intent: Intent) -> int | None:
    stripe = intent.parameters["stripe"]
    seats: int | None = stripe.get("next_seats") or stripe["seats"]
    return seats


def _terms(row: Subscription) -> tuple[object, ...]:
    """What a quote depends on, of what others may change."""
    return (row.price_id, row.seats, row.status, row.current_period_end, tuple(row.discount_ids))


def _change_parameters(row: Subscription, planned: PlannedChange) -> dict[str, Any]:
    in_trial = row.status is SubscriptionStatus.TRIALING
    return {
        "subscription_id": row.stripe_subscription_id,
        "item_id": row.stripe_item_id,
        "price_id": planned.other_price_than(row),
        "seats": planned.seats,
        "proration_date": None if in_trial else int(planned.effective_at.timestamp()),
    }


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
    }
    return IdempotentCall(key, viewer.id, organization_id, "changePlan", given)
