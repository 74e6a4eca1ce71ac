"""One WebSocket connection: its messages and the operations that run on it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.graphql_http.deadlines import seconds_until
from server.graphql_http.interruption import interrupted_by
from server.graphql_http.pipeline import Pipeline
from server.graphql_http.refusals import RequestRefusedError
from server.graphql_http.settings import GraphQLHTTPSettings
from server.graphql_http.socket_closing import CloseCode, SlowReaderError, SocketClosedError
from server.graphql_http.socket_operation import SocketOperations

_REFUSED_SIGN_IN = frozenset({401, 403})


class SocketSession:
    """The server's side of graphql-transport-ws.

    The sign-in is checked when the client introduces itself. When it ends, the connection does,
    with 4403: the code on which graphql-ws clients fetch a new token and connect again.
    """

    def __init__(
        self, socket: WebSocket, pipeline: Pipeline, settings: GraphQLHTTPSettings
    ) -> None:
        self._socket = socket
        self._pipeline = pipeline
        self._settings = settings
        self._reader_is_slow = asyncio.Event()

    async def run(self) -> None:
        """Talk until one side closes; then cancel what still runs."""
        try:
            async with interrupted_by(self._slow_reader()):
                await self._talk()
        except SocketClosedError as closed:
            await self._socket.close(closed.code, closed.reason)
        except (SlowReaderError, WebSocketDisconnect):
            return

    async def _talk(self) -> None:
        params = await self._introduction()
        seconds_left = seconds_until(await self._sign_in_end(params))
        alarms = [] if seconds_left is None else [_sign_in_ends(seconds_left)]
        await self._send({"type": "connection_ack"})
        operations = SocketOperations(
            self._pipeline, self._settings, socket=self._socket, params=params, send=self._send
        )
        async with operations, interrupted_by(*alarms):
            while True:
                await self._answer(await self._next_message(operations), operations)

    async def _introduction(self) -> Mapping[str, Any]:
        """The payload of `connection_init`, which has to come first and soon."""
        try:
            async with asyncio.timeout(self._settings.connection_init_timeout):
                while (message := await self._receive())["type"] in {"ping", "pong"}:
                    await self._answer_ping(message)
        except TimeoutError:
            raise SocketClosedError(
                CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout"
            ) from None
        if message["type"] != "connection_init":
            raise SocketClosedError(CloseCode.UNAUTHORIZED, "Unauthorized")
        payload = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise SocketClosedError(
                CloseCode.BAD_MESSAGE, "The payload of connection_init is no object"
            )
        return payload

    async def _sign_in_end(self, params: Mapping[str, Any]) -> datetime | None:
        try:
            context = await self._pipeline.get_context(self._socket, params)
        except RequestRefusedError as refusal:
            code = (
                CloseCode.FORBIDDEN
                if refusal.status in _REFUSED_SIGN_IN
                else CloseCode.INTERNAL_ERROR
            )
            raise SocketClosedError(code, refusal.message) from None
        return self._pipeline.expiry_of(context)

    async def _next_message(self, operations: SocketOperations) -> Mapping[str, Any]:
        while True:
            try:
                async with asyncio.timeout(self._settings.socket_idle_timeout):
                    return await self._receive()
            except TimeoutError:
                if not operations:
                    raise SocketClosedError(CloseCode.NORMAL, "Idle") from None

    async def _answer(self, message: Mapping[str, Any], operations: SocketOperations) -> None:
        match message:
            case {"type": "ping" | "pong"}:
                await self._answer_ping(message)
            case {"type": "subscribe", "id": str(name), "payload": payload} if name:
                if name in operations:
                    raise SocketClosedError(
                        CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {name[:64]} already exists"
                    )
                operations.start(name, payload)
            case {"type": "complete", "id": str(name)}:
                operations.stop(name)
            case {"type": "connection_init"}:
                raise SocketClosedError(
                    CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests"
                )
            case _:
                raise SocketClosedError(CloseCode.BAD_MESSAGE, "Invalid message received")

    async def _answer_ping(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "ping":
            await self._send({"type": "pong"})

    async def _receive(self) -> Mapping[str, Any]:
        """The next message, an object with a `type`."""
        frame = await self._socket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", CloseCode.NORMAL))
        text = frame.get("text")
        if text is not None and len(text) > self._settings.max_body_bytes:
            raise SocketClosedError(CloseCode.TOO_BIG, "Message too big")
        try:
            message = orjson.loads(text or b"")
        except orjson.JSONDecodeError:
            raise SocketClosedError(CloseCode.BAD_MESSAGE, "Invalid message received") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise SocketClosedError(CloseCode.BAD_MESSAGE, "Invalid message received")
        return message

    async def _send(self, message: Mapping[str, object]) -> None:
        """Send when the client takes it. Nothing is queued here: the sender waits."""
        try:
            async with asyncio.timeout(self._settings.send_timeout):
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            self._reader_is_slow.set()
            raise SlowReaderError from None

    async def _slow_reader(self) -> NoReturn:
        await self._reader_is_slow.wait()
        raise SlowReaderError


async def _sign_in_ends(seconds_left: float) -> NoReturn:
    """The alarm for the end of the sign-in."""
    await asyncio.sleep(seconds_left)
    raise SocketClosedError(CloseCode.FORBIDDEN, "The access token has expired")
