"""The inbox for operators: lists, trying again in every state, forgetting what is old."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from db.enums import StripeEventState
from db.statements import Statement
from services.jobs import PostponedError
from services.pages import PageRequest
from services.refusals import StripeEventNotFound
from services.stripe_events import StripeEventListRequest, StripeEventService
from tests.services.buying import select
from tests.services.webhooks import CHANGED, customer_of, deliver, event_of, seen, states
from tests.stack import Stack

RECEIVED, DONE = StripeEventState.RECEIVED, StripeEventState.DONE
IGNORED, DEAD = StripeEventState.IGNORED, StripeEventState.DEAD
JOBS = Statement(text("SELECT convert_from(payload, 'UTF8') AS payload FROM jobs.pgqueuer"))


@pytest.fixture
async def acme(stack: Stack) -> UUID:
    owner = await stack.user("owner")
    organization = await stack.organization(owner)
    await select(stack, owner, organization)
    return organization


async def put_in(stack: Stack, event_id: str, state: StripeEventState) -> None:
    """However it came to that."""
    closed = "NULL" if state is RECEIVED else "received_at"
    async with stack.services.database.begin() as transaction:
        await transaction.session.execute(
            text(
                f"UPDATE stripe_events SET state = '{state}', attempts = 7, error = 'no answer',"  # noqa: S608 # ours
                f" closed_at = {closed}, next_attempt_at = now() + interval '1 hour'"
                " WHERE id = :id"
            ),
            {"id": event_id},
        )


async def listed(stack: Stack, **filters: object) -> list[str]:
    request = StripeEventListRequest(PageRequest(100), **filters)  # type: ignore[arg-type] # as the test says
    return [one.id for one in (await stack.services.stripe_events.list(request)).nodes]


async def test_lists_are_filtered(stack: Stack, acme: UUID) -> None:
    events = stack.services.stripe_events
    assert await listed(stack) == []
    await deliver(stack, event_of(await customer_of(stack, acme), "evt_a"))
    await deliver(stack, event_of("cus_other", "evt_b", type="invoice.paid"))
    await put_in(stack, "evt_b", DEAD)
    assert await listed(stack) == ["evt_b", "evt_a"], "the newest first"
    assert await listed(stack, state=DEAD) == ["evt_b"]
    assert await listed(stack, type=CHANGED) == ["evt_a"]
    assert await listed(stack, organization_id=acme) == ["evt_a"]
    assert await listed(stack, organization_id=acme, state=DEAD) == []
    arrived = (await seen(stack, "evt_b")).received_at
    assert await listed(stack, since=arrived) == ["evt_b"]
    assert await listed(stack, since=arrived + timedelta(seconds=1)) == []
    assert [await events.count(state) for state in (RECEIVED, DEAD)] == [1, 1]
    found = await seen(stack, "evt_a")
    assert (found.organization_id, found.organization_name) == (acme, "acme")
    assert (found.payload or {})["id"] == "evt_a"


async def test_pages_follow_each_other(stack: Stack) -> None:
    for number in range(5):
        await deliver(stack, event_of(None, f"evt_{number}"))
    ids: list[str] = []
    request = PageRequest(2, with_total=True)
    while True:
        page = await stack.services.stripe_events.list(StripeEventListRequest(request))
        assert page.total_count == 5
        assert all(one.payload is None for one in page.nodes), "it was not asked for"
        ids += [one.id for one in page.nodes]
        if not page.has_next_page:
            break
        last = page.nodes[-1]
        request = PageRequest(2, after=(last.received_at, last.id), with_total=True)
    assert ids == ["evt_4", "evt_3", "evt_2", "evt_1", "evt_0"]


@pytest.mark.parametrize("state", StripeEventState)
async def test_trying_again_is_safe_in_every_state(
    stack: Stack, acme: UUID, state: StripeEventState
) -> None:
    await deliver(stack, event_of(await customer_of(stack, acme)))
    await put_in(stack, "evt_1", state)
    for _ in range(2):
        await stack.services.stripe_events.retry("evt_1")
    found = await seen(stack)
    assert (found.state, found.attempts, found.next_attempt_at) == (RECEIVED, 0, None)
    ours = [row["payload"] for row in await stack.services.database.fetch(JOBS)]
    assert any("evt_1" in payload for payload in ours)
    await stack.services.inbox.resolve("evt_1")
    await stack.services.inbox.resolve("evt_1")
    assert (await seen(stack)).state is DONE


async def test_trying_one_again_ends_the_wait_of_all_that_wait_with_it(
    stack: Stack, acme: UUID
) -> None:
    """Stripe answers again, and an operator does not want to wait for the next attempt."""
    customer = await customer_of(stack, acme)
    for one in ("evt_1", "evt_2"):
        await deliver(stack, event_of(customer, one))
        await put_in(stack, one, RECEIVED)
    with pytest.raises(PostponedError):
        await stack.services.inbox.resolve("evt_1")
    await stack.services.stripe_events.retry("evt_1")
    await stack.services.inbox.resolve("evt_1")
    assert await states(stack) == {"evt_1": DONE, "evt_2": DONE}


async def test_what_never_arrived_is_refused(stack: Stack) -> None:
    with pytest.raises(StripeEventNotFound):
        await stack.services.stripe_events.retry("evt_none")


async def test_all_dead_events_are_tried_again_in_batches(stack: Stack) -> None:
    for number in range(5):
        await deliver(stack, event_of(None, f"evt_{number}"))
        await put_in(stack, f"evt_{number}", DEAD if number else IGNORED)
    batches: list[int] = []
    assert await stack.services.stripe_events.retry_dead(batch=3, advanced=batches.append) == 4
    assert batches == [3, 1]
    assert await states(stack) == {
        "evt_0": IGNORED, "evt_1": RECEIVED, "evt_2": RECEIVED, "evt_3": RECEIVED,
        "evt_4": RECEIVED,
    }  # fmt: skip
    assert await stack.services.stripe_events.retry_dead() == 0


async def test_old_events_that_ended_well_are_forgotten(stack: Stack) -> None:
    for state in StripeEventState:
        await deliver(stack, event_of(None, f"evt_{state}"))
        await put_in(stack, f"evt_{state}", state)
    database, clock = stack.services.database, stack.services.clock
    inbox = StripeEventService(database, clock, kept_for=timedelta(days=7))
    assert await inbox.forget_old() == 0
    await clock.advance(database, timedelta(days=6, hours=23))
    assert await inbox.forget_old() == 0
    await clock.advance(database, timedelta(hours=2))
    assert await inbox.forget_old(batch=1) == 2
    assert set(await states(stack)) == {"evt_RECEIVED", "evt_DEAD"}
