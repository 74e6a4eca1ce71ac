"""Stripe's portal: its flows, and what it offers."""

import pytest

from services.audit_log import AuditLogRequest
from services.billing_portal import PortalFlow
from services.change_refusals import CancellationScheduled, NotSubscribed, PendingChangeInTheWay
from services.pages import PageRequest
from services.refusals import NoBillingAccount
from tests.services.billing_world import Payer, new_payer
from tests.stack import Stack


async def open_portal(payer: Payer, flow: PortalFlow) -> str:
    session_id = await payer.stack.services.billing_portal.open(
        payer.id, flow=flow, return_url=None, viewer=payer.owner, actor=payer.actor
    )
    session = await payer.session(session_id)
    assert (session.kind, session.expires_at) == ("PORTAL", None)
    assert session.url is not None
    return session.url


@pytest.mark.parametrize("flow", list(PortalFlow))
async def test_each_flow_opens_a_page(stack: Stack, flow: PortalFlow) -> None:
    payer = await new_payer(stack)
    await payer.buy()
    answer = await stack.http.get(await open_portal(payer, flow), follow_redirects=True)
    assert answer.status_code == 200
    request = AuditLogRequest(PageRequest(), action="portal.opened")
    [log] = await stack.services.audit_log.list_for_each([payer.id], request)
    assert [(event.actor, event.after) for event in log.nodes] == [(payer.owner, {"flow": flow})]


async def test_it_offers_no_edits_of_plan_or_seats(stack: Stack) -> None:
    [ours] = [
        one
        for one in (await stack.stripe("GET", "/v1/billing_portal/configurations"))["data"]
        if "seatwise_portal" in one["metadata"]
    ]
    assert not ours["features"]["subscription_update"]["enabled"]
    assert ours["features"]["subscription_cancel"]["mode"] == "at_period_end"
    payer = await new_payer(stack)
    await payer.buy()
    await open_portal(payer, PortalFlow.HOME)


async def test_only_what_can_be_cancelled_there_is(stack: Stack) -> None:
    payer = await new_payer(stack)
    with pytest.raises(NoBillingAccount):
        await open_portal(payer, PortalFlow.HOME)
    await payer.buy()
    await payer.change(seats=3)
    with pytest.raises(PendingChangeInTheWay):
        await open_portal(payer, PortalFlow.CANCEL)
    await payer.cancel()
    with pytest.raises(CancellationScheduled):
        await open_portal(payer, PortalFlow.CANCEL)


async def test_what_has_ended_is_not_cancelled(stack: Stack) -> None:
    payer = await new_payer(stack)
    await payer.buy()
    [found] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    await stack.stripe("DELETE", f"/v1/subscriptions/{found['id']}")
    await payer.sync()
    with pytest.raises(NotSubscribed):
        await open_portal(payer, PortalFlow.CANCEL)
