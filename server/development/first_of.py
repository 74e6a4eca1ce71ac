import asyncio
from collections.abc import Awaitable


async def first_of(*awaitables: Awaitable[None]) -> None:
    """Wait until one of them ends, cancel the others, and raise what the one raised."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    for task in ended:
        task.result()
