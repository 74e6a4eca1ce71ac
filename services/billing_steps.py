"""How a mutation of billing gets to its end: step by step, each decided anew under the lock.

Stripe is called between the steps only (C3), and every write is an intent (C2). So a call that died
anywhere is carried on by the next one, whoever makes it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from db import intents, subscriptions
from db.enums import DEAD, IntentKind
from db.ids import new_id
from db.models import Intent, Subscription
from services import audit
from services.acting import Acting, Acts
from services.actors import Actor
from services.deadlines import answering_in_time
from services.intents import IntentService
from services.permissions import OrganizationAction, subscription_refusal
from services.refusals import BillingUnavailable
from services.stripe_gateway import StripeRefusedError, StripeUnavailableError
from services.subscription_views import subscription_view
from services.subscription_writes import SUBSCRIPTION_WRITES
from services.sync import SyncService
from services.views import UserView

MOST_STEPS = 16
"""What others left open, what is superseded, two writes of our own, and a sync after each."""
KINDS = (*SUBSCRIPTION_WRITES, IntentKind.CANCEL_SUBSCRIPTION)

T = TypeVar("T")


@dataclass(slots=True)
class BillingCall:
    """One call of a mutation, through its steps."""

    organization_id: UUID
    action: OrganizationAction
    viewer: UserView
    actor: Actor
    synced: bool = False
    """Nothing was written since Stripe was asked how things stand."""
    refused: bool = False
    """Stripe has refused a write of this call: once may be a race, twice is an answer."""
    ours: UUID | None = None
    """The write in which the call consists, once it is announced."""
    joined: Intent | None = None
    """The last write of somebody else's that this call has finished."""

    def has_done(self, *kinds: IntentKind) -> bool:
        """Whether such a write was done in this call: its own, or one that it found begun."""
        return self.ours is not None or (self.joined is not None and self.joined.kind in kinds)


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """There is nothing more to write."""

    value: T


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand, under the lock. `current` is the subscription that counts, even ended."""

    acting: Acting
    current: Subscription | None

    @property
    def row(self) -> Subscription | None:
        """The living subscription."""
        return self.current if self.current and self.current.status not in DEAD else None

    @property
    def subscription(self) -> Subscription:
        """The living subscription; `require` comes before."""
        assert self.row is not None, "`require` raises without one"
        return self.row

    def require(self, action: OrganizationAction) -> None:
        """Raise the refusal that the subscription, as it stands, calls for."""
        living = subscription_view(self.row, self.acting.snapshot) if self.row else None
        if refusal := subscription_refusal(action, living):
            raise refusal


Decide = Callable[[Standing], Awaitable[Intent | Finished[T]]]


class BillingSteps:
    """Carries a call out."""

    def __init__(
        self,
        acts: Acts,
        intent_service: IntentService,
        sync_service: SyncService,
        *,
        deadline: timedelta,
    ) -> None:
        self._acts = acts
        self._intents = intent_service
        self._sync = sync_service
        self._deadline = deadline.total_seconds()

    async def carry_out(self, call: BillingCall, decide: Decide[T]) -> T:
        """Ask Stripe, decide, write, and again, until `decide` says that it is finished."""
        async with answering_in_time(self._deadline):
            for _ in range(MOST_STEPS):
                step = await self._next_step(call, decide)
                if isinstance(step, Finished):
                    return step.value
                if step is not None:
                    await self._write(call, step)
                else:
                    await self._ask_stripe(call)
        raise BillingUnavailable(retry_after_seconds=2)

    async def _next_step(self, call: BillingCall, decide: Decide[T]) -> Intent | Finished[T] | None:
        """The write to do next; or the end; or None: ask Stripe first."""
        async with self._acts.begin(
            call.organization_id, call.action, viewer=call.viewer, actor=call.actor
        ) as acting:
            left_open = await intents.get_open(
                acting.transaction, call.organization_id, kinds=KINDS
            )
            if left_open is not None:
                return left_open
            if not call.synced:
                return None
            current = await subscriptions.get_current(acting.transaction, call.organization_id)
            return await decide(Standing(acting, current))

    async def _write(self, call: BillingCall, step: Intent) -> None:
        call.synced = False
        try:
            await self._intents.run(step)
        except StripeRefusedError:
            # An invoice may just have been paid, a schedule be gone: what Stripe says now decides.
            if step.id == call.ours:
                call.ours = None
            if call.refused:
                raise
            call.refused = True
            return
        if step.id != call.ours:
            call.joined = step

    async def _ask_stripe(self, call: BillingCall) -> None:
        """After our own write its answer stands, even if Stripe tells nothing more just then."""
        try:
            await self._sync.sync(call.organization_id)
        except (StripeUnavailableError, StripeRefusedError):
            if call.ours is None:
                raise
        call.synced = True

    def announce(
        self,
        standing: Standing,
        kind: IntentKind,
        parameters: dict[str, Any],
        *,
        intent_id: UUID | None = None,
    ) -> Intent:
        """The next write of a subscription, in its caller's name."""
        return self._intents.announce(
            standing.acting.transaction,
            standing.acting.organization.id,
            intent_id=intent_id or new_id(),
            kind=kind,
            parameters=parameters,
            actor=standing.acting.actor,
        )

    def call_off(self, standing: Standing) -> Intent | None:
        """The write that drops what is pending or planned; None when there is nothing."""
        row = standing.subscription
        if row.pending_stripe_invoice_id is not None:
            parameters = {"invoice_id": row.pending_stripe_invoice_id}
            return self.announce(standing, IntentKind.VOID_INVOICE, parameters)
        if row.stripe_schedule_id is not None:
            parameters = {"schedule_id": row.stripe_schedule_id}
            return self.announce(standing, IntentKind.RELEASE_SCHEDULE, parameters)
        return None


def record(standing: Standing, action: str, *, after: dict[str, Any] | None = None) -> None:
    """Write down what somebody wants of the subscription; `sync` tells what came of it (C5)."""
    acting = standing.acting
    audit.record(
        acting.transaction,
        acting.organization.id,
        actor=acting.actor,
        action=action,
        target=("Subscription", standing.subscription.id),
        at=acting.now,
        after=after,
    )
