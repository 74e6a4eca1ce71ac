"""Announcing a checkout: at once, or when the one that it replaces has ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from db import intents
from db.database import Transaction
from db.enums import IntentKind
from db.models import Intent
from services import audit
from services.actors import Actor
from services.clock import real_now
from services.global_ids import encode

CHECKOUT_LIFETIME = timedelta(hours=23)
"""Stripe allows 24 h; an hour is left for clocks that differ."""


def announce_checkout(
    transaction: Transaction,
    organization_id: UUID,
    *,
    parameters: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Intent:
    """The intent that opens a checkout, for `CHECKOUT_LIFETIME` from now. Wants the lock.

    `parameters` are the intent's, and its `id`, which the links of the checkout name.
    """
    intent_id, stripe = UUID(parameters["id"]), parameters["stripe"]
    audit.record(
        transaction,
        organization_id,
        actor=actor,
        action="checkout.opened",
        target=("BillingSession", intent_id),
        at=now,
        after={
            "priceId": encode("Price", UUID(parameters["price_id"])),
            "seats": stripe["seats"],
        },
    )
    expires_at = int((now + CHECKOUT_LIFETIME).timestamp())
    return intents.add(
        transaction,
        organization_id,
        intent_id=intent_id,
        kind=IntentKind.CREATE_CHECKOUT_SESSION,
        parameters={**parameters, "stripe": {**stripe, "expires_at": expires_at}},
        created_by=actor.user_id,
        now=now,
        attempted_at=real_now(),
    )
