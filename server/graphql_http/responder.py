"""Chooses the response: the media type, the status, the framing."""

from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp

from server.graphql_http.answers import StreamAnswer, json_answer, status_of
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.errors import ErrorFormatter
from server.graphql_http.framing import framing_for
from server.graphql_http.negotiation import AcceptedRange, Choice, Media, Shape, negotiate
from server.graphql_http.pipeline import Payload, Payloads
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError
from server.graphql_http.settings import GraphQLHTTPSettings
from server.graphql_http.stream_places import StreamPlaces


class Responder:
    """Makes every response of the endpoint but the IDE's page."""

    def __init__(
        self, settings: GraphQLHTTPSettings, errors: ErrorFormatter, places: StreamPlaces
    ) -> None:
        self._settings = settings
        self._errors = errors
        self._places = places

    def refused(self, refusal: RequestRefusedError, accept: tuple[AcceptedRange, ...]) -> Response:
        """The exchange was refused."""
        payload = {"errors": self._errors.of_refusal(refusal)}
        media = _json_for(accept)
        return json_answer(payload, media=media, status=refusal.status, headers=refusal.headers)

    def fault(self, fault: Exception, accept: tuple[AcceptedRange, ...]) -> Response:
        """Something of ours broke outside of the execution."""
        payload = {"errors": self._errors.of_fault(fault)}
        return json_answer(payload, media=_json_for(accept), status=500)

    def failed(self, failure: GraphQLRequestError, accept: tuple[AcceptedRange, ...]) -> ASGIApp:
        """A request error. Who reads only events gets it as one."""
        payload: Payload = {"errors": self._errors.of_request(failure)}
        try:
            choice = negotiate(accept, shape=Shape.SINGLE)
        except RequestRefusedError:
            return json_answer(payload, status=400)
        if choice.media.is_stream:
            return self.stream(_once(payload), choice, Shape.SINGLE)
        return self.single(payload, choice)

    def single(self, payload: Payload, choice: Choice) -> Response:
        """One result."""
        status = status_of(
            payload, media=choice.media, partial_success=self._settings.partial_success_status
        )
        return json_answer(payload, media=choice.media, status=status)

    def array(self, payloads: list[Any], choice: Choice) -> Response:
        """The results of a batch. Each bears its own errors: the exchange went well."""
        return json_answer(payloads, media=choice.media)

    def require_place(self) -> None:
        """Check that one more stream may be opened, before its operation starts.

        Raises:
            RequestRefusedError: 503.
        """
        if self._places.is_full:
            raise RequestRefusedError(
                "Too many streams are open.",
                status=503,
                code=ErrorCode.TOO_MANY_STREAMS,
                headers={"Retry-After": "10"},
            )

    def stream(self, payloads: Payloads, choice: Choice, shape: Shape) -> StreamAnswer:
        """Results as they come."""
        return StreamAnswer(
            payloads,
            framing_for(choice, shape=shape),
            places=self._places,
            keep_alive_interval=self._settings.keep_alive_interval,
            send_timeout=self._settings.send_timeout,
        )


def _json_for(accept: tuple[AcceptedRange, ...]) -> Media:
    """The type of a JSON answer, also for who takes only others.

    By any status but 200, clients believe `application/graphql-response+json` alone: what they get
    as `application/json` may come from a proxy.
    """
    try:
        media = negotiate(accept, shape=Shape.SINGLE).media
    except RequestRefusedError:
        return Media.JSON
    return Media.JSON if media.is_stream else media


async def _once(payload: Payload) -> Payloads:
    yield payload
