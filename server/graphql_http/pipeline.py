"""From a request to results as JSON maps: what all transports share."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    OperationType,
)
from starlette.requests import HTTPConnection

from server.graphql_http import incremental
from server.graphql_http.deadlines import ended_after
from server.graphql_http.document_store import DocumentStore
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.errors import ErrorFormatter
from server.graphql_http.negotiation import Shape
from server.graphql_http.observer import Observer
from server.graphql_http.operations import Operation, OperationRunner
from server.graphql_http.refusals import RequestRefusedError
from server.graphql_http.requests import GraphQLRequest

T = TypeVar("T")
Payload: TypeAlias = dict[str, Any]
Payloads: TypeAlias = AsyncGenerator[Payload, None]
GetContext: TypeAlias = Callable[[HTTPConnection, Mapping[str, Any] | None], Awaitable[Any]]
"""Makes the context of one operation from the connection and, on a WebSocket, the client's
`connection_init` payload. It raises RequestRefusedError to turn the caller away."""
ExpiryOf: TypeAlias = Callable[[Any], datetime | None]
"""When the sign-in behind a context ends, or None: streams end then."""


class Pipeline:
    """Document, operation, execution, response map."""

    def __init__(
        self,
        runner: OperationRunner,
        *,
        documents: DocumentStore,
        errors: ErrorFormatter,
        get_context: GetContext,
        expiry_of: ExpiryOf,
        operation_timeout: float,
        observer: Observer,
    ) -> None:
        self._runner = runner
        self._documents = documents
        self.errors = errors
        self.get_context = get_context
        self.expiry_of = expiry_of
        self._operation_timeout = operation_timeout
        self._observer = observer

    def prepare(self, request: GraphQLRequest) -> Operation:
        """The operation that the request means.

        Raises:
            GraphQLRequestError: when there is none, or it is not valid.
        """
        text = self._documents.text_of(request)
        return self._runner.prepare(text, request, is_trusted=self._documents.trusts(text))

    async def single(self, operation: Operation, context: object) -> Payload:
        """Run a query or a mutation, and give its whole result.

        Raises:
            GraphQLRequestError: when a variable does not fit its type.
            RequestRefusedError: when it takes too long; it is cancelled then.
        """
        return await self._in_time(operation, self._whole(operation, context))

    async def parts(self, operation: Operation, context: object, *, newer: bool) -> Payloads:
        """Run a query or a mutation, and give its result in the parts it comes in.

        Raises: as `single` does; what is late after the first part ends the stream.
        """
        result = await self._in_time(operation, self._runner.run(operation, context))
        if isinstance(result, ExperimentalIncrementalExecutionResults):
            write = incremental.newer_parts if newer else incremental.parts_of_2022
            late = self.errors.of_refusal(_timed_out(self._operation_timeout))
            last: Payload = {"errors": late, "hasNext": False}
            parts = write(result, self.errors)
            return ended_after(self._operation_timeout, parts, last=last)
        assert isinstance(result, ExecutionResult)
        return _just(self._written(result))

    async def events(self, operation: Operation, context: object) -> Payloads:
        """Start a subscription. What its resolver refuses at the start is its only result."""
        result = await self._in_time(operation, self._runner.run(operation, context))
        if isinstance(result, ExecutionResult):
            return _just({"errors": self.errors.of_execution(result.errors or ())})
        assert not isinstance(result, ExperimentalIncrementalExecutionResults)
        return self._written_events(result)

    async def _whole(self, operation: Operation, context: object) -> Payload:
        result = await self._runner.run(operation, context)
        if isinstance(result, ExperimentalIncrementalExecutionResults):
            return await incremental.assembled(result, self.errors)
        assert isinstance(result, ExecutionResult)
        return self._written(result)

    async def _in_time(self, operation: Operation, work: Awaitable[T]) -> T:
        with self._observer.running(operation):
            try:
                async with asyncio.timeout(self._operation_timeout):
                    return await work
            except TimeoutError:
                raise _timed_out(self._operation_timeout) from None

    async def _written_events(self, results: AsyncGenerator[ExecutionResult, None]) -> Payloads:
        async with aclosing(results):
            try:
                async for result in results:
                    yield self._written(result)
            except Exception as fault:  # noqa: BLE001 - the source of events failed: the client is told
                yield {"errors": self.errors.of_fault(fault)}

    def _written(self, result: ExecutionResult) -> Payload:
        payload: Payload = {}
        if result.errors:
            payload["errors"] = self.errors.of_execution(result.errors)
        payload["data"] = result.data
        if result.extensions:
            payload["extensions"] = result.extensions
        return payload


def shape_of(operation: Operation) -> Shape:
    """How many results to expect."""
    if operation.kind is OperationType.SUBSCRIPTION:
        return Shape.EVENTS
    return Shape.INCREMENTAL if operation.may_come_in_parts else Shape.SINGLE


def _timed_out(seconds: float) -> RequestRefusedError:
    return RequestRefusedError(
        f"The operation took longer than {seconds:g} s and was cancelled.",
        status=503,
        code=ErrorCode.OPERATION_TIMEOUT,
    )


async def _just(payload: Payload) -> Payloads:
    yield payload
