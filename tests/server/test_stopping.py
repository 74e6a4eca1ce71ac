"""The process hears that it is ended, and so does everybody who heard it before."""

import asyncio
import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from server import migrated
from server.running_services import running_services
from server.start_error import StartError
from server.stopping import StoppedError, stopping
from tests.server.silent_database import silent_database
from tests.stack import Stack


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The signals that reached who listened before: as with a server, none ends the process."""
    numbers: list[int] = []

    def earlier(number: int, _frame: FrameType | None) -> None:
        numbers.append(number)

    before = {number: signal.signal(number, earlier) for number in (signal.SIGTERM, signal.SIGINT)}
    yield numbers
    for number, handler in before.items():
        assert signal.signal(number, handler) is earlier


async def test_a_signal_sets_the_event_and_reaches_who_listened_before(heard: list[int]) -> None:
    with stopping() as is_stopping:
        assert not is_stopping.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        await is_stopping.wait()
        assert heard == [signal.SIGTERM]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_that_waits_for_its_database_ends_when_told(
    stack: Stack, heard: list[int], number: signal.Signals
) -> None:
    async with silent_database() as silent:
        starting = asyncio.create_task(start(stack, silent.url))
        await silent.knocked.wait()
        os.kill(os.getpid(), number)
        with pytest.raises(StoppedError):
            async with asyncio.timeout(30):
                await starting
    assert heard == [number]


async def test_a_database_that_says_nothing_is_told_in_a_line(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrated, "UNPREPARED", {"timeout": 0.1})
    async with silent_database() as silent:
        with pytest.raises(StartError, match="does not answer"):
            await start(stack, silent.url)


async def start(stack: Stack, database_url: str) -> None:
    async with running_services(stack.settings, database_url=database_url):
        raise AssertionError("nothing answers there")
