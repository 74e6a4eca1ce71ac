"""A client that calls too often is told so in the payload of each mutation that was refused."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, build_schema, get_named_type

from schema import sdl
from server.app import create_app
from server.rate_limit_settings import RateLimitSettings
from tests.conftest import ServeApp
from tests.stack import ServedStack, running_stack, settings_for

LIMITED = {
    "selectPlan",
    "syncBillingSession",
    "openBillingPortal",
    "quoteChange",
    "changePlan",
    "cancelPendingChange",
    "cancelSubscription",
    "resumeSubscription",
    "deleteOrganization",
    "inviteMember",
    "resendInvitation",
    "createOrganization",
}
CREATE = """
    fragment Answer on CreateOrganizationPayload {
      organization { name }
      errors {
        __typename
        ... on Error { code message }
        ... on RateLimitedError { retryAfterSeconds }
      }
    }
    mutation ($a: String!, $b: String!) {
      first: createOrganization(input: { name: $a, displayName: "A" }) { ...Answer }
      second: createOrganization(input: { name: $b, displayName: "B" }) { ...Answer }
    }
"""


@pytest.fixture
async def strict(
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[ServedStack]:
    """A server that lets each person make one organization an hour."""
    limits = RateLimitSettings(enabled=True, create_per_viewer="1/hour")
    settings = settings_for(
        database_url, sandbox_process, tmp_path, port=unused_port(), rate_limits=limits
    )
    async with (
        running_stack(settings) as stack,
        serve_app(create_app(settings), port=settings.port) as url,
    ):
        yield ServedStack(stack.services, settings, stack.sandbox, stack.http, url)


async def test_each_mutation_is_counted_and_refused_for_itself(strict: ServedStack) -> None:
    answer = await strict.graphql(CREATE, email="ann@example.com", a="one", b="two")
    assert "errors" not in answer
    assert answer["data"]["first"] == {"organization": {"name": "one"}, "errors": None}
    [refusal] = answer["data"]["second"]["errors"]
    assert refusal["__typename"] == "RateLimitedError"
    assert refusal["code"] == "RATE_LIMITED"
    assert 0 < refusal["retryAfterSeconds"] <= 3600
    assert str(refusal["retryAfterSeconds"]) in refusal["message"]
    other = await strict.graphql(CREATE, email="bob@example.com", a="three", b="four")
    assert other["data"]["first"]["errors"] is None, "another person has a limit of their own"
    signed_out = await strict.graphql(CREATE, a="five", b="six")
    assert {one["extensions"]["code"] for one in signed_out["errors"]} == {"UNAUTHENTICATED"}


def test_the_contract_says_which_mutations_are_limited() -> None:
    contract = build_schema(sdl())
    assert contract.mutation_type is not None
    fields = contract.mutation_type.fields
    counted = {name for name, field in fields.items() if "too often" in (field.description or "")}
    refused = {
        name
        for name, field in fields.items()
        if "RateLimitedError" in refusals_of(get_named_type(field.type))
    }
    assert counted == refused == LIMITED


def refusals_of(payload: object) -> set[str]:
    assert isinstance(payload, GraphQLObjectType)
    union = get_named_type(payload.fields["errors"].type)
    assert isinstance(union, GraphQLUnionType)
    return {member.name for member in union.types}
