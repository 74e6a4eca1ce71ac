"""Letting a subscription end, undoing that, and calling off a pending change (B5-B7)."""

from typing import Any
from uuid import UUID

from db import intents, invoices
from db.database import Transaction
from db.enums import DEAD, CancellationFeedback, IntentKind, SubscriptionStatus
from db.models import Intent, Subscription
from services.actors import Actor
from services.billing_steps import BillingCall, BillingSteps, Finished, Standing, record
from services.permissions import OrganizationAction
from services.refusals import InvalidInput
from services.views import UserView

ENDS_AT_ONCE = frozenset(
    {SubscriptionStatus.UNPAID, SubscriptionStatus.PAUSED, SubscriptionStatus.INCOMPLETE}
)
"""Statuses without a paid period to wait for; what is open is voided (B5)."""
LONGEST_COMMENT = 1_000


class CancellationService:
    """Each does nothing when it was done before."""

    def __init__(self, steps: BillingSteps) -> None:
        self._steps = steps

    async def cancel(
        self,
        organization_id: UUID,
        *,
        feedback: CancellationFeedback | None = None,
        comment: str | None = None,
        viewer: UserView,
        actor: Actor,
    ) -> None:
        """Let the subscription end with its paid period; an unpaid one ends at once.

        A pending change is called off (B7).
        """
        if comment is not None and not 1 <= len(comment) <= LONGEST_COMMENT:
            raise InvalidInput("comment", f"has to have 1 to {LONGEST_COMMENT} characters")
        call = BillingCall(organization_id, OrganizationAction.CANCEL_SUBSCRIPTION, viewer, actor)
        why = {"feedback": feedback, "comment": comment}

        async def decide(standing: Standing) -> Intent | Finished[None]:
            current = standing.current
            if current and await ended_by_us(standing.acting.transaction, current):
                return await self._void_next(standing, current) or Finished(None)
            standing.require(call.action)
            return self._next_of_cancelling(standing, call, why)

        await self._steps.carry_out(call, decide)

    def _next_of_cancelling(
        self, standing: Standing, call: BillingCall, why: dict[str, Any]
    ) -> Intent | Finished[None]:
        row = standing.subscription
        ends_at_once = row.status in ENDS_AT_ONCE
        if call.ours is not None or (row.ends_at is not None and not ends_at_once):
            return Finished(None)
        if step := self._steps.call_off(standing):
            return step
        parameters = {"subscription_id": row.stripe_subscription_id}
        if ends_at_once:
            kind = IntentKind.CANCEL_SUBSCRIPTION
        else:
            kind = IntentKind.CANCEL_AT_PERIOD_END
            parameters |= why
        record(standing, "subscription.cancel_requested", after=why)
        step = self._steps.announce(standing, kind, parameters)
        call.ours = step.id
        return step

    async def _void_next(self, standing: Standing, current: Subscription) -> Intent | None:
        owed = await invoices.get_oldest_open(
            standing.acting.transaction,
            current.organization_id,
            stripe_subscription_id=current.stripe_subscription_id,
        )
        if owed is None:
            return None
        parameters = {"invoice_id": owed.stripe_invoice_id}
        return self._steps.announce(standing, IntentKind.VOID_INVOICE, parameters)

    async def resume(self, organization_id: UUID, *, viewer: UserView, actor: Actor) -> None:
        """Undo a cancellation, made here or at Stripe, while the period lasts."""
        call = BillingCall(organization_id, OrganizationAction.RESUME_SUBSCRIPTION, viewer, actor)

        async def decide(standing: Standing) -> Intent | Finished[None]:
            if call.has_done(IntentKind.RESUME_SUBSCRIPTION):
                return Finished(None)
            standing.require(call.action)
            row = standing.subscription
            parameters = {
                "subscription_id": row.stripe_subscription_id,
                "cancels_at_period_end": row.cancels_at_period_end,
            }
            record(standing, "subscription.resume_requested")
            step = self._steps.announce(standing, IntentKind.RESUME_SUBSCRIPTION, parameters)
            call.ours = step.id
            return step

        await self._steps.carry_out(call, decide)

    async def call_off_change(
        self, organization_id: UUID, *, viewer: UserView, actor: Actor
    ) -> None:
        """Call off the change that waits for the end of the period, or for its payment."""
        call = BillingCall(organization_id, OrganizationAction.CANCEL_PENDING_CHANGE, viewer, actor)

        async def decide(standing: Standing) -> Intent | Finished[None]:
            if call.has_done(IntentKind.RELEASE_SCHEDULE, IntentKind.VOID_INVOICE):
                return Finished(None)
            standing.require(call.action)
            step = self._steps.call_off(standing)
            assert step is not None, "what is pending has an invoice or a schedule"
            record(standing, "subscription.change_called_off")
            call.ours = step.id
            return step

        await self._steps.carry_out(call, decide)


async def ended_by_us(transaction: Transaction, current: Subscription) -> bool:
    """Whether a cancellation of ours has ended the subscription at once: then what it owes is
    voided, and not before, as a subscription whose invoice is void would be active again.
    """
    return current.status in DEAD and await intents.was_done(
        transaction,
        current.organization_id,
        kind=IntentKind.CANCEL_SUBSCRIPTION,
        subscription_id=current.stripe_subscription_id,
    )
