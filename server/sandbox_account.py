"""What development does in the sandbox, mostly by its controls at `/_control`."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from server.settings import SANDBOX_API_KEY, Settings

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 120
_WAIT_SECONDS = 60


class SandboxAccount:
    """An account of a sandbox, the development's unless told; a context."""

    def __init__(self, url: str, *, api_key: str = SANDBOX_API_KEY) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=_ANSWER_SECONDS,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The account that this Seatwise uses."""
        return cls(settings.sandbox_url, api_key=settings.sandbox_api_key)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def until_it_answers(self) -> None:
        """Wait for the sandbox's start. The caller sets the time limit."""
        while True:
            try:
                await self._call("GET", "/healthz")
            except httpx.TransportError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return

    async def send_webhooks_to(self, url: str, *, secret: str) -> None:
        """Deliver the account's events there and nowhere else, signed with this secret."""
        body = {"url": url, "secret": secret}
        endpoint = await self._call("PUT", "/_control/webhook_endpoint", body)
        listed = await self._call("GET", "/v1/webhook_endpoints?limit=100")
        for other in listed["data"]:
            if other["id"] != endpoint["id"]:
                await self._call("DELETE", f"/v1/webhook_endpoints/{other['id']}")

    async def pay(self, checkout_session_id: str, *, card: str) -> None:
        """What a person does on the checkout page."""
        path = f"/_control/checkout/{checkout_session_id}/complete"
        await self._call("POST", path, {"card": card})

    async def now(self) -> datetime:
        """The account's clock."""
        clock = await self._call("GET", "/_control/clock")
        return datetime.fromtimestamp(clock["now"], UTC)

    async def advance_clock(self, by: timedelta) -> None:
        """Move the clock; what falls due on the way has happened when this returns."""
        body = {"seconds": int(by.total_seconds())}
        await self._call("POST", "/_control/clock/advance", body)

    async def until_delivered(self) -> bool:
        """Wait until all webhooks are delivered; false if that takes too long."""
        answer = await self._call("GET", f"/_control/deliveries?state=pending&wait={_WAIT_SECONDS}")
        return bool(answer["all_delivered"])

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self._client.request(method, path, json=body)
        return answer.raise_for_status().json()
