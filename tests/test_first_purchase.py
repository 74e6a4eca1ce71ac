"""The main job from end to end: choose, pay, be subscribed, and see it happen live."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx

from services.global_ids import encode
from tests.stack import ServedStack

SELECT_PLAN = """
    mutation ($input: SelectPlanInput!) {
      selectPlan(input: $input) {
        billingSession { id kind status url }
        errors { __typename ... on Error { message code }
                 ... on AlreadySubscribedError { subscription { seats plan { code } } } }
      }
    }
"""
SUBSCRIPTION = """
    { organizationByName(name: "acme") {
        subscription { id status seats plan { code } }
        seatUsage { limit }
        billingSessions { nodes { status url } } } }
"""
LIVE = """
    subscription ($id: ID!) {
      organizationUpdated(organizationId: $id) {
        changes organization { plan { code } subscription { status seats } } } }
"""


@contextlib.asynccontextmanager
async def followed(served: ServedStack, organization: str) -> AsyncIterator["asyncio.Queue[Any]"]:
    """The live updates of an organization, by server-sent events."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    opened = asyncio.Event()

    async def follow() -> None:
        body = {"query": LIVE, "variables": {"id": organization}}
        headers = {
            "Authorization": f"Bearer {served.token('owner@example.com')}",
            "Accept": "text/event-stream",
        }
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("POST", f"{served.url}/graphql", json=body, headers=headers) as stream,
        ):
            assert stream.status_code == 200
            opened.set()
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    heard.put_nowait(json.loads(line.removeprefix("data: ")))

    following = asyncio.create_task(follow())
    await opened.wait()
    try:
        yield heard
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def select(served: ServedStack, organization: str, **more: Any) -> dict[str, Any]:
    choice = {"organizationId": organization, "plan": "PRO", "interval": "MONTHLY", "seats": 5}
    answer = await served.graphql(SELECT_PLAN, email="owner@example.com", input={**choice, **more})
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["selectPlan"]
    return payload


async def pay(served: ServedStack) -> None:
    [checkout] = (await served.stripe("GET", "/v1/checkout/sessions?status=open"))["data"]
    await served.sandbox.pay(checkout["id"], card="4242424242424242")


async def test_choose_pay_and_be_subscribed(served: ServedStack) -> None:
    owner = await served.user("owner")
    acme = encode("Organization", await served.organization(owner))
    async with followed(served, acme) as heard, asyncio.timeout(30):
        opened = await select(served, acme)
        assert opened["errors"] is None
        assert opened["billingSession"]["kind"] == "CHECKOUT"
        assert opened["billingSession"]["url"].startswith(served.settings.sandbox_url)
        await pay(served)
        while True:
            update = (await heard.get())["data"]["organizationUpdated"]
            if update["organization"]["subscription"]:
                break
    assert "SUBSCRIPTION" in update["changes"]
    assert update["organization"] == {
        "plan": {"code": "PRO"},
        "subscription": {"status": "ACTIVE", "seats": 5},
    }
    await served.settled()
    seen = (await served.graphql(SUBSCRIPTION, email=owner.email))["data"]["organizationByName"]
    assert seen["subscription"]["status"] == "ACTIVE"
    assert seen["seatUsage"] == {"limit": 5}
    assert seen["billingSessions"]["nodes"] == [{"status": "COMPLETED", "url": None}]
    again = await select(served, acme)
    assert again["billingSession"] is None
    [refusal] = again["errors"]
    assert refusal["__typename"] == "AlreadySubscribedError"
    assert refusal["subscription"] == {"seats": 5, "plan": {"code": "PRO"}}


async def test_a_bad_choice_says_what_there_is(served: ServedStack) -> None:
    owner = await served.user("owner")
    acme = encode("Organization", await served.organization(owner))
    for more, code in (
        ({"plan": "GOLD"}, "UNKNOWN_PLAN"),
        ({"seats": 51}, "SEATS_OUT_OF_RANGE"),
        ({"returnUrl": "https://evil.example"}, "RETURN_URL_NOT_ALLOWED"),
        ({"organizationId": "nonsense"}, "INVALID_INPUT"),
        ({"organizationId": encode("Organization", owner.id)}, "ORGANIZATION_NOT_FOUND"),
        ({"idempotencyKey": "k" * 300}, "INVALID_INPUT"),
    ):
        refused = await select(served, acme, **more)
        assert [error["code"] for error in refused["errors"]] == [code], more


async def test_the_return_leg_asks_stripe_itself(served: ServedStack) -> None:
    """Not a single webhook arrives."""
    owner = await served.user("owner")
    acme = encode("Organization", await served.organization(owner))
    await served.sandbox.send_webhooks_to("http://127.0.0.1:9/nowhere", secret="whsec_x")
    session = (await select(served, acme))["billingSession"]
    await pay(served)
    answer = await served.graphql(
        """mutation ($id: ID!) { syncBillingSession(input: {billingSessionId: $id}) {
             billingSession { status } organization { subscription { status } }
             errors { ... on Error { code } } } }""",
        email=owner.email,
        id=session["id"],
    )
    assert answer["data"]["syncBillingSession"] == {
        "billingSession": {"status": "COMPLETED"},
        "organization": {"subscription": {"status": "ACTIVE"}},
        "errors": None,
    }


async def test_the_portal_opens_once_something_was_bought(served: ServedStack) -> None:
    owner = await served.user("owner")
    acme = encode("Organization", await served.organization(owner))
    document = """mutation ($id: ID!) { openBillingPortal(input: {organizationId: $id}) {
        billingSession { kind status url expiresAt } errors { ... on Error { code } } } }"""
    refused = await served.graphql(document, email=owner.email, id=acme)
    assert refused["data"]["openBillingPortal"]["errors"] == [{"code": "NO_BILLING_ACCOUNT"}]
    await select(served, acme)
    opened = await served.graphql(document, email=owner.email, id=acme)
    session = opened["data"]["openBillingPortal"]["billingSession"]
    assert (session["kind"], session["expiresAt"]) == ("PORTAL", None)
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(session["url"])).status_code == 200


async def test_lost_database_connections_cost_nobody_an_answer(served: ServedStack) -> None:
    owner = await served.user("owner")
    acme = encode("Organization", await served.organization(owner))
    async with followed(served, acme) as heard:
        await cut_connections(served)
        seen = await served.graphql(SUBSCRIPTION, email=owner.email)
        assert seen["data"]["organizationByName"]["subscription"] is None
        await cut_connections(served)
        changed = await served.graphql(
            """mutation ($id: ID!) { updateOrganization(
                 input: {organizationId: $id, displayName: "New"}) {
                 organization { displayName } errors { ... on Error { code } } } }""",
            email=owner.email,
            id=acme,
        )
        assert changed["data"]["updateOrganization"]["organization"] == {"displayName": "New"}
        async with asyncio.timeout(30):
            await heard.get()


async def cut_connections(served: ServedStack) -> None:
    """What a restart of Postgres does to everybody who is connected."""
    url = served.settings.database_url
    assert url is not None
    connection = await asyncpg.connect(url.get_secret_value())
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
