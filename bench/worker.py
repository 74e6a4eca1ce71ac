"""`python -m bench.worker`: the services of a worker, which do what they are told, one at a time.

A line of JSON on stdin says what, a line on stdout what was done. `bench.working` starts
it, asks it, and looks at it from outside, as at a server.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from itertools import pairwise
from time import perf_counter
from typing import Any
from uuid import UUID

import orjson

import server.worker  # noqa: F401 # a worker's memory is that of its modules, too
from server import logs
from server import settings as server_settings
from server.running_services import running_services
from server.telemetry.metrics import STRIPE_CALLS
from services.assembly import Services

Done = dict[str, Any]


async def _sweep(services: Services, times: int = 1) -> Done:
    """So many sweeps, and what they did. Each tells of a transaction when it has ended."""
    organizations = people = 0
    ended = [perf_counter()]
    for _ in range(times):
        swept = await services.expiry.sweep(advanced=lambda _: ended.append(perf_counter()))
        organizations, people = organizations + swept.organizations, people + swept.people
    longest = max((after - before for before, after in pairwise(ended)), default=0.0)
    return {"organizations": organizations, "people": people, "longest_ms": longest * 1000}


async def _sync(services: Services, organizations: list[str]) -> Done:
    """One organization after the other, as for a webhook."""
    before = _calls()
    for one in organizations:
        await services.sync.sync(UUID(one))
    return {"calls": _calls() - before}


async def _reconcile(services: Services) -> Done:
    """Everything; `calls` are those of Stripe."""
    before = _calls()
    done = await services.reconciler.reconcile()
    return asdict(done) | {"calls": _calls() - before}


def _calls() -> int:
    samples = (sample for metric in STRIPE_CALLS.collect() for sample in metric.samples)
    return int(sum(one.value for one in samples if one.name.endswith("_count")))


ORDERS: dict[str, Callable[..., Awaitable[Done]]] = {
    "sweep": _sweep,
    "sync": _sync,
    "reconcile": _reconcile,
}


async def main() -> None:
    """Until stdin ends."""
    settings = server_settings.load().usable()
    logs.configure(level=settings.log_level, as_json=False, traced=False)
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    async with running_services(settings, database_url=url) as services:
        _tell({"ready": True})
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            order = orjson.loads(line)
            _tell(await ORDERS[order.pop("do")](services, **order))


def _tell(what: Done) -> None:
    sys.stdout.buffer.write(orjson.dumps(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main())
