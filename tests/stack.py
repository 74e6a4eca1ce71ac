"""Seatwise as a whole, for tests: its services, or the served app with its worker.

Each test has a database of its own, and by an API key of its own an account in the one sandbox
process that all tests share.
"""

import asyncio
import contextlib
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from db import seats
from db.enums import MemberRole, MemberStatus, SeatBeginning
from db.guard import guard
from db.models import Member
from db.statements import Statement
from server.app import create_app
from server.development_issuer.minting import mint_access_token
from server.development_issuer.people import subject_of
from server.development_issuer.settings import KEY_FILE
from server.running_services import running_services
from server.sandbox_account import SandboxAccount
from server.settings import Settings
from server.worker import work
from services.actors import Actor
from services.assembly import Services
from services.catalogue import read_catalogue_file
from services.principals import UserPrincipal
from services.views import UserView
from tests.conftest import ServeApp

WEBHOOK_SECRET = "whsec_of_the_tests"
APP_ORIGIN = "https://app.example.com"
CATALOGUE = Path(__file__).parent.parent / "catalog.toml"


@pytest.fixture(scope="session")
async def sandbox_process(postgres_url: str, unused_port: Callable[[], int]) -> AsyncIterator[str]:
    """The sandbox, as the process that people start; its URL."""
    port = unused_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port)]
    process = subprocess.Popen([*command, "--database-url", postgres_url])  # noqa: ASYNC220, S603 # our own
    release_guard = guard(process.pid, signal="TERM", seconds=5)
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(60), SandboxAccount(url) as account:
            answering = asyncio.create_task(account.until_it_answers())
            while not answering.done():
                assert process.poll() is None, "the sandbox does not start"
                await asyncio.sleep(0.05)
        yield url
        await require_honesty(url)
    finally:
        release_guard()
        process.terminate()
        process.wait(timeout=10)


async def require_honesty(sandbox_url: str) -> None:
    """In all the tests the sandbox never was about to say what Stripe's SDK does not describe."""
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.get(f"{sandbox_url}/_control/failures")
    assert answer.json() == {"failures": []}


