from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.minting import ACCESS_TOKEN

_CLAIMS_OF = {"openid": ("sub",), "email": ("email", "email_verified"), "profile": ("name",)}


async def userinfo(issuer: DevelopmentIssuer, request: Request) -> Response:
    """What a person's access token lets its client know (OpenID Connect Core, section 5.3)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    claims = issuer.unseal(token.strip(), kind=ACCESS_TOKEN) if scheme.lower() == "bearer" else None
    if claims is None:
        return _refused("invalid_token", status=HTTPStatus.UNAUTHORIZED)
    scopes = claims["scope"].split()
    if "openid" not in scopes:
        return _refused("insufficient_scope", status=HTTPStatus.FORBIDDEN)
    names = [name for scope in scopes for name in _CLAIMS_OF.get(scope, ())]
    answer = {name: claims[name] for name in names if name in claims}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _refused(error: str, *, status: HTTPStatus) -> Response:
    challenge = f'Bearer realm="seatwise development issuer", error="{error}"'
    return JSONResponse({"error": error}, status, headers={"WWW-Authenticate": challenge})
