"""Says within the process that it is being ended.

The server that runs the app lets requests finish. Streams never do, so they have to hear of it.
"""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from server.start_error import StartError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

T = TypeVar("T")


class StoppedError(StartError):
    """The process was ended before it had started."""

    def __init__(self) -> None:
        super().__init__("ended before the database answered")


@contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """An event that is set by the signals that end the process. Whoever heard them still does.

    Call it in the running loop, once the server has its handlers. Outside of the main thread, where
    Python hears no signals, nobody sets it.
    """
    is_stopping = asyncio.Event()
    if threading.current_thread() is not threading.main_thread():
        yield is_stopping
        return
    loop = asyncio.get_running_loop()
    previous = {number: signal.getsignal(number) for number in _SIGNALS}

    def tell(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(is_stopping.set)
        handler = previous[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _SIGNALS:
        signal.signal(number, tell)
    try:
        yield is_stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


async def unless(is_stopping: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. It is cancelled, and `StoppedError` raised, once the event is set: a
    database that swallows packets lets its caller wait for a minute.
    """
    working, stopped = asyncio.create_task(work), asyncio.create_task(is_stopping.wait())
    try:
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise StoppedError
    finally:
        working.cancel()
        stopped.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)
