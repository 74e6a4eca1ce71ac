"""Which webhooks are believed."""

import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import stripe as sdk

from services.stripe_gateway import InvalidWebhookError, StripeHTTPGateway

WEBHOOK_SECRETS = ("whsec_new", "whsec_old")


@pytest.fixture
async def gateway() -> AsyncIterator[StripeHTTPGateway]:
    gateway = StripeHTTPGateway("sk_test_1", webhook_secrets=WEBHOOK_SECRETS)
    yield gateway
    await gateway.aclose()


def event(about: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    about = about or {"id": "sub_1", "object": "subscription", "customer": "cus_1"}
    return {
        "id": "evt_1",
        "object": "event",
        "type": "customer.subscription.updated",
        "api_version": "2026-10-28.endive",
        "created": 1_700_000_000,
        "data": {"object": about},
        **changed,
    }


def signed(raw: bytes, *, secret: str = WEBHOOK_SECRETS[0], age: int = 0) -> str:
    at = int(time.time()) - age
    header: str = sdk.WebhookSignature.generate_signature_header(raw.decode(), secret, at)
    return header


def reason(gateway: StripeHTTPGateway, raw: bytes, signature: str | None) -> str:
    with pytest.raises(InvalidWebhookError) as raised:
        gateway.construct_event(raw, signature=signature)
    return raised.value.reason


@pytest.mark.parametrize("secret", WEBHOOK_SECRETS)
def test_a_signed_event_is_believed_under_any_secret(
    gateway: StripeHTTPGateway, secret: str
) -> None:
    raw = orjson.dumps(event())

    envelope = gateway.construct_event(raw, signature=signed(raw, secret=secret))

    assert (envelope.id, envelope.type) == ("evt_1", "customer.subscription.updated")
    assert envelope.created_at.timestamp() == 1_700_000_000
    assert (envelope.object_type, envelope.object_id) == ("subscription", "sub_1")
    assert envelope.customer_id == "cus_1"
    assert envelope.payload == event()


@pytest.mark.parametrize(
    ("about", "customer_id"),
    [
        ({"id": "cus_1", "object": "customer"}, "cus_1"),
        ({"id": "in_1", "object": "invoice", "customer": {"id": "cus_1"}}, "cus_1"),
        ({"id": "prod_1", "object": "product"}, None),
        ({"id": "x", "object": "x", "customer": None}, None),
    ],
)
def test_the_customer_is_found_wherever_it_stands(
    gateway: StripeHTTPGateway, about: dict[str, Any], customer_id: str | None
) -> None:
    raw = orjson.dumps(event(about))
    assert gateway.construct_event(raw, signature=signed(raw)).customer_id == customer_id


def test_events_of_other_versions_and_unknown_types_are_believed_too(
    gateway: StripeHTTPGateway,
) -> None:
    raw = orjson.dumps(event(api_version="2019-01-01", type="never.heard.of"))

    envelope = gateway.construct_event(raw, signature=signed(raw))

    assert (envelope.api_version, envelope.type) == ("2019-01-01", "never.heard.of")


def test_what_postgres_cannot_keep_is_read_as_the_replacement_character(
    gateway: StripeHTTPGateway,
) -> None:
    """Refused, the event would be delivered for three days, and then the endpoint be disabled."""
    about = {"id": "in_1\0", "object": "invoice", "customer": "cus_1", "memo": "a\0b\\u0000"}
    raw = orjson.dumps(event(about))

    envelope = gateway.construct_event(raw, signature=signed(raw))

    assert envelope.object_id == "in_1\ufffd"
    assert b"\\u0000" not in orjson.dumps(envelope.payload)


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "t=1", "v1=00", "t=now,v1=00", "t=x,v1=00", "t=1,v1=\u00e9"],
)
def test_a_wrong_signature_is_told(gateway: StripeHTTPGateway, signature: str) -> None:
    signature = signature.replace("now", str(int(time.time())))
    assert reason(gateway, orjson.dumps(event()), signature) == "the signature is wrong"


def test_a_signature_of_another_secret_or_body_is_wrong(gateway: StripeHTTPGateway) -> None:
    raw = orjson.dumps(event())
    assert reason(gateway, raw, signed(raw, secret="whsec_other")) == "the signature is wrong"
    assert reason(gateway, raw + b" ", signed(raw)) == "the signature is wrong"
    assert reason(gateway, b"\xff", signed(raw)) == "the signature is wrong"


def test_a_missing_signature_is_told(gateway: StripeHTTPGateway) -> None:
    assert reason(gateway, b"{}", None) == "the Stripe-Signature header is missing"


def test_an_old_signature_is_told(gateway: StripeHTTPGateway) -> None:
    raw = orjson.dumps(event())
    assert reason(gateway, raw, signed(raw, age=301)) == "the signature is older than 300 seconds"
    assert gateway.construct_event(raw, signature=signed(raw, age=290)).id == "evt_1"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        orjson.dumps(event(object="v2.core.event")),
        orjson.dumps(event(id=7)),
        orjson.dumps(event(created="yesterday")),
        orjson.dumps(event(data={})),
    ],
)
def test_a_signed_body_that_is_no_event_is_told(gateway: StripeHTTPGateway, raw: bytes) -> None:
    assert reason(gateway, raw, signed(raw)) == "the body is not a Stripe event"


async def test_nothing_is_believed_without_a_secret() -> None:
    gateway = StripeHTTPGateway("sk_test_1")
    raw = orjson.dumps(event())
    assert reason(gateway, raw, signed(raw, secret="")) == "no webhook secret is configured"
    await gateway.aclose()
