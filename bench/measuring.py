"""Starts one program after the other and measures what a request costs it."""

import asyncio
import base64
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import orjson
import psutil

from bench.contenders import ROOT
from bench.operations import USERS_ASKING, Operation

SERVER_CPU, LOAD_CPU = "0", "1"
READY_SECONDS = 300
WARM_UP_SECONDS = 5
CONNECTIONS = 16
CROWD = 50
"""Connections that ask at once when memory is looked at."""


class BenchError(Exception):
    """A program did not start, or answered what it should not."""


@dataclass(slots=True)
class Figures:
    """What one program did with one operation, a value for each round."""

    cpu_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    paced_p99_ms: list[float] = field(default_factory=list)
    """At the operation's rate, the same for all programs."""
    rss_mb: list[float] = field(default_factory=list)
    crowd_mb: list[float] = field(default_factory=list)
    """Resident memory after `CROWD` connections asked at once."""
    load_share: list[float] = field(default_factory=list)
    """CPU of the load generator, in cores."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running program, with the processes that it started."""

    pid: int
    port: int

    def pids(self) -> list[int]:
        """Its own, and those of its workers."""
        return [self.pid, *(one.pid for one in psutil.Process(self.pid).children(recursive=True))]

    def cpu_seconds(self) -> float:
        """CPU time of all threads, user and system, to the nanosecond.

        /proc/PID/stat has the same sum in hundredths of a second, too coarse for short rounds.
        """
        tasks = (task for pid in self.pids() for task in Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def rss_mb(self) -> float:
        """Resident memory of the largest process."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def peak_mb(self) -> float:
        """The most that was resident of its own process, ever."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024 / 1e6


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    command: tuple[str, ...], environment: Mapping[str, str], *, port: int, cores: str = SERVER_CPU
) -> AsyncIterator[Server]:
    """The program, pinned to `cores`, from when it listens to its end."""
    process = await asyncio.create_subprocess_exec(
        *("taskset", "-c", cores, *command), env=dict(environment), cwd=ROOT
    )
    try:
        await _until_listening(process, port, name=command[0])
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
    server: Server,
    requests: Iterable[bytes],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    rate: float | None = None,
) -> dict[str, Any]:
    """Send requests from the load generator, on the other core; what it saw (`bench.load`)."""
    job = {
        "port": server.port,
        "connections": connections,
        "seconds": seconds,
        "rate": rate,
        "requests": [base64.b64encode(request).decode() for request in requests],
    }
    process = await asyncio.create_subprocess_exec(
        *("taskset", "-c", LOAD_CPU, sys.executable, "-m", "bench.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    output, _ = await process.communicate(orjson.dumps(job))
    seen: dict[str, Any] = orjson.loads(output)
    if seen["refused"]:
        raise BenchError(f"an answer with errors: {seen['refused'][0]}")
    return seen


async def warm_up(server: Server, operation: Operation) -> None:
    """What is made at first use is made, and the JITs of V8 have seen enough."""
    number = 2 * USERS_ASKING if operation.changes_data else 400
    await ask(server, requests_of(operation, number), seconds=WARM_UP_SECONDS)


async def measure(
    server: Server, operation: Operation, figures: dict[str, list[float]], *, seconds: float
) -> None:
    """One round; its figures are added (`Figures`). The second half of it is paced."""
    requests = requests_of(operation, operation.per_round)
    began = server.cpu_seconds()
    seen = await ask(server, requests, seconds=seconds)
    cpu = server.cpu_seconds() - began
    latencies = sorted(seen["latencies"])
    took: float = seen["seconds"]
    figures["cpu_ms"].append(cpu / len(latencies) * 1000)
    figures["per_second"].append(len(latencies) / took)
    figures["p50_ms"].append(quantile(latencies, 0.5))
    figures["p99_ms"].append(quantile(latencies, 0.99))
    figures["rss_mb"].append(server.rss_mb())
    figures["load_share"].append(seen["cpu"] / took)
    paced = requests_of(operation, int(operation.rate * seconds))
    seen = await ask(server, paced, seconds=2 * seconds, rate=operation.rate)
    figures["paced_p99_ms"].append(quantile(sorted(seen["latencies"]), 0.99))
    if operation.name == "Q2":
        await ask(server, requests_of(operation, 3 * CROWD), seconds=seconds, connections=CROWD)
        figures["crowd_mb"].append(server.rss_mb())


def quantile(latencies: Sequence[float], share: float) -> float:
    """Of sorted seconds, in milliseconds."""
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000


def requests_of(operation: Operation, number: int) -> list[bytes]:
    """So many requests; those of a read come again."""
    if operation.changes_data:
        return list(islice(operation.requests(), number))
    return list(islice(cycle(list(operation.requests())), number))