@dataclass
class Stack:
    """Services on a database and a sandbox account, with the catalogue pushed."""

    services: Services
    settings: Settings
    sandbox: SandboxAccount
    http: httpx.AsyncClient
    """To the sandbox, with the account's key."""

    async def user(self, name: str, *, verified: bool = True) -> UserView:
        """Somebody who is signed in: `name`@example.com, by the development issuer."""
        email = f"{name}@example.com"
        principal = UserPrincipal(
            issuer=self.settings.oidc_issuer,
            subject=subject_of(email),
            email=email,
            email_verified=verified,
            name=None,
            scopes=frozenset(),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        return await self.services.users.identify(principal)

    async def organization(self, owner: UserView, name: str = "acme") -> UUID:
        """An organization on the free plan."""
        return await self.services.organizations.create(
            viewer=owner, actor=Actor.user(owner.id), name=name, display_name=name.title()
        )

    async def join(self, organization: UUID, name: str, role: MemberRole) -> UserView:
        """`name`@example.com becomes a member, whatever the seat limit says."""
        user = await self.user(name)
        now = self.services.clock.now()
        async with self.services.database.begin() as transaction:
            member = Member(
                organization_id=organization,
                user_id=user.id,
                role=role,
                status=MemberStatus.ACTIVE,
                joined_at=now,
            )
            transaction.session.add(member)
            await transaction.session.flush()
            await seats.occupy(
                transaction,
                organization,
                member_id=member.id,
                reason=SeatBeginning.INVITATION_ACCEPTED,
                now=now,
            )
        return user

    async def stripe(self, method: str, path: str, **form: Any) -> dict[str, Any]:
        """A call of the sandbox's own API or of its controls."""
        if path.startswith("/_control"):
            answer = await self.http.request(method, path, json=form or None)
        else:
            answer = await self.http.request(method, path, data=form or None)
        assert answer.is_success, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def fail(self, *faults: dict[str, Any]) -> None:
        """What goes wrong with calls from now on; see sandbox/README.md."""
        await self.stripe("POST", "/_control/faults", calls=list(faults))


def settings_for(database_url: str, sandbox_url: str, data_dir: Path, **more: Any) -> Settings:
    """Development settings with a sandbox account that nobody else uses."""
    return Settings(
        database_url=database_url,
        sandbox_url=sandbox_url,
        sandbox_api_key=f"sk_test_{secrets.token_hex(12)}",
        stripe_webhook_secret=WEBHOOK_SECRET,
        return_origins=(APP_ORIGIN,),
        data_dir=data_dir,
        **{"reconcile_calls_per_second": 1000, **more},
    )


@contextlib.asynccontextmanager
async def running_stack(settings: Settings) -> AsyncIterator[Stack]:
    """The services of these settings, and a hand on their sandbox."""
    key = settings.sandbox_api_key
    assert settings.database_url is not None
    async with (
        running_services(settings, database_url=settings.database_url.get_secret_value()) as built,
        SandboxAccount(settings.sandbox_url, api_key=key) as account,
        httpx.AsyncClient(
            base_url=settings.sandbox_url, headers={"Authorization": f"Bearer {key}"}, timeout=30
        ) as http,
    ):
        await built.catalogue.push(read_catalogue_file(CATALOGUE))
        yield Stack(built, settings, account, http)


@pytest.fixture
async def stack(database_url: str, sandbox_process: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """The services, with nothing served and no worker: tests call what they test."""
    async with running_stack(settings_for(database_url, sandbox_process, tmp_path)) as running:
        yield running


@dataclass
class ServedStack(Stack):
    """The served app and its worker, too: webhooks arrive and are worked on."""

    url: str

    def token(self, email: str, **claims: Any) -> str:
        """An access token of the development issuer."""
        return mint_access_token(
            self.settings.data_dir / KEY_FILE,
            issuer=self.settings.oidc_issuer,
            audience=self.settings.oidc_audience,
            email=email,
            **claims,
        )

    async def graphql(
        self,
        document: str,
        *,
        email: str | None = None,
        scopes: Any = ("openid", "profile", "email"),  # not tuple: variables are passed by `**` too
        **variables: Any,
    ) -> dict[str, Any]:
        """The whole answer to an operation, asked over HTTP."""
        token = self.token(email, scopes=scopes) if email else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(
                f"{self.url}/graphql",
                json={"query": document, "variables": variables},
                headers=headers,
            )
        shown: dict[str, Any] = answer.json()
        return shown

    async def settled(self) -> None:
        """Wait until every webhook is delivered and every job done."""
        await self.sandbox.until_delivered()
        async with asyncio.timeout(30):
            while await self._jobs():  # noqa: ASYNC110 # it happens in the database
                await asyncio.sleep(0.02)

    async def _jobs(self) -> int:
        count = "SELECT count(*) AS waiting FROM jobs.pgqueuer"
        row = await self.services.database.fetch_row(Statement(text(count)))
        return int(row["waiting"]) if row else 0


@contextlib.asynccontextmanager
async def running_served_stack(
    settings: Settings, serve_app: ServeApp
) -> AsyncIterator[ServedStack]:
    """Everything but the process boundaries."""
    direct = settings.database_direct_url or settings.database_url
    assert direct is not None
    stop = asyncio.Event()
    async with (
        running_stack(settings) as stack,
        serve_app(create_app(settings), port=settings.port) as url,
    ):
        await stack.sandbox.send_webhooks_to(f"{url}/webhooks/stripe", secret=WEBHOOK_SECRET)
        worker = asyncio.create_task(
            work(stack.services, database_url=direct.get_secret_value(), stop=stop)
        )
        yield ServedStack(stack.services, settings, stack.sandbox, stack.http, url)
        stop.set()
        await worker


@pytest.fixture
async def served(
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[ServedStack]:
    """A server and its worker on a database of their own."""
    settings = settings_for(database_url, sandbox_process, tmp_path, port=unused_port())
    async with running_served_stack(settings, serve_app) as running:
        yield running
