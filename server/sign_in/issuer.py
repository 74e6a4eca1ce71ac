"""The issuer, as we last heard from it: OpenID Connect Discovery 1.0 and its JWKS."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from jwt import PyJWK

from server.sign_in.fetching import FetchError, fetch_json
from server.sign_in.keys import KeySet
from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError, quoted
from server.sign_in.settings import SignInSettings
from server.sign_in.single_flight import SingleFlight

_BURST = 3

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    keys: KeySet
    userinfo_endpoint: str | None
    fetched_at: float


class Issuer:
    """Answers from memory, and asks again when a key is unknown or its knowledge is old.

    Invariants: at most one fetch is under way; garbage cannot make us ask more often than
    `_BURST` times at once and then once per `oidc_refetch_seconds`; what was known goes on
    serving while the issuer is down.
    """

    def __init__(
        self,
        settings: SignInSettings,
        *,
        client: httpx.AsyncClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._fetches = SingleFlight[None]()
        self._budget = _FetchBudget(seconds=settings.oidc_refetch_seconds, clock=clock)
        self._snapshot: _Snapshot | None = None
        self._failure: str | None = None

    async def get_key(self, *, key_id: str | None, algorithm: str) -> PyJWK:
        """The key that may check a token.

        Raises:
            SignInRefusedError: the issuer has no such key.
            IssuerUnavailableError: it may have one, but cannot be asked.
        """
        snapshot = await self._get_snapshot()
        key = snapshot.keys.find(key_id=key_id, algorithm=algorithm)
        if key is None:
            await self._fetch_within_budget()
            key = self._known().keys.find(key_id=key_id, algorithm=algorithm)
        if key is None and self._failure is not None:
            raise self._unavailable()
        if key is None:
            raise SignInRefusedError(
                f"The issuer has no key {quoted(key_id)} for {algorithm}"
                if key_id
                else f"The token names no key, and not exactly one key is for {algorithm}"
            )
        return key

    async def get_userinfo_endpoint(self) -> str | None:
        """Where to ask about the bearer of a token, or None if the issuer does not tell."""
        return (await self._get_snapshot()).userinfo_endpoint

    async def aclose(self) -> None:
        """End the fetches that are under way."""
        await self._fetches.aclose()

    async def _get_snapshot(self) -> _Snapshot:
        if self._snapshot is None:
            await self._fetch_within_budget()
        snapshot = self._known()
        is_old = self._clock() - snapshot.fetched_at > self._settings.oidc_keys_seconds
        if is_old and self._budget.take():
            self._fetches.start("fetch", self._fetch)  # Nobody waits: the old keys serve.
        return snapshot

    def _known(self) -> _Snapshot:
        if self._snapshot is None:
            raise self._unavailable()
        return self._snapshot

    async def _fetch_within_budget(self) -> None:
        """Join the fetch that is under way, or start one if the budget allows."""
        if self._fetches.is_flying("fetch") or self._budget.take():
            await self._fetches.join("fetch", self._fetch)

    async def _fetch(self) -> None:
        try:
            self._snapshot = await self._ask()
            self._failure = None
        except FetchError as error:
            self._failure = str(error)
            _log.warning("issuer.unavailable", issuer=self._settings.oidc_issuer, reason=str(error))

    async def _ask(self) -> _Snapshot:
        issuer = self._settings.oidc_issuer
        discovery = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if discovery.get("issuer") != issuer:
            raise FetchError(
                f"The issuer at {issuer} says that it is {quoted(discovery.get('issuer'))}: "
                "set the issuer exactly as it names itself"
            )
        jwks = (await self._get(self._url_in(discovery, "jwks_uri"))).get("keys")
        keys = KeySet(jwks if isinstance(jwks, list) else [])
        if not len(keys):
            raise FetchError(f"The issuer {issuer} publishes no key that can check a signature")
        has_userinfo = "userinfo_endpoint" in discovery
        userinfo = self._url_in(discovery, "userinfo_endpoint") if has_userinfo else None
        return _Snapshot(keys=keys, userinfo_endpoint=userinfo, fetched_at=self._clock())

    async def _get(self, url: str) -> dict[str, Any]:
        return await fetch_json(self._client, url, seconds=self._settings.oidc_timeout_seconds)

    def _url_in(self, discovery: dict[str, Any], name: str) -> str:
        """An endpoint, which must be https if the issuer is: keys are worth what the way is."""
        url = discovery.get(name)
        schemes = {"https"} if self._settings.is_encrypted else {"https", "http"}
        if not isinstance(url, str) or urlsplit(url).scheme not in schemes:
            raise FetchError(f"The issuer's {name} {quoted(url)} is not an {'/'.join(schemes)} URL")
        return url

    def _unavailable(self) -> IssuerUnavailableError:
        return IssuerUnavailableError(
            self._failure or "The issuer has not been reached yet",
            retry_after=math.ceil(self._budget.seconds_until_next()),
        )


class _FetchBudget:
    """A token bucket on the monotonic clock: `_BURST` at once, then one per `seconds`."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._left = float(_BURST)
        self._filled_at = clock()

    def take(self) -> bool:
        self._fill()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def seconds_until_next(self) -> float:
        """At least one second: a client should not come back at once."""
        self._fill()
        return max(1.0, (1 - self._left) * self._seconds)

    def _fill(self) -> None:
        now = self._clock()
        self._left = min(_BURST, self._left + (now - self._filled_at) / self._seconds)
        self._filled_at = now
