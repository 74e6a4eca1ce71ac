"""The issuer's pages. No script at all; a Content-Security-Policy that would stop one."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData, QueryParams
from starlette.responses import HTMLResponse, Response

from server.development_issuer.authorization_request import AuthorizationRequest
from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.redirects import origin_of
from server.development_issuer.sessions import Session

_TEMPLATES = Path(__file__).parent / "templates"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; frame-ancestors 'none'; form-action"
)


def sign_in_page(
    issuer: DevelopmentIssuer,
    wanted: AuthorizationRequest,
    *,
    session: Session | None,
    email: str | None = None,
    problem: str | None = None,
) -> Response:
    """Where somebody chooses who they are. `problem` says what is wrong with the `email` typed."""
    return _page(
        "sign_in.html",
        status=400 if problem else 200,
        redirect_uri=wanted.redirect_uri,
        client_id=wanted.client_id,
        parameters=wanted.model_dump(exclude_none=True, exclude_defaults=True),
        people=issuer.settings.people,
        signed_in_as=session.email if session else None,
        email=email if email is not None else wanted.login_hint or "",
        problem=problem,
    )


def sign_out_page(parameters: FormData | QueryParams) -> Response:
    """Where somebody confirms that they want to leave."""
    target = str(parameters.get("post_logout_redirect_uri", ""))
    kept = {
        name: parameters[name]
        for name in ("post_logout_redirect_uri", "state")
        if name in parameters
    }
    return _page("sign_out.html", redirect_uri=target, parameters=kept)


def message_page(title: str, *, text: str, status: int = 200) -> Response:
    """One thing to say."""
    return _page("message.html", status=status, title=title, text=text)


def style_sheet() -> Response:
    """The style of all pages."""
    return Response(
        (_TEMPLATES / "style.css").read_text(),
        media_type="text/css",
        headers={"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"},
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )


def _page(template: str, *, status: int = 200, redirect_uri: str = "", **values: Any) -> Response:
    """A page whose forms may lead here and, through our redirect, back to the client.

    Chromium applies `form-action` to redirects too.
    """
    targets = " ".join(filter(None, ["'self'", origin_of(redirect_uri)]))
    return HTMLResponse(
        _environment().get_template(template).render(**values),
        status_code=status,
        headers={
            "Content-Security-Policy": f"{_POLICY} {targets}",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
