"""The application: wires the parts, and keeps two loops running beside the requests."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.billing import register_all
from sandbox.control import Control
from sandbox.engine.account import Caller
from sandbox.engine.api import Api
from sandbox.engine.database import DATABASE_AWAY, open_pool
from sandbox.engine.deliveries import Deliveries
from sandbox.engine.failures import Failures
from sandbox.engine.faults import Faults
from sandbox.engine.transactions import Transactions
from sandbox.errors import invalid, not_in_sandbox
from sandbox.pages.checkout import CheckoutPages
from sandbox.pages.common import STATIC, Accounts, show_http_problem
from sandbox.pages.invoice import InvoicePages
from sandbox.pages.portal import PortalPages
from sandbox.settings import Settings

_VERBS = ["GET", "POST", "DELETE", "PUT", "PATCH"]
_BEHIND = """
    SELECT DISTINCT accounts.id FROM sandbox.accounts JOIN sandbox.objects ON account = accounts.id
    WHERE due_at <= coalesce(frozen_at, $1 + clock_offset)
"""

_log = structlog.get_logger()


def create_app(settings: Settings) -> Starlette:
    """The sandbox as an ASGI application. Its routes exist once its database is open."""
    register_all()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        pool = await open_pool(settings.database_url, size=settings.pool_size)
        try:
            async with _run(app, pool, settings):
                yield
        finally:
            await pool.close()

    return Starlette(
        lifespan=lifespan,
        exception_handlers={
            HTTPException: show_http_problem,
            asyncpg.CharacterNotInRepertoireError: _refuse_null_character,
            asyncpg.UntranslatableCharacterError: _refuse_null_character,
        },
    )


@contextlib.asynccontextmanager
async def _run(app: Starlette, pool: asyncpg.Pool, settings: Settings) -> AsyncIterator[None]:
    faults, failures = Faults(), Failures()
    deliveries = Deliveries(pool, settings=settings)
    transactions = Transactions(pool, settings=settings, on_events=deliveries.wake)
    api = Api(
        transactions=transactions,
        faults=faults,
        failures=failures,
        check_answers=settings.check_answers,
    )
    control = Control(
        transactions=transactions, deliveries=deliveries, faults=faults, failures=failures
    )
    accounts = Accounts(pool, transactions)
    app.router.routes[:] = [
        Route("/v1/{path:path}", api.answer, methods=_VERBS),
        Route("/v2/{path:path}", _refuse_v2, methods=_VERBS),
        *control.routes(),
        *CheckoutPages(accounts).routes(),
        *InvoicePages(accounts).routes(),
        *PortalPages(accounts).routes(),
        Route("/healthz", _show_health),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    loops = [
        asyncio.create_task(deliveries.run()),
        asyncio.create_task(_catch_up(pool, transactions, failures, settings.catch_up_seconds)),
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def _show_health(request: Request) -> Response:  # noqa: ARG001 # Starlette's signature
    return JSONResponse({"status": "ok"})


async def _refuse_v2(request: Request) -> Response:
    """In Stripe's shape, as SDKs read nothing else."""
    refusal = not_in_sandbox(f"{request.method} {request.url.path}, nor anything of API v2")
    return JSONResponse(refusal.render(), refusal.status)


async def _refuse_null_character(request: Request, problem: Exception) -> Response:  # noqa: ARG001 # Starlette's signature
    """Pages and controls: U+0000 is the one character that Postgres does not keep."""
    refusal = invalid("Invalid string: it contains a null character")
    return JSONResponse(refusal.render(), refusal.status)


async def _catch_up(
    pool: asyncpg.Pool, transactions: Transactions, failures: Failures, seconds: float
) -> None:
    """Lets what falls due happen in accounts that nobody asks about."""
    while True:
        await asyncio.sleep(seconds)
        try:
            rows = await pool.fetch(_BEHIND, int(time.time()))
            for row in rows:
                async with transactions.write(row["id"], caller=Caller()):
                    pass
        except DATABASE_AWAY:
            _log.exception("catching up failed; trying again")
        except Exception as error:  # noqa: BLE001 # it is told, and others' accounts go on
            failures.add("catching up", error)
