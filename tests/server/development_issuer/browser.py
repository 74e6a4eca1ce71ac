"""A single-page app and its browser, as far as the protocol is concerned."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

REDIRECT_URI = "http://localhost:5173/callback?page=1"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-43"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
Answer = dict[str, str]


def answer_of(response: httpx.Response) -> Answer:
    """What the redirect tells the app."""
    assert response.status_code == 303, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


class Browser:
    def __init__(self, issuer: str, *, client: httpx.AsyncClient) -> None:
        self.issuer = issuer
        self.client = client

    def request(self, **changes: str | None) -> dict[str, str]:
        parameters = {
            "client_id": "spa",
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid email profile offline_access",
            "state": "some state",
            "nonce": "some-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**parameters, **changes}.items() if value}

    async def authorize(
        self, headers: dict[str, str] | None = None, /, **changes: str | None
    ) -> httpx.Response:
        return await self.client.get(
            f"{self.issuer}/authorize", params=self.request(**changes), headers=headers
        )

    async def choose(
        self, email: str, *, verified: bool = True, site: str = "same-origin", **changes: str | None
    ) -> httpx.Response:
        choice = {"chosen": "address", "email": email}
        if verified:
            choice["email_verified"] = "on"
        return await self.client.post(
            f"{self.issuer}/authorize",
            data={**self.request(**changes), **choice},
            headers={"Sec-Fetch-Site": site},
        )

    async def get_code(self, email: str = "owner@acme.test", **changes: Any) -> str:
        return answer_of(await self.choose(email, **changes))["code"]

    async def token(self, *, auth: Any = None, **form: Any) -> httpx.Response:
        return await self.client.post(f"{self.issuer}/token", data=form, auth=auth or _NO_AUTH)

    async def redeem(self, code: str, **changes: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "spa",
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return await self.token(**{**form, "code": code, **changes})

    async def sign_in(self, email: str = "owner@acme.test", **changes: Any) -> Any:
        response = await self.redeem(await self.get_code(email, **changes))
        assert response.status_code == 200, response.text
        return response.json()


_NO_AUTH = httpx.Auth()
