"""What the issuer says about a token's bearer, when the token itself says too little."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from server.sign_in.claims import expiry
from server.sign_in.expiring_cache import ExpiringCache
from server.sign_in.fetching import FetchError, fetch_json
from server.sign_in.issuer import Issuer
from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError
from server.sign_in.settings import SignInSettings
from server.sign_in.single_flight import SingleFlight

_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_RETRY_SECONDS = 5

Claims = Mapping[str, Any]


class Userinfo:
    """Asked once per token, by however many requests bear it; the answer is kept until `exp`."""

    def __init__(
        self, settings: SignInSettings, *, issuer: Issuer, client: httpx.AsyncClient
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._client = client
        self._answers = ExpiringCache[Claims](size=settings.oidc_cached_tokens)
        self._questions = SingleFlight[Claims]()

    async def get(self, token: str, *, claims: Claims) -> Claims:
        """The claims of OpenID Connect Core 1.0, section 5.3; empty if the issuer declines.

        A refusal is an answer: an issuer may give userinfo only to its own tokens (Entra) or only
        with the scope `openid`. Whether the token alone is enough is for the caller to say.

        Raises:
            SignInRefusedError: userinfo speaks of somebody else.
            IssuerUnavailableError: it cannot be asked now.
        """
        known = self._answers.get(token)
        if known is not None:
            return known
        return await self._questions.join(token, lambda: self._ask(token, claims=claims))

    async def aclose(self) -> None:
        """End the questions that are under way."""
        await self._questions.aclose()

    async def _ask(self, token: str, *, claims: Claims) -> Claims:
        endpoint = await self._issuer.get_userinfo_endpoint()
        answer = {} if endpoint is None else await self._fetch(endpoint, token=token)
        if answer and answer.get("sub") != claims.get("sub"):
            raise SignInRefusedError("The issuer's userinfo speaks of another subject")
        self._answers.put(token, answer, ends_at=expiry(claims))
        return answer

    async def _fetch(self, endpoint: str, *, token: str) -> dict[str, Any]:
        seconds = self._settings.oidc_timeout_seconds
        try:
            return await fetch_json(self._client, endpoint, seconds=seconds, token=token)
        except FetchError as error:
            if error.status in _REFUSALS:
                return {}
            raise IssuerUnavailableError(str(error), retry_after=_RETRY_SECONDS) from error
