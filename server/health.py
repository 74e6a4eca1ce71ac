"""For load balancers and whoever restarts processes.

`/healthz`: the process runs. `/readyz`: it can answer requests, because its database answers and
has plans that this code can read. Stripe is not part of it: reads work without Stripe.
"""

import asyncio

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from db.unavailable import DATABASE_UNAVAILABLE
from services.assembly import Services
from services.catalogue import CatalogueNotPushedError

_SECONDS = 3


def routes() -> list[Route]:
    """Expects the process's services in `app.state.services`."""
    return [Route("/healthz", _healthz), Route("/readyz", _readyz)]


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def _readyz(request: Request) -> Response:
    services: Services = request.app.state.services
    reason = await _why_not_ready(services)
    body = {"status": "not ready", "reason": reason} if reason else {"status": "ok"}
    return JSONResponse(
        body, status_code=503 if reason else 200, headers={"Cache-Control": "no-store"}
    )


async def _why_not_ready(services: Services) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS):
            await services.catalogue.refresh()
    except TimeoutError:
        return "the database does not answer in time"
    except asyncpg.UndefinedTableError:
        return "the database is not migrated"
    except CatalogueNotPushedError as error:
        return str(error)
    except (*DATABASE_UNAVAILABLE, asyncpg.PostgresError):
        return "the database does not answer"
    return None
