"""What tests of people do again and again."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.enums import BillingInterval, MemberRole
from db.statements import Statement
from services.actors import Actor
from services.global_ids import TenantKey
from services.invitation_answers import InvitedPerson
from services.pages import PageRequest
from services.plan_choices import PlanChoice
from services.record_views import SeatLedgerEntryView
from services.views import SeatUsage, UserView
from tests.services.buying import look, pay, select
from tests.stack import Stack


@dataclass
class Team:
    """An organization and its owner, through the services."""

    stack: Stack
    owner: UserView
    organization: UUID

    async def subscribe(self, *, seats: int) -> None:
        """Buy PRO."""
        choice = PlanChoice("PRO", BillingInterval.MONTHLY, seats, None, None)
        await select(self.stack, self.owner, self.organization, choice)
        await pay(self.stack)
        await self.stack.services.sync.sync(self.organization)

    async def invite(
        self,
        name: str,
        role: MemberRole = MemberRole.COLLABORATOR,
        *,
        by: UserView | None = None,
        key: str | None = None,
    ) -> TenantKey:
        """Invite `name`@example.com."""
        viewer = by or self.owner
        return await self.stack.services.invitations.invite(
            self.organization,
            email=f"{name}@example.com",
            role=role,
            viewer=viewer,
            actor=Actor.user(viewer.id),
            idempotency_key=key,
        )

    async def token(self, name: str) -> str:
        """The token in the newest mail to `name`@example.com."""
        for mail in await self.stack.services.mail.list_kept():
            if mail.recipient == f"{name}@example.com":
                found = re.search(r"#(\S+)", mail.text)
                assert found is not None
                return found[1]
        raise AssertionError(f"there is no mail to {name}")

    async def person(self, name: str, *, verified: bool = True) -> InvitedPerson:
        """`name`@example.com, signed in."""
        user = await self.stack.user(name)
        email = f"{name}@example.com" if verified else None
        return InvitedPerson(viewer=user, actor=Actor.user(user.id), verified_email=email)

    async def accept(self, name: str, *, token: str | None = None) -> TenantKey:
        """`name`@example.com accepts the newest mail to them."""
        return await self.stack.services.invitation_answers.accept(
            token or await self.token(name), person=await self.person(name)
        )

    async def add(self, name: str, role: MemberRole = MemberRole.COLLABORATOR) -> TenantKey:
        """Invite, and accept."""
        await self.invite(name, role)
        return await self.accept(name)

    async def key_of(self, user: UserView) -> TenantKey:
        """The membership of a user."""
        found = await self.stack.services.members.get_memberships(
            [self.organization], user_id=user.id
        )
        return TenantKey(self.organization, found[self.organization].id)

    async def usage(self) -> SeatUsage:
        """The seats as the owner sees them."""
        return (await look(self.stack, self.owner, self.organization)).seat_usage

    async def ledger(self) -> list[SeatLedgerEntryView]:
        """The ledger, what began first first."""
        [page] = await self.stack.services.seat_history.list_for_each(
            [self.organization], PageRequest(100)
        )
        return list(reversed(page.nodes))

    async def rows(self, sql: str) -> list[Any]:
        """What the database says."""
        return list(await self.stack.services.database.fetch(Statement(text(sql))))

    async def actions(self) -> list[str]:
        """What the audit log tells of, oldest first."""
        return [
            row[0] for row in await self.rows("SELECT action FROM audit_events ORDER BY at, id")
        ]


async def new_team(stack: Stack, *, seats: int = 0) -> Team:
    """An organization of its owner alone, with `seats` bought."""
    owner = await stack.user("owner")
    team = Team(stack, owner, await stack.organization(owner))
    if seats:
        await team.subscribe(seats=seats)
    return team
