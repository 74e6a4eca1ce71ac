"""A second issuer, made by the tests: its keys, its words and its health are theirs to change."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.sign_in.settings import SignInSettings

AUDIENCE = "seatwise-tests"

_KINDS: dict[str, type[RSAAlgorithm | ECAlgorithm | OKPAlgorithm]] = {
    "RS": RSAAlgorithm,
    "PS": RSAAlgorithm,
    "ES": ECAlgorithm,
    "Ed": OKPAlgorithm,
}


def private_key(key_id: str, algorithm: str = "RS256") -> Any:
    """The same key for the same name, and for all RSA algorithms."""
    return _private_key(key_id, algorithm[:2].replace("PS", "RS"))


@cache
def _private_key(key_id: str, kind: str) -> Any:
    match kind:
        case "ES":
            return ec.generate_private_key(ec.SECP256R1())
        case "Ed":
            return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 1024 if key_id == "short" else 2048)


class IssuerApp:
    def __init__(self) -> None:
        self.url = ""
        self.says_it_is: str | None = None
        self.jwks: list[Mapping[str, Any]] = [self.jwk("first")]
        self.userinfo: dict[str, Any] | None = None
        self.userinfo_status = 200
        self.is_down = False
        self.extra_metadata: dict[str, Any] = {}
        self.requests = Counter[str]()
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_asked = asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/userinfo", self._userinfo),
            ]
        )

    @property
    def settings(self) -> SignInSettings:
        return SignInSettings(oidc_issuer=self.url, oidc_audience=AUDIENCE, oidc_timeout_seconds=5)

    def jwk(self, key_id: str, algorithm: str = "RS256", **members: Any) -> dict[str, Any]:
        public = private_key(key_id, algorithm).public_key()
        return {**_KINDS[algorithm[:2]].to_jwk(public, as_dict=True), "kid": key_id, **members}

    def claims(self, **claims: Any) -> dict[str, Any]:
        now = int(time.time())
        person = {"email": "ada@example.test", "email_verified": True, "name": "Ada"}
        own = {"iss": self.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600}
        return {**own, **person, **claims}

    def token(
        self,
        *,
        key_id: str | None = "first",
        algorithm: str = "RS256",
        signer: str = "first",
        header: Mapping[str, Any] | None = None,
        without: tuple[str, ...] = (),
        **claims: Any,
    ) -> str:
        """A good access token, but for what the test says."""
        headers = {"typ": "at+jwt", **({} if key_id is None else {"kid": key_id}), **(header or {})}
        payload = {
            name: value for name, value in self.claims(**claims).items() if name not in without
        }
        key = private_key(signer, algorithm)
        return jwt.encode(payload, key, algorithm, headers=headers)

    async def _answer(self, name: str, document: Any, status: int = 200) -> Response:
        self.requests[name] += 1
        self.is_asked.set()
        await self.gate.wait()
        if self.is_down:
            return Response(status_code=503)
        return JSONResponse(document, status_code=status)

    async def _discovery(self, _request: Request) -> Response:
        document = {
            "issuer": self.says_it_is or self.url,
            "jwks_uri": f"{self.url}/keys",
            **({} if self.userinfo is None else {"userinfo_endpoint": f"{self.url}/userinfo"}),
            **self.extra_metadata,
        }
        return await self._answer("discovery", document)

    async def _keys(self, _request: Request) -> Response:
        return await self._answer("keys", {"keys": self.jwks})

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"].startswith("Bearer ")
        return await self._answer("userinfo", self.userinfo, self.userinfo_status)
