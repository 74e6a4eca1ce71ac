"""The server behind a real PgBouncer in transaction mode, whose few connections all share.

Not run where PgBouncer is not installed (Debian: `apt install pgbouncer`); `.ci/run` installs it.
`SEATWISE_TEST_PGBOUNCER` names another program than the one in the path.
"""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from sqlalchemy import text

from db.embedded_account import unprivileged_account
from db.guard import guard
from db.pooling import UNPREPARED
from db.statements import Statement
from server.doctor.finding import State
from server.doctor.looks import look_at_database
from services.global_ids import encode
from tests.conftest import ServeApp
from tests.stack import ServedStack, running_served_stack, settings_for
from tests.test_first_purchase import followed, pay, select

PROGRAM = os.environ.get("SEATWISE_TEST_PGBOUNCER") or shutil.which(
    "pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin"
)
SERVER_CONNECTIONS = 3
"""Fewer than the server has of its own, so that each of its statements meets another one."""
READ = """query ($name: String!) { organizationByName(name: $name) {
    id displayName seatUsage { occupied } members { nodes { role user { email } } } } }"""
RENAME = """mutation ($id: ID!, $name: String!) {
    updateOrganization(input: {organizationId: $id, displayName: $name}) {
      organization { displayName } errors { __typename } } }"""

pytestmark = pytest.mark.skipif(not PROGRAM, reason="PgBouncer is not installed")


def follows_prepared_statements() -> bool:
    """Whether this PgBouncer has `max_prepared_statements` (1.21)."""
    assert PROGRAM
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 # what is installed
    found = re.search(r"PgBouncer (\d+)\.(\d+)", said.stdout)
    assert found, said.stdout
    return (int(found[1]), int(found[2])) >= (1, 21)


def configuration(database_url: str, *, port: int, prepared_statements: bool) -> str:
    parts = urlsplit(database_url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    account = f"user={parts.username}"
    if parts.password:
        account += f" password='{parts.password}'"
    lines = [
        "[databases]",
        f"{parts.path[1:]} = host={host} port={parts.port or 5432} {account}",
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        f"listen_port = {port}",
        "unix_socket_dir =",
        "auth_type = any",
        "pool_mode = transaction",
        f"default_pool_size = {SERVER_CONNECTIONS}",
        "server_round_robin = 1",  # the next transaction is given another connection
        "ignore_startup_parameters = extra_float_digits",
        "max_prepared_statements = 200" if prepared_statements else "",
    ]
    return "\n".join(lines)


@contextlib.asynccontextmanager
async def pgbouncer(written: str, url: str) -> AsyncIterator[None]:
    """A PgBouncer that answers at `url`. It refuses to be root, as Postgres does: as whom that
    runs, this runs.
    """
    assert PROGRAM
    account = unprivileged_account()
    with tempfile.NamedTemporaryFile("w", prefix="pgbouncer-", suffix=".ini") as file:
        file.write(written)
        file.flush()
        if account:
            os.chown(file.name, account["user"], account["group"])
        process = subprocess.Popen([PROGRAM, "--quiet", file.name], cwd="/", **account)  # noqa: ASYNC220, S603 # what is installed
        release_guard = guard(process.pid, signal="TERM", seconds=5)
        try:
            await until_it_answers(process, url)
            yield
        finally:
            release_guard()
            process.terminate()
            process.wait(timeout=30)


async def until_it_answers(process: "subprocess.Popen[bytes]", url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            assert process.poll() is None, "PgBouncer does not start"
            try:
                connection = await asyncpg.connect(url, **UNPREPARED)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            await connection.close()
            return


@pytest.fixture(params=["prepared", "unprepared"])
async def pooled(  # noqa: PLR0917 - fixtures
    request: pytest.FixtureRequest,
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[ServedStack]:
    """A server and its worker whose queries go through PgBouncer."""
    prepared = request.param == "prepared"
    if prepared and not follows_prepared_statements():
        pytest.skip("this PgBouncer is older than 1.21: no prepared statements")
    port = unused_port()
    written = configuration(database_url, port=port, prepared_statements=prepared)
    url = f"postgresql://seatwise@127.0.0.1:{port}{urlsplit(database_url).path}"
    settings = settings_for(
        url,
        sandbox_process,
        tmp_path,
        port=unused_port(),
        database_direct_url=database_url,
        prepared_statements=prepared,
    )
    async with pgbouncer(written, url), running_served_stack(settings, serve_app) as running:
        yield running


async def test_buying_happens_through_pgbouncer_and_is_seen_live(pooled: ServedStack) -> None:
    owner = await pooled.user("owner")
    acme = encode("Organization", await pooled.organization(owner))
    async with followed(pooled, acme) as heard, asyncio.timeout(60):
        assert (await select(pooled, acme))["errors"] is None
        await pay(pooled)
        while True:
            update = (await heard.get())["data"]["organizationUpdated"]
            if update["organization"]["subscription"]:
                break
    assert update["organization"]["subscription"] == {"status": "ACTIVE", "seats": 5}
    await pooled.settled()


async def test_many_at_once_share_few_connections(pooled: ServedStack) -> None:
    """Sign-in at first sight, reads and writes, all at the same time."""
    owner = await pooled.user("owner")
    names = [f"acme{number}" for number in range(5)]
    ids = [encode("Organization", await pooled.organization(owner, name)) for name in names]
    asked = [
        *(pooled.graphql(READ, email=owner.email, name=name) for name in names * 4),
        *(pooled.graphql(RENAME, email=owner.email, id=key, name="New") for key in ids),
        *(pooled.graphql("{ viewer { email } }", email=f"{name}@example.com") for name in names),
    ]
    answers = await asyncio.gather(*asked)
    assert [answer for answer in answers if "errors" in answer] == []
    for name in names:
        seen = (await pooled.graphql(READ, email=owner.email, name=name))["data"]
        assert seen["organizationByName"]["displayName"] == "New"
    assert await server_connections(pooled) == SERVER_CONNECTIONS
    findings = await look_at_database(pooled.settings)
    assert [finding.subject for finding in findings] == ["DATABASE_URL", "DATABASE_DIRECT_URL"]
    assert [finding.text for finding in findings if finding.state is not State.GOOD] == []


async def server_connections(pooled: ServedStack) -> int:
    """By how many connections of Postgres the reads of one process are answered."""
    who = Statement(text("SELECT pg_backend_pid() AS pid, pg_sleep(0.1)"))
    answers = await asyncio.gather(*(pooled.services.database.fetch(who) for _ in range(20)))
    return len({row["pid"] for rows in answers for row in rows})
