"""`python -m bench.growth`: how the program's cost grows, on more data, for more clients.

Only this program is measured. Each part's figures go to docs/benchmarks.json and its page as soon
as it is measured; what is not measured this time stays there as it was.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench import report, results
from bench.contenders import contenders, environment
from bench.database import CACHE, new_database, serving_postgres
from bench.dataset import ORGANIZATIONS, Dataset, key
from bench.issuer import Issuer, serving_issuer
from bench.live import Subscribers, cost_of_an_event
from bench.measuring import Server, ask, free_port, quantile, requests_of, running, warm_up
from bench.operations import Operation, Operations
from db import migrate

SERVE = contenders()[0].command
BOTH_CORES = "0,1"
PARTS = {
    "scales": "Q1, Q2 and Q3 on more organizations",
    "pages": "longer pages of members of one organization",
    "clients": "Q1, asked by more clients at once",
    "processes": "Q1 of 64 clients, answered by more processes on both cores",
    "live": "an event of one organization, told to more subscribers (SSE)",
    "starts": "from the command to the first answer: time, CPU, memory",
}
QUICK = "--organizations 2000 --scales 1 --pages 10 50 --clients 1 16 --processes 1 2"
QUICK += " --subscribers 1 50 --starts 2 --seconds 1"

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


async def run(options: argparse.Namespace) -> None:
    """Measure what was asked for, and write the page after each part."""
    with serving_issuer() as issuer:
        for scale in options.scales:
            dataset = Dataset(options.organizations * scale)
            with serving_postgres(options.data or CACHE, keep=bool(options.data)) as postgres:
                url = await _filled(postgres, dataset, issuer)
                growth = Growth(url, issuer, dataset, options)
                for name in options.only if scale == options.scales[0] else ["scales"]:
                    if name in options.only:
                        rows = await _measured(name, growth)
                        if not options.quick:
                            _keep(name, rows)


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
    asyncio.run(run(read_options(sys.argv[1:])))


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for; `--quick` is a set of options to which the others are added."""
    parser = _parser()
    given = parser.parse_args(arguments)
    return parser.parse_args([*QUICK.split(), *arguments]) if given.quick else given


def _parser() -> argparse.ArgumentParser:
    parts = "".join(f"\n  {name:10} {what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench.growth",
        description=f"{__doc__}\nThe parts:{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = list(PARTS)
    parser.add_argument(
        "--only", nargs="+", metavar="PART", choices=names, default=names, help="of them; all"
    )
    parser.add_argument("--quick", action="store_true", help=f"print, and write no page: {QUICK}")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a measurement at most (3)")
    parser.add_argument("--data", type=Path, help="a directory that keeps the data for next time")
    parser.add_argument(
        "--organizations", type=int, default=ORGANIZATIONS, help="a multiple of 10 (10000)"
    )
    _add_sizes(parser, "scales", (1, 10), "times as many organizations; 100 takes 20 GB")
    _add_sizes(parser, "pages", (10, 50, 100), "members on a page")
    _add_sizes(parser, "clients", (1, 4, 16, 64, 256), "connections that ask at once")
    _add_sizes(parser, "processes", (1, 2, 4), "processes of the server")
    _add_sizes(parser, "subscribers", (1, 100, 1000), "event streams")
    parser.add_argument("--starts", type=int, default=5, help="how often it is started (5)")
    return parser


def _add_sizes(
    parser: argparse.ArgumentParser, name: str, default: tuple[int, ...], what: str
) -> None:
    shown = " ".join(str(one) for one in default)
    parser.add_argument(
        f"--{name}", nargs="+", type=int, default=default, metavar="N", help=f"{what} ({shown})"
    )


if __name__ == "__main__":
    main()
