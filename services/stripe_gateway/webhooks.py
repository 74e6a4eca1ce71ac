"""Webhooks: believed only with a signature over the raw body that is ours and recent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import orjson
import stripe
from pydantic import BaseModel, ValidationError

from services.stripe_gateway.errors import InvalidWebhookError
from services.stripe_gateway.objects import StripeEventEnvelope

TOLERANCE_SECONDS = stripe.Webhook.DEFAULT_TOLERANCE
"""How old a signature may be: a recorded delivery cannot be played again later."""


_NUL, _INSTEAD = rb"\u0000", rb"\ufffd"
"""Postgres keeps no U+0000, and Stripe would deliver the event for days."""


class _EventData(BaseModel):
    object: dict[str, Any]
    previous_attributes: dict[str, Any] = {}


class _Event(BaseModel):
    """What every snapshot event has; thin events (`v2.core.event`) are not subscribed to."""

    object: Literal["event"]
    id: str
    type: str
    api_version: str | None = None
    created: datetime
    data: _EventData


def verify(raw: bytes, *, signature: str | None, secrets: Sequence[str]) -> None:
    """Raise `InvalidWebhookError` unless one of the secrets has signed the body, lately.

    Several secrets are believed, so that one can be replaced without losing an event.
    """
    if not secrets:
        raise InvalidWebhookError("no webhook secret is configured")
    if signature is None:
        raise InvalidWebhookError("the Stripe-Signature header is missing")
    signers = [
        secret for secret in secrets if _is_signed(raw, signature, secret=secret, tolerance=None)
    ]
    if not signers:
        raise InvalidWebhookError("the signature is wrong")
    if not _is_signed(raw, signature, secret=signers[0], tolerance=TOLERANCE_SECONDS):
        raise InvalidWebhookError(f"the signature is older than {TOLERANCE_SECONDS} seconds")


def read_event(raw: bytes) -> StripeEventEnvelope:
    """The event in a verified body; raises `InvalidWebhookError` where there is none."""
    try:
        payload = orjson.loads(raw.replace(_NUL, _INSTEAD))
        event = _Event.model_validate(payload)
    except (orjson.JSONDecodeError, ValidationError) as error:
        raise InvalidWebhookError("the body is not a Stripe event") from error
    about = event.data.object
    return StripeEventEnvelope(
        id=event.id,
        type=event.type,
        api_version=event.api_version,
        created_at=event.created,
        object_id=_text(about.get("id")),
        object_type=_text(about.get("object")),
        customer_id=_customer_of(about) or _customer_of(event.data.previous_attributes),
        payload=payload,
    )


def _is_signed(raw: bytes, signature: str, *, secret: str, tolerance: int | None) -> bool:
    if not signature.isascii():
        return False  # the SDK's comparison raises TypeError on it
    try:
        stripe.WebhookSignature.verify_header(raw, signature, secret, tolerance)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


def _customer_of(about: dict[str, Any]) -> str | None:
    if about.get("object") == "customer":
        return _text(about.get("id"))
    customer = about.get("customer")
    return _text(customer.get("id")) if isinstance(customer, dict) else _text(customer)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
