"""`seatwise sandbox` as an operator starts and ends it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

SECONDS = 60


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
async def test_what_ends_it_ends_the_sandbox_first_and_quietly(
    database_url: str, data_dir: Path, unused_port: Callable[[], int], wanted: signal.Signals
) -> None:
    port = unused_port()
    given = {"DATABASE_URL": database_url, "SEATWISE_DATA_DIR": str(data_dir)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "sandbox"),
        env=os.environ | given | {"SEATWISE_SANDBOX_PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        await answers(port)
        process.send_signal(wanted)
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert (process.returncode, said.decode()) == (0, "")
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/")


async def answers(port: int) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(SECONDS), httpx.AsyncClient() as http:
        while True:
            try:
                await http.get(f"http://127.0.0.1:{port}/")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return
