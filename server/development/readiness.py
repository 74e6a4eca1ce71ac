"""Waiting until a child says that it is ready, and until an address answers.

No HTTP library: the process that starts the others shall be there at once.
"""

import asyncio
import os
from typing import Self
from urllib.parse import urlsplit

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 5


async def until_it_answers(url: str) -> None:
    """Wait until GET `url` answers 2xx. The caller sets the time limit."""
    while not await _is_well(url):  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(_POLL_SECONDS)


async def _is_well(url: str) -> bool:
    parts = urlsplit(url)
    request = f"GET {parts.path or '/'} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n"
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(request.encode())
                return (await reader.readline()).split()[1:2][0].startswith(b"2")
            finally:
                writer.close()
    except (OSError, IndexError, TimeoutError):
        return False


class ReadyPipe:
    """A pipe on which a child says, with one byte, that it has done its preparations."""

    def __init__(self) -> None:
        self._reading_end, self.writing_end = os.pipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reading_end)
        os.close(self.writing_end)

    async def wait(self) -> None:
        """Wait for the byte."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._reading_end, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._reading_end)
