"""`python -m bench.growth`: how the program's cost grows, on more data, for more clients.

Only this program is measured. Each part's figures go to docs/benchmarks.json and its page as soon
as it is measured; what is not measured this time stays there as it was. All of it takes five
minutes on two cores.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import asyncpg
import httpx

from bench import report, results
from bench.background import background
from bench.contenders import contenders, environment
from bench.database import CACHE, name_of, new_database, serving_postgres
from bench.dataset import Dataset, key
from bench.growth_options import PARTS, SCALED, read_options
from bench.issuer import Issuer, serving_issuer
from bench.live import Subscribers, cost_of_an_event
from bench.measuring import (
    BenchError,
    Server,
    ask,
    free_port,
    quantile,
    requests_of,
    running,
    warm_up,
)
from bench.operations import Operation, Operations
from db import migrate

SERVE = contenders()[0].command
BOTH_CORES = "0,1"
Row = dict[str, Any]


class Growth:
    """One data set and the servers on it."""

    def __init__(
        self, url: str, issuer: Issuer, dataset: Dataset, sizes: argparse.Namespace
    ) -> None:
        self._url = url
        self._issuer = issuer
        self._dataset = dataset
        self._operations = Operations(dataset, issuer)
        self._sizes = sizes

    async def scales(self) -> AsyncIterator[Row]:
        """Q1, Q2 and Q3 on this data set."""
        async with self._serving() as server:
            for operation in self._operations.all()[:3]:
                await warm_up(server, operation)
                about = {"organizations": self._dataset.organizations, "operation": operation.name}
                yield about | await self._measured(server, operation)

    async def pages(self) -> AsyncIterator[Row]:
        """The members of one organization, so many at a time."""
        async with self._serving() as server:
            for first in self._sizes.pages:
                operation = self._operations.page_of_members(first)
                await warm_up(server, operation)
                yield {"first": first} | await self._measured(server, operation)

    async def clients(self) -> AsyncIterator[Row]:
        """Q1, asked by so many at once."""
        async with self._serving() as server:
            operation = self._operations.all()[0]
            await warm_up(server, operation)
            for number in self._sizes.clients:
                figures = await self._measured(server, operation, connections=number)
                yield {"clients": number} | figures

    async def processes(self) -> AsyncIterator[Row]:
        """Q1 of 64 clients, answered by so many processes on all cores."""
        operation = self._operations.all()[0]
        for number in self._sizes.processes:
            async with self._serving("--workers", str(number), cores=BOTH_CORES) as server:
                for _ in range(2 * number):  # connections go to any of the processes
                    await warm_up(server, operation)
                figures = await self._measured(server, operation, connections=64)
            yield {"processes": number} | figures

    async def live(self) -> AsyncIterator[Row]:
        """An event of one organization, heard by so many subscribers."""
        token = self._issuer.token_of_user(self._dataset.user_of(0, slot=0))
        connection = await asyncpg.connect(self._url)
        try:
            async with self._serving() as server:
                heard = Subscribers(server, token, key("organization", 0), connection)
                for number in sorted(self._sizes.subscribers):
                    await heard.grow_to(number)
                    cost = await cost_of_an_event(heard)
                    yield {"subscribers": number, "cpu_ms": cost, "rss_mb": server.rss_mb()}
                await heard.close()
        finally:
            await connection.close()

    async def sweep(self) -> AsyncIterator[Row]:
        """Of expiries: nothing due, and so many."""
        async with self._background() as on_a_copy:
            async for row in on_a_copy.sweeps(self._sizes.due):
                yield row

    async def reconciler(self) -> AsyncIterator[Row]:
        """Of accounts with so many subscriptions."""
        async with self._background() as on_a_copy:
            async for row in on_a_copy.reconciliations(self._sizes.subscriptions):
                yield row

    def _background(self) -> Any:
        here = environment(self._url, self._issuer, port=free_port())
        data_dir = (self._sizes.data or CACHE).absolute()
        return background(data_dir, here, organizations=self._dataset.organizations)

    async def starts(self) -> AsyncIterator[Row]:
        """From the command to the first answer of `/readyz` that it is ready."""
        for _ in range(self._sizes.starts):
            began = time.perf_counter()
            async with self._serving() as server:
                await _ready(server)
                seconds = time.perf_counter() - began
                cpu = server.cpu_seconds()
                yield {"seconds": seconds, "cpu_ms": cpu * 1000, "rss_mb": server.rss_mb()}

    def _serving(self, *options: str, cores: str = "0") -> Any:
        port = free_port()
        env = environment(self._url, self._issuer, port=port)
        return running((*SERVE, *options), env, port=port, cores=cores)

    async def _measured(
        self, server: Server, operation: Operation, *, connections: int = 16
    ) -> dict[str, float]:
        requests = requests_of(operation, max(operation.per_round, 10 * connections))
        began = server.cpu_seconds()
        seen = await ask(server, requests, seconds=self._sizes.seconds, connections=connections)
        cpu = server.cpu_seconds() - began
        latencies = sorted(seen["latencies"])
        return {
            "cpu_ms": cpu / len(latencies) * 1000,
            "per_second": len(latencies) / seen["seconds"],
            "p50_ms": quantile(latencies, 0.5),
            "p99_ms": quantile(latencies, 0.99),
            "rss_mb": server.rss_mb(),
            "load_share": seen["cpu"] / seen["seconds"],
        }


async def _ready(server: Server) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        (await client.get("/readyz")).raise_for_status()  # it listens only when it can answer


async def run(options: argparse.Namespace) -> int:
    """Measure what was asked for, and write the page after each part; how many of them failed."""
    failed = 0
    with serving_issuer() as issuer:
        for scale in options.scales:
            dataset = Dataset(options.organizations * scale)
            with serving_postgres(options.data or CACHE, keep=bool(options.data)) as postgres:
                url = await _filled(postgres, dataset, issuer)
                growth = Growth(url, issuer, dataset, options)
                for name in options.only:
                    if name in SCALED or scale == options.scales[0]:
                        failed += not await _part(name, growth, keep=not options.quick)
    return failed


async def _part(name: str, growth: Growth, *, keep: bool) -> bool:
    """Whether it could be measured; what is kept of one that could not is what there was."""
    try:
        rows = await _measured(name, growth)
    except BenchError as error:
        print(f"{name} failed: {error}", file=sys.stderr, flush=True)
        return False
    if keep:
        _keep(name, rows)
    return True


async def _measured(name: str, growth: Growth) -> list[Row]:
    """The rows of one part, each printed when it is there."""
    print(f"{name}: {PARTS[name]}", flush=True)
    rows = []
    part: AsyncIterator[Row] = getattr(growth, name)()
    async with aclosing(part) as measured:  # type: ignore[type-var]
        async for row in measured:
            print(
                "  " + ", ".join(f"{name} {_shown(value)}" for name, value in row.items()),
                flush=True,
            )
            rows.append(row)
    return rows


def _shown(value: float | str) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value}"


def _keep(name: str, rows: list[Row]) -> None:
    """Write them, and the page. Rows of other sizes stay."""
    data = results.load()
    growth: dict[str, Any] = data.setdefault("growth", {})
    if name in SCALED and name in growth:
        sizes = ("organizations", "subscriptions")
        now = [[row.get(size) for size in sizes] for row in rows]
        kept = growth[name]["rows"]
        others = [row for row in kept if [row.get(size) for size in sizes] not in now]
        rows = sorted(others + rows, key=lambda row: [row.get(size, 0) for size in sizes])
    growth[name] = results.circumstances() | {"rows": rows}
    results.save(data)
    report.write(data)


async def _filled(postgres: Any, dataset: Dataset, issuer: Issuer) -> str:
    """A database with the data set: one that is there already, or a new one."""
    url: str = postgres.url(name_of(dataset.organizations))
    try:
        connection = await asyncpg.connect(url)
    except asyncpg.InvalidCatalogNameError:
        return await new_database(postgres, dataset, issuer=issuer.url)
    await migrate.upgrade(url)
    await connection.execute("UPDATE users SET issuer = $1 WHERE issuer <> $1", issuer.url)
    await connection.execute("VACUUM ANALYZE users")
    await connection.close()
    return url


def main() -> None:
    """Read the options and run."""
    sys.exit(1 if asyncio.run(run(read_options(__doc__ or "", sys.argv[1:]))) else 0)


if __name__ == "__main__":
    main()
