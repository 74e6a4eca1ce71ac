"""One of several processes whose clients all want seats of one organization at once.

    python -m tests.services.seat_racers URL ORGANIZATION FIRST CLIENTS SECONDS

Says `ready`, begins when it reads a line, and prints what became of the calls, as JSON.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, text, update

from db import organizations
from db.database import Database
from db.enums import MemberRole
from db.models import Subscription
from db.statements import Statement
from services import audit
from services.actors import SYSTEM, Actor
from services.assembly import Services, ServiceSettings, build_services
from services.clock import Clock
from services.global_ids import TenantKey
from services.invitation_answers import InvitedPerson
from services.principals import UserPrincipal
from services.refusals import Refusal
from services.stripe_gateway import StripeHTTPGateway
from services.views import UserView

SEATS = range(2, 61)
"""Between how many and how many seats the organization buys, again and again."""

_MAIL = Statement(
    text("SELECT text FROM mails WHERE recipient = :email ORDER BY queued_at DESC LIMIT 1")
    .bindparams(bindparam("email"))
)  # fmt: skip
_MEMBER = Statement(
    text("SELECT id FROM members WHERE user_id = CAST(:user_id AS uuid) AND removed_at IS NULL")
    .bindparams(bindparam("user_id"))
)  # fmt: skip
_INVITATION = Statement(
    text("SELECT id FROM invitations WHERE email = :email AND status = 'PENDING'")
    .bindparams(bindparam("email"))
)  # fmt: skip


@dataclass
class Racer:
    """One client: sometimes the owner who deals with a person, sometimes that person."""

    services: Services
    organization: UUID
    owner: UserView
    user: UserView
    outcomes: Counter[str] = field(default_factory=Counter)

    async def race(self, until: float) -> None:
        steps: list[Callable[[], Awaitable[None]]] = [
            self.invite, self.invite, self.accept, self.accept, self.cancel,
            self.remove, self.leave, self.deactivate, self.reactivate, self.buy,
        ]  # fmt: skip
        while time.monotonic() < until:
            step = random.choice(steps)  # noqa: S311 # no secret
            try:
                await step()
            except Refusal as refusal:
                self.outcomes[f"{step.__name__}: {refusal.code}"] += 1
            except Exception as fault:  # noqa: BLE001 # told to the test
                self.outcomes[f"FAULT {step.__name__}: {type(fault).__name__}: {fault}"] += 1
            else:
                self.outcomes[f"{step.__name__}: done"] += 1

    async def invite(self) -> None:
        await self.services.invitations.invite(
            self.organization,
            email=str(self.user.email),
            role=MemberRole.COLLABORATOR,
            viewer=self.owner,
            actor=Actor.user(self.owner.id),
        )

    async def accept(self) -> None:
        row = await self.services.database.fetch_row(_MAIL, email=self.user.email)
        found = re.search(r"#(\S+)", row["text"]) if row else None
        person = InvitedPerson(
            viewer=self.user, actor=Actor.user(self.user.id), verified_email=self.user.email
        )
        await self.services.invitation_answers.accept(found[1] if found else "", person=person)

    async def cancel(self) -> None:
        row = await self.services.database.fetch_row(_INVITATION, email=self.user.email)
        if row:
            key = TenantKey(self.organization, row["id"])
            await self.services.invitations.cancel(
                key, viewer=self.owner, actor=Actor.user(self.owner.id)
            )

    async def remove(self) -> None:
        await self._on_member("remove")

    async def deactivate(self) -> None:
        await self._on_member("deactivate")

    async def reactivate(self) -> None:
        await self._on_member("reactivate")

    async def leave(self) -> None:
        await self.services.memberships.leave(
            self.organization, viewer=self.user, actor=Actor.user(self.user.id)
        )

    async def buy(self) -> None:
        """As `sync` writes what Stripe says: under the lock, with the moment written down."""
        seats = random.choice(SEATS)  # noqa: S311 # no secret
        async with self.services.database.begin() as transaction:
            await organizations.lock(transaction, self.organization)
            await transaction.session.execute(update(Subscription).values(seats=seats))
            audit.record(
                transaction,
                self.organization,
                actor=SYSTEM,
                action="test.seatsBought",
                target=("Organization", self.organization),
                at=self.services.clock.now(),
                after={"seats": seats},
            )

    async def _on_member(self, action: str) -> None:
        row = await self.services.database.fetch_row(_MEMBER, user_id=self.user.id)
        if row:
            key = TenantKey(self.organization, row["id"])
            method = getattr(self.services.memberships, action)
            await method(key, viewer=self.owner, actor=Actor.user(self.owner.id))


async def race(url: str, organization: UUID, first: int, clients: int, seconds: float) -> None:
    database, gateway = Database(url), StripeHTTPGateway("sk_test_1", base_url="http://127.0.0.1:9")
    await database.open()
    settings = ServiceSettings(
        grace=timedelta(days=3),
        default_currency="usd",
        default_return_url="http://localhost",
        return_origins=(),
        invitations_per_hour=1_000_000,
    )
    services = build_services(database, gateway, Clock(), settings)
    owner = await identify(services, "owner")
    users = [await identify(services, f"racer{first + number}") for number in range(clients)]
    racers = [Racer(services, organization, owner, user) for user in users]
    print("ready", flush=True)  # noqa: T201 # heard by the test
    await asyncio.to_thread(sys.stdin.readline)
    until = time.monotonic() + seconds
    await asyncio.gather(*(racer.race(until) for racer in racers))
    await database.close()
    await gateway.aclose()
    print(json.dumps(sum((racer.outcomes for racer in racers), Counter())))  # noqa: T201 # the answer


async def identify(services: Services, name: str) -> UserView:
    return await services.users.identify(
        UserPrincipal(
            issuer="https://racers.test",
            subject=name,
            email=f"{name}@example.com",
            email_verified=True,
            name=name,
            scopes=frozenset(),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
    )


if __name__ == "__main__":
    _, given_url, organization_id, first_client, how_many, how_long = sys.argv
    asyncio.run(
        race(
            given_url,
            UUID(organization_id),
            int(first_client),
            int(how_many),
            float(how_long),
        )
    )
