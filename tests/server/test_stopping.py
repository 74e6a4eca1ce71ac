"""The process hears that it is ended, and so does everybody who heard it before."""

import os
import signal
from types import FrameType

from server.stopping import stopping


async def test_a_signal_sets_the_event_and_reaches_who_listened_before() -> None:
    heard: list[int] = []

    def earlier(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    before = signal.signal(signal.SIGTERM, earlier)
    try:
        with stopping() as is_stopping:
            assert not is_stopping.is_set()
            os.kill(os.getpid(), signal.SIGTERM)
            await is_stopping.wait()
            assert heard == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is earlier
    finally:
        signal.signal(signal.SIGTERM, before)
