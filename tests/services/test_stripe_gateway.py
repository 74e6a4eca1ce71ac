"""What is sent to Stripe, and how its answers are read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe as sdk

from db.enums import BillingInterval, BillingSessionStatus, SubscriptionStatus
from services.stripe_gateway import StripeHTTPGateway
from services.stripe_gateway.connection import API_VERSION
from tests.services.scripted_stripe import ScriptedStripe, checkout_session, page, subscription

PRODUCT: dict[str, Any] = {
    "id": "seatwise_pro",
    "object": "product",
    "name": "Pro",
    "description": None,
    "active": True,
    "metadata": {},
}
PRICE = {
    "id": "price_1",
    "object": "price",
    "product": "seatwise_pro",
    "active": True,
    "currency": "usd",
    "unit_amount": 2500,
    "recurring": {"interval": "month", "interval_count": 1},
    "lookup_key": "seatwise_pro_monthly_usd",
    "metadata": {"seatwise_plan": "PRO"},
}
CHECKOUT: dict[str, Any] = {
    "customer_id": "cus_1",
    "price_id": "price_1",
    "seats": 5,
    "success_url": "https://app.test/back?paid=1",
    "cancel_url": "https://app.test/back",
    "expires_at": 1_700_003_600,
    "trial_days": 0,
    "client_reference_id": "o1",
    "metadata": {"intent_id": "i1"},
}
WRITES: list[tuple[str, dict[str, Any], Any]] = [
    ("create_customer", {"name": "A", "email": None, "metadata": {"intent_id": "i1"}}, PRODUCT),
    ("update_customer", {"customer_id": "cus_1", "name": "A", "email": None}, PRODUCT),
    ("create_checkout_session", CHECKOUT, checkout_session()),
    ("expire_checkout_session", {"session_id": "cs_1"}, checkout_session(status="expired")),
    (
        "create_portal_session",
        {"customer_id": "cus_1", "return_url": "https://app.test"},
        {"id": "bps_1", "object": "billing_portal.session", "url": "https://billing.test"},
    ),
    (
        "create_product",
        {"product_id": "p", "name": "Pro", "description": "d", "metadata": {}},
        PRODUCT,
    ),
    ("update_product", {"product_id": "p", "name": "Pro", "description": "d"}, PRODUCT),
    ("archive_product", {"product_id": "p"}, PRODUCT),
    (
        "create_price",
        {
            "product_id": "p",
            "currency": "usd",
            "unit_amount": 2500,
            "interval": BillingInterval.MONTHLY,
            "lookup_key": "k",
            "metadata": {},
        },
        PRICE,
    ),
    ("restore_price", {"price_id": "price_1", "lookup_key": "k"}, PRICE),
    ("archive_price", {"price_id": "price_1"}, PRICE),
]


def test_the_pinned_version_is_the_one_that_the_sdk_describes() -> None:
    client = sdk.StripeClient("sk_test_1")
    assert client._requestor._options.stripe_version == API_VERSION


@pytest.mark.parametrize(("method", "parameters", "answer"), WRITES, ids=[w[0] for w in WRITES])
async def test_a_write_repeats_word_for_word_from_its_stored_parameters(
    stripe: ScriptedStripe,
    gateway: StripeHTTPGateway,
    method: str,
    parameters: dict[str, Any],
    answer: Any,
) -> None:
    for stored in (parameters, json.loads(json.dumps(parameters))):
        stripe.will_answer(answer)
        await getattr(gateway, method)(**stored, idempotency_key="i1:1")

    first, second = stripe.asked
    assert (first.method, first.path) == (second.method, second.path)
    assert first.parameters == second.parameters
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "i1:1"
    assert first.headers["stripe-version"] == API_VERSION
    assert first.headers["authorization"] == "Bearer sk_test_1"


async def test_a_checkout_sells_the_chosen_seats_as_a_subscription(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(checkout_session())

    session = await gateway.create_checkout_session(**CHECKOUT, idempotency_key="i1:1")

    assert (session.id, session.status) == ("cs_1", BillingSessionStatus.OPEN)
    assert session.expires_at == datetime(2023, 11, 14, 23, 13, 20, tzinfo=UTC)
    assert stripe.asked[0].parameters == {
        "mode": "subscription",
        "customer": "cus_1",
        "client_reference_id": "o1",
        "line_items[0][price]": "price_1",
        "line_items[0][quantity]": "5",
        "subscription_data[metadata][intent_id]": "i1",
        "subscription_data[billing_mode][type]": "flexible",
        "success_url": "https://app.test/back?paid=1",
        "cancel_url": "https://app.test/back",
        "expires_at": "1700003600",
        "metadata[intent_id]": "i1",
        "allow_promotion_codes": "true",
    }


async def test_a_promotion_code_is_applied_instead_of_asked_for(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(checkout_session())
    with_code = {**CHECKOUT, "promotion_code_id": "promo_1", "collects_tax": True}

    await gateway.create_checkout_session(**with_code, idempotency_key="i1:1")

    sent = stripe.asked[0].parameters
    assert sent["discounts[0][promotion_code]"] == "promo_1"
    assert "allow_promotion_codes" not in sent
    assert sent["automatic_tax[enabled]"] == sent["tax_id_collection[enabled]"] == "true"
    assert sent["billing_address_collection"] == "required"


async def test_a_trial_is_asked_for_only_where_there_is_one(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(checkout_session())
    with_trial = {**CHECKOUT, "trial_days": 14}

    await gateway.create_checkout_session(**with_trial, idempotency_key="i1:1")

    assert stripe.asked[0].parameters["subscription_data[trial_period_days]"] == "14"


async def test_a_customer_without_address_gets_none_and_may_lose_it(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer({"id": "cus_1", "object": "customer"})
    stripe.will_answer({"id": "cus_1", "object": "customer"})

    customer_id = await gateway.create_customer(
        name="Acme", email=None, metadata={}, idempotency_key="i1:1"
    )
    await gateway.update_customer(
        customer_id=customer_id, name="Acme", email=None, idempotency_key="i2:1"
    )

    assert "email" not in stripe.asked[0].parameters
    assert stripe.asked[1].parameters["email"] == ""


async def test_a_customer_is_found_by_the_intent_that_made_it_on_any_page(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(
        page({"id": "cus_2", "object": "customer", "metadata": {"intent_id": "other"}})
        | {"has_more": True, "url": "/v1/customers"}
    )
    stripe.will_answer(page({"id": "cus_1", "object": "customer", "metadata": {"intent_id": "i1"}}))

    found = await gateway.find_customer(
        intent_id="i1", created_after=datetime.fromtimestamp(1_700_000_000, UTC)
    )

    assert found == "cus_1"
    assert stripe.asked[0].parameters["created[gte]"] == "1699999700"
    assert stripe.asked[1].parameters["starting_after"] == "cus_2"


async def test_nothing_is_found_where_no_write_was_done(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(page())
    stripe.will_answer(page(checkout_session()))

    assert await gateway.find_customer(intent_id="i1", created_after=datetime.now(UTC)) is None
    assert await gateway.find_checkout_session("cus_1", intent_id="i2") is None


async def test_a_subscription_is_read_with_its_item(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    stripe.will_answer(page(subscription()))

    (found,) = await gateway.list_subscriptions("cus_1")

    assert stripe.asked[0].parameters["status"] == "all"
    assert found.status is SubscriptionStatus.ACTIVE
    assert (found.stripe_price_id, found.stripe_product_id) == ("price_1", "seatwise_pro")
    assert (found.unit_amount, found.currency, found.quantity) == (24000, "usd", 5)
    assert found.interval is BillingInterval.ANNUAL
    assert found.began_at == datetime.fromtimestamp(1_690_000_000, UTC)
    assert found.current_period_end == datetime.fromtimestamp(1_731_622_400, UTC)
    assert found.metadata == {"organization_id": "o1"}
    assert (found.ends_at, found.ended_at, found.trial_ends_at) == (None, None, None)


async def test_of_several_items_ours_is_the_one_that_counts(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    """Stripe promises no order of them."""
    ours = subscription()["items"]["data"][0]
    price = {**ours["price"], "id": "price_support", "product": "prod_support"}
    addon = {**ours, "id": "si_support", "price": price, "quantity": 1}
    stripe.will_answer(subscription(items=page(addon, ours)))

    found = await gateway.get_subscription("sub_1")

    assert found is not None
    assert (found.item_id, found.stripe_product_id, found.quantity) == ("si_1", "seatwise_pro", 5)


@pytest.mark.parametrize(
    ("said", "ends_at"),
    [
        ({"cancel_at_period_end": True}, 1_731_622_400),
        ({"cancel_at": 1_710_000_000}, 1_710_000_000),
        ({"cancel_at": 1_710_000_000, "cancel_at_period_end": True}, 1_710_000_000),
        ({"cancel_at": 1_710_000_000, "status": "canceled", "ended_at": 1_710_000_000}, None),
    ],
)
async def test_a_cancellation_is_scheduled_by_either_field_until_it_has_ended(
    stripe: ScriptedStripe,
    gateway: StripeHTTPGateway,
    said: dict[str, Any],
    ends_at: int | None,
) -> None:
    stripe.will_answer(page(subscription(**said)))

    (found,) = await gateway.list_subscriptions("cus_1")

    assert found.ends_at == (datetime.fromtimestamp(ends_at, UTC) if ends_at else None)


@pytest.mark.parametrize("status", list(SubscriptionStatus))
async def test_every_status_is_known(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway, status: SubscriptionStatus
) -> None:
    stripe.will_answer(page(subscription(status=status.lower())))
    (found,) = await gateway.list_subscriptions("cus_1")
    assert found.status is status


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("open", BillingSessionStatus.OPEN),
        ("complete", BillingSessionStatus.COMPLETED),
        ("expired", BillingSessionStatus.EXPIRED),
    ],
)
async def test_a_checkout_is_read(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway, status: str, ours: BillingSessionStatus
) -> None:
    stripe.will_answer(checkout_session(status=status, subscription="sub_1", url=None))

    session = await gateway.get_checkout_session("cs_1")

    assert session is not None
    assert (session.status, session.subscription_id, session.url) == (ours, "sub_1", None)


async def test_what_our_catalogue_never_makes_reads_as_none(
    stripe: ScriptedStripe, gateway: StripeHTTPGateway
) -> None:
    weekly = PRICE | {"recurring": {"interval": "week", "interval_count": 1}, "unit_amount": None}
    stripe.will_answer(page(weekly, PRICE | {"recurring": None}))

    found = await gateway.list_prices("seatwise_pro")

    assert [(price.interval, price.unit_amount) for price in found] == [(None, None), (None, 2500)]
