import pytest

from db.enums import MemberRole, SeatEnding
from services.actors import Actor
from services.organization_deletion import OrganizationDeletionService
from services.people_refusals import InvitationNotFound
from services.refusals import (
    BillingUnavailable,
    InvalidInput,
    NotPermitted,
    OrganizationNameTaken,
    OrganizationNotFound,
)
from services.views import UserView
from tests.services.buying import checkouts, select
from tests.services.lapsing import lapsing_team
from tests.services.team import Team, new_team
from tests.stack import Stack


async def delete(team: Team, *, name: str = "acme", by: UserView | None = None) -> None:
    viewer = by or team.owner
    service: OrganizationDeletionService = team.stack.services.organization_deletion
    await service.delete(team.organization, name=name, viewer=viewer, actor=Actor.user(viewer.id))


async def test_deleting_ends_everything_but_the_record(stack: Stack) -> None:
    team = await new_team(stack, seats=4)
    await team.add("ann")
    await team.invite("bob")
    token = await team.token("bob")
    await delete(team)
    [subscription] = (await stack.stripe("GET", "/v1/subscriptions?status=all"))["data"]
    assert subscription["status"] == "canceled"
    assert len((await stack.stripe("GET", "/v1/invoices"))["data"]) == 1, "nothing is given back"
    assert await team.rows("SELECT 1 FROM seats WHERE ended_at IS NULL") == []
    occupied = await team.rows("SELECT ended_reason FROM seats WHERE state = 'OCCUPIED'")
    assert [row[0] for row in occupied] == [SeatEnding.ORGANIZATION_DELETED] * 2
    assert await team.rows("SELECT 1 FROM invitations WHERE status = 'PENDING'") == []
    assert (await team.actions())[-1] == "organization.deleted"
    with pytest.raises(OrganizationNotFound):
        await delete(team)
    with pytest.raises(OrganizationNotFound):
        await team.invite("carl")
    with pytest.raises(InvitationNotFound):
        await team.accept("bob", token=token)
    with pytest.raises(OrganizationNameTaken):
        await stack.organization(team.owner)


async def test_an_organization_that_never_paid_is_deleted_without_stripe(stack: Stack) -> None:
    team = await new_team(stack)
    await stack.fail({"route": "* *", "status": 500, "count": None})
    await delete(team)
    assert await team.rows("SELECT 1 FROM organizations WHERE deleted_at IS NULL") == []


async def test_a_cancellation_whose_answer_is_lost_is_no_refusal(stack: Stack) -> None:
    """A DELETE has no key, so the second finds nothing.

    https://docs.stripe.com/api/idempotent_requests
    """
    team = await new_team(stack, seats=4)
    fault = {"route": "DELETE /v1/subscriptions/*", "effect": "disconnect", "after_work": True}
    await stack.fail({**fault, "count": 1})
    await delete(team)
    [ended] = await team.rows("SELECT status FROM intents WHERE kind = 'CANCEL_SUBSCRIPTION'")
    assert ended[0] == "SUCCEEDED"


async def test_nothing_is_owed_of_an_unpaid_subscription(stack: Stack) -> None:
    """Nobody could see the invoice any more, and Stripe's page would still take the money."""
    team = await lapsing_team(stack)
    await team.stop_paying(then="unpaid")
    await delete(team)
    invoices = (await stack.stripe("GET", "/v1/invoices"))["data"]
    assert sorted(one["status"] for one in invoices) == ["paid", "void"]


async def test_an_open_checkout_can_no_longer_be_paid(stack: Stack) -> None:
    team = await new_team(stack)
    await select(stack, team.owner, team.organization)
    await delete(team)
    assert [one["status"] for one in await checkouts(stack)] == ["expired"]


async def test_what_was_paid_a_moment_ago_is_cancelled_too(stack: Stack) -> None:
    team = await new_team(stack)
    await select(stack, team.owner, team.organization)
    await stack.sandbox.pay(str((await checkouts(stack))[0]["id"]), card="4242424242424242")
    await delete(team)
    [subscription] = (await stack.stripe("GET", "/v1/subscriptions?status=all"))["data"]
    assert subscription["status"] == "canceled"


async def test_the_name_has_to_be_typed_and_only_the_owner_deletes(stack: Stack) -> None:
    team = await new_team(stack)
    with pytest.raises(InvalidInput) as refused:
        await delete(team, name="Acme")
    assert refused.value.field == "name"
    admin = await stack.join(team.organization, "admin", MemberRole.ADMIN)
    with pytest.raises(NotPermitted):
        await delete(team, by=admin)


async def test_while_stripe_is_down_nothing_is_deleted_and_the_next_call_goes_on(
    stack: Stack,
) -> None:
    team = await new_team(stack, seats=3)
    await stack.fail({"route": "DELETE /v1/subscriptions/*", "status": 503, "count": None})
    with pytest.raises(BillingUnavailable):
        await delete(team)
    assert (await team.usage()).occupied == 1
    await stack.stripe("DELETE", "/_control/faults")
    await delete(team)
    [subscription] = (await stack.stripe("GET", "/v1/subscriptions?status=all"))["data"]
    assert subscription["status"] == "canceled"
