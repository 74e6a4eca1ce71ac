"""Mails about a subscription: who gets which, once."""

from datetime import timedelta

from tests.services.lapsing import DAY, GRACE, lapsing_team
from tests.stack import Stack


async def test_a_story_of_ending_and_coming_back(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.end()
    await team.pass_time(GRACE - DAY + timedelta(hours=1))
    await team.write_notices()
    managers = ["SUBSCRIPTION_ENDED", "DEACTIVATION_NEAR"]
    assert await team.mails() == {"owner": managers, "admin": managers}
    await team.pass_time(DAY)
    await team.write_notices()
    await team.renew(seats=4)
    await team.write_notices()
    managers += ["ORGANIZATION_DEACTIVATED", "ORGANIZATION_RESTORED"]
    members = ["MEMBERSHIP_DEACTIVATED", "MEMBERSHIP_RESTORED"]
    everybody = {"owner": managers, "admin": managers, "c1": members, "c2": members}
    assert await team.mails() == everybody
    await team.write_notices()
    assert await team.mails() == everybody, "a job may run twice"


async def test_who_gets_no_seat_is_not_told_that_they_are_back(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    await team.write_notices()
    await team.renew(seats=3)
    await team.write_notices()
    assert (await team.mails())["c1"] == ["MEMBERSHIP_DEACTIVATED", "MEMBERSHIP_RESTORED"]
    assert (await team.mails())["c2"] == ["MEMBERSHIP_DEACTIVATED"]


async def test_a_failed_payment_is_told_once_with_the_link_that_pays_it(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.stop_paying(then="past_due")
    await stack.services.sync.sync(team.organization)
    await team.write_notices()
    assert await team.mails() == {"owner": ["PAYMENT_FAILED"], "admin": ["PAYMENT_FAILED"]}
    [invoice] = (await stack.stripe("GET", "/v1/invoices?status=open"))["data"]
    mail = next(one for one in await stack.services.mail.list_kept() if "failed" in one.subject)
    assert invoice["hosted_invoice_url"] in mail.text
    assert mail.html.count("href") == 2


async def test_what_was_paid_meanwhile_is_not_asked_for(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.stop_paying(then="unpaid")
    await team.pay_open_invoice()
    await team.write_notices()
    assert await team.mails() == {}


async def test_an_ended_subscription_is_told_with_the_date_and_the_page_that_helps(
    stack: Stack,
) -> None:
    team = await lapsing_team(stack)
    await team.end()
    await team.write_notices()
    [mail, _] = [one for one in await stack.services.mail.list_kept() if "ended" in one.subject]
    deactivates_at = (await team.access()).deactivates_at
    assert deactivates_at is not None
    assert f"{deactivates_at:%-d %B %Y, %H:%M} UTC" in mail.text
    assert f"{stack.settings.public_url}/portal/organizations/acme" in mail.text
