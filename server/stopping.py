"""Says within the process that it is being ended.

The server that runs the app lets requests finish. Streams never do, so they have to hear of it.
"""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


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
