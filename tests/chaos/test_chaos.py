"""Organizations live a year while everything fails that can; `make chaos` gives it five minutes.

`SEATWISE_CHAOS_SEED` repeats what people want and what fails; who is first is up to the machine.
`make chaos` draws one; among the other tests it is always the same, so that failures can be sought.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from bench.issuer import Issuer, serving_issuer
from server.settings import Settings
from tests.chaos.processes import Programs
from tests.chaos.report import answers, judge, report
from tests.chaos.run import Chaos, Plan, chaos
from tests.services.smtp_server import SMTPServer, smtp_server
from tests.stack import WEBHOOK_SECRET, running_stack, settings_for

SEED = int(os.environ.get("SEATWISE_CHAOS_SEED") or 632_018)
SECONDS = float(os.environ.get("SEATWISE_CHAOS_SECONDS", "30"))
ORGANIZATIONS = int(os.environ.get("SEATWISE_CHAOS_ORGANIZATIONS", "15"))
VERBOSE = bool(os.environ.get("SEATWISE_CHAOS_VERBOSE"))


@pytest.fixture
async def running(
    database_url: str, tmp_path: Path, unused_port: Callable[[], int]
) -> AsyncIterator[Chaos]:
    sandbox_url, ports = f"http://127.0.0.1:{unused_port()}", (unused_port(), unused_port())
    async with smtp_server() as mailbox:
        settings = settings_for(database_url, sandbox_url, tmp_path, port=ports[0])
        with serving_issuer() as issuer:
            variables = _variables(settings, issuer, mailbox)
            with Programs(tmp_path, variables) as programs:
                await _start_sandbox(programs, sandbox_url)
                async with _everything(settings, programs, mailbox, issuer, ports) as whole:
                    yield whole


def _variables(settings: Settings, issuer: Issuer, mailbox: SMTPServer) -> dict[str, str]:
    assert settings.database_url is not None
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SEATWISE_SANDBOX_URL": settings.sandbox_url,
        "SEATWISE_SANDBOX_API_KEY": settings.sandbox_api_key,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SEATWISE_DATA_DIR": str(settings.data_dir),
        "SEATWISE_PUBLIC_URL": settings.public_url,
        "SEATWISE_OIDC_ISSUER": issuer.url,
        "SMTP_URL": mailbox.url,
        "SEATWISE_INVITATIONS_PER_HOUR": "1000000",
        "SEATWISE_READ_CONNECTIONS": "4",
        "SEATWISE_WRITE_CONNECTIONS": "6",
        "SEATWISE_LOG_FORMAT": "json",
        "SEATWISE_SHUTDOWN_SECONDS": "1",
    }


async def _start_sandbox(programs: Programs, url: str) -> None:
    port = url.rpartition(":")[2]
    await programs.add("sandbox", "sandbox", "--port", port, ready=f"{url}/healthz").until_ready()


@asynccontextmanager
async def _everything(
    settings: Settings,
    programs: Programs,
    mailbox: SMTPServer,
    issuer: Issuer,
    ports: tuple[int, ...],
) -> AsyncIterator[Chaos]:
    @cache
    def token_of(email: str) -> str:
        return issuer.token(email, email=email, email_verified=True, name=email)

    async with (
        running_stack(settings) as stack,
        chaos(
            Plan(SEED, SECONDS, ORGANIZATIONS),
            settings=settings,
            services=stack.services,
            programs=programs,
            mailbox=mailbox,
            ports=ports,
            token_of=token_of,
        ) as whole,
    ):
        webhooks = f"{settings.public_url}/webhooks/stripe"
        await stack.sandbox.send_webhooks_to(webhooks, secret=WEBHOOK_SECRET)
        yield whole


async def test_whatever_fails_it_all_adds_up(
    running: Chaos, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 # it is the point

    say(f"\nSEATWISE_CHAOS_SEED={SEED}")  # should it never end
    await running.live(say)
    say("nothing fails any more; waiting until all is quiet")
    left = await running.settle()
    rows, findings = judge(await running.evidence())
    say(f"\n{report(running, rows, findings)}")
    if VERBOSE:
        say(answers(running))  # how it went
    failures = await running.stripe.control("GET", "/failures")
    assert failures["failures"] == [], f"seed {SEED}: the sandbox itself failed"
    assert left == [], f"seed {SEED}: it does not come to rest"
    assert findings == [], f"seed {SEED}"
    bought = {name: counted for name, counted, _ in rows}["bought as often as paid"]
    assert bought > 0, "nothing happened that could prove anything"
