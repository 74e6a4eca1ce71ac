"""Intents: every Stripe write is committed before it is sent, and ends exactly once (C2).

The idempotency key is the intent's id and the attempt. A lost answer is asked for again under the
same key. After a fault that Stripe has stored, or when Stripe may have forgotten the key (24 h), a
look-up decides whether the write was done; only if it was not, a new attempt is made.
"""

import asyncio
import random
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from db import intents, organizations
from db.database import Database, Transaction
from db.enums import IntentFailure, IntentKind, IntentStatus
from db.models import Intent
from services.actors import Actor
from services.clock import Clock, real_now
from services.deadlines import RETRY_AFTER_SECONDS
from services.refusals import BillingUnavailable
from services.settling import Settling
from services.stripe_gateway import (
    StripeBusyError,
    StripeGateway,
    StripeRefusedError,
    StripeUnavailableError,
)
from services.stripe_writes import STRIPE_WRITES

JOINING_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between looks at a write that another caller is sending under the same key."""
STRIPE_IS_DOWN = 3
"""So many intents without an answer say that the others will get none, either."""
KEY_LIFETIME = timedelta(hours=23)
"""Stripe keeps keys for at least 24 h; an hour is left for clocks that differ."""


class IntentService:
    """Announces, sends and settles Stripe writes."""

    def __init__(self, database: Database, gateway: StripeGateway, clock: Clock) -> None:
        self._database = database
        self._gateway = gateway
        self._clock = clock

    def announce(
        self,
        transaction: Transaction,
        organization_id: UUID,
        *,
        intent_id: UUID,
        kind: IntentKind,
        parameters: dict[str, Any],
        actor: Actor,
    ) -> Intent:
        """Write an intent down. It has to commit before `run`; wants the organization's lock."""
        return intents.add(
            transaction,
            organization_id,
            intent_id=intent_id,
            kind=kind,
            parameters=parameters,
            created_by=actor.user_id,
            now=self._clock.now(),
            attempted_at=real_now(),
        )

    async def run(self, intent: Intent) -> None:
        """Do what an open intent announces, or join whoever is doing it.

        Raises:
            BillingUnavailable: Stripe gave no usable answer; the intent stays open.
            StripeRefusedError: a definite no; the intent is closed.
        """
        for pause in JOINING_PAUSES:
            try:
                return await self._run_once(intent)
            except StripeBusyError:
                await asyncio.sleep(pause)
                intent = await self._current(intent)
                if intent.status is not IntentStatus.OPEN:
                    return _tell_its_end(intent)
        raise BillingUnavailable(RETRY_AFTER_SECONDS)

    async def _run_once(self, intent: Intent) -> None:
        write = STRIPE_WRITES[intent.kind]
        try:
            result = None
            if _in_doubt(intent):
                result = await write.look_up(self._gateway, intent)
                if result is None:
                    intent = await self._next_attempt(intent)
                    if intent.status is not IntentStatus.OPEN:
                        _tell_its_end(intent)
                        return
            if result is None:
                key = f"{intent.id}:{intent.attempt}"
                result = await write.send(self._gateway, intent, key=key)
        except StripeBusyError:
            raise
        except StripeUnavailableError as error:
            await self._keep_open(intent, error)
            raise BillingUnavailable(error.retry_after_seconds) from error
        except StripeRefusedError as error:
            await self._close_refused(intent, error)
            raise
        await self._settle(intent, result)

    async def run_left_open(self, *, older_than: timedelta, limit: int = 100) -> int:
        """Finish intents whose caller went away; how many were ended. For the worker.

        In no order: one that never gets an answer does not hold up the same others each time.
        """
        async with self._database.begin() as transaction:
            left = await intents.list_left_open(
                transaction, before=real_now() - older_than, limit=limit
            )
        random.shuffle(left)
        ended = unanswered = 0
        for intent in left:
            try:
                await self.run(intent)
            except BillingUnavailable:
                unanswered += 1
                if unanswered == STRIPE_IS_DOWN:
                    break
            except StripeRefusedError:
                ended += 1
            else:
                ended += 1
        return ended

    async def _current(self, intent: Intent) -> Intent:
        async with self._database.begin() as transaction:
            return await intents.get(transaction, intent.organization_id, intent.id)

    async def _next_attempt(self, intent: Intent) -> Intent:
        """Of several callers that find the same failure, one counts the attempt up.

        None does once it has ended: what a look-up did not find may have been changed again since.
        """
        async with self._database.begin() as transaction:
            await organizations.lock(transaction, intent.organization_id)
            row = await intents.get(transaction, intent.organization_id, intent.id)
            if row.status is IntentStatus.OPEN and row.attempt == intent.attempt:
                row.attempt += 1
                row.attempted_at = real_now()
                row.last_failure = None
            return row

    async def _keep_open(self, intent: Intent, error: StripeUnavailableError) -> None:
        if not error.outcome_unknown:
            return
        failure = IntentFailure.FAULT_STORED if error.stored else IntentFailure.ANSWER_LOST
        async with self._database.begin() as transaction:
            await organizations.lock(transaction, intent.organization_id)
            row = await intents.get(transaction, intent.organization_id, intent.id)
            if row.status is IntentStatus.OPEN and row.attempt == intent.attempt:
                row.last_failure = failure

    async def _close_refused(self, intent: Intent, error: StripeRefusedError) -> None:
        async with self._database.begin() as transaction:
            await organizations.lock(transaction, intent.organization_id)
            row = await intents.get(transaction, intent.organization_id, intent.id)
            if row.status is IntentStatus.OPEN:
                row.status = IntentStatus.REFUSED
                row.error = f"{error.code}: {error.message}"
                row.closed_at = self._clock.now()

    async def _settle(self, intent: Intent, result: Any) -> None:
        async with self._database.begin() as transaction:
            organization = await organizations.lock(transaction, intent.organization_id)
            assert organization is not None, "organizations are never deleted, only marked"
            now = self._clock.now()
            row = await intents.get(transaction, intent.organization_id, intent.id)
            if row.status is not IntentStatus.OPEN:
                return
            settling = Settling(transaction, organization, row, now)
            row.stripe_object_id = await STRIPE_WRITES[row.kind].settle(settling, result)
            row.status = IntentStatus.SUCCEEDED
            row.closed_at = now
            transaction.announce(intent.organization_id, "BILLING")


def _tell_its_end(intent: Intent) -> None:
    """Raise what Stripe said of an intent that somebody else has ended, if it was a no."""
    if intent.status is IntentStatus.REFUSED:
        code, _, message = (intent.error or "").partition(": ")
        raise StripeRefusedError(message, status=HTTPStatus.BAD_REQUEST, code=code)


def _in_doubt(intent: Intent) -> bool:
    """Whether the same key is no use: Stripe would replay a fault, or may not know it any more."""
    key_forgotten = intent.attempted_at <= real_now() - KEY_LIFETIME
    return key_forgotten or intent.last_failure is IntentFailure.FAULT_STORED
