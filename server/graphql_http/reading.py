"""Reads what came over HTTP into decoded JSON, and refuses what is not GraphQL over HTTP."""

import asyncio
from contextlib import suppress
from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import Request

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import RequestRefusedError
from server.graphql_http.requests import bad_request

_JSON_PARAMETERS = ("variables", "extensions")
_DISCARDED_BYTES = 10_000_000
_DISCARDED_SECONDS = 5
_UTF8_NAMES = frozenset({"utf-8", "utf8", "us-ascii"})


async def read_body(request: Request, *, max_bytes: int) -> object:
    """The decoded JSON of a POST.

    The body is counted while it streams in, so that a false Content-Length helps nobody.

    Raises:
        RequestRefusedError: 415 for another media type, 413 for a long body, 400 for bad JSON.
    """
    _require_json(request)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        await _discard(request)
        raise _too_large(max_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            await _discard(request)
            raise _too_large(max_bytes)
    if not body:
        raise bad_request("The body is empty.")
    return decode_json(bytes(body))


def read_query_string(request: Request) -> dict[str, object]:
    """The parameters of a GET, with `variables` and `extensions` decoded from JSON.

    Raises:
        RequestRefusedError: 400, when one of them is not JSON.
    """
    payload: dict[str, object] = dict(request.query_params)
    for key in _JSON_PARAMETERS:
        if text := request.query_params.get(key):
            payload[key] = decode_json(text.encode(), what=f"`{key}`")
        else:
            payload.pop(key, None)
    return payload


def decode_json(text: bytes, *, what: str = "The body") -> Any:
    """Decode UTF-8 JSON.

    Raises:
        RequestRefusedError: 400; invalid UTF-8 and nesting beyond orjson's 1024 levels too.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"{what} is not valid JSON: {error}") from None


async def _discard(request: Request) -> None:
    """Read on, within bounds: a client that is still sending does not read the answer."""
    left = _DISCARDED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARDED_SECONDS):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    return


def _require_json(request: Request) -> None:
    """A form's media types are refused: with them any site could post without a preflight."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity" or not _is_json(request.headers.get("content-type", "")):
        raise RequestRefusedError(
            "Send the request as `Content-Type: application/json` in UTF-8, not encoded further.",
            status=415,
            code=ErrorCode.UNSUPPORTED_MEDIA_TYPE,
            headers={"Accept-Post": "application/json"},
        )


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    media_type, *parameters = content_type.lower().split(";")
    charset = next((p.strip() for p in parameters if p.strip().startswith("charset=")), "")
    is_utf8 = not charset or charset.removeprefix("charset=").strip('"') in _UTF8_NAMES
    return is_utf8 and media_type.strip() == "application/json"


def _too_large(max_bytes: int) -> RequestRefusedError:
    return RequestRefusedError(
        f"The body is longer than {max_bytes} bytes.",
        status=413,
        code=ErrorCode.PAYLOAD_TOO_LARGE,
        # What is left of the body is not read: the connection cannot be used again.
        headers={"Connection": "close"},
    )
