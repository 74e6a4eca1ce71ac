"""Cancelling and resuming, here and at Stripe (B7)."""

from datetime import timedelta
from typing import Any

import pytest

from db.enums import CancellationFeedback
from services.actors import Actor
from services.change_refusals import NoPendingChange, NotCancelling, NotSubscribed, PaymentFailed
from services.refusals import InvalidInput
from tests.services.billing_world import DECLINED_LATER, Payer, new_payer
from tests.stack import Stack


@pytest.fixture
async def payer(stack: Stack) -> Payer:
    payer = await new_payer(stack)
    await payer.buy()
    return payer


async def at_stripe(payer: Payer) -> dict[str, Any]:
    listed = await payer.stack.stripe("GET", "/v1/subscriptions?status=all")
    found: dict[str, Any] = listed["data"][0]
    return found


async def test_a_cancelled_subscription_lasts_until_its_period_ends(payer: Payer) -> None:
    await payer.stack.services.cancellations.cancel(
        payer.id,
        feedback=CancellationFeedback.TOO_EXPENSIVE,
        comment="We grow smaller.",
        viewer=payer.owner,
        actor=Actor.user(payer.owner.id),
    )
    subscription = await payer.subscription()
    assert subscription.status == "ACTIVE"
    assert subscription.ends_at == subscription.current_period_end
    assert subscription.next_payment is None
    details = (await at_stripe(payer))["cancellation_details"]
    assert (details["feedback"], details["comment"]) == ("too_expensive", "We grow smaller.")

    await payer.pass_time(timedelta(days=32))
    subscription = await payer.subscription()
    assert (subscription.status, subscription.ends_at) == ("CANCELED", None)
    assert len(await payer.invoices()) == 1


async def test_it_can_be_undone_until_then(payer: Payer) -> None:
    await payer.cancel()
    await payer.resume()
    subscription = await payer.subscription()
    assert subscription.ends_at is None
    assert subscription.next_payment is not None
    await payer.pass_time(timedelta(days=32))
    assert (await payer.subscription()).status == "ACTIVE"


@pytest.mark.parametrize("field", ["cancel_at_period_end", "cancel_at"])
async def test_a_cancellation_made_at_stripe_looks_and_is_undone_the_same(
    payer: Payer, field: str
) -> None:
    end = int((await payer.subscription()).current_period_end.timestamp())
    path = f"/v1/subscriptions/{(await at_stripe(payer))['id']}"
    form = {field: str(end) if field == "cancel_at" else "true"}
    await payer.stack.stripe("POST", path, **form)
    await payer.sync()
    subscription = await payer.subscription()
    assert subscription.ends_at == subscription.current_period_end
    await payer.resume()
    assert (await payer.subscription()).ends_at is None
    assert (await at_stripe(payer))["cancel_at"] is None


async def test_cancelling_supersedes_a_pending_change_of_either_kind(payer: Payer) -> None:
    await payer.change(seats=3)
    await payer.cancel()
    subscription = await payer.subscription()
    assert subscription.pending_change is None
    assert subscription.ends_at is not None
    await payer.resume()
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed):
        await payer.change(seats=9)
    await payer.cancel()
    subscription = await payer.subscription()
    assert subscription.pending_change is None
    assert subscription.ends_at is not None
    assert "OPEN" not in {one.status for one in await payer.invoices()}


async def test_cancelling_twice_is_cancelling_once(payer: Payer) -> None:
    await payer.cancel()
    await payer.cancel()
    assert (await payer.subscription()).ends_at is not None


@pytest.mark.parametrize("cancelled_before", [False, True])
async def test_an_unpaid_subscription_ends_at_once_and_owes_nothing(
    payer: Payer, *, cancelled_before: bool
) -> None:
    """Also one that was to end with a period whose payment was still tried."""
    dunning = {"retry_days": [5], "then": "unpaid"}
    await payer.stack.stripe("PUT", "/_control/settings", dunning=dunning)
    await payer.use_card(DECLINED_LATER)
    await payer.pass_time(timedelta(days=33))
    if cancelled_before:
        await payer.cancel()
    await payer.pass_time(timedelta(days=7))
    assert (await payer.subscription()).status == "UNPAID"
    await payer.cancel()
    assert (await payer.subscription()).status == "CANCELED"
    assert "OPEN" not in {one.status for one in await payer.invoices()}


@pytest.mark.parametrize(
    ("status", "terms"),
    [
        (
            "PAUSED",
            {
                "trial_period_days": "7",
                "trial_settings[end_behavior][missing_payment_method]": "pause",
            },
        ),
        ("INCOMPLETE", {"payment_behavior": "default_incomplete"}),
    ],
)
async def test_where_no_period_is_paid_it_ends_at_once(
    payer: Payer, status: str, terms: dict[str, str]
) -> None:
    first = await payer.at_stripe()
    await payer.stack.stripe("DELETE", f"/v1/subscriptions/{first['id']}")
    await payer.pass_time(timedelta(hours=1))  # of two that began in one second either may count
    form = {
        "customer": first["customer"],
        "items[0][price]": first["items"]["data"][0]["price"]["id"],
        "metadata[organization_id]": str(payer.id),
    }
    await payer.stack.stripe("POST", "/v1/subscriptions", **form, **terms)
    if status == "PAUSED":
        await payer.pass_time(timedelta(days=8))
    await payer.sync()
    assert (await payer.subscription()).status == status
    await payer.cancel()
    assert (await payer.at_stripe())["status"] in {"canceled", "incomplete_expired"}
    assert "OPEN" not in {one.status for one in await payer.invoices()}


async def test_what_is_not_there_cannot_be_cancelled_resumed_or_called_off(
    payer: Payer, stack: Stack
) -> None:
    with pytest.raises(NotCancelling):
        await payer.resume()
    with pytest.raises(NoPendingChange):
        await payer.call_off()
    other = await new_payer(stack, "other")
    for act in (other.cancel, other.resume, other.call_off):
        with pytest.raises(NotSubscribed):
            await act()


async def test_a_comment_has_a_length(payer: Payer) -> None:
    cancel = payer.stack.services.cancellations.cancel
    for comment in ("", "x" * 1_001):
        with pytest.raises(InvalidInput):
            await cancel(payer.id, comment=comment, viewer=payer.owner, actor=payer.actor)
    for comment in ("x", "x" * 1_000):
        await cancel(payer.id, comment=comment, viewer=payer.owner, actor=payer.actor)
