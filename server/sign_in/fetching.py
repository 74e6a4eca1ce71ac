import asyncio
from typing import Any

import httpx
import orjson

_LARGEST_DOCUMENT = 1 << 20


class FetchError(Exception):
    """A document of the issuer could not be had. `status` is None when nothing was answered."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


async def fetch_json(
    client: httpx.AsyncClient, url: str, *, seconds: float, token: str | None = None
) -> dict[str, Any]:
    """A JSON object from the issuer, within `seconds` in all and one megabyte.

    Redirects are not followed: the issuer's documents, and the token, go where they were said to.
    """
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        async with asyncio.timeout(seconds), client.stream("GET", url, headers=headers) as response:
            return await _read_json(response, url=url)
    except TimeoutError as error:
        raise FetchError(f"{url} did not answer within {seconds:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"{url} cannot be reached ({type(error).__name__})") from error


async def _read_json(response: httpx.Response, *, url: str) -> dict[str, Any]:
    if response.status_code != httpx.codes.OK:
        raise FetchError(
            f"{url} answered {response.status_code}",
            status=response.status_code,
        )
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _LARGEST_DOCUMENT:
            raise FetchError(f"{url} answered more than {_LARGEST_DOCUMENT} bytes", status=200)
    document = _parse(bytes(body))
    if not isinstance(document, dict):
        raise FetchError(f"{url} did not answer a JSON object", status=response.status_code)
    return document


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
