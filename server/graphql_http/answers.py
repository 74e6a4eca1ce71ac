"""A result, or a stream of them, as an ASGI response."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, NoReturn

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.graphql_http.framing import Framing
from server.graphql_http.interruption import ClientGoneError, client_gone, interrupted_by
from server.graphql_http.negotiation import Media
from server.graphql_http.stream_places import StreamPlaces

PARTIAL_SUCCESS = 294


def json_answer(
    payload: Mapping[str, object] | list[Any],
    *,
    media: Media = Media.JSON,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One JSON document, for the one who asked: no cache keeps it, not even that of a browser."""
    return Response(
        orjson.dumps(payload),
        status_code=status,
        media_type=f"{media.value}; charset=utf-8",
        headers={"Vary": "Accept", "Cache-Control": "no-store", **(headers or {})},
    )


def status_of(payload: Mapping[str, object], *, media: Media, partial_success: bool) -> int:
    """The status of a GraphQL response by the GraphQL-over-HTTP specification.

    `application/json` is 200 whatever happened, for clients from before the specification.
    """
    if media is not Media.GRAPHQL or "errors" not in payload:
        return 200
    if "data" not in payload:
        return 400
    return PARTIAL_SUCCESS if partial_success else 200


class ProcessEndsError(Exception):
    """The process is being ended: see `server.stopping`."""


class StreamAnswer:
    """An ASGI response that writes results as they come.

    It buffers nothing: a reader who takes nothing for `send_timeout` seconds is dropped. One who
    goes away ends the operation. When the process ends, the body ends without the framing's own
    end: to a client that is a lost connection, and it connects again, to another process.
    """

    def __init__(
        self,
        results: AsyncGenerator[Mapping[str, object], None],
        framing: Framing,
        *,
        places: StreamPlaces,
        keep_alive_interval: float,
        send_timeout: float,
    ) -> None:
        self._results = results
        self._framing = framing
        self._places = places
        self._keep_alive_interval = keep_alive_interval
        self._send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the stream to its end, or to the end of its reader, or of the process."""
        stopping = getattr(scope["app"].state, "stopping", None)
        alarms = [client_gone(receive), self._keep_alive(send)]
        if stopping is not None:
            alarms.append(_process_ends(stopping))
        try:
            with self._places.taken():
                async with interrupted_by(*alarms):
                    await self._write(send)
        except (ClientGoneError, TimeoutError):
            return
        except ProcessEndsError:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        framing = self._framing
        headers = {"content-type": framing.content_type, "vary": "Accept", **framing.headers}
        raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        async with aclosing(self._results) as results:
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            await self._chunk(send, framing.start)
            async for result in results:
                await self._chunk(send, framing.frame(result))
        await send({"type": "http.response.body", "body": framing.end, "more_body": False})

    async def _chunk(self, send: Send, body: bytes) -> None:
        async with asyncio.timeout(self._send_timeout):
            await send({"type": "http.response.body", "body": body, "more_body": True})

    async def _keep_alive(self, send: Send) -> NoReturn:
        while True:
            await asyncio.sleep(self._keep_alive_interval)
            await self._chunk(send, self._framing.keep_alive)


async def _process_ends(stopping: asyncio.Event) -> NoReturn:
    await stopping.wait()
    raise ProcessEndsError
