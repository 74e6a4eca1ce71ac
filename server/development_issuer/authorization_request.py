"""Reading an authorization request: RFC 6749, RFC 7636 (PKCE) and OpenID Connect Core, 3.1.2."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.datastructures import ImmutableMultiDict

from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.redirects import is_allowed_redirect

PERSON_SCOPES = ("openid", "profile", "email", "offline_access")

CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_CHALLENGE = r"^[A-Za-z0-9_-]{43}$"  # SHA-256 in base64url.

Parameters = ImmutableMultiDict[str, Any]


class UnsafeRequestError(Exception):
    """We do not know that the redirect URI is the client's, so the person reads of it here."""


class AuthorizationError(Exception):
    """An answer to the client: `error` of RFC 6749, section 4.1.2.1, or of OpenID Connect."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class AuthorizationRequest(BaseModel):
    """A request that may be answered. PKCE is asked of everybody: every client here is public."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    redirect_uri: str
    response_type: Literal["code"]
    response_mode: Literal["query"] = "query"
    scope: str = ""
    state: str | None = None
    nonce: str | None = None
    code_challenge: Annotated[str, StringConstraints(pattern=_CHALLENGE)]
    code_challenge_method: Literal["S256"]
    prompt: str = ""
    max_age: int | None = Field(default=None, ge=0)
    login_hint: str | None = None
    id_token_hint: str | None = None

    @property
    def prompts(self) -> frozenset[str]:
        """`none`, or what the person has to be asked."""
        return frozenset(self.prompt.split())

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are granted: those that a person can have."""
        return tuple(scope for scope in PERSON_SCOPES if scope in self.scope.split())


def check_client(issuer: DevelopmentIssuer, parameters: Parameters) -> str:
    """The redirect URI, if it is safe to answer there. Any client on this machine is served.

    Raises:
        UnsafeRequestError: the client or its redirect URI is missing or not allowed.
    """
    client_ids = parameters.getlist("client_id")
    if len(client_ids) != 1 or not CLIENT_ID.fullmatch(client_ids[0]):
        raise UnsafeRequestError("The request names no client (client_id).")
    if client_ids[0] == issuer.settings.audience or client_ids[0] in issuer.settings.services:
        raise UnsafeRequestError(f"The client {client_ids[0]} cannot sign people in.")
    redirect_uris = parameters.getlist("redirect_uri")
    if len(redirect_uris) != 1 or not is_allowed_redirect(issuer, redirect_uris[0]):
        raise UnsafeRequestError(
            "The address to return to (redirect_uri) is missing or not allowed. "
            "Addresses on this machine are allowed, and those in the settings."
        )
    return str(redirect_uris[0])


def read_request(parameters: Parameters) -> AuthorizationRequest:
    """The request, once its client has been checked.

    Raises:
        AuthorizationError: it is not one that we can answer with a code.
    """
    for name in ("request", "request_uri"):
        if name in parameters:
            raise AuthorizationError(f"{name}_not_supported", f"{name} is not supported")
    repeated = [name for name in parameters if len(parameters.getlist(name)) > 1]
    if repeated:
        raise AuthorizationError("invalid_request", f"{repeated[0]} is given more than once")
    if parameters.get("response_type") not in (None, "code"):
        raise AuthorizationError("unsupported_response_type", "The response_type must be code")
    try:
        request = AuthorizationRequest.model_validate(dict(parameters))
    except ValidationError as error:
        first = error.errors()[0]
        raise AuthorizationError("invalid_request", f"{first['loc'][0]}: {first['msg']}") from error
    if "none" in request.prompts and len(request.prompts) > 1:
        raise AuthorizationError("invalid_request", "prompt: none stands alone")
    return request
