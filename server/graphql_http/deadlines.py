"""Streams that end at a certain time, on real time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


def seconds_until(moment: datetime | None) -> float | None:
    """How long it is until `moment`; None for never."""
    return None if moment is None else (moment - datetime.now(UTC)).total_seconds()


async def ended_after(
    seconds: float | None, items: AsyncGenerator[T, None], *, last: T
) -> AsyncGenerator[T, None]:
    """The items that come within `seconds`; if that is not all of them, `last` follows.

    What the source of the items waits for at that moment is cancelled.
    """
    deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
    async with aclosing(items):
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    item = await anext(items)
            except StopAsyncIteration:
                return
            except TimeoutError:
                yield last
                return
            yield item
