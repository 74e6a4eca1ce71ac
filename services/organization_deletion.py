"""Deleting an organization: what it pays ends first, at once and without refund (B9)."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from db import (
    billing_sessions,
    intents,
    invitations,
    invoices,
    members,
    organizations,
    seats,
    subscriptions,
)
from db.enums import DEAD, IntentKind, SeatEnding
from db.ids import new_id
from db.models import Intent, Subscription
from services.acting import Acting, Acts
from services.actors import Actor
from services.cancellations import ended_by_us
from services.deadlines import answering_in_time
from services.intents import IntentService
from services.permissions import OrganizationAction
from services.refusals import BillingUnavailable, InvalidInput
from services.stripe_gateway import StripeRefusedError
from services.sync import SyncService
from services.views import UserView

MOST_STEPS = 16
"""What others left open, a checkout, several subscriptions, what is owed, a sync after each."""


@dataclass(slots=True)
class _Deletion:
    """One call of `delete`, through its steps. `synced`: nothing changed since Stripe was asked.

    `refused`: the writes, by what they ask for, that Stripe has refused in this call.
    """

    organization_id: UUID
    name: str
    viewer: UserView
    actor: Actor
    synced: bool = False
    done: bool = False
    refused: set[str] = field(default_factory=set)


class OrganizationDeletionService:
    """Each step looks at the state anew, so that a call carries on what another one began."""

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

    async def delete(
        self, organization_id: UUID, *, name: str, viewer: UserView, actor: Actor
    ) -> None:
        """Delete the organization whose name was typed; `BillingUnavailable` while it still pays.

        The row and the audit log stay, the name stays taken; every seat, invitation and
        membership ends.
        """
        deletion = _Deletion(organization_id, name, viewer, actor)
        async with answering_in_time(self._deadline):
            for _ in range(MOST_STEPS):
                step = await self._next_step(deletion)
                if deletion.done:
                    return
                await self._take(step, deletion)
        raise BillingUnavailable(retry_after_seconds=2)

    async def _take(self, step: Intent | None, deletion: _Deletion) -> None:
        """Do the write, if there is one; then Stripe is asked how things stand.

        It decides also after a refusal: a checkout that was paid cannot expire, and what has ended
        cannot be cancelled. Of the same write twice, it is an answer.
        """
        deletion.synced = False
        if step is not None:
            try:
                await self._intents.run(step)
            except StripeRefusedError:
                wanted = f"{step.kind} {step.parameters}"
                if wanted in deletion.refused:
                    raise
                deletion.refused.add(wanted)
        await self._sync.sync(deletion.organization_id)
        deletion.synced = True

    async def _next_step(self, deletion: _Deletion) -> Intent | None:
        """The write to do next; or None: ask Stripe first, unless the deletion is done."""
        async with self._acts.begin(
            deletion.organization_id,
            OrganizationAction.DELETE_ORGANIZATION,
            viewer=deletion.viewer,
            actor=deletion.actor,
        ) as acting:
            if deletion.name != acting.organization.name:
                raise InvalidInput("name", "is not the name of this organization")
            if step := await self._write_to_do(acting):
                return step
            if acting.organization.stripe_customer_id is None or deletion.synced:
                await _delete(acting)
                deletion.done = True
            return None

    async def _write_to_do(self, acting: Acting) -> Intent | None:
        """What others left open comes first; then nobody may pay any more; then the end."""
        organization_id = acting.organization.id
        left_open = await intents.get_open(
            acting.transaction, organization_id, kinds=tuple(IntentKind)
        )
        if left_open is not None:
            return left_open
        checkout = await billing_sessions.get_open_checkout(acting.transaction, organization_id)
        if checkout is not None:
            parameters = {"session_id": checkout.stripe_session_id}
            return self._announce(acting, IntentKind.EXPIRE_CHECKOUT_SESSION, parameters)
        current = await subscriptions.get_current(acting.transaction, organization_id)
        return await self._end(acting, current) if current is not None else None

    async def _end(self, acting: Acting, current: Subscription) -> Intent | None:
        """It is cancelled, and nobody could see any more what it still owes."""
        subscription_id = current.stripe_subscription_id
        if current.status not in DEAD:
            parameters = {"subscription_id": subscription_id}
            return self._announce(acting, IntentKind.CANCEL_SUBSCRIPTION, parameters)
        if not await ended_by_us(acting.transaction, current):
            return None
        owed = await invoices.get_oldest_open(
            acting.transaction, current.organization_id, stripe_subscription_id=subscription_id
        )
        if owed is None:
            return None
        parameters = {"invoice_id": owed.stripe_invoice_id}
        return self._announce(acting, IntentKind.VOID_INVOICE, parameters)

    def _announce(self, acting: Acting, kind: IntentKind, parameters: dict[str, str]) -> Intent:
        return self._intents.announce(
            acting.transaction,
            acting.organization.id,
            intent_id=new_id(),
            kind=kind,
            parameters=dict(parameters),
            actor=acting.actor,
        )


async def _delete(acting: Acting) -> None:
    transaction, organization, now = acting.transaction, acting.organization, acting.now
    await acting.open_ledger()
    await seats.close_all(
        transaction, organization.id, reason=SeatEnding.ORGANIZATION_DELETED, now=now
    )
    await invitations.cancel_all(transaction, organization.id, now=now)
    await members.remove_all(transaction, organization.id, now=now)
    await organizations.delete(transaction, organization.id, now=now)
    before = {"name": organization.name, "displayName": organization.display_name}
    acting.record("organization.deleted", organization, before=before)
    acting.announce("ORGANIZATION", "MEMBERS", "SEATS", "INVITATIONS")
