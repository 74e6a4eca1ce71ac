"""GraphQL over HTTP: one exchange, from the method to the response."""

from collections.abc import Callable

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.graphql_http.answers import StreamAnswer, json_answer, status_of
from server.graphql_http.cross_site import refuse_cross_site
from server.graphql_http.deadlines import ended_after, seconds_until
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.framing import framing_for, wants_v2
from server.graphql_http.interruption import ClientGoneError, client_gone, interrupted_by
from server.graphql_http.negotiation import AcceptedRange, Choice, Shape, negotiate, read_accept
from server.graphql_http.operations import Operation
from server.graphql_http.pipeline import Payload, Payloads, Pipeline, shape_of
from server.graphql_http.reading import read_body, read_query_string
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError
from server.graphql_http.requests import GraphQLRequest
from server.graphql_http.settings import GraphQLHTTPSettings
from server.graphql_http.stream_places import StreamPlaces

IdePage = Callable[[Request], Response]


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
        places: StreamPlaces,
        *,
        ide_page: IdePage | None,
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._places = places
        self._ide_page = ide_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; or stop working if the client does not wait for it."""
        try:
            answer = await self._answer(Request(scope, receive))
        except ClientGoneError:
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> ASGIApp:
        try:
            return await self._answer_by_method(request)
        except RequestRefusedError as refusal:
            errors = self._pipeline.errors.of_refusal(refusal)
            return json_answer({"errors": errors}, status=refusal.status, headers=refusal.headers)
        except Exception as fault:  # noqa: BLE001 - nothing may answer with anything but JSON
            return json_answer({"errors": self._pipeline.errors.of_fault(fault)}, status=500)

    async def _answer_by_method(self, request: Request) -> ASGIApp:
        accept = read_accept(request.headers.get("accept"))
        if request.method == "GET":
            if self._ide_page is not None and _is_browser(accept):
                return self._ide_page(request)
            payload: object = read_query_string(request)
        elif request.method == "POST":
            payload = await read_body(request, max_bytes=self._settings.max_body_bytes)
        else:
            raise _method_not_allowed("GET, POST", f"{request.method} is not a method of GraphQL.")
        refuse_cross_site(request, self._settings.allowed_origins)
        try:
            async with interrupted_by(client_gone(request.receive)):
                return await self._execute(request, GraphQLRequest.read(payload), accept)
        except GraphQLRequestError as failure:
            return self._failed(failure, accept)

    async def _execute(
        self, request: Request, graphql_request: GraphQLRequest, accept: list[AcceptedRange]
    ) -> ASGIApp:
        context = await self._pipeline.get_context(request, None)
        operation = self._pipeline.prepare(graphql_request)
        if request.method == "GET" and operation.kind is OperationType.MUTATION:
            raise _method_not_allowed("POST", "A mutation needs POST.")
        shape = shape_of(operation)
        choice = negotiate(accept, shape=shape)
        if not choice.media.is_stream:
            return self._json(await self._pipeline.single(operation, context), choice)
        return await self._stream(operation, context, choice, shape)

    async def _stream(
        self, operation: Operation, context: object, choice: Choice, shape: Shape
    ) -> StreamAnswer:
        if self._places.is_full:
            raise _too_many_streams()
        if shape is Shape.EVENTS:
            payloads = await self._events(operation, context)
        else:
            payloads = await self._pipeline.parts(operation, context, newer=wants_v2(choice))
        return self._streamed(payloads, choice, shape)

    async def _events(self, operation: Operation, context: object) -> Payloads:
        """The events of a subscription, as long as the sign-in lasts."""
        seconds_left = seconds_until(self._pipeline.expiry_of(context))
        last: Payload = {"errors": self._pipeline.errors.of_refusal(_SIGN_IN_ENDED)}
        return ended_after(seconds_left, await self._pipeline.events(operation, context), last=last)

    def _failed(self, failure: GraphQLRequestError, accept: list[AcceptedRange]) -> ASGIApp:
        payload: Payload = {"errors": self._pipeline.errors.of_request(failure)}
        try:
            choice = negotiate(accept, shape=Shape.SINGLE)
        except RequestRefusedError:
            return json_answer(payload, status=400)
        if choice.media.is_stream:
            return self._streamed(_once(payload), choice, Shape.SINGLE)
        return self._json(payload, choice)

    def _json(self, payload: Payload, choice: Choice) -> Response:
        status = status_of(
            payload, media=choice.media, partial_success=self._settings.partial_success_status
        )
        return json_answer(payload, media=choice.media, status=status)

    def _streamed(self, payloads: Payloads, choice: Choice, shape: Shape) -> StreamAnswer:
        return StreamAnswer(
            payloads,
            framing_for(choice, shape=shape),
            places=self._places,
            keep_alive_interval=self._settings.keep_alive_interval,
            send_timeout=self._settings.send_timeout,
        )


def _is_browser(accept: list[AcceptedRange]) -> bool:
    """A browser that navigates names text/html; an API client does not."""
    return any(part.media_range == "text/html" and part.quality > 0 for part in accept)


def _method_not_allowed(allow: str, message: str) -> RequestRefusedError:
    return RequestRefusedError(
        message, status=405, code=ErrorCode.METHOD_NOT_ALLOWED, headers={"Allow": allow}
    )


def _too_many_streams() -> RequestRefusedError:
    return RequestRefusedError(
        "Too many streams are open.",
        status=503,
        code=ErrorCode.TOO_MANY_STREAMS,
        headers={"Retry-After": "10"},
    )


async def _once(payload: Payload) -> Payloads:
    yield payload
