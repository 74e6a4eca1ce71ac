import asyncio
import inspect
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db.enums import BillingInterval, BillingSessionKind, BillingSessionStatus
from db.statements import Statement
from server.running_services import _service_settings
from services.assembly import build_services
from services.global_ids import TenantKey
from services.plan_choices import PlanChoice
from services.refusals import (
    AlreadySubscribed,
    BillingUnavailable,
    IdempotencyKeyReused,
    OrganizationNotFound,
    PriceNotAvailable,
    ReturnURLNotAllowed,
    SeatsOutOfRange,
    UnknownPlan,
)
from services.stripe_gateway import INTENT_ID, StripeUnavailableError
from services.views import BillingSessionView
from tests.services.buying import PRO, checkouts, look, pay, select
from tests.stack import APP_ORIGIN, Stack


async def stripe_id(stack: Stack) -> str:
    return str((await checkouts(stack))[0]["id"])


async def test_a_checkout_is_opened_for_the_choice(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    session = await select(stack, owner, acme)
    assert session.kind is BillingSessionKind.CHECKOUT
    assert session.status is BillingSessionStatus.OPEN
    assert session.created_by == owner
    [at_stripe] = (await stack.stripe("GET", "/v1/checkout/sessions"))["data"]
    assert at_stripe["url"] == session.url
    assert at_stripe["amount_total"] == 5 * 2500
    assert at_stripe["metadata"]["organization_id"] == str(acme)


async def test_who_pays_is_subscribed(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    await stack.services.sync.sync(acme)
    seen = await look(stack, owner, acme)
    assert seen.subscription is not None
    assert (seen.subscription.status, seen.subscription.seats) == ("ACTIVE", 5)
    assert seen.plan.code == "PRO"
    assert (seen.seat_usage.limit, seen.seat_usage.occupied) == (5, 1)
    with pytest.raises(AlreadySubscribed) as refused:
        await select(stack, owner, acme)
    assert refused.value.subscription.plan.code == "PRO"
    assert refused.value.message.endswith("change that subscription.")


async def test_a_declined_card_changes_nothing(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    session = await select(stack, owner, acme)
    declined = await stack.http.post(
        f"/_control/checkout/{await stripe_id(stack)}/complete", json={"card": "4000000000000002"}
    )
    assert declined.status_code == 402
    assert declined.json()["error"]["code"] == "card_declined"
    await stack.services.sync.sync(acme)
    assert (await look(stack, owner, acme)).subscription is None
    assert (await select(stack, owner, acme)).id == session.id


async def test_the_same_choice_gives_the_same_checkout(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    assert await select(stack, owner, acme) == await select(stack, owner, acme)


async def test_another_choice_expires_the_checkout_before(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    first = await select(stack, owner, acme)
    second = await select(
        stack, owner, acme, PlanChoice("PRO", BillingInterval.ANNUAL, 6, None, None)
    )
    assert second.id != first.id
    statuses = {
        one["status"] for one in (await stack.stripe("GET", "/v1/checkout/sessions"))["data"]
    }
    assert statuses == {"open", "expired"}
    key = TenantKey(acme, first.id)
    closed = (await stack.services.billing_sessions.get_many([key]))[key]
    assert (closed.status, closed.url) == (BillingSessionStatus.EXPIRED, None)


async def test_whatever_differs_is_another_choice(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    opened = [
        await select(stack, owner, acme, choice)
        for choice in (
            PRO,
            replace(PRO, seats=6),
            replace(PRO, interval=BillingInterval.ANNUAL),
            replace(PRO, plan="BUSINESS"),
            replace(PRO, return_url=f"{APP_ORIGIN}/done"),
            PRO,
        )
    ]
    assert len({one.id for one in opened}) == len(opened)
    assert [one["status"] for one in await checkouts(stack)] == ["open", *["expired"] * 5]


async def test_many_at_once_give_one_checkout(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    sessions = await asyncio.gather(*(select(stack, owner, acme) for _ in range(5)))
    assert len({session.id for session in sessions}) == 1
    assert len((await stack.stripe("GET", "/v1/checkout/sessions"))["data"]) == 1
    assert len((await stack.stripe("GET", "/v1/customers"))["data"]) == 1


def on_gateway(stack: Stack, gateway: Any, *, deadline: timedelta = timedelta(minutes=1)) -> Stack:
    """The same stack on this gateway. Left to the default, nobody is told that it takes long."""
    settings = replace(_service_settings(stack.settings), stripe_deadline=deadline)
    services = build_services(stack.services.database, gateway, stack.services.clock, settings)
    return replace(stack, services=services)


@pytest.mark.parametrize("seats", [(3, 4), (3, 4, 5), (3, 4, 5, 3, 4, 5)])
async def test_of_rival_choices_the_last_one_stays_open(
    stack: Stack, seats: tuple[int, ...]
) -> None:
    """Each is served once: nobody replaces the checkout by which theirs was replaced."""
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    race = on_gateway(stack, stack.services.sync._reader._gateway)
    answers = await asyncio.gather(
        *(select(race, owner, acme, replace(PRO, seats=number)) for number in seats)
    )
    listed = await checkouts(stack)
    assert [one["status"] for one in listed] == ["open", *["expired"] * (len(listed) - 1)]
    assert len(set(seats)) <= len(listed) <= len(seats)
    assert {one.id for one in answers} <= {session_of(one) for one in listed}
    assert session_of(listed[0]) in {one.id for one in answers}


def session_of(checkout: dict[str, Any]) -> UUID:
    """Here it has the id of the intent that opened it."""
    return UUID(checkout["metadata"][INTENT_ID])


class Overtaking:
    """The real gateway. While it answers with the first checkout, a colleague chooses otherwise."""

    def __init__(self, stack: Stack, owner: Any, organization: Any) -> None:
        self._gateway: Any = stack.services.sync._reader._gateway
        self._stack = stack
        self._owner, self._organization = owner, organization
        self.colleague: BillingSessionView | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def create_checkout_session(self, **parameters: Any) -> Any:
        opened = await self._gateway.create_checkout_session(**parameters)
        if self.colleague is None:
            self.colleague = await select(
                self._stack, self._owner, self._organization, replace(PRO, seats=9)
            )
        return opened


async def test_who_was_overtaken_does_not_replace_the_colleagues_checkout(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    gateway = Overtaking(stack, owner, acme)
    overtaken = await select(on_gateway(stack, gateway), owner, acme, key="k1")
    newest, oldest = await checkouts(stack)
    assert gateway.colleague is not None
    assert (newest["status"], session_of(newest)) == ("open", gateway.colleague.id)
    assert (oldest["status"], session_of(oldest)) == ("expired", overtaken.id)
    assert (overtaken.status, overtaken.url) == (BillingSessionStatus.EXPIRED, None)
    assert (await select(stack, owner, acme, key="k1")).id == overtaken.id
    assert (await select(stack, owner, acme)).status is BillingSessionStatus.OPEN


class Faltering:
    """The real gateway. Calls take a while; if so told, Stripe is gone once a checkout expired."""

    def __init__(self, stack: Stack, *, seconds: float = 0.0, goes: str | None = None) -> None:
        self._gateway: Any = stack.services.sync._reader._gateway
        self._seconds, self._goes = seconds, goes
        self._is_gone = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._gateway, name)

        async def call(*arguments: Any, **parameters: Any) -> Any:
            if self._is_gone:
                raise StripeUnavailableError("gone", retry_after_seconds=1)
            await asyncio.sleep(self._seconds)
            answer = await method(*arguments, **parameters)
            self._is_gone |= name == "expire_checkout_session" and self._goes is not None
            if self._is_gone and self._goes == "before it answers":
                raise StripeUnavailableError("gone", retry_after_seconds=1, outcome_unknown=True)
            return answer

        return call if inspect.iscoroutinefunction(method) else method


async def only_open_checkout(stack: Stack) -> UUID:
    """What is left, once the worker has finished what nobody came back for."""
    while await stack.services.intents.run_left_open(older_than=timedelta(0)):
        pass
    [left] = [one for one in await checkouts(stack) if one["status"] == "open"]
    return session_of(left)


@pytest.mark.parametrize("goes", ["before it answers", "after it answered"])
async def test_a_call_that_ends_between_two_checkouts_leaves_the_one_that_it_wanted(
    stack: Stack, goes: str
) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    interrupted, wanted = on_gateway(stack, Faltering(stack, goes=goes)), replace(PRO, seats=9)
    with pytest.raises(BillingUnavailable):
        await select(interrupted, owner, acme, wanted)
    left = await only_open_checkout(stack)
    assert (await select(stack, owner, acme, wanted)).id == left
    opened = Statement(
        text("SELECT actor_user_id FROM audit_events WHERE action = 'checkout.opened'")
    )
    assert [row[0] for row in await stack.services.database.fetch(opened)] == [owner.id] * 2


async def test_of_rivals_who_run_out_of_time_one_checkout_is_left(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    in_haste = timedelta(seconds=1)
    race = on_gateway(stack, Faltering(stack, seconds=0.1), deadline=in_haste)
    answers = await asyncio.gather(
        *(select(race, owner, acme, replace(PRO, seats=number)) for number in range(6, 12)),
        return_exceptions=True,
    )
    assert {type(one) for one in answers} <= {BillingSessionView, BillingUnavailable}
    left = await only_open_checkout(stack)
    seen = await stack.services.billing_sessions.get_many([TenantKey(acme, left)])
    assert seen[TenantKey(acme, left)].status is BillingSessionStatus.OPEN
    assert (await select(stack, owner, acme)).status is BillingSessionStatus.OPEN


async def test_a_checkout_that_was_just_paid_is_not_replaced(stack: Stack) -> None:
    """Nobody told us yet: the second choice finds out, and nothing is sold twice."""
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    with pytest.raises(AlreadySubscribed):
        await select(stack, owner, acme, PlanChoice("PRO", BillingInterval.ANNUAL, 9, None, None))
    assert len((await stack.stripe("GET", "/v1/subscriptions"))["data"]) == 1


async def test_the_same_key_gives_the_same_answer(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    first = await select(stack, owner, acme, key="k1")
    await select(stack, owner, acme, PlanChoice("PRO", BillingInterval.MONTHLY, 9, None, None))
    assert (await select(stack, owner, acme, key="k1")).id == first.id
    with pytest.raises(IdempotencyKeyReused):
        await select(
            stack,
            owner,
            acme,
            PlanChoice("PRO", BillingInterval.MONTHLY, 7, None, None),
            key="k1",
        )


@pytest.mark.parametrize(
    ("choice", "refusal"),
    [
        (PlanChoice("GOLD", BillingInterval.MONTHLY, 5, None, None), UnknownPlan),
        (PlanChoice("FREE", BillingInterval.MONTHLY, 1, None, None), UnknownPlan),
        (PlanChoice("PRO", BillingInterval.MONTHLY, 0, None, None), SeatsOutOfRange),
        (PlanChoice("PRO", BillingInterval.MONTHLY, -1, None, None), SeatsOutOfRange),
        (PlanChoice("PRO", BillingInterval.MONTHLY, 10**9, None, None), SeatsOutOfRange),
        (PlanChoice("PRO", BillingInterval.MONTHLY, 5, "xxx", None), PriceNotAvailable),
        (
            PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, "https://evil.example/"),
            ReturnURLNotAllowed,
        ),
        (
            PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, f"{APP_ORIGIN}.evil.example/"),
            ReturnURLNotAllowed,
        ),
        (
            PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, f"{APP_ORIGIN}@evil.example/"),
            ReturnURLNotAllowed,
        ),
        (
            PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, "javascript:alert(1)"),
            ReturnURLNotAllowed,
        ),
    ],
)
async def test_what_cannot_be_sold_is_refused(
    stack: Stack, choice: PlanChoice, refusal: type[Exception]
) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    with pytest.raises(refusal):
        await select(stack, owner, acme, choice)
    assert (await stack.stripe("GET", "/v1/checkout/sessions"))["data"] == []


async def test_strangers_do_not_learn_that_it_exists(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    with pytest.raises(OrganizationNotFound):
        await select(stack, await stack.user("stranger"), acme)


async def test_the_way_back_names_the_session(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    choice = PlanChoice("PRO", BillingInterval.MONTHLY, 5, None, f"{APP_ORIGIN}/billing?tab=1")
    await select(stack, owner, acme, choice)
    [at_stripe] = (await stack.stripe("GET", "/v1/checkout/sessions"))["data"]
    assert at_stripe["success_url"].startswith(f"{APP_ORIGIN}/billing?tab=1&billingSessionId=")
    assert at_stripe["success_url"].endswith("outcome=completed")
    assert at_stripe["cancel_url"].endswith("outcome=canceled")


async def test_who_lost_the_subscription_unseen_can_buy(stack: Stack) -> None:
    """Before it is refused, Stripe is asked: the mirror may be old."""
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    await stack.services.sync.sync(acme)
    [living] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    await stack.stripe("DELETE", f"/v1/subscriptions/{living['id']}")
    assert (await select(stack, owner, acme)).status is BillingSessionStatus.OPEN


async def test_what_is_refused_says_little_of_what_was_asked(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    with pytest.raises(UnknownPlan) as refused:
        await select(stack, owner, acme, replace(PRO, plan="X" * 100_000))
    assert len(refused.value.message) < 150


class PayingMeanwhile:
    """The real gateway. While it is asked a colleague selects, and then pays."""

    def __init__(self, stack: Stack, owner: Any, organization: Any) -> None:
        self._gateway: Any = stack.services.sync._reader._gateway
        self._stack = stack
        self._owner, self._organization = owner, organization

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def list_subscriptions(self, customer_id: str) -> Any:
        found = await self._gateway.list_subscriptions(customer_id)
        if not await checkouts(self._stack):
            await select(self._stack, self._owner, self._organization, replace(PRO, seats=9))
        return found

    async def expire_checkout_session(self, **parameters: Any) -> Any:
        await pay(self._stack)
        return await self._gateway.expire_checkout_session(**parameters)


async def test_who_selects_while_a_colleague_pays_is_told(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    with pytest.raises(AlreadySubscribed) as refused:
        await select(on_gateway(stack, PayingMeanwhile(stack, owner, acme)), owner, acme)
    assert refused.value.subscription.seats == 9
    assert len((await stack.stripe("GET", "/v1/subscriptions"))["data"]) == 1
