"""The gateway against the sandbox, which checks every request by the SDK's own types."""

import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from db.enums import BillingInterval, BillingSessionStatus, SubscriptionStatus
from services.stripe_gateway import (
    CheckoutSession,
    StripeGateway,
    StripeHTTPGateway,
    StripeMissingError,
    StripeRefusedError,
)

GOOD_CARD = "4242424242424242"


@pytest.fixture
def api_key() -> str:
    return f"sk_test_{secrets.token_hex(12)}"


@pytest.fixture
async def account(sandbox_process: str, api_key: str) -> AsyncIterator[StripeGateway]:
    gateway = StripeHTTPGateway(api_key, base_url=sandbox_process)
    yield gateway
    await gateway.aclose()


@pytest.fixture
async def customer_id(account: StripeGateway) -> str:
    return await account.create_customer(
        name="Acme",
        email="billing@acme.test",
        metadata={"intent_id": "customer"},
        idempotency_key="customer:1",
    )


@pytest.fixture
async def price_id(account: StripeGateway) -> str:
    await account.create_product(
        product_id="seatwise_pro",
        name="Pro",
        description="Together.",
        metadata={},
        idempotency_key="product",
    )
    price = await account.create_price(
        product_id="seatwise_pro",
        currency="usd",
        unit_amount=24000,
        interval=BillingInterval.ANNUAL,
        lookup_key="seatwise_pro_annual_usd",
        metadata={},
        idempotency_key="price",
    )
    return price.id


@pytest.fixture
def choice(customer_id: str, price_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "price_id": price_id,
        "seats": 5,
        "success_url": "https://app.test/back",
        "cancel_url": "https://app.test/back",
        "expires_at": int(time.time()) + 3600,
        "trial_days": 0,
        "client_reference_id": "acme",
        "metadata": {"intent_id": "checkout", "organization_id": "acme"},
    }


@pytest.fixture
async def checkout(account: StripeGateway, choice: dict[str, Any]) -> CheckoutSession:
    return await account.create_checkout_session(**choice, idempotency_key="checkout:1")


async def test_writes_are_found_by_their_intent(
    account: StripeGateway, customer_id: str, checkout: CheckoutSession
) -> None:
    just_now = datetime.now(UTC) - timedelta(seconds=30)
    assert await account.find_customer(intent_id="customer", created_after=just_now) == customer_id
    assert await account.find_customer(intent_id="other", created_after=just_now) is None
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await account.find_customer(intent_id="customer", created_after=tomorrow) is None
    assert await account.find_checkout_session(customer_id, intent_id="checkout") == checkout
    assert await account.find_checkout_session(customer_id, intent_id="other") is None


async def test_the_same_key_does_it_once_and_other_parameters_are_refused(
    account: StripeGateway, choice: dict[str, Any], checkout: CheckoutSession
) -> None:
    again = await account.create_checkout_session(**choice, idempotency_key="checkout:1")
    assert again == checkout

    with pytest.raises(StripeRefusedError) as raised:
        await account.create_checkout_session(**choice | {"seats": 6}, idempotency_key="checkout:1")
    assert raised.value.code == "idempotency_error"


async def test_what_was_paid_is_a_subscription_of_the_customer(
    account: StripeGateway,
    sandbox_process: str,
    api_key: str,
    choice: dict[str, Any],
    checkout: CheckoutSession,
) -> None:
    customer_id = choice["customer_id"]
    assert await account.list_subscriptions(customer_id) == ()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {api_key}"}) as person:
        paid = await person.post(
            f"{sandbox_process}/_control/checkout/{checkout.id}/complete",
            json={"card": GOOD_CARD},
        )
    assert paid.status_code == 200, paid.text

    (subscription,) = await account.list_subscriptions(customer_id)

    assert subscription.status is SubscriptionStatus.ACTIVE
    assert (subscription.customer_id, subscription.quantity) == (customer_id, 5)
    assert (subscription.stripe_price_id, subscription.unit_amount) == (choice["price_id"], 24000)
    assert subscription.interval is BillingInterval.ANNUAL
    assert subscription.metadata == {"intent_id": "checkout", "organization_id": "acme"}
    assert subscription.began_at == subscription.current_period_start
    length = subscription.current_period_end - subscription.current_period_start
    assert length.days in {365, 366}
    session = await account.get_checkout_session(checkout.id)
    assert session is not None
    assert session.status is BillingSessionStatus.COMPLETED
    assert session.subscription_id == subscription.id


async def test_an_open_checkout_can_be_closed_once(
    account: StripeGateway, checkout: CheckoutSession
) -> None:
    closed = await account.expire_checkout_session(
        session_id=checkout.id, idempotency_key="expire:1"
    )
    assert closed.status is BillingSessionStatus.EXPIRED

    with pytest.raises(StripeRefusedError):
        await account.expire_checkout_session(session_id=checkout.id, idempotency_key="expire:2")


async def test_a_trial_comes_with_the_checkout(
    account: StripeGateway, choice: dict[str, Any]
) -> None:
    session = await account.create_checkout_session(
        **choice | {"trial_days": 14}, idempotency_key="checkout:1"
    )
    assert session.status is BillingSessionStatus.OPEN


async def test_the_portal_opens_for_a_customer_and_for_nobody_else(
    account: StripeGateway, customer_id: str
) -> None:
    visit = {"return_url": "https://app.test", "idempotency_key": "portal:1"}
    session = await account.create_portal_session(customer_id=customer_id, **visit)
    assert session.url.startswith("http")

    with pytest.raises(StripeMissingError):
        await account.create_portal_session(
            customer_id="cus_nobody", return_url="https://app.test", idempotency_key="portal:2"
        )


async def test_what_is_not_there_is_none(account: StripeGateway) -> None:
    await account.ping()
    assert await account.get_checkout_session("cs_test_nothing") is None
    assert await account.get_product("seatwise_nothing") is None


async def test_a_key_that_stripe_does_not_know_is_refused(sandbox_process: str) -> None:
    stranger = StripeHTTPGateway("sk_live_stranger", base_url=sandbox_process)
    with pytest.raises(StripeRefusedError) as raised:
        await stranger.ping()
    assert raised.value.status == 401
    await stranger.aclose()
