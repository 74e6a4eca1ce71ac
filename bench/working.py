"""A worker of its own for each thing that is measured, and what it costs, seen from outside."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import orjson

from bench.contenders import ROOT
from bench.measuring import SERVER_CPU, BenchError, Server
from bench.statements import StatementLog

Row = dict[str, Any]


class Worker:
    """A process, `bench.worker`, that does what it is told."""

    def __init__(self, process: asyncio.subprocess.Process, log: StatementLog) -> None:
        self._process = process
        self._log = log
        self._server = Server(process.pid, port=0)

    def tell(self, do: str, **how: Any) -> None:
        """What to do; `answer` tells what was done."""
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps({"do": do, **how}) + b"\n")

    async def answer(self) -> Row:
        """Its next line."""
        assert self._process.stdout is not None
        if line := await self._process.stdout.readline():
            answer: Row = orjson.loads(line)
            return answer
        raise BenchError(f"the worker ended with {await self._process.wait()}")

    async def do(self, do: str, **how: Any) -> Row:
        """What it did, and what that took; the memory is the most that it ever had."""
        logged, cpu, began = self._log.size(), self._server.cpu_seconds(), perf_counter()
        self.tell(do, **how)
        done = await self.answer()
        return done | {
            "seconds": perf_counter() - began,
            "cpu_ms": (self._server.cpu_seconds() - cpu) * 1000,
            "statements": self._log.count_since(logged),
            "rss_mb": self._server.peak_mb(),
        }

    async def kill(self) -> None:
        """As a machine dies."""
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


@asynccontextmanager
async def working(environment: Mapping[str, str], log: StatementLog) -> AsyncIterator[Worker]:
    """A worker, from when it is ready to its end, on the core that servers are measured on."""
    process = await asyncio.create_subprocess_exec(
        *("taskset", "-c", SERVER_CPU, sys.executable, "-m", "bench.worker"),
        env=dict(environment),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    worker = Worker(process, log)
    try:
        await worker.answer()
        yield worker
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
