"""Where a client puts its credentials: a header, or the first message on a WebSocket."""

from collections.abc import Mapping

from server.sign_in.refusals import SignInRefusedError, quoted


def bearer_token(authorization: str) -> str:
    """The token in `Bearer <token>` (RFC 6750, section 2.1). The scheme's case does not matter.

    Raises:
        SignInRefusedError: another scheme, or no token.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise SignInRefusedError(f"The scheme {quoted(scheme)} is not accepted, only 'Bearer'")
    if not token.strip():
        raise SignInRefusedError("The Authorization header has no token")
    return token.strip()


def authorization_in(connection_init: object) -> str | None:
    """The credentials in the payload of graphql-transport-ws `connection_init`, or None.

    Clients write `Authorization` or `authorization`, as they would a header.

    Raises:
        SignInRefusedError: there are some, but not as text.
    """
    if not isinstance(connection_init, Mapping):
        return None
    for name, value in connection_init.items():
        if str(name).lower() == "authorization" and value is not None:
            if not isinstance(value, str):
                raise SignInRefusedError("The Authorization of the connection is not a text")
            return value
    return None
