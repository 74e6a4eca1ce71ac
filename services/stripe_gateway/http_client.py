"""The HTTP client under the SDK.

The SDK's own waits 80 s, bounds the wait for each packet but not for an answer, hands httpx its
body in a deprecated way, and would look for a sandbox on this machine behind a proxy.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import cache
from ssl import SSLContext
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import stripe
from aiolimiter import AsyncLimiter

_NO_PROXY = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}


@cache
def _trusted() -> SSLContext:
    """Whose certificates are believed: read once for all clients, as it takes 1 MB."""
    return httpx.create_ssl_context()


class CallObserver(Protocol):
    """Called in the context of who called Stripe, right after. It may not wait, nor raise."""

    def __call__(
        self, method: str, url: str, *, seconds: float, status: int | None, error: str | None
    ) -> None:
        """One try ended: with Stripe's `status`, or by an `error` without an answer.

        `url` is without its query, which holds values.
        """


def observed_by_nobody(
    method: str, url: str, *, seconds: float, status: int | None, error: str | None
) -> None:
    """See `CallObserver`."""


class TimedHTTPClient(stripe.HTTPClient):
    """Gives a try `seconds` as a whole. The SDK decides whether there is another.

    With `calls_per_second` each try takes a token first, and a second's worth of them may be saved.
    """

    name = "httpx"

    def __init__(
        self,
        *,
        seconds: float,
        observer: CallObserver = observed_by_nobody,
        calls_per_second: int | None = None,
    ) -> None:
        super().__init__()
        self._seconds = seconds
        self._observer = observer
        self._tokens: AbstractAsyncContextManager[None] = (
            AsyncLimiter(calls_per_second, 1) if calls_per_second else nullcontext()
        )
        self._client = httpx.AsyncClient(
            timeout=None,  # noqa: S113 # bounded as a whole
            mounts=_NO_PROXY,
            verify=_trusted(),
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request; raises the SDK's error where no whole answer came in time."""
        async with self._tokens:
            return await self._request(method, url, headers, post_data)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any
    ) -> tuple[bytes, int, Mapping[str, str]]:
        began, status, failure = monotonic(), None, None
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.request(method, url, headers=headers, content=post_data)
            status = answer.status_code
        except TimeoutError as error:
            failure = "timeout"
            raise _no_answer(f"no whole answer within {self._seconds} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = type(error).__name__
            raise _no_answer(f"{type(error).__name__}: {error}") from error
        finally:
            self._tell(method, url, seconds=monotonic() - began, status=status, error=failure)
        return answer.content, answer.status_code, answer.headers

    def _tell(
        self, method: str, url: str, *, seconds: float, status: int | None, error: str | None
    ) -> None:
        bare = urlsplit(url)._replace(query="").geturl()
        reason = error if error or status else "cancelled"
        self._observer(method.upper(), bare, seconds=seconds, status=status, error=reason)

    async def sleep_async(self, secs: float) -> None:
        """Between two tries."""
        await asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _no_answer(message: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(message, should_retry=True)  # type: ignore[no-untyped-call] # the SDK leaves it untyped
