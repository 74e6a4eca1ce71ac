"""`/metrics`, for Prometheus.

Outside of development it wants an access token with the scope `ops`: Prometheus gets one by its
`oauth2` setting. Expects `sign_in` and `services` in the app's state.
"""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError
from server.sign_in.sign_in import SignIn
from server.telemetry.database_figures import DatabaseFigures
from server.telemetry.exposition import exposition
from services.principals import OPS


def metrics_routes(*, is_open: bool) -> list[Route]:
    """The route; `is_open` to everybody, or to tokens with the scope `ops`."""
    figures = DatabaseFigures()

    async def metrics(request: Request) -> Response:
        refusal = None if is_open else await _refusal(request)
        if refusal is not None:
            return refusal
        shared = await figures.collect(request.app.state.services)
        return Response(exposition(shared), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", metrics)]


async def _refusal(request: Request) -> Response | None:
    sign_in: SignIn = request.app.state.sign_in
    try:
        principal = await sign_in.authenticate(request.headers.get("Authorization"))
    except SignInRefusedError as refused:
        return _refused(401, refused.error_description, refused.www_authenticate)
    except IssuerUnavailableError:
        return _refused(503, "The issuer of access tokens cannot be asked now.")
    if principal is None:
        return _refused(401, "An access token is needed.", "Bearer")
    if OPS not in principal.scopes:
        return _refused(403, "The access token lacks the scope `ops`.")
    return None


def _refused(status: int, message: str, challenge: str | None = None) -> Response:
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    return JSONResponse({"error": message}, status_code=status, headers=headers)
