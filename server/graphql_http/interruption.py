"""Ends work that nobody waits for any more."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from starlette.types import Receive


class ClientGoneError(Exception):
    """The client closed the connection: there is nobody left to answer."""


@asynccontextmanager
async def interrupted_by(*alarms: Coroutine[Any, Any, NoReturn]) -> AsyncIterator[None]:
    """Run the body until one of `alarms` raises; then cancel it and raise that exception.

    Cancelling is asyncio's: what the body awaits is cancelled too, down to the statement that
    Postgres runs. An alarm only ever ends by raising; those left over are cancelled at the end.
    """
    body = asyncio.current_task()
    assert body is not None
    raised: list[BaseException] = []
    is_over = False

    def on_end(listener: asyncio.Task[NoReturn]) -> None:
        error = None if listener.cancelled() else listener.exception()
        if error is not None and not is_over:
            raised.append(error)
            body.cancel()

    listeners = [asyncio.create_task(alarm) for alarm in alarms]
    for listener in listeners:
        listener.add_done_callback(on_end)
    try:
        yield
    except asyncio.CancelledError:
        if not raised or body.uncancel() > 0:
            raise
        raise raised[0] from None
    finally:
        is_over = True
        for listener in listeners:
            listener.cancel()


async def client_gone(receive: Receive) -> NoReturn:
    """The alarm for a closed HTTP connection. The request's body has to be read already."""
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientGoneError
