"""Sign-in: believing the access tokens of one OpenID Connect issuer."""

from server.sign_in.authorization import authorization_in
from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError
from server.sign_in.settings import SignInSettings
from server.sign_in.sign_in import SignIn

__all__ = [
    "IssuerUnavailableError",
    "SignIn",
    "SignInRefusedError",
    "SignInSettings",
    "authorization_in",
]
