"""One organization's life: its people do, by chance, what people do with a subscription.

The chance is the organization's own, so a seed makes the same person want the same things; what the
machine answers, and when, is not repeatable.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from services.global_ids import decode
from tests.chaos.client import Answer, Browser
from tests.chaos.stripe_side import DECLINED, DECLINED_LATER, VISA, StripeSide
from tests.services.smtp_server import SMTPServer

STATE = """
query($name: String!) {
  organizationByName(name: $name) {
    id
    subscription { status seats interval plan { code } endsAt pendingChange { kind } }
    members(first: 50) { nodes { id role status user { email } } }
    invitations(status: PENDING, first: 50) { nodes { id email } }
  }
}
"""
_DEAD = {"CANCELED", "INCOMPLETE_EXPIRED"}
_PEOPLE = 12
_TWO_AT_ONCE = 0.1


@dataclass
class Count:
    """What its people know to have done, to be compared with what Stripe says."""

    steps: int = 0
    paid_checkouts: int = 0
    wanted_changes: int = 0
    """Changes of plan, interval or seats; a change clicked again is the same one."""


@dataclass
class Life:
    """Give it time by calling `step`, one call after the other."""

    name: str
    chance: Random
    browser: Browser
    stripe: StripeSide
    mailbox: SMTPServer
    count: Count = field(default_factory=Count)
    id: str | None = None
    deleted: bool = False
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return f"owner@{self.name}.test"

    async def step(self) -> None:
        """One thing that somebody does."""
        self.count.steps += 1
        if self.id is None:
            return await self._create()
        seen = await self.browser.query(
            STATE, {"name": self.name}, email=self.owner, chance=self.chance
        )
        if seen is None or seen["organizationByName"] is None:
            return None
        self.state = seen["organizationByName"]
        if self.chance.random() < _TWO_AT_ONCE:
            await asyncio.gather(self._choose()(), self._choose()())
            return None
        return await self._choose()()

    def _choose(self) -> Callable[[], Awaitable[None]]:
        wishes = self._wishes()
        [act] = self.chance.choices(list(wishes), list(wishes.values()))
        return act

    def _wishes(self) -> dict[Callable[[], Awaitable[None]], float]:
        """What comes to mind as things stand, and how readily."""
        subscription = self.state["subscription"]
        if subscription is None or subscription["status"] in _DEAD:
            return {self._buy: 12, self._remove: 1, self._visit_portal: 1}
        return {
            self._change: 8,
            self._quote_and_change: 2,
            self._invite: 8,
            self._accept: 8,
            self._cancel: 2,
            self._resume: 6 if subscription["endsAt"] else 0,
            self._call_off: 4 if subscription["pendingChange"] else 0,
            self._remove: 2,
            self._lock_out: 1,
            self._let_in_again: 2,
            self._leave: 1,
            self._give_bad_card: 2,
            self._pay: 8 if subscription["status"] != "ACTIVE" else 1,
            self._buy: 1,
            self._visit_portal: 1,
            self._rename: 1,
            self._delete: 0.15,
        }

    async def _do(self, mutation: str, *, by: str | None = None, **given: Any) -> Answer:
        return await self.browser.mutate(
            mutation, given, email=by or self.owner, chance=self.chance
        )

    def _key(self) -> str:
        return f"{self.name}-{self.chance.getrandbits(64):x}"

    async def _create(self) -> None:
        answer = await self._do(
            "createOrganization", name=self.name, displayName=self.name, idempotencyKey=self.name
        )
        if answer.done:
            self.id = answer.payload["organization"]["id"]

    async def _buy(self) -> None:
        plan, seats = self.chance.choice([("PRO", 2), ("PRO", 4), ("PRO", 8), ("BUSINESS", 6)])
        answer = await self._do(
            "selectPlan",
            organizationId=self.id,
            plan=plan,
            interval=self.chance.choice(["MONTHLY", "MONTHLY", "ANNUAL"]),
            seats=seats,
            idempotencyKey=self._key(),
        )
        if not answer.done or self.chance.random() < 0.1:
            return
        found = re.search(r"cs_test_\w+", answer.payload["billingSession"]["url"] or "")
        if found is not None:
            await self._pay_checkout(found[0])

    async def _pay_checkout(self, session_id: str) -> None:
        if self.chance.random() < 0.1:
            await self.stripe.pay_checkout(session_id, card=DECLINED)
        if await self.stripe.pay_checkout(session_id, card=VISA):
            self.count.paid_checkouts += 1

    def _wanted(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {"seats": self.chance.randint(2, 12)}
        if self.chance.random() < 0.3:
            wanted["plan"] = self.chance.choice(["PRO", "BUSINESS"])
        if self.chance.random() < 0.2:
            wanted["interval"] = self.chance.choice(["MONTHLY", "ANNUAL"])
        if self.chance.random() < 0.5:
            wanted["keepMemberIds"] = []
        return wanted

    async def _change(self) -> None:
        self.count.wanted_changes += 1
        await self._do(
            "changePlan",
            organizationId=self.id,
            idempotencyKey=self._key(),
            **self._wanted(),
        )

    async def _quote_and_change(self) -> None:
        quoted = await self._do("quoteChange", organizationId=self.id, **self._wanted())
        if not quoted.done:
            return
        self.count.wanted_changes += 1
        await self._do(
            "changePlan",
            organizationId=self.id,
            quoteId=quoted.payload["quote"]["id"],
            idempotencyKey=self._key(),
        )

    async def _cancel(self) -> None:
        await self._do("cancelSubscription", organizationId=self.id)

    async def _resume(self) -> None:
        await self._do("resumeSubscription", organizationId=self.id)

    async def _call_off(self) -> None:
        await self._do("cancelPendingChange", organizationId=self.id)

    async def _visit_portal(self) -> None:
        await self._do(
            "openBillingPortal",
            organizationId=self.id,
            flow="HOME",
        )

    async def _rename(self) -> None:
        name = f"{self.name} {self.chance.randint(1, 99)}"
        await self._do("updateOrganization", organizationId=self.id, displayName=name)

    async def _delete(self) -> None:
        answer = await self._do("deleteOrganization", organizationId=self.id, name=self.name)
        self.deleted = self.deleted or answer.done

    async def _invite(self) -> None:
        email = f"p{self.chance.randrange(_PEOPLE)}@{self.name}.test"
        role = self.chance.choice(["COLLABORATOR", "COLLABORATOR", "ADMIN"])
        await self._do(
            "inviteMember",
            organizationId=self.id,
            email=email,
            role=role,
            idempotencyKey=self._key(),
        )

    async def _accept(self) -> None:
        invited = [one["email"] for one in self.state["invitations"]["nodes"]]
        if not invited:
            return await self._invite()
        email = self.chance.choice(invited)
        if (token := self._token(email)) is None:
            return None
        name = "acceptInvitation" if self.chance.random() < 0.85 else "declineInvitation"
        await self._do(name, by=email, token=token)
        return None

    def _token(self, email: str) -> str | None:
        for mail in reversed(self.mailbox.mails):
            if mail["To"] == email:
                body = mail.get_body(("plain",))
                found = re.search(r"#(\S+)", body.get_content() if body else "")
                if found is not None:
                    return found[1]
        return None

    def _member(self, *, status: str) -> dict[str, Any] | None:
        others = [
            one
            for one in self.state["members"]["nodes"]
            if one["role"] != "OWNER" and one["status"] == status
        ]
        return self.chance.choice(others) if others else None

    async def _on_member(self, mutation: str, *, status: str) -> None:
        if member := self._member(status=status):
            await self._do(mutation, memberId=member["id"])

    async def _remove(self) -> None:
        await self._on_member("removeMember", status="ACTIVE")

    async def _lock_out(self) -> None:
        await self._on_member("deactivateMember", status="ACTIVE")

    async def _let_in_again(self) -> None:
        await self._on_member("reactivateMember", status="DEACTIVATED")

    async def _leave(self) -> None:
        if member := self._member(status="ACTIVE"):
            email = member["user"]["email"]
            await self._do("leaveOrganization", by=email, organizationId=self.id)

    async def _give_bad_card(self) -> None:
        if subscription := await self._at_stripe():
            await self.stripe.use_card(subscription, DECLINED_LATER)

    async def _pay(self) -> None:
        if subscription := await self._at_stripe():
            await self.stripe.use_card(subscription, VISA)
            await self.stripe.pay_what_is_open(subscription["customer"])

    async def _at_stripe(self) -> dict[str, Any] | None:
        assert self.id is not None
        _, key = decode(self.id)
        found = await self.stripe.newest_subscription(str(key))
        return found if found and found["status"].upper() not in _DEAD else None
