"""`python -m bench.growth`: how the program's cost grows, on more data, for more clients.

Only this program is measured. The figures go to docs/benchmarks.json and its page; what is not
measured this time stays there as it was.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg

from bench import report, results
from bench.contenders import contenders, environment
from bench.database import CACHE, new_database, serving_postgres
from bench.dataset import ORGANIZATIONS, Dataset, key
from bench.issuer import Issuer, serving_issuer
from bench.live import Subscribers, cost_of_an_event
from bench.measuring import Server, ask, free_port, quantile, requests_of, running, warm_up
from bench.operations import Operation, Operations
from db import migrate
from services import global_ids

SERVE = contenders()[0].command
BOTH_CORES = "0,1"
SCALES = (1, 10)
PAGES = (10, 50, 100)
CLIENTS = (1, 4, 16, 64, 256)
PROCESSES = (1, 2, 4)
SUBSCRIBERS = (1, 100, 1000)
STARTS = 5

Rows = list[dict[str, Any]]


class Growth:
    """One data set and the servers on it."""

    def __init__(self, url: str, issuer: Issuer, dataset: Dataset, *, seconds: float) -> None:
        self._url = url
        self._issuer = issuer
        self._dataset = dataset
        self._operations = Operations(dataset, issuer)
        self._seconds = seconds

    async def scales(self) -> Rows:
        """Q1, Q2 and Q3 on this data set."""
        rows: Rows = []
        async with self._serving() as server:
            for operation in self._operations.all()[:3]:
                await warm_up(server, operation)
                figures = await self._measured(server, operation)
                about = {"organizations": self._dataset.organizations, "operation": operation.name}
                rows.append(about | figures)
        return rows

    async def pages(self) -> Rows:
        """The members of one organization, so many at a time."""
        rows: Rows = []
        async with self._serving() as server:
            for first in PAGES:
                operation = self._operations.page_of_members(first)
                await warm_up(server, operation)
                rows.append({"first": first} | await self._measured(server, operation))
        return rows

    async def clients(self) -> Rows:
        """Q1, asked by so many at once."""
        rows: Rows = []
        async with self._serving() as server:
            operation = self._operations.all()[0]
            await warm_up(server, operation)
            for number in CLIENTS:
                figures = await self._measured(server, operation, connections=number)
                rows.append({"clients": number} | figures)
        return rows

    async def processes(self) -> Rows:
        """Q1 of 64 clients, answered by so many processes on all cores."""
        rows: Rows = []
        operation = self._operations.all()[0]
        for number in PROCESSES:
            async with self._serving("--workers", str(number), cores=BOTH_CORES) as server:
                for _ in range(2 * number):  # connections go to any of the processes
                    await warm_up(server, operation)
                figures = await self._measured(server, operation, connections=64)
            rows.append({"processes": number} | figures)
        return rows

    async def live(self) -> Rows:
        """An event of one organization, heard by so many subscribers."""
        organization = key("organization", 0)
        token = self._issuer.token_of_user(self._dataset.user_of(0, slot=0))
        rows: Rows = []
        async with self._serving() as server:
            heard = Subscribers(server, token, global_ids.encode("Organization", organization))
            for before, number in zip((0, *SUBSCRIBERS), SUBSCRIBERS, strict=False):
                await heard.add(number - before)
                cost = await cost_of_an_event(heard, self._url, str(organization))
                rows.append({"subscribers": number, "cpu_ms": cost, "rss_mb": server.rss_mb()})
            await heard.close()
        return rows

    async def starts(self) -> Rows:
        """From the command to the first connection."""
        rows: Rows = []
        for _ in range(STARTS):
            began = time.perf_counter()
            async with self._serving() as server:
                seconds = time.perf_counter() - began
                cpu = server.cpu_seconds()
                rows.append({"seconds": seconds, "cpu_ms": cpu * 1000, "rss_mb": server.rss_mb()})
        return rows

    def _serving(self, *options: str, cores: str = "0") -> Any:
        port = free_port()
        env = environment(self._url, self._issuer, port=port)
        return running((*SERVE, *options), env, port=port, cores=cores)

    async def _measured(
        self, server: Server, operation: Operation, *, connections: int = 16
    ) -> dict[str, float]:
        requests = requests_of(operation, max(operation.per_round, 10 * connections))
        began = server.cpu_seconds()
        seen = await ask(server, requests, seconds=self._seconds, connections=connections)
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


async def run(options: argparse.Namespace) -> None:
    """Measure what was asked for, and write the page."""
    with serving_issuer() as issuer:
        for scale in options.scales:
            dataset = Dataset(ORGANIZATIONS * scale)
            with serving_postgres(options.data or CACHE, keep=bool(options.data)) as postgres:
                url = await _filled(postgres, dataset, issuer)
                one = Growth(url, issuer, dataset, seconds=options.seconds)
                chosen = _parts(one) if scale == 1 else {"scales": one.scales}
                for name, part in chosen.items():
                    if not options.only or name in options.only:
                        print(name, flush=True)
                        _keep(name, await part())


def _parts(one: Growth) -> Mapping[str, Callable[[], Awaitable[Rows]]]:
    names = ("scales", "pages", "clients", "processes", "live", "starts")
    return {name: getattr(one, name) for name in names}


def _keep(name: str, rows: Rows) -> None:
    """Write them, and the page. Rows of other scales stay."""
    data = results.load()
    growth: dict[str, Any] = data.setdefault("growth", {})
    if name == "scales" and name in growth:
        now = rows[0]["organizations"]
        others = [row for row in growth[name]["rows"] if row["organizations"] != now]
        rows = sorted(others + rows, key=lambda row: row["organizations"])
    growth[name] = results.circumstances() | {"rows": rows}
    results.save(data)
    report.write(data)


async def _filled(postgres: Any, dataset: Dataset, issuer: Issuer) -> str:
    """A database with the data set: one that is there already, or a new one."""
    url: str = postgres.url(f"bench_{dataset.organizations}")
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of a measurement at most")
    scales = f"times {ORGANIZATIONS:,} organizations; 100 takes half an hour and 20 GB"
    parser.add_argument("--scales", nargs="*", type=int, default=SCALES, help=scales)
    parser.add_argument("--only", nargs="*", help="scales pages clients processes live starts")
    parser.add_argument("--data", type=Path, help="a directory that keeps the data for next time")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
