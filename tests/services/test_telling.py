"""Whatever changes in an organization is told to live clients and written down, with its commit."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
import orjson
import pytest

from db.completion import UPDATES_CHANNEL
from db.enums import MemberRole
from services.actors import Actor
from services.change_planning import ChangeRequest
from tests.services.lapsing import DAY, GRACE, LapsingTeam
from tests.stack import Stack

SHOWN = {
    "members": ("MEMBERS", "role, status, deactivation_reason, removed_at"),
    "seats": ("SEATS", "ended_at"),
    "invitations": ("INVITATIONS", "status, sent_at"),
    "subscriptions": ("SUBSCRIPTION", "*"),
    "billing_sessions": ("BILLING", "status"),
    "invoices": ("BILLING", "status"),
    "organizations": ("ORGANIZATION", "display_name, billing_email, deleted_at"),
}
"""By table: what live clients are told of a change, and the columns that tell of one."""


@dataclass
class Witness:
    """Sees what an act changes, what is told of it, and what is written down."""

    team: LapsingTeam
    connection: "asyncpg.Connection[asyncpg.Record]"
    changes: set[str] = field(default_factory=set)
    marked: asyncio.Event = field(default_factory=asyncio.Event)

    async def expect(self, act: Awaitable[object], *actions: str) -> None:
        """What the act changes is told; `actions` are written down, and nothing else."""
        before, written = await self.shown(), await self.written()
        await self.told()
        await act
        after, told = await self.shown(), await self.told()
        changed = {word for word in before if before[word] != after[word]}
        assert changed <= told, actions
        assert changed or not told, actions
        assert tuple((await self.written())[len(written) :]) == actions

    async def shown(self) -> dict[str, set[str]]:
        """The rows that live clients see, by what they are told of a change."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for table, (word, columns) in SHOWN.items():
            column = "id" if table == "organizations" else "organization_id"
            rows = await self.team.rows(
                f"SELECT to_jsonb(r)::text FROM (SELECT id, {columns} FROM {table}"  # noqa: S608
                f" WHERE {column} = '{self.team.organization}') r"
            )
            found[word] |= {row[0] for row in rows}
        return found

    async def written(self) -> list[str]:
        return [
            row[0] for row in await self.team.rows("SELECT action FROM audit_events ORDER BY id")
        ]

    async def told(self) -> set[str]:
        """What was told since the last time: notifications come in the order of the commits."""
        self.marked.clear()
        await self.connection.execute("SELECT pg_notify($1, '{}')", UPDATES_CHANNEL)
        async with asyncio.timeout(30):
            await self.marked.wait()
        told, self.changes = self.changes, set()
        return told

    def hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        told = orjson.loads(str(payload))
        self.changes.update(told.get(str(self.team.organization), ()))
        if not told:
            self.marked.set()


@asynccontextmanager
async def witness_of(team: LapsingTeam) -> AsyncIterator[Witness]:
    connection = await asyncpg.connect(team.stack.services.database.url)
    try:
        witness = Witness(team, connection)
        await connection.add_listener(UPDATES_CHANNEL, witness.hear)
        yield witness
    finally:
        await connection.close()


@pytest.fixture
async def team(stack: Stack) -> LapsingTeam:
    owner = await stack.user("owner")
    return LapsingTeam(stack, owner, await stack.organization(owner))


