"""What all tests share: a real Postgres, a real sandbox, real HTTP.

`SEATWISE_TEST_POSTGRES` names a server to test on; left out, an embedded one is started, and the
workers of `pytest -n` share it.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import certifi
import hypothesis
import pytest
import structlog
import uvicorn
from starlette.types import ASGIApp

from db import migrate, revisions
from db.embedded import FAST_AND_FORGETFUL, EmbeddedPostgres

POSTGRES = "SEATWISE_TEST_POSTGRES"
STRIPE_ACCOUNT = "STRIPE_TEST_API_KEY"
TEMPLATE_LOCK = 0x7E57
_CERTIFICATE_ENDS = "-----END CERTIFICATE-----\n"

pytest_plugins = ["tests.stack"]

# How long an example takes says how busy the machine is, and nothing of the program.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

# By default rich draws each traceback with the lines around it: two seconds for a masked fault.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


class ServeApp(Protocol):
    """Serve an app on a port, any free one unless told: `async with serve_app(app) as url`."""

    def __call__(
        self, app: ASGIApp, /, *, port: int = 0
    ) -> contextlib.AbstractAsyncContextManager[str]: ...


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two processors: tests wait for processes and sockets much of their time."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_configure(config: pytest.Config) -> None:
    """Start the Postgres that the workers of `pytest -n` share."""
    if hasattr(config, "workerinput"):
        return
    if STRIPE_ACCOUNT not in os.environ:
        config.add_cleanup(_few_authorities().close)
    if getattr(config.option, "numprocesses", None):
        config.add_cleanup(_shared_postgres().close)


def _few_authorities() -> contextlib.ExitStack:
    """Each new client of httpx reads the trusted certificates: 20 ms, a thousand times. Tests speak
    to nobody but this machine, without TLS, so that one will do.
    """
    authorities = certifi.contents()
    first = authorities[: authorities.index(_CERTIFICATE_ENDS)] + _CERTIFICATE_ENDS
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".pem"))
        file.write(first)
        file.flush()
        os.environ["SSL_CERT_FILE"] = file.name
        stack.callback(os.environ.pop, "SSL_CERT_FILE")
        return stack.pop_all()


def _shared_postgres() -> contextlib.ExitStack:
    with contextlib.ExitStack() as stack:
        os.environ[POSTGRES] = stack.enter_context(_postgres())
        stack.callback(os.environ.pop, POSTGRES)
        return stack.pop_all()


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    if given := os.environ.get(POSTGRES):
        yield given
        return
    with (
        tempfile.TemporaryDirectory(prefix="seatwise-tests-") as directory,
        EmbeddedPostgres(Path(directory), settings=FAST_AND_FORGETFUL) as server,
    ):
        yield server.url()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server's own database; make others there, leave this one alone."""
    with _postgres() as url:
        yield url


def on_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def execute(url: str, *statements: str) -> None:
    """Run statements one by one, each in its own transaction."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def template_database(postgres_url: str) -> str:
    """A migrated database to copy from, made once per server and state of the migrations."""
    digest = hashlib.sha256()
    for script in sorted(revisions.MIGRATIONS.rglob("*.py")):
        digest.update(script.read_bytes())
    name = f"seatwise_template_{digest.hexdigest()[:12]}"
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name}_unfinished")
            await migrate.upgrade(on_database(postgres_url, f"{name}_unfinished"))
            await connection.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    finally:
        await connection.close()
    return name


@pytest.fixture
async def database_url(postgres_url: str, template_database: str) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    async with _new_database(postgres_url, f"TEMPLATE {template_database}") as url:
        yield url


@pytest.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A database of the test's own with nothing in it."""
    async with _new_database(postgres_url, "TEMPLATE template0") as url:
        yield url


@contextlib.asynccontextmanager
async def _new_database(server_url: str, options: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name} {options}")
    try:
        yield on_database(server_url, name)
    finally:
        await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Where an embedded Postgres may keep its data. As root it is another account that comes here,
    and pytest shuts `tmp_path` to all others each time it is started.
    """
    with tempfile.TemporaryDirectory(prefix="seatwise-tests-") as directory:
        yield Path(directory) / "data"


@pytest.fixture(scope="session")
def unused_port() -> Callable[[], int]:
    """Find a port that nobody listens on, for a process that cannot choose one itself.

    It is none of those that the kernel gives to clients: until the process listens, any of the many
    connections of other tests could be given it.
    """

    def find() -> int:
        while True:
            port = 20_000 + secrets.randbelow(12_000)
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port

    return find


@pytest.fixture(scope="session")
def serve_app() -> ServeApp:
    """Serve an ASGI app over real HTTP while the context lasts: `async with serve_app(app) as url`.

    The server runs on the test's own event loop; its lifespan runs, too.
    """
    return _serve


class _QuietServer(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _serve(app: ASGIApp, *, port: int = 0) -> AsyncIterator[str]:
    # asyncio turns Nagle's delay off only where the protocol is named; it is 40 ms an answer
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", port))
        server = _QuietServer(
            uvicorn.Config(app, lifespan="on", log_config=None, timeout_graceful_shutdown=5)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                assert not serving.done(), f"the app does not start: {serving.result()}"
                await asyncio.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
