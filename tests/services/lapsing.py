"""A team whose subscription ends, and what tests of expiry do again and again."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson

from db.enums import BillingInterval, DeactivationReason, MemberRole, MemberStatus
from execution.selection import Selection
from services.access import AccessView
from services.global_ids import TenantKey
from services.members import MemberListRequest
from services.notices import Notice
from services.pages import PageRequest
from services.plan_choices import PlanChoice
from services.views import MemberView
from tests.services.buying import pay, select
from tests.services.team import Team, new_team
from tests.stack import Stack

GRACE = timedelta(days=3)
DAY = timedelta(days=1)
FAILS_LATER = "4000000000000341"
PAYS = "4242424242424242"


class LapsingTeam(Team):
    """A team, and the passing of time."""

    async def pass_time(self, by: timedelta) -> None:
        """What `seatwise clock advance` does, without a worker.

        A sweep leaves out an organization that somebody else has locked: a worker that fetches it.
        """
        await self.stack.sandbox.advance_clock(by)
        await self.stack.services.sync.sync(self.organization)
        await self.stack.services.clock.advance(self.stack.services.database, by)
        await self.stack.services.expiry.sweep()
        async with asyncio.timeout(30):
            while await self.stack.services.expiry.count_due():
                await self.stack.services.expiry.sweep()

    async def living(self) -> dict[str, Any]:
        """The organization's one subscription at Stripe that is not canceled."""
        listed = (await self.stack.stripe("GET", "/v1/subscriptions"))["data"]
        ours = str(self.organization)
        [found] = [one for one in listed if one["metadata"]["organization_id"] == ours]
        return dict(found)

    async def end(self) -> None:
        """The subscription is canceled at Stripe, at once."""
        living = await self.living()
        await self.stack.stripe("DELETE", f"/v1/subscriptions/{living['id']}")
        await self.stack.services.sync.sync(self.organization)

    async def deactivate(self) -> None:
        """The subscription ends, and the grace time passes."""
        await self.end()
        await self.pass_time(GRACE + timedelta(hours=1))

    async def renew(
        self, *, seats: int, plan: str = "PRO", interval: BillingInterval = BillingInterval.MONTHLY
    ) -> None:
        """Buy again."""
        choice = PlanChoice(plan, interval, seats, None, None)
        await select(self.stack, self.owner, self.organization, choice)
        await pay(self.stack)
        await self.stack.services.sync.sync(self.organization)

    async def stop_paying(self, *, then: str) -> None:
        """The next payment fails and is not tried again; `then`: past_due, unpaid or cancel."""
        stripe = self.stack.stripe
        await stripe("PUT", "/_control/settings", dunning={"retry_days": [1], "then": then})
        await self.use_card(FAILS_LATER)
        await self.pass_time(timedelta(days=31))
        await self.pass_time(timedelta(days=1, hours=2))

    async def use_card(self, number: str) -> None:
        """What the subscription is charged on from now on."""
        stripe, living = self.stack.stripe, await self.living()
        form = {"type": "card", "card[number]": number, "card[exp_month]": "12"}
        form |= {"card[exp_year]": "2040", "card[cvc]": "123"}
        method = (await stripe("POST", "/v1/payment_methods", **form))["id"]
        await stripe("POST", f"/v1/payment_methods/{method}/attach", customer=living["customer"])
        path = f"/v1/subscriptions/{living['id']}"
        await stripe("POST", path, default_payment_method=method)

    async def pay_open_invoice(self) -> None:
        """With a card that pays."""
        await self.use_card(PAYS)
        listed = await self.stack.stripe("GET", "/v1/invoices?status=open")
        for invoice in listed["data"]:
            await self.stack.stripe("POST", f"/v1/invoices/{invoice['id']}/pay")
        await self.stack.services.sync.sync(self.organization)

    async def access(self) -> AccessView:
        """How the expiry stands."""
        found = await self.stack.services.organization_reads.get_many(
            [self.organization], viewer=self.owner, selection=Selection.of("access")
        )
        return found[self.organization].access

    async def members(self) -> dict[str, MemberView]:
        """Everybody, by the name before the @."""
        request = MemberListRequest(PageRequest(100))
        [page] = await self.stack.services.members.list_for_each([self.organization], request)
        return {str(member.user.email).partition("@")[0]: member for member in page.nodes}

    def key(self, member: MemberView) -> TenantKey:
        """The key of one of them."""
        return TenantKey(self.organization, member.id)

    async def states(self) -> dict[str, DeactivationReason | None]:
        """Why each is locked out, None for those who are not."""
        found = await self.members()
        for member in found.values():
            active = member.status is MemberStatus.ACTIVE
            assert active == (member.deactivation_reason is None) == (member.seat is not None)
        return {name: member.deactivation_reason for name, member in found.items()}

    async def write_notices(self) -> None:
        """Run the jobs that a worker would run."""
        for job in await self.rows("SELECT entrypoint, payload FROM jobs.pgqueuer ORDER BY id"):
            if job["entrypoint"] == "write_notices":
                await self.stack.services.notices.write(notice_of(job["payload"]))

    async def mails(self) -> dict[str, list[str]]:
        """Kinds of mail by recipient, without invitations, oldest first."""
        rows = await self.rows(
            "SELECT kind, recipient FROM mails WHERE kind <> 'INVITATION' ORDER BY queued_at, id",
        )
        sent: dict[str, list[str]] = {}
        for kind, recipient in rows:
            sent.setdefault(recipient.partition("@")[0], []).append(kind)
        return sent


def notice_of(payload: bytes) -> Any:
    """The notice of a job."""
    return Notice.of_payload(orjson.loads(payload))


async def lapsing_team(stack: Stack, *, seats: int = 5, people: int = 3) -> LapsingTeam:
    """The owner, an admin, and collaborators called c1, c2..., in the order of joining."""
    made = await new_team(stack, seats=seats)
    team = LapsingTeam(stack, made.owner, made.organization)
    for number in range(1, people):
        await team.add(f"c{number}")
    await team.add("admin", MemberRole.ADMIN)
    return team
