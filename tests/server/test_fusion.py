"""The source of a Fusion gateway, asked as a gateway asks it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from db.enums import MemberRole
from server.app import create_app
from services.global_ids import encode
from tests.conftest import ServeApp
from tests.stack import ServedStack, running_stack, settings_for

ACCEPT = "application/jsonl, text/event-stream, application/graphql-response+json, application/json"
OWNER = "owner@example.com"


@pytest.fixture
async def gateways_source(
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[ServedStack]:
    """The served app with a source for gateways."""
    settings = settings_for(
        database_url, sandbox_process, tmp_path, port=unused_port(), fusion=True
    )
    async with (
        running_stack(settings) as stack,
        serve_app(create_app(settings), port=settings.port) as url,
    ):
        yield ServedStack(stack.services, settings, stack.sandbox, stack.http, url)


async def asked(source: ServedStack, payload: object) -> list[dict[str, Any]]:
    """The results of a gateway's request, in JSON Lines."""
    headers = {"Authorization": f"Bearer {source.token(OWNER)}", "Accept": ACCEPT}
    async with httpx.AsyncClient(timeout=30, headers=headers) as client:
        answer = await client.post(f"{source.url}/graphql/fusion", json=payload)
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines() if line]


async def test_what_a_gateway_asks(gateways_source: ServedStack) -> None:
    owner = await gateways_source.user("owner")
    key = await gateways_source.organization(owner)
    await gateways_source.join(key, "admin", MemberRole.ADMIN)
    organization = encode("Organization", key)
    await the_names_are_those_of_composition(gateways_source)
    await lookups_by_each_key(gateways_source, organization)
    await lookups_of_many_objects_in_one_request(gateways_source, organization)


async def the_names_are_those_of_composition(source: ServedStack) -> None:
    document = """{ __schema { subscriptionType { name } }
        __type(name: "Organization") { fields { name type { name } } } }"""
    [answer] = await asked(source, {"query": document})
    assert answer["data"]["__schema"] == {"subscriptionType": {"name": "Subscription"}}
    types = {one["name"]: one["type"]["name"] for one in answer["data"]["__type"]["fields"]}
    assert types["subscription"] == "OrganizationSubscription"
    documents = (
        '{ node(id: "UFBSTw") { ... on OrganizationSubscription { seats } ... on Plan { code } } }'
    )
    [answer] = await asked(source, {"query": documents})
    assert answer["data"] == {"node": {"code": "PRO"}}


async def lookups_by_each_key(source: ServedStack, organization: str) -> None:
    by_id = """query ($id: ID!) { node(id: $id) { __typename ... on Organization {
        name subscription { __typename } seatUsage { occupied } } } }"""
    [answer] = await asked(source, {"query": by_id, "variables": {"id": organization}})
    assert answer["data"]["node"] == {
        "__typename": "Organization",
        "name": "acme",
        "subscription": None,
        "seatUsage": {"occupied": 2},
    }
    [answer] = await asked(source, {"query": '{ organizationByName(name: "acme") { id } }'})
    assert answer["data"] == {"organizationByName": {"id": organization}}
    [answer] = await asked(source, {"query": '{ organizationByName(name: "none") { id } }'})
    assert answer == {"data": {"organizationByName": None}}


async def lookups_of_many_objects_in_one_request(source: ServedStack, organization: str) -> None:
    document = "query ($id: ID!) { node(id: $id) { __typename } }"
    sets = [{"id": organization}, {"id": "nonsense"}, {"id": "UFBSTw"}]
    results = await asked(source, {"query": document, "variables": sets})
    by_index = {one["variableIndex"]: one for one in results}
    assert by_index[0]["data"] == {"node": {"__typename": "Organization"}}
    assert by_index[1]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert by_index[2]["data"] == {"node": {"__typename": "Plan"}}
    results = await asked(source, [{"query": "{ plans { code } }"}, {"query": "{ viewer { id } }"}])
    assert {one["requestIndex"] for one in results} == {0, 1}


async def test_it_is_not_there_unless_wanted(served: ServedStack) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{served.url}/graphql/fusion", json={"query": "{ plans { id } }"}
        )
    assert answer.status_code in {404, 405}
