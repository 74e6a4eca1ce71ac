"""The processes that `seatwise dev` starts, watches and ends."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import click

from db.guard import guard

_STOP_SECONDS = 10
_LONGEST_LINE = 1 << 20
_COLOURS = ("cyan", "magenta", "yellow", "green")


class ChildDiedError(Exception):
    """A child ended by itself; the message is one line."""


class _Child:
    def __init__(
        self, name: str, process: asyncio.subprocess.Process, release_guard: Callable[[], object]
    ) -> None:
        self.name = name
        self.process = process
        self.release_guard = release_guard


class Children:
    """A context: whatever was started in it has ended when it is left, the last one first.

    Children do not get the terminal's Ctrl-C: they are ended in order, by us. Should we be killed,
    a guard ends them.
    """

    def __init__(self) -> None:
        self._children: list[_Child] = []
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._children:
            await _end(self._children.pop())
        await asyncio.gather(*self._readers)

    async def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Start a child. Its lines appear with its name before them."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            pass_fds=pass_fds,
            limit=_LONGEST_LINE,
        )
        release_guard = guard(process.pid, signal="TERM", seconds=_STOP_SECONDS)
        prefix = click.style(f"{name:8}| ", fg=_COLOURS[len(self._children) % len(_COLOURS)])
        self._children.append(_Child(name, process, release_guard))
        self._readers.append(asyncio.create_task(_print_lines(process, prefix)))

    async def watch(self) -> None:
        """Wait until one of the children ends by itself. Raises `ChildDiedError` then."""
        ends = {asyncio.create_task(child.process.wait()): child.name for child in self._children}
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        end = done.pop()
        raise ChildDiedError(f"the {ends[end]} ended by itself ({_how(end.result())})")

    def kill(self) -> None:
        """Do not wait for anybody any longer."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()


async def _end(child: _Child) -> None:
    child.release_guard()
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            child.process.send_signal(wanted)
            async with asyncio.timeout(_STOP_SECONDS):
                await child.process.wait()
            return


async def _print_lines(process: asyncio.subprocess.Process, prefix: str) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        click.echo(prefix + line.decode(errors="replace").rstrip("\n"))


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
