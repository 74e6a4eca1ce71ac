"""The issuer whose tokens all programs verify: discovery and one key, served from memory."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "seatwise"
KEY_ID = "bench"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens; `public_pem` checks them."""

    url: str
    key: rsa.RSAPrivateKey

    @property
    def public_pem(self) -> str:
        """The public key, for programs that are given it instead of asking for it."""
        pem = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return pem.decode()

    def token(self, subject: str, **claims: object) -> str:
        """An access token by RFC 9068, good for a day."""
        now = int(time.time())
        payload = {"iss": self.url, "aud": AUDIENCE, "sub": subject, "client_id": "bench"}
        times = {"iat": now, "exp": now + 86_400}
        headers = {"typ": "at+jwt", "kid": KEY_ID}
        return jwt.encode(payload | times | claims, self.key, algorithm="RS256", headers=headers)

    def token_of_user(self, number: int) -> str:
        """The token of a user of the data set."""
        name = f"user{number}"
        return self.token(
            name, email=f"{name}@example.com", email_verified=True, name=f"User {number}"
        )


@contextmanager
def serving_issuer() -> Iterator[Issuer]:
    """Serve the issuer on a free port while the context lasts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", key)
    server.RequestHandlerClass = _answering(_documents(issuer))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


def _documents(issuer: Issuer) -> dict[str, object]:
    public = RSAAlgorithm.to_jwk(issuer.key.public_key(), as_dict=True)
    jwks_path = "/jwks"
    return {
        "/.well-known/openid-configuration": {
            "issuer": issuer.url,
            "jwks_uri": f"{issuer.url}{jwks_path}",
        },
        jwks_path: {"keys": [public | {"kid": KEY_ID, "alg": "RS256", "use": "sig"}]},
    }


def _answering(documents: dict[str, object]) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(documents.get(self.path)).encode()
            self.send_response(200 if self.path in documents else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    return Answer
