import time
from typing import Self

import httpx

from server.sign_in.access_token import Claims, read_header, verify_access_token
from server.sign_in.authorization import bearer_token
from server.sign_in.claims import is_service, lacks_person, to_principal
from server.sign_in.expiring_cache import ExpiringCache
from server.sign_in.issuer import Issuer
from server.sign_in.settings import SignInSettings
from server.sign_in.userinfo import Userinfo
from services.principals import Principal

_NO_PROXY = {f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")}
"""A proxy from the environment cannot reach an issuer on this machine."""


class SignIn:
    """Who bears this token? One per process, used in one event loop, closed at the end.

    It runs on real time: a business clock moved forward expires no token.
    """

    def __init__(self, settings: SignInSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(timeout=settings.oidc_timeout_seconds, mounts=_NO_PROXY)
        self._issuer = Issuer(settings, client=self._client)
        self._userinfo = Userinfo(settings, issuer=self._issuer, client=self._client)
        self._principals = ExpiringCache[Principal](size=settings.oidc_cached_tokens)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End what is under way and close the connections to the issuer."""
        await self._issuer.aclose()
        await self._userinfo.aclose()
        await self._client.aclose()

    def get_cached(self, authorization: str) -> Principal | None:
        """The principal of credentials that were verified a short while ago; the hot path.

        None says nothing but that `authenticate` has to be asked.
        """
        return self._principals.get(authorization)

    async def authenticate(self, authorization: str | None) -> Principal | None:
        """The principal of an Authorization header, or None if there is no header: signed out.

        Raises:
            SignInRefusedError: the credentials are not good (401).
            IssuerUnavailableError: the issuer cannot be asked about them (503).
        """
        if authorization is None:
            return None
        principal = self.get_cached(authorization)
        if principal is None:
            principal = await self._verify(bearer_token(authorization))
            self._keep(authorization, principal)
        return principal

    async def _verify(self, token: str) -> Principal:
        header = read_header(token)
        key = await self._issuer.get_key(key_id=header.get("kid"), algorithm=header["alg"])
        claims = verify_access_token(token, header=header, key=key, settings=self._settings)
        userinfo = await self._get_userinfo(token, claims=claims)
        return to_principal(claims, userinfo=userinfo, settings=self._settings)

    async def _get_userinfo(self, token: str, *, claims: Claims) -> Claims:
        is_needed = (
            self._settings.oidc_use_userinfo
            and not is_service(claims)
            and lacks_person(claims, settings=self._settings)
        )
        return await self._userinfo.get(token, claims=claims) if is_needed else {}

    def _keep(self, authorization: str, principal: Principal) -> None:
        """Until `exp`, and no longer than the keys are: a withdrawn key's tokens end with it."""
        keys_end = time.time() + self._settings.oidc_keys_seconds
        ends_at = min(principal.expires_at.timestamp(), keys_end)
        self._principals.put(authorization, principal, ends_at=ends_at)
