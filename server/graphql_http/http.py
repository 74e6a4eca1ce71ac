"""GraphQL over HTTP: one exchange, from the method to the response."""

from collections.abc import Callable
from functools import partial

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.graphql_http.batching import BatchItem, in_order, read_batch, run_batch
from server.graphql_http.cost_model import Cost
from server.graphql_http.cross_site import refuse_cross_site
from server.graphql_http.deadlines import ended_after, seconds_until
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.framing import wants_v2
from server.graphql_http.indexed_request import IndexedRequest
from server.graphql_http.interruption import ClientGoneError, client_gone, interrupted_by
from server.graphql_http.negotiation import AcceptedRange, Shape, negotiate, read_accept
from server.graphql_http.operations import Operation
from server.graphql_http.pipeline import Payload, Payloads, Pipeline, shape_of
from server.graphql_http.reading import read_body, read_query_string
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError
from server.graphql_http.requests import GraphQLRequest
from server.graphql_http.responder import Responder
from server.graphql_http.settings import GraphQLHTTPSettings

IdePage = Callable[[Request], Response]

_COST_HEADER = "graphql-cost"
"""`GraphQL-Cost: report` asks for the cost beside the result, as Hot Chocolate and Nitro do."""

_MOST_END_WITHIN = 0.05
"""Seconds. Who waits longer is looked after: if they leave, their operation is cancelled."""

_SIGN_IN_ENDED = RequestRefusedError(
    "The access token has expired.", status=401, code=ErrorCode.UNAUTHENTICATED
)


class GraphQLOverHTTP:
    """The ASGI application of `/graphql` for HTTP requests.

    Every answer is JSON (or a stream of it) with a code in every error, whatever was sent.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        settings: GraphQLHTTPSettings,
        responder: Responder,
        *,
        ide_page: IdePage | None,
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._responder = responder
        self._ide_page = ide_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; or stop working if the client does not wait for it."""
        try:
            answer = await self._answer(IndexedRequest(scope, receive))
        except ClientGoneError:
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        accept = read_accept(request.headers.get("accept"))
        try:
            if self._ide_page is not None and request.method == "GET" and _is_browser(accept):
                return self._ide_page(request)
            payload = await self._read(request)
            async with interrupted_by(client_gone(request.receive), after=_MOST_END_WITHIN):
                return await self._execute(request, payload, accept)
        except RequestRefusedError as refusal:
            return self._responder.refused(refusal, accept)
        except GraphQLRequestError as failure:
            return self._responder.failed(failure, accept)
        except ClientGoneError:
            raise
        except Exception as fault:  # noqa: BLE001 - nothing may answer with anything but JSON
            return self._responder.fault(fault, accept)

    async def _read(self, request: Request) -> object:
        if request.method not in {"GET", "POST"}:
            raise _method_not_allowed("GET, POST", f"{request.method} is not a method of GraphQL.")
        refuse_cross_site(request, self._settings.allowed_origins)
        if request.method == "GET":
            return read_query_string(request)
        return await read_body(request, max_bytes=self._settings.max_body_bytes)

    async def _execute(
        self, request: Request, payload: object, accept: tuple[AcceptedRange, ...]
    ) -> ASGIApp:
        batch = read_batch(payload, max_items=self._settings.max_batch)
        if batch is None:
            return await self._execute_one(request, GraphQLRequest.read(payload), accept)
        if request.method == "GET":
            raise _method_not_allowed("POST", "A batch needs POST.")
        return await self._execute_batch(request, batch, accept)

    async def _execute_one(
        self, request: Request, graphql_request: GraphQLRequest, accept: tuple[AcceptedRange, ...]
    ) -> ASGIApp:
        context = await self._pipeline.get_context(request, None)
        operation = self._pipeline.prepare(graphql_request)
        if request.method == "GET" and operation.kind is OperationType.MUTATION:
            raise _method_not_allowed("POST", "A mutation needs POST.")
        shape = shape_of(operation)
        choice = negotiate(accept, shape=shape)
        if not choice.media.is_stream:
            result = await self._pipeline.single(operation, context)
            if request.headers.get(_COST_HEADER) == "report":
                result["extensions"] = _cost_report(operation.cost)
            return self._responder.single(result, choice)
        self._responder.require_place()
        if shape is Shape.EVENTS:
            payloads = await self._events(operation, context)
        else:
            payloads = await self._pipeline.parts(operation, context, newer=wants_v2(choice))
        return self._responder.stream(payloads, choice, shape)

    async def _events(self, operation: Operation, context: object) -> Payloads:
        """The events of a subscription, as long as the sign-in lasts."""
        seconds_left = seconds_until(self._pipeline.expiry_of(context))
        last: Payload = {"errors": self._pipeline.errors.of_refusal(_SIGN_IN_ENDED)}
        return ended_after(seconds_left, await self._pipeline.events(operation, context), last=last)

    async def _execute_batch(
        self, request: Request, batch: list[BatchItem], accept: tuple[AcceptedRange, ...]
    ) -> ASGIApp:
        new_context = partial(self._pipeline.get_context, request, None)
        await new_context()  # a refused sign-in refuses the whole batch
        choice = negotiate(accept, shape=Shape.BATCH)
        results = run_batch(batch, self._pipeline, new_context)
        if choice.media.is_stream:
            self._responder.require_place()
            return self._responder.stream(results, choice, Shape.BATCH)
        return self._responder.array(in_order([result async for result in results]), choice)


def _is_browser(accept: tuple[AcceptedRange, ...]) -> bool:
    """A browser that navigates names text/html; an API client does not."""
    return any(part.media_range == "text/html" and part.quality > 0 for part in accept)


def _cost_report(cost: Cost) -> Payload:
    return {"operationCost": {"fieldCost": cost.field, "typeCost": cost.type}}


def _method_not_allowed(allow: str, message: str) -> RequestRefusedError:
    return RequestRefusedError(
        message, status=405, code=ErrorCode.METHOD_NOT_ALLOWED, headers={"Allow": allow}
    )
