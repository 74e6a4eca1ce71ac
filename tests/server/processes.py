"""Our own processes, as an operator starts them, on a test's database and sandbox account."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from server.settings import Settings
from tests.stack import WEBHOOK_SECRET

SECONDS = 60


@dataclass
class Running:
    """A process, and what it wrote so far."""

    process: Process
    log: Path
    ended: list[int] = field(default_factory=list)

    def lines(self) -> list[dict[str, Any]]:
        """Its log, whole lines only."""
        whole = self.log.read_bytes().rpartition(b"\n")[0].splitlines()
        return [orjson.loads(line) for line in whole]

    async def until_it_says(self, message: str) -> None:
        """Wait for a line of its log."""
        async with asyncio.timeout(SECONDS):
            while all(line["message"] != message for line in self.lines()):
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)

    async def end(self, wanted: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(wanted)
        async with asyncio.timeout(SECONDS):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def running(
    *command: str, settings: Settings, directory: Path, **variables: str
) -> AsyncIterator[Running]:
    """`seatwise COMMAND`, with these settings; killed at the end if it is still there."""
    assert settings.database_url is not None
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | {
        "PORT": str(settings.port),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SEATWISE_DATA_DIR": str(settings.data_dir),
        "SEATWISE_SANDBOX_URL": settings.sandbox_url,
        "SEATWISE_SANDBOX_API_KEY": settings.sandbox_api_key,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SEATWISE_LOG_FORMAT": "json",
        **variables,
    }
    log = directory / f"{command[0]}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", *command, env=environment, stderr=output
        )
    try:
        yield Running(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def running_server(
    *options: str, settings: Settings, directory: Path, **variables: str
) -> AsyncIterator[Running]:
    """`seatwise serve`, ready to answer."""
    async with (
        running("serve", *options, settings=settings, directory=directory, **variables) as server,
        httpx.AsyncClient(base_url=settings.local_url) as http,
    ):
        async with asyncio.timeout(SECONDS):
            while not await _is_ready(http):
                assert server.process.returncode is None, server.log.read_text()
                await asyncio.sleep(0.05)
        yield server


async def _is_ready(http: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await http.get("/readyz")).is_success
    return False
