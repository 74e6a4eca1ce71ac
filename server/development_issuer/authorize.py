"""The authorization endpoint: from a browser and a request to a code."""

import time
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from server.development_issuer.authorization_request import (
    AuthorizationError,
    AuthorizationRequest,
    Parameters,
    UnsafeRequestError,
    check_client,
    read_request,
)
from server.development_issuer.codes import issue_code
from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.pages import message_page, sign_in_page
from server.development_issuer.people import normal_email
from server.development_issuer.redirects import redirect
from server.development_issuer.sessions import (
    Session,
    get_session,
    keep_session,
    start_session,
)

_CHOICE = ("email", "email_verified", "chosen")


async def authorize(issuer: DevelopmentIssuer, request: Request) -> Response:
    """Answer with a code, with an error, or with the page on which somebody chooses who they are.

    A problem with the client itself is shown to the person; any other goes to the client.
    """
    parameters: Parameters = (
        await request.form() if request.method == "POST" else (request.query_params)
    )
    try:
        redirect_uri = check_client(issuer, parameters)
    except UnsafeRequestError as error:
        return message_page("This sign-in cannot go on", text=str(error), status=400)
    try:
        wanted = read_request(_without_choice(parameters))
        if request.method == "POST" and "chosen" in parameters:
            return _sign_in(issuer, request, wanted=wanted, choice=parameters)
        return _answer_from_session(issuer, request, wanted=wanted)
    except AuthorizationError as error:
        answer = {"error": error.error, "error_description": error.description}
        state = parameters.get("state")
        return redirect(redirect_uri, answer={**answer, "state": state, "iss": issuer.url})


def _without_choice(parameters: Parameters) -> Parameters:
    return Parameters([item for item in parameters.multi_items() if item[0] not in _CHOICE])


def _answer_from_session(
    issuer: DevelopmentIssuer, request: Request, *, wanted: AuthorizationRequest
) -> Response:
    session = get_session(issuer, request)
    if session is not None and _is_good_for(issuer, session, wanted=wanted):
        return _answer_with_code(issuer, wanted, session=session)
    named = _demo_user_named(issuer, request, wanted=wanted)
    if named is not None:
        return _answer_with_new_session(issuer, wanted, session=named)
    if "none" in wanted.prompts:
        raise AuthorizationError("login_required", "Nobody suitable is signed in")
    return sign_in_page(issuer, wanted, session=session)


def _is_good_for(
    issuer: DevelopmentIssuer, session: Session, *, wanted: AuthorizationRequest
) -> bool:
    """Whether the session answers the request without asking anybody anything."""
    if wanted.prompts & {"login", "select_account"}:
        return False
    if wanted.max_age is not None and time.time() - session.auth_time > wanted.max_age:
        return False
    if wanted.id_token_hint is not None:
        hint = issuer.key.read(
            wanted.id_token_hint, kind="JWT", issuer=issuer.url, may_be_expired=True
        )
        return hint is not None and hint.get("sub") == session.subject
    return wanted.login_hint is None or _same_address(wanted.login_hint, session.email)


def _demo_user_named(
    issuer: DevelopmentIssuer, request: Request, *, wanted: AuthorizationRequest
) -> Session | None:
    """A page of our own origin signs a demo user in by naming them. No other site can."""
    is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    is_known = wanted.login_hint in {person.email for person in issuer.settings.people}
    if wanted.login_hint is None or wanted.prompts or not (is_ours and is_known):
        return None
    return start_session(issuer, email=wanted.login_hint, email_verified=True)


def _same_address(hint: str, email: str) -> bool:
    try:
        return normal_email(hint) == email
    except ValueError:
        return True  # A hint that is no address (a telephone number, a name) says nothing to us.


def _sign_in(
    issuer: DevelopmentIssuer,
    request: Request,
    *,
    wanted: AuthorizationRequest,
    choice: Parameters,
) -> Response:
    """Somebody has chosen. Only our own page may send this: another site must not choose for them.

    `Sec-Fetch-Site` is sent by every browser since 2023; what is no browser has no session to lose.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return message_page(
            "This sign-in cannot go on",
            text="The choice came from another site.",
            status=HTTPStatus.FORBIDDEN,
        )
    email = str(choice.get("email", ""))
    try:
        session = start_session(issuer, email=email, email_verified="email_verified" in choice)
    except ValueError as error:
        return sign_in_page(issuer, wanted, session=None, email=email, problem=str(error))
    return _answer_with_new_session(issuer, wanted, session=session)


def _answer_with_new_session(
    issuer: DevelopmentIssuer, wanted: AuthorizationRequest, *, session: Session
) -> Response:
    response = _answer_with_code(issuer, wanted, session=session)
    keep_session(issuer, response, session=session)
    return response


def _answer_with_code(
    issuer: DevelopmentIssuer, wanted: AuthorizationRequest, *, session: Session
) -> Response:
    code = issue_code(issuer, wanted, session=session)
    answer = {"code": code, "state": wanted.state, "iss": issuer.url}  # `iss`: RFC 9207.
    return redirect(wanted.redirect_uri, answer=answer)
