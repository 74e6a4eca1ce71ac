"""The inbox: one fetch for many events, one at a time, patience, and events that need a person."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from db.enums import StripeEventState
from db.statements import Statement
from services import inbox
from services.jobs import PostponedError
from services.stripe_gateway import InvalidWebhookError
from services.stripe_gateway.http_client import TimedHTTPClient
from tests.services.buying import pay, select
from tests.services.webhooks import customer_of, deliver, event_of, seen, states
from tests.stack import Stack

RECEIVED, DONE = StripeEventState.RECEIVED, StripeEventState.DONE
IGNORED, DEAD = StripeEventState.IGNORED, StripeEventState.DEAD
STRIPE_IS_DOWN = {"route": "GET /v1/*", "effect": "error", "status": 500, "count": None}


@pytest.fixture
async def acme(stack: Stack) -> UUID:
    """An organization that has bought something, and whom no event was delivered about yet."""
    owner = await stack.user("owner")
    organization = await stack.organization(owner)
    await select(stack, owner, organization)
    await pay(stack)
    return organization


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that were made of Stripe, as URLs."""
    made: list[str] = []
    request = TimedHTTPClient.request_async

    async def counting(self: TimedHTTPClient, method: str, url: str, *args: Any) -> Any:
        made.append(url)
        return await request(self, method, url, *args)

    monkeypatch.setattr(TimedHTTPClient, "request_async", counting)
    return made


def fetches(calls: list[str]) -> int:
    """Each fetch lists the subscriptions once, whatever else it asks."""
    return len([url for url in calls if "/v1/subscriptions?" in url])


async def deliver_many(stack: Stack, customer: str, count: int) -> list[str]:
    ids = [f"evt_{number}" for number in range(count)]
    for one in ids:
        assert await deliver(stack, event_of(customer, one))
    return ids


async def resolve(stack: Stack, event_id: str) -> PostponedError | None:
    """One attempt of the event's job: None when there is no need of another."""
    try:
        await stack.services.inbox.resolve(event_id)
    except PostponedError as postponed:
        return postponed
    return None


async def resolve_patiently(stack: Stack, event_id: str) -> None:
    """As the queue does."""
    async with asyncio.timeout(60):
        while await resolve(stack, event_id):  # noqa: ASYNC110 # the pauses are in the database
            await asyncio.sleep(0.05)


async def jobs(stack: Stack) -> int:
    count = Statement(text("SELECT count(*) AS jobs FROM jobs.pgqueuer"))
    [row] = await stack.services.database.fetch(count)
    found: int = row["jobs"]
    return found


async def test_a_hundred_events_of_one_subscription_cost_one_fetch(
    stack: Stack, acme: UUID, calls: list[str]
) -> None:
    ids = await deliver_many(stack, await customer_of(stack, acme), 100)
    await stack.services.sync.sync(acme)
    of_one_fetch = len(calls)
    calls.clear()

    at_once = asyncio.Semaphore(8)  # fewer than there are connections: the machine may be busy

    async def work(event_id: str) -> None:
        async with at_once:
            await resolve_patiently(stack, event_id)

    await asyncio.gather(*map(work, ids))

    assert fetches(calls) == 1
    assert len(calls) <= of_one_fetch
    assert set((await states(stack)).values()) == {DONE}


