"""The inbox over HTTP: who may look, what is seen, trying again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from db.enums import StripeEventState
from server.development_issuer.minting import mint_service_token
from server.development_issuer.settings import KEY_FILE
from services.global_ids import encode, encode_text
from services.principals import ACCESS_READ, OPS
from tests.services.buying import select
from tests.services.test_stripe_events import put_in
from tests.services.webhooks import customer_of, deliver, event_of
from tests.stack import ServedStack

LIST = """
query ($state: StripeEventState, $organization: ID, $since: DateTime, $after: String) {
  stripeEvents(
    state: $state, organizationId: $organization, since: $since, first: 2, after: $after
  ) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id stripeId type state attempts error organizationName organizationId payload }
  }
}
"""
SHOW = "query ($id: String!) { stripeEvent(stripeId: $id) { id state apiVersion payload } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on StripeEvent { stripeId } } }"
RETRY = """
mutation ($id: ID!) {
  retryStripeEvent(input: { stripeEventId: $id }) {
    stripeEvent { stripeId state }
    errors { ... on Error { code message } ... on ScopeRequiredError { scope } }
  }
}
"""
ID = encode_text("StripeEvent", "evt_1")


async def ask(
    served: ServedStack, document: str, *, scopes: tuple[str, ...] = (OPS,), **variables: Any
) -> dict[str, Any]:
    token = mint_service_token(
        served.settings.data_dir / KEY_FILE,
        issuer=served.settings.oidc_issuer,
        audience=served.settings.oidc_audience,
        client_id="operators",
        scopes=scopes,
    )
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(
            f"{served.url}/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        )
    shown: dict[str, Any] = answer.json()
    return shown


async def test_operators_look_page_by_page(served: ServedStack) -> None:
    owner = await served.user("owner")
    acme = await served.organization(owner)
    await select(served, owner, acme)
    await served.settled()
    began = datetime.now(UTC)
    for number in range(3):
        await deliver(served, event_of(await customer_of(served, acme), f"evt_{number}"))
    await served.settled()
    filters: Any = {"organization": encode("Organization", acme), "since": began.isoformat()}
    first = (await ask(served, LIST, **filters))["data"]["stripeEvents"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert [one["stripeId"] for one in first["nodes"]] == ["evt_2", "evt_1"]
    assert first["nodes"][0]["payload"]["id"] == "evt_2"
    assert first["nodes"][0]["organizationName"] == "acme"
    after = first["pageInfo"]["endCursor"]
    second = (await ask(served, LIST, **filters, after=after))["data"]["stripeEvents"]
    assert [one["stripeId"] for one in second["nodes"]] == ["evt_0"]
    nothing = await ask(served, LIST, since=(began + timedelta(days=1)).isoformat())
    assert nothing["data"]["stripeEvents"]["nodes"] == []


async def test_a_dead_event_is_found_and_tried_again(served: ServedStack) -> None:
    await deliver(served, event_of("cus_nobody"))
    await served.settled()
    await put_in(served, "evt_1", StripeEventState.DEAD)
    listed = (await ask(served, LIST, state="DEAD"))["data"]["stripeEvents"]["nodes"]
    assert [(one["id"], one["attempts"], one["error"]) for one in listed] == [(ID, 7, "no answer")]

    answer = await ask(served, RETRY, id=ID)
    payload = answer["data"]["retryStripeEvent"]
    assert payload["errors"] is None
    assert payload["stripeEvent"]["stripeId"] == "evt_1"
    await served.settled()
    shown = (await ask(served, SHOW, id="evt_1"))["data"]["stripeEvent"]
    assert (shown["id"], shown["state"]) == (ID, "IGNORED"), "the worker has looked at it"
    assert (await ask(served, SHOW, id="evt_none"))["data"] == {"stripeEvent": None}
    assert (await ask(served, NODE, id=ID))["data"] == {"node": {"stripeId": "evt_1"}}


async def test_refusals_are_typed(served: ServedStack) -> None:
    absent = encode_text("StripeEvent", "evt_none")
    for variables, scopes, code in (
        ({"id": absent}, (OPS,), "STRIPE_EVENT_NOT_FOUND"),
        ({"id": "evt_1"}, (OPS,), "INVALID_INPUT"),
        ({"id": absent}, (ACCESS_READ,), "SCOPE_REQUIRED"),
    ):
        answer = await ask(served, RETRY, scopes=scopes, **variables)
        payload = answer["data"]["retryStripeEvent"]
        assert payload["stripeEvent"] is None
        [error] = payload["errors"]
        assert error["code"] == code
        assert error.get("scope") == (OPS if code == "SCOPE_REQUIRED" else None)


async def test_nobody_else_sees_the_inbox(served: ServedStack) -> None:
    await deliver(served, event_of(None))
    owner: Any = {
        "email": "owner@example.com",
        "scopes": (OPS,),
    }  # a person's scope makes no operator
    people = await served.graphql(RETRY, **owner, id=ID)
    assert people["data"]["retryStripeEvent"]["errors"][0]["code"] == "SCOPE_REQUIRED"
    for document, variables in ((LIST, {}), (SHOW, {"id": "evt_1"})):
        answers = [
            await ask(served, document, scopes=(ACCESS_READ,), **variables),
            await served.graphql(document, **owner, **variables),
        ]
        for answer in answers:
            assert set(answer["data"].values()) == {None}
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        signed_out = await served.graphql(document, **variables)
        assert signed_out["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await ask(served, NODE, scopes=(ACCESS_READ,), id=ID))["data"] == {"node": None}
    assert (await served.graphql(NODE, **owner, id=ID))["data"] == {"node": None}
