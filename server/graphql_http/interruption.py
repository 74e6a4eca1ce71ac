"""Ends work that nobody waits for any more."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, NoReturn, TypeAlias

from starlette.types import Receive

Alarm: TypeAlias = Coroutine[Any, Any, NoReturn]


class ClientGoneError(Exception):
    """The client closed the connection: there is nobody left to answer."""


def interrupted_by(*alarms: Alarm, after: float = 0) -> "_Interruption":
    """Run the body until one of `alarms` raises; then cancel it and raise that exception.

    Cancelling is asyncio's: what the body awaits is cancelled too, down to the statement that
    Postgres runs. An alarm only ever ends by raising; those left over are cancelled at the end.
    They begin `after` so many seconds: a body that is done by then has cost a timer, no tasks.
    """
    return _Interruption(alarms, after)


class _Interruption:
    """A context manager written out: every request passes here, and a generator costs more."""

    __slots__ = ("_after", "_alarms", "_body", "_is_over", "_listeners", "_raised", "_timer")

    def __init__(self, alarms: Sequence[Alarm], after: float) -> None:
        self._alarms = alarms
        self._after = after
        self._listeners: list[asyncio.Task[NoReturn]] = []
        self._raised: BaseException | None = None
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        body = asyncio.current_task()
        assert body is not None
        self._body = body
        if self._after:
            self._timer = asyncio.get_running_loop().call_later(self._after, self._listen)
        else:
            self._listen()

    def _listen(self) -> None:
        self._listeners = [asyncio.create_task(alarm) for alarm in self._alarms]
        self._alarms = ()
        for listener in self._listeners:
            listener.add_done_callback(self._on_end)

    def _on_end(self, listener: asyncio.Task[NoReturn]) -> None:
        error = None if listener.cancelled() else listener.exception()
        if error is not None and not self._is_over and self._raised is None:
            self._raised = error
            self._body.cancel()

    async def __aexit__(self, kind: object, _error: object, _traceback: object) -> None:
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        for alarm in self._alarms:
            alarm.close()
        for listener in self._listeners:
            listener.cancel()
        if kind is asyncio.CancelledError and self._raised and self._body.uncancel() <= 0:
            raise self._raised from None


async def client_gone(receive: Receive) -> NoReturn:
    """The alarm for a closed HTTP connection. The request's body has to be read already."""
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientGoneError
