"""OpenID Connect RP-Initiated Logout 1.0."""

from http import HTTPStatus

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.pages import message_page, sign_out_page
from server.development_issuer.redirects import is_allowed_redirect, redirect
from server.development_issuer.sessions import end_session, get_session


async def logout(issuer: DevelopmentIssuer, request: Request) -> Response:
    """End the session: at once if the client shows an ID token of this person, else when asked.

    Without the ID token any site could sign people out by a link.
    """
    parameters = await request.form() if request.method == "POST" else request.query_params
    target = str(parameters.get("post_logout_redirect_uri", ""))
    if target and not is_allowed_redirect(issuer, target):
        return message_page(
            "You cannot be sent back",
            text="The address to return to (post_logout_redirect_uri) is not allowed.",
            status=HTTPStatus.BAD_REQUEST,
        )
    if not _is_meant(issuer, request, parameters=parameters):
        return sign_out_page(parameters)
    response = _answer(target, state=parameters.get("state"))
    end_session(issuer, response)
    return response


def _is_meant(
    issuer: DevelopmentIssuer, request: Request, *, parameters: FormData | QueryParams
) -> bool:
    session = get_session(issuer, request)
    if session is None:
        return True
    if request.method == "POST" and "confirmed" in parameters:
        return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    hint = issuer.key.read(
        str(parameters.get("id_token_hint", "")),
        kind="JWT",
        issuer=issuer.url,
        may_be_expired=True,
    )
    return hint is not None and hint.get("sub") == session.subject


def _answer(target: str, *, state: object) -> Response:
    if not target:
        return message_page("You are signed out", text="You can close this page.")
    return redirect(target, answer={"state": None if state is None else str(state)})
