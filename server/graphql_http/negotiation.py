"""Which media type carries the answer: `Accept`, its q-values, and what the operation needs."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import RequestRefusedError

_PART = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;,\s]*)')


class Shape(Enum):
    """How many results an operation gives."""

    SINGLE = "single"
    INCREMENTAL = "incremental"
    """One result in parts: `@defer` and `@stream`."""
    EVENTS = "events"
    """A subscription."""
    BATCH = "batch"
    """A result for each operation of a batch."""


class Media(Enum):
    """What the server can write."""

    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"
    SSE = "text/event-stream"
    MULTIPART = "multipart/mixed"
    JSON_LINES = "application/jsonl"

    @property
    def is_stream(self) -> bool:
        """Whether it can carry more than one result."""
        return self not in {Media.GRAPHQL, Media.JSON}


_PREFERENCE = {
    Shape.SINGLE: (Media.GRAPHQL, Media.JSON, Media.JSON_LINES, Media.SSE, Media.MULTIPART),
    Shape.INCREMENTAL: (
        Media.MULTIPART,
        Media.SSE,
        Media.JSON_LINES,
        Media.GRAPHQL,
        Media.JSON,
    ),
    Shape.EVENTS: (Media.SSE, Media.MULTIPART, Media.JSON_LINES),
    Shape.BATCH: (Media.JSON_LINES, Media.GRAPHQL, Media.JSON, Media.SSE),
}
"""What we take of equally welcome types. A single result goes into a stream only on request; an
incremental operation is answered whole to those who take no parts."""

_WILDCARD = {
    Shape.SINGLE: Media.JSON,
    Shape.INCREMENTAL: Media.MULTIPART,
    Shape.EVENTS: Media.SSE,
    Shape.BATCH: Media.JSON,
}
"""What `*/*` means. Newer types have to be named; `@defer` in a request asks for parts."""


Parameters: TypeAlias = tuple[tuple[str, str], ...]

_KEPT = 256
"""Clients send one header all their life: what it means is remembered."""


@dataclass(frozen=True, slots=True)
class AcceptedRange:
    """One member of an `Accept` header."""

    media_range: str
    parameters: Parameters
    quality: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The media type to write, with the parameters that the client named it with."""

    media: Media
    parameters: Parameters


@lru_cache(maxsize=_KEPT)
def read_accept(header: str | None) -> tuple[AcceptedRange, ...]:
    """The members of `Accept`; `*/*` where there is none. What cannot be read is left out."""
    ranges = []
    for part in _PART.findall(header or "*/*"):
        media_range, _, _ = part.partition(";")
        parameters = {k.lower(): v.strip('"') for k, v in _PARAMETER.findall(part)}
        quality = _quality(parameters.pop("q", "1"))
        ranges.append(
            AcceptedRange(media_range.strip().lower(), tuple(parameters.items()), quality)
        )
    return tuple(ranges)


@lru_cache(maxsize=_KEPT)
def negotiate(accept: tuple[AcceptedRange, ...], *, shape: Shape) -> Choice:
    """The most welcome type that can carry `shape`; of equals the first of our preference.

    Raises:
        RequestRefusedError: 406.
    """
    best: tuple[float, Choice] | None = None
    for media in _PREFERENCE[shape]:
        found = _quality_of(media, accept, shape)
        if found is not None and found[0] > 0 and (best is None or found[0] > best[0]):
            best = found[0], Choice(media, found[1])
    if best is None:
        raise _not_acceptable(shape)
    return best[1]


def _quality_of(
    media: Media, accept: tuple[AcceptedRange, ...], shape: Shape
) -> tuple[float, Parameters] | None:
    """How welcome `media` is, by the most exact range that matches it."""
    for accepted in accept:
        if accepted.media_range == media.value and _carries(accepted, shape):
            return accepted.quality, accepted.parameters
    if media is not _WILDCARD[shape]:
        return None
    for wildcard in (media.value.split("/")[0] + "/*", "*/*"):
        for accepted in accept:
            if accepted.media_range == wildcard:
                return accepted.quality, accepted.parameters
    return None


def _carries(accepted: AcceptedRange, shape: Shape) -> bool:
    """Apollo names what a multipart answer is for: parts of a result, or events."""
    if accepted.media_range != Media.MULTIPART.value:
        return True
    is_for_events = any(name == "subscriptionspec" for name, _ in accepted.parameters)
    return is_for_events if shape is Shape.EVENTS else not is_for_events


def _not_acceptable(shape: Shape) -> RequestRefusedError:
    written = ", ".join(media.value for media in _PREFERENCE[shape])
    return RequestRefusedError(
        f"`Accept` names no type that can carry the answer, which is written as: {written}.",
        status=406,
        code=ErrorCode.NOT_ACCEPTABLE,
    )


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