async def test_fetches_for_one_organization_follow_each_other(
    stack: Stack, acme: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers: the second comes while the first one's fetch is under way."""
    customer = await customer_of(stack, acme)
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slow(organization_id: UUID) -> None:
        assert organization_id == acme
        began.set()
        await may_end.wait()

    monkeypatch.setattr(stack.services.sync, "sync", slow)
    await deliver(stack, event_of(customer, "evt_first"))
    first = asyncio.create_task(resolve(stack, "evt_first"))
    await began.wait()
    await deliver(stack, event_of(customer, "evt_second"))
    postponed = await resolve(stack, "evt_second")
    assert postponed is not None
    assert postponed.pause <= timedelta(seconds=30)
    assert (await seen(stack, "evt_second")).attempts == 0

    may_end.set()
    assert await first is None
    found = await states(stack)
    assert found == {"evt_first": DONE, "evt_second": RECEIVED}, "it came after the fetch began"
    assert await resolve(stack, "evt_second") is None
    assert (await seen(stack, "evt_second")).state is DONE


async def test_a_fetch_for_one_organization_says_nothing_of_another(
    stack: Stack, acme: UUID
) -> None:
    owner = await stack.user("another-owner")
    globex = await stack.organization(owner, "globex")
    await select(stack, owner, globex)
    await deliver(stack, event_of(await customer_of(stack, acme), "evt_acme"))
    await deliver(stack, event_of(await customer_of(stack, globex), "evt_globex"))
    await stack.fail(STRIPE_IS_DOWN)
    assert await resolve(stack, "evt_acme") is not None
    await stack.stripe("DELETE", "/_control/faults")
    assert (await seen(stack, "evt_globex")).attempts == 0
    assert await resolve(stack, "evt_globex") is None, "nothing holds it up"
    assert await states(stack) == {"evt_acme": RECEIVED, "evt_globex": DONE}


async def test_a_worker_that_died_holds_others_up_for_a_while_only(
    stack: Stack, acme: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(stack, event_of(await customer_of(stack, acme)))

    async def dying(_: UUID) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(stack.services.sync, "sync", dying)
        patched.setattr(inbox, "_LEASE", timedelta(seconds=1))
        with pytest.raises(asyncio.CancelledError):
            await resolve(stack, "evt_1")
    await resolve_patiently(stack, "evt_1")
    assert (await seen(stack)).state is DONE


async def test_while_stripe_is_down_events_wait_together(
    stack: Stack, acme: UUID, calls: list[str]
) -> None:
    ids = await deliver_many(stack, await customer_of(stack, acme), 5)
    await stack.fail(STRIPE_IS_DOWN)

    postponed = [await resolve(stack, one) for one in ids]

    assert all(postponed)
    found = [await seen(stack, one) for one in ids]
    assert [(one.state, one.attempts) for one in found] == [(RECEIVED, 1)] * 5
    assert all("StripeUnavailableError" in (one.error or "") for one in found)
    assert all(one.next_attempt_at for one in found)
    tries = 2
    assert fetches(calls) == tries, "one fetch, which the SDK tries twice"

    await stack.stripe("DELETE", "/_control/faults")
    await resolve_patiently(stack, ids[-1])
    assert {one: (await seen(stack, one)).error for one in ids} == dict.fromkeys(ids)
    assert set((await states(stack)).values()) == {DONE}


async def test_after_the_last_attempt_an_event_waits_for_a_person(
    stack: Stack, acme: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_ATTEMPTS", 2)
    monkeypatch.setattr(inbox, "_FIRST_PAUSE", timedelta(milliseconds=1))
    await deliver(stack, event_of(await customer_of(stack, acme)))
    await stack.fail(STRIPE_IS_DOWN)
    await resolve_patiently(stack, "evt_1")

    dead = await seen(stack)
    assert (dead.state, dead.attempts, dead.next_attempt_at) == (DEAD, 2, None)
    assert "StripeUnavailableError" in (dead.error or "")
    assert dead.closed_at is not None

    await stack.stripe("DELETE", "/_control/faults")
    assert await resolve(stack, "evt_1") is None
    assert (await seen(stack)).state is DEAD, "a job that was left over does not bring it back"
    await stack.services.stripe_events.retry("evt_1")
    assert ((await seen(stack)).state, (await seen(stack)).attempts) == (RECEIVED, 0)
    await resolve_patiently(stack, "evt_1")
    assert (await seen(stack)).state is DONE


async def test_a_second_delivery_is_stored_once_and_makes_no_job(stack: Stack, acme: UUID) -> None:
    before = await jobs(stack)
    event = event_of(await customer_of(stack, acme))
    assert [await deliver(stack, event) for _ in range(3)] == [True, False, False]
    assert await jobs(stack) == before + 1


@pytest.mark.parametrize("event_type", ["charge.succeeded", "never.heard.of"])
async def test_what_changes_nothing_here_is_stored_and_ignored(
    stack: Stack, acme: UUID, calls: list[str], event_type: str
) -> None:
    await deliver(stack, event_of(await customer_of(stack, acme), type=event_type))
    assert await resolve(stack, "evt_1") is None
    found = await seen(stack)
    assert (found.state, found.type, calls) == (IGNORED, event_type, [])
    assert found.payload is not None


@pytest.mark.parametrize("customer", [None, "cus_of_another_product"])
async def test_what_is_about_nobody_here_is_ignored(stack: Stack, customer: str | None) -> None:
    await deliver(stack, event_of(customer))
    assert await resolve(stack, "evt_1") is None
    assert (await seen(stack)).state is IGNORED


async def test_an_event_of_another_api_version_is_fetched_for_and_reported(
    stack: Stack, acme: UUID
) -> None:
    event = event_of(await customer_of(stack, acme), api_version="2019-12-03")
    with capture_logs() as logs:
        await deliver(stack, event)
    assert [(one["event"], one["api_version"]) for one in logs] == [
        ("inbox.other_api_version", "2019-12-03")
    ]
    await resolve(stack, "evt_1")
    found = await seen(stack)
    assert (found.state, found.api_version) == (DONE, "2019-12-03")


async def test_an_event_that_stripe_refuses_to_explain_says_what_to_do(
    stack: Stack, acme: UUID
) -> None:
    await deliver(stack, event_of(await customer_of(stack, acme)))
    await stack.fail({"route": "GET /v1/subscriptions", "status": 403, "count": None})
    with capture_logs() as logs:
        assert await resolve(stack, "evt_1") is not None
    [line] = [one for one in logs if one["event"] == "stripe.refused"]
    assert (line["organization_id"], line["status"]) == (acme, 403)
    waits = await seen(stack)
    assert (waits.state, waits.attempts) == (RECEIVED, 1)
    assert waits.error is not None
    assert waits.error.endswith(line["remedy"])


async def test_a_secret_can_be_replaced_without_losing_an_event(stack: Stack) -> None:
    """Stripe signs with the new one as soon as it is rolled, with both if asked to."""
    gateway: Any = stack.services.inbox._gateway
    gateway._webhook_secrets = ("whsec_new", "whsec_old")
    assert await deliver(stack, event_of(None, "evt_old"), secret="whsec_old")
    assert await deliver(stack, event_of(None, "evt_new"), secret="whsec_new")
    gateway._webhook_secrets = ("whsec_new",)
    with pytest.raises(InvalidWebhookError):
        await deliver(stack, event_of(None, "evt_late"), secret="whsec_old")
    assert set(await states(stack)) == {"evt_old", "evt_new"}
