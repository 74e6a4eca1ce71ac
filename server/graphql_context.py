"""Who asks, and in which language: the context of one GraphQL operation."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from starlette.requests import HTTPConnection
from structlog.contextvars import get_contextvars

from resolvers.context import Context
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.negotiation import read_accept
from server.graphql_http.refusals import RequestRefusedError
from server.sign_in.authorization import authorization_in
from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError
from server.sign_in.sign_in import SignIn
from server.telemetry import metrics
from server.telemetry.counting import count_refusal
from services.assembly import Services
from services.principals import Principal, UserPrincipal

DEFAULT_LOCALE = "en_US"


async def get_context(connection: HTTPConnection, init: Mapping[str, Any] | None) -> Context:
    """The context of one operation.

    The token comes in the header; on a WebSocket, whose headers a page cannot set, in the
    `connection_init` payload, too. Expects `services` and `sign_in` in the app's state.
    """
    state = connection.app.state
    principal = await _authenticate(state.sign_in, connection, init)
    services: Services = state.services
    viewer = None
    if isinstance(principal, UserPrincipal):
        viewer = await services.users.identify(principal)
    return Context(
        services=services,
        principal=principal,
        viewer=viewer,
        request_id=get_contextvars().get("request_id"),
        locale=locale_of(connection.headers.get("Accept-Language", "")),
        note_refusal=count_refusal,
        address=connection.client.host if connection.client else None,
    )


def expiry_of(context: Context) -> datetime | None:
    """When the token ends: streams end with it."""
    return context.principal.expires_at if context.principal else None


async def _authenticate(
    sign_in: SignIn, connection: HTTPConnection, init: Mapping[str, Any] | None
) -> Principal | None:
    try:
        authorization = connection.headers.get("Authorization") or authorization_in(init)
        return await sign_in.authenticate(authorization)
    except SignInRefusedError as refusal:
        metrics.SIGN_IN_REFUSALS.inc()
        raise RequestRefusedError(
            refusal.error_description,
            status=401,
            code=ErrorCode.UNAUTHENTICATED,
            headers={"WWW-Authenticate": refusal.www_authenticate},
        ) from refusal
    except IssuerUnavailableError as outage:
        raise RequestRefusedError(
            "The issuer of access tokens cannot be asked now.",
            status=503,
            code=ErrorCode.SERVICE_UNAVAILABLE,
            headers={"Retry-After": str(outage.retry_after)},
        ) from outage


@lru_cache(maxsize=256)
def locale_of(accept_language: str) -> str:
    """Babel's name of the language that the client likes best, of those that Babel knows.

    The header has the form of `Accept` (RFC 9110, section 12.5): of equals the first counts.
    """
    wanted = [one for one in read_accept(accept_language) if one.quality > 0]
    for one in sorted(wanted, key=lambda one: one.quality, reverse=True):
        try:
            return str(Locale.parse(one.media_range, sep="-"))
        except (ValueError, UnknownLocaleError):
            continue
    return DEFAULT_LOCALE
