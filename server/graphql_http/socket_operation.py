"""The operations that run on one WebSocket."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Self

from starlette.websockets import WebSocket, WebSocketDisconnect

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.errors import ErrorMap
from server.graphql_http.negotiation import Shape
from server.graphql_http.pipeline import Payloads, Pipeline, shape_of
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError
from server.graphql_http.requests import GraphQLRequest
from server.graphql_http.settings import GraphQLHTTPSettings
from server.graphql_http.socket_closing import SlowReaderError

SendMessage = Callable[[Mapping[str, object]], Awaitable[None]]


class SocketOperations:
    """Starts and stops operations by the names that the client gave them.

    Use it as a context manager: what still runs at its end is cancelled.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        settings: GraphQLHTTPSettings,
        *,
        socket: WebSocket,
        params: Mapping[str, Any],
        send: SendMessage,
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._socket = socket
        self._params = params
        self._send = send
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def __bool__(self) -> bool:
        return bool(self._running)

    def __contains__(self, name: str) -> bool:
        return name in self._running

    def start(self, name: str, payload: object) -> None:
        """Run what the payload of `subscribe` asks for."""
        is_full = len(self._running) >= self._settings.max_operations_per_socket
        task = asyncio.create_task(self._refuse(name) if is_full else self._run(name, payload))
        self._running[name] = task
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def stop(self, name: str) -> None:
        """Cancel the operation. One that has just ended is no mistake of the client's."""
        if (task := self._running.pop(name, None)) is not None:
            task.cancel()

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a reader that is gone or too slow: the session knows already

    async def _refuse(self, name: str) -> None:
        limit = self._settings.max_operations_per_socket
        refusal = RequestRefusedError(
            f"{limit} operations run on this connection already.",
            status=429,
            code=ErrorCode.TOO_MANY_STREAMS,
        )
        await self._fail(name, self._pipeline.errors.of_refusal(refusal))

    async def _run(self, name: str, payload: object) -> None:
        errors = self._pipeline.errors
        try:
            await self._relay(name, await self._results(payload))
        except RequestRefusedError as refusal:
            await self._fail(name, errors.of_refusal(refusal))
        except GraphQLRequestError as failure:
            await self._fail(name, errors.of_request(failure))
        except (SlowReaderError, WebSocketDisconnect):
            raise
        except Exception as fault:  # noqa: BLE001 - it ends this operation, not the connection
            await self._fail(name, errors.of_fault(fault))

    async def _results(self, payload: object) -> Payloads:
        request = GraphQLRequest.read(payload)
        context = await self._pipeline.get_context(self._socket, self._params)
        operation = self._pipeline.prepare(request)
        if shape_of(operation) is Shape.EVENTS:
            return await self._pipeline.events(operation, context)
        return await self._pipeline.parts(operation, context, newer=False)

    async def _relay(self, name: str, results: Payloads) -> None:
        async with aclosing(results):
            async for result in results:
                if not _is_result(result):
                    await self._fail(name, result["errors"])
                    return
                await self._send({"id": name, "type": "next", "payload": result})
        self._running.pop(name, None)
        await self._send({"id": name, "type": "complete"})

    async def _fail(self, name: str, errors: list[ErrorMap]) -> None:
        """The name is free before the message goes out: the client may use it again at once."""
        self._running.pop(name, None)
        await self._send({"id": name, "type": "error", "payload": errors})


def _is_result(payload: Mapping[str, object]) -> bool:
    """Whether something was executed: a result or a part of one, not a request error."""
    return "data" in payload or "hasNext" in payload
