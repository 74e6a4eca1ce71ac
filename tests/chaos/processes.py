"""Real processes of the product, which can be killed at any moment and are started again.

Only ids that were started here are ever signalled.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

import httpx

from db.guard import guard

_READY_SECONDS = 300


@dataclass
class Program:
    """One program, and the process that runs it now, if any."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: IO[bytes]
    ready: str
    """A URL that answers 200 when it is ready, or a word of its log that says so."""
    starts: int = 0
    kills: int = 0
    process: subprocess.Popen[bytes] | None = None
    release_guard: Callable[[], object] = field(default=lambda: None)

    def start(self) -> None:
        """Start it; it is not ready yet."""
        self.process = subprocess.Popen(  # noqa: S603 # our own program
            [sys.executable, "-m", *self.arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        self.starts += 1
        self.release_guard = guard(self.process.pid, signal="KILL", seconds=1)

    def kill(self) -> None:
        """SIGKILL, in the middle of whatever it is doing."""
        if self.process is None:
            return
        assert self.process.poll() is None, f"{self.name} ended by itself; see {self.log.name}"
        self.release_guard()
        self.process.kill()
        self.process.wait()
        self.process = None
        self.kills += 1

    async def until_ready(self) -> None:
        """Wait for its first answer, or word."""
        async with asyncio.timeout(_READY_SECONDS):
            while not await self.is_ready():
                assert self.process is not None
                assert self.process.poll() is None, f"{self.name} does not start: {self.log.name}"
                await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        """Whether it works now."""
        if self.ready.startswith("http"):
            return await _answers(self.ready)
        said = await asyncio.to_thread(Path(self.log.name).read_bytes)
        return said.count(self.ready.encode()) >= self.starts


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


class Programs:
    """A context: whatever was started in it has ended when it is left."""

    def __init__(self, directory: Path, variables: Mapping[str, str]) -> None:
        self._directory = directory
        self._variables = variables
        self.all: list[Program] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self.all:
            if program.process is not None and program.process.poll() is None:
                program.kill()
            program.log.close()

    def add(self, name: str, *arguments: str, ready: str, **variables: str) -> Program:
        """Start one. Its lines go to a file of its name."""
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        environment = kept | dict(self._variables) | variables
        log = (self._directory / f"{name}.log").open("ab")
        program = Program(name, arguments, environment, log, ready)
        self.all.append(program)
        program.start()
        return program
