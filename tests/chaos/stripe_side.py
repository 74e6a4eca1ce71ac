"""What people do on Stripe's own pages, and what Stripe says is true."""

import secrets
from contextlib import suppress
from typing import Any

import httpx

VISA = "4242424242424242"
DECLINED = "4000000000000002"
DECLINED_LATER = "4000000000000341"
_TRIES = 40
_ANSWER_SECONDS = 600
"""The clock may go on for a month meanwhile; and what a call has done has to be known here."""
_PAGE = 100
_REFUSALS = {400, 402, 404}


class StripeSide:
    """The sandbox's account, seen without the product. Its faults hit us, too: we try again."""

    def __init__(self, url: str, api_key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {api_key}"}, timeout=_ANSWER_SECONDS
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """One of the sandbox's controls, which never fail by themselves."""
        answer = await self._http.request(method, f"/_control{path}", json=body or None)
        shown: dict[str, Any] = answer.raise_for_status().json()
        return shown

    async def pay_checkout(self, session_id: str, *, card: str) -> bool:
        """Fill in Stripe's page; whether it took the money."""
        path = f"/_control/checkout/{session_id}/complete"
        answer = await self._http.post(path, json={"card": card})
        return answer.is_success and answer.json().get("status") == "complete"

    async def use_card(self, subscription: dict[str, Any], number: str) -> None:
        """Charge another card from now on, as one would arrange in the portal."""
        form = {"type": "card", "card[number]": number, "card[exp_month]": "12"}
        form |= {"card[exp_year]": "2040", "card[cvc]": "123"}
        method = await self.call("POST", "/v1/payment_methods", **form)
        if method is None:
            return
        path = f"/v1/payment_methods/{method['id']}/attach"
        await self.call("POST", path, customer=subscription["customer"])
        path = f"/v1/subscriptions/{subscription['id']}"
        await self.call("POST", path, default_payment_method=method["id"])

    async def pay_what_is_open(self, customer: str) -> None:
        """Every open invoice, from its own page."""
        for owed in await self.list("/v1/invoices", customer=customer, status="open"):
            await self.call("POST", f"/v1/invoices/{owed['id']}/pay")

    async def newest_subscription(self, organization: str) -> dict[str, Any] | None:
        """That of an organization, whatever its status."""
        for customer in await self.list("/v1/customers"):
            if customer["metadata"].get("organization_id") == organization:
                found = await self.list(
                    "/v1/subscriptions", customer=customer["id"], status="all", most=1
                )
                return found[0] if found else None
        return None

    async def list(
        self, path: str, *, most: int | None = None, **form: Any
    ) -> list[dict[str, Any]]:
        """All pages of a list, the newest first."""
        found: list[dict[str, Any]] = []
        while True:
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = await self.call("GET", path, limit=most or _PAGE, **form, **after)
            assert page is not None, f"{path} is refused"
            found += page["data"]
            if not page["has_more"] or most:
                return found

    async def call(self, method: str, path: str, **form: Any) -> dict[str, Any] | None:
        """A call of Stripe's API until it is answered; None when it is refused."""
        for _ in range(_TRIES):
            with suppress(httpx.TransportError):
                answer = await self._request(method, path, form)
                if answer.is_success:
                    shown: dict[str, Any] = answer.json()
                    return shown
                if answer.status_code in _REFUSALS:
                    return None
        raise AssertionError(f"{method} {path} failed {_TRIES} times")

    async def _request(self, method: str, path: str, form: dict[str, Any]) -> httpx.Response:
        if method == "GET":
            return await self._http.get(path, params=form)
        key = {"Idempotency-Key": secrets.token_hex(8)}
        return await self._http.request(method, path, data=form, headers=key)
