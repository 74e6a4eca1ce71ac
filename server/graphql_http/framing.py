"""How results are written one after the other into one HTTP body."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import orjson

from server.graphql_http.negotiation import Choice, Media, Shape


class Framing(ABC):
    """Bytes around each result. Stateless: one instance serves every stream."""

    content_type: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
    }
    start: ClassVar[bytes] = b""
    keep_alive: ClassVar[bytes]
    """A sign of life that clients ignore."""
    end: ClassVar[bytes] = b""

    @abstractmethod
    def frame(self, result: Mapping[str, object]) -> bytes:
        """One result, complete: no client waits for the next one to read it."""


class ServerSentEvents(Framing):
    """graphql-sse, distinct connections mode. Lines end with LF: urql splits on it."""

    content_type = "text/event-stream; charset=utf-8"
    start = b":\n\n"
    keep_alive = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    def frame(self, result: Mapping[str, object]) -> bytes:
        """An event `next`. JSON by orjson never holds a line break."""
        return b"event: next\ndata: " + orjson.dumps(result) + b"\n\n"


class JsonLines(Framing):
    """One JSON object a line."""

    content_type = "application/jsonl; charset=utf-8"
    keep_alive = b"\n"

    def frame(self, result: Mapping[str, object]) -> bytes:
        """A line."""
        return orjson.dumps(result) + b"\n"


class MultipartParts(Framing):
    """Parts of one result, in the form of 2022. The boundary after a part ends it at once."""

    content_type = 'multipart/mixed; boundary="-"; deferSpec=20220824'
    start = b"---"
    keep_alive = b""
    end = b"--\r\n"

    def frame(self, result: Mapping[str, object]) -> bytes:
        """A part and the boundary after it."""
        body = orjson.dumps(result)
        return (
            b"\r\nContent-Type: application/json; charset=utf-8"
            b"\r\nContent-Length: %d\r\n\r\n%b\r\n---" % (len(body), body)
        )


class MultipartPartsV2(MultipartParts):
    """The same for the newer form of parts, with `pending` and ids."""

    content_type = 'multipart/mixed; boundary="-"; incrementalSpec=v0.2'


class MultipartEvents(Framing):
    """Apollo's multipart subscriptions, 1.0."""

    content_type = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
    start = b"--graphql"
    keep_alive = b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql"
    end = b"--\r\n"

    def frame(self, result: Mapping[str, object]) -> bytes:
        """A part whose `payload` is the result."""
        body = orjson.dumps({"payload": result})
        return b"\r\nContent-Type: application/json\r\n\r\n%b\r\n--graphql" % body


_SSE, _JSON_LINES = ServerSentEvents(), JsonLines()
_PARTS, _PARTS_V2, _EVENTS = MultipartParts(), MultipartPartsV2(), MultipartEvents()


def framing_for(choice: Choice, *, shape: Shape) -> Framing:
    """The framing of a negotiated stream."""
    if choice.media is Media.SSE:
        return _SSE
    if choice.media is Media.JSON_LINES:
        return _JSON_LINES
    if shape is Shape.EVENTS:
        return _EVENTS
    return _PARTS_V2 if wants_v2(choice) else _PARTS


def wants_v2(choice: Choice) -> bool:
    """Whether the client asked for parts in the newer form."""
    return ("incrementalspec", "v0.2") in choice.parameters
