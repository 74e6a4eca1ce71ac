"""A small OpenID Connect issuer for development: anybody signs in as anybody, by address alone.

Own code and no library: Authlib, the one that is well kept, has providers for Flask and Django
only, and its maintainer says that asynchronous ones must wait for 2.0 (authlib/authlib#278). The
signatures, which are the hard part, are PyJWT's. Production refuses to start with this issuer.
"""

from server.development_issuer.minting import mint_access_token, mint_service_token
from server.development_issuer.people import DEMO_PEOPLE, Person, subject_of
from server.development_issuer.routes import routes
from server.development_issuer.settings import (
    ISSUER_PATH,
    KEY_FILE,
    DevelopmentIssuerSettings,
    is_development_issuer,
)

__all__ = [
    "DEMO_PEOPLE",
    "ISSUER_PATH",
    "KEY_FILE",
    "DevelopmentIssuerSettings",
    "Person",
    "is_development_issuer",
    "mint_access_token",
    "mint_service_token",
    "routes",
    "subject_of",
]