async def test_what_people_do(team: LapsingTeam) -> None:
    await team.subscribe(seats=6)
    stack, owner, actor = team.stack, team.owner, Actor.user(team.owner.id)
    invitations, memberships = stack.services.invitations, stack.services.memberships
    async with witness_of(team) as witness:
        await witness.expect(team.invite("ann"), "invitation.sent")
        await witness.expect(team.accept("ann"), "member.joined")
        bob = await team.invite("bob")
        again = invitations.resend(bob, viewer=owner, actor=actor)
        await witness.expect(again, "invitation.resent")
        taken_back = invitations.cancel(bob, viewer=owner, actor=actor)
        await witness.expect(taken_back, "invitation.cancelled")
        await team.invite("carl")
        declined = stack.services.invitation_answers.decline(
            await team.token("carl"), person=await team.person("carl")
        )
        await witness.expect(declined, "invitation.declined")

        ann, dora = team.key((await team.members())["ann"]), await team.add("dora")
        raised = memberships.change_role(ann, MemberRole.ADMIN, viewer=owner, actor=actor)
        await witness.expect(raised, "member.role_changed")
        locked_out = memberships.deactivate(dora, viewer=owner, actor=actor)
        await witness.expect(locked_out, "member.deactivated")
        let_in = memberships.reactivate(dora, viewer=owner, actor=actor)
        await witness.expect(let_in, "member.reactivated")
        removed = memberships.remove(dora, viewer=owner, actor=actor)
        await witness.expect(removed, "member.removed")
        transferred = memberships.transfer_ownership(ann, viewer=owner, actor=actor)
        await witness.expect(transferred, "organization.transferred")
        left = memberships.leave(team.organization, viewer=owner, actor=actor)
        await witness.expect(left, "member.left")


async def test_what_is_bought_and_changed(team: LapsingTeam) -> None:
    organization, owner, actor = team.organization, team.owner, Actor.user(team.owner.id)
    services = team.stack.services
    changes, cancellations = services.plan_changes, services.cancellations
    requested, changed = "subscription.change_requested", "subscription.changed"
    async with witness_of(team) as witness:
        bought = ("checkout.opened", "invoice.paid", "subscription.created")
        await witness.expect(team.subscribe(seats=6), *bought)
        renamed = services.organizations.update(
            organization, wanted={"display_name": "Acme Inc."}, viewer=owner, actor=actor
        )
        await witness.expect(renamed, "organization.updated")
        more = changes.change(organization, ChangeRequest(seats=7), viewer=owner, actor=actor)
        await witness.expect(more, requested, "invoice.paid", changed)
        fewer = changes.change(organization, ChangeRequest(seats=3), viewer=owner, actor=actor)
        await witness.expect(fewer, requested, changed)
        call_off = cancellations.call_off_change(organization, viewer=owner, actor=actor)
        await witness.expect(call_off, "subscription.change_called_off", changed)
        cancel = cancellations.cancel(organization, viewer=owner, actor=actor)
        await witness.expect(cancel, "subscription.cancel_requested", changed)
        resume = cancellations.resume(organization, viewer=owner, actor=actor)
        await witness.expect(resume, "subscription.resume_requested", changed)
        await team.use_card("5555555555554444")
        await witness.expect(services.sync.sync(organization))  # another card: no agreement changed
        await witness.expect(services.sync.sync(organization))


async def test_what_a_subscription_does_to_people(team: LapsingTeam) -> None:
    await team.subscribe(seats=5)
    await team.add("ann")
    await team.add("bob")
    await team.invite("carl")
    organization, owner, actor = team.organization, team.owner, Actor.user(team.owner.id)
    services = team.stack.services
    async with witness_of(team) as witness:
        await witness.expect(team.end(), "subscription.changed")
        await witness.expect(services.sync.sync(organization))
        await witness.expect(team.pass_time(GRACE + DAY), "organization.deactivated")
        bought = ("checkout.opened", "invoice.paid", "subscription.created")
        await witness.expect(team.renew(seats=5), *bought, "organization.restored")
        smaller = ChangeRequest(seats=2, keep=())
        await services.plan_changes.change(organization, smaller, viewer=owner, actor=actor)
        later = ("invoice.paid", "subscription.changed", "member.deactivated")
        await witness.expect(team.pass_time(timedelta(days=32)), *later)
        deleted = services.organization_deletion.delete(
            organization, name="acme", viewer=owner, actor=actor
        )
        noticed = ("subscription.changed", "invitation.expired", "organization.deleted")
        await witness.expect(deleted, *noticed)
