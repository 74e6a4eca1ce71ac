"""What the issuer says about itself: OpenID Connect Discovery 1.0 and RFC 8414."""

from typing import Any

from server.development_issuer.authorization_request import PERSON_SCOPES
from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.signing_key import ALGORITHM
from server.development_issuer.token import SERVICE_SCOPES


def discovery_document(issuer: DevelopmentIssuer) -> dict[str, Any]:
    """The provider's metadata."""
    url = issuer.url
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "userinfo_endpoint": f"{url}/userinfo",
        "end_session_endpoint": f"{url}/logout",
        "jwks_uri": f"{url}/jwks",
        "scopes_supported": [*PERSON_SCOPES, *SERVICE_SCOPES],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": [
            "none",
            "client_secret_basic",
            "client_secret_post",
        ],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account"],
        "claims_supported": ["sub", "email", "email_verified", "name", "auth_time", "nonce"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
