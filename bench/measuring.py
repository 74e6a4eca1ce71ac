"""Starts one program after the other and measures what a request costs it."""

import asyncio
import base64
import os
import signal
import socket
import statistics
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import orjson

from bench.contenders import ROOT, Contender
from bench.operations import Operation

SERVER_CPU, LOAD_CPU = "0", "1"
READY_SECONDS = 60
WARM_UP_SECONDS = 1.5
CONNECTIONS = 16


class BenchError(Exception):
    """A program did not start, or answered what it should not."""


@dataclass(slots=True)
class Figures:
    """What one program did with one operation, a value for each round."""

    cpu_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    load_share: list[float] = field(default_factory=list)

    def median(self, name: str) -> float:
        """The median of the rounds."""
        rounds: list[float] = getattr(self, name)
        return statistics.median(rounds)


@dataclass(frozen=True, slots=True)
class Server:
    """A running program."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """CPU time of all its threads, user and system, to the nanosecond.

        /proc/PID/stat has the same sum in hundredths of a second, too coarse for short rounds.
        """
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def rss_mb(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    contender: Contender, environment: dict[str, str], *, port: int
) -> AsyncIterator[Server]:
    """The program, pinned to one core, from when it listens to its end."""
    process = await asyncio.create_subprocess_exec(
        *("taskset", "-c", SERVER_CPU, *contender.command), env=environment, cwd=ROOT
    )
    try:
        await _until_listening(process, port, name=contender.name)
        yield Server(process.pid, port)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until_listening(process: asyncio.subprocess.Process, port: int, *, name: str) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while True:
            if process.returncode is not None:
                raise BenchError(f"{name} ended with {process.returncode}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


async def ask(
    server: Server, requests: Iterable[bytes], *, seconds: float
) -> dict[str, list[float]]:
    """Send requests from the load generator, on the other core; what it saw."""
    job = {
        "port": server.port,
        "connections": CONNECTIONS,
        "seconds": seconds,
        "requests": [base64.b64encode(request).decode() for request in requests],
    }
    process = await asyncio.create_subprocess_exec(
        *("taskset", "-c", LOAD_CPU, sys.executable, "-m", "bench.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    output, _ = await process.communicate(orjson.dumps(job))
    seen: dict[str, list[float]] = orjson.loads(output)
    if seen["refused"]:
        raise BenchError(f"an answer with errors: {seen['refused'][0]}")
    return seen


async def warm_up(server: Server, operation: Operation) -> None:
    """What is made at first use is made, and the JITs of V8 have seen enough."""
    number = 30 if operation.changes_data else 400
    await ask(server, _requests(operation, number), seconds=WARM_UP_SECONDS)


async def measure(
    server: Server, operation: Operation, figures: Figures, *, seconds: float
) -> None:
    """One round; its figures are added."""
    requests = _requests(operation, operation.per_round)
    began = server.cpu_seconds()
    seen = await ask(server, requests, seconds=seconds)
    cpu = server.cpu_seconds() - began
    latencies = sorted(seen["latencies"])
    took: float = seen["seconds"]  # type: ignore[assignment] # one number among lists
    load_cpu: float = seen["cpu"]  # type: ignore[assignment] # as above
    figures.cpu_ms.append(cpu / len(latencies) * 1000)
    figures.per_second.append(len(latencies) / took)
    figures.p50_ms.append(latencies[len(latencies) // 2] * 1000)
    figures.p99_ms.append(latencies[int(len(latencies) * 0.99)] * 1000)
    figures.rss_mb.append(server.rss_mb())
    figures.load_share.append(load_cpu / took)


def _requests(operation: Operation, number: int) -> list[bytes]:
    if operation.changes_data:
        return list(islice(operation.requests(), number))
    return list(islice(cycle(list(operation.requests())), number))
