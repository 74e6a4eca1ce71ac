import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import PyJWTError

ALGORITHM = "RS256"
"""What every client knows (RFC 9068, section 2.1 demands it), and the quickest to verify."""

_BITS = 2048


class SigningKey:
    """The issuer's key. It signs all that the issuer must recognise later: tokens, codes, sessions.

    So nothing is stored on the server, several processes work as one, and a restart ends nothing.
    Each kind of value has its own `typ`, and is read only as that.
    """

    def __init__(self, private_key: rsa.RSAPrivateKey) -> None:
        self._private_key = private_key
        self._public_jwk = RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
        self.key_id = _thumbprint(self._public_jwk)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key in a file, which is made if there is none.

        Raises:
            ValueError: the file holds no RSA key.
        """
        if not path.exists():
            _create(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError(f"{path} holds no RSA key")  # noqa: TRY004 -- the file's content is wrong, not a caller's type
        return cls(key)

    @property
    def jwks(self) -> dict[str, Any]:
        """The public key as a JWKS (RFC 7517)."""
        key = {"kid": self.key_id, "use": "sig", "alg": ALGORITHM}
        return {"keys": [{**self._public_jwk, **key, "key_ops": ["verify"]}]}

    def sign(self, claims: Mapping[str, Any], *, kind: str) -> str:
        """A JWT with the type `kind`."""
        headers = {"kid": self.key_id, "typ": kind}
        return jwt.encode(dict(claims), self._private_key, ALGORITHM, headers=headers)

    def read(
        self, token: str, *, kind: str, issuer: str, may_be_expired: bool = False
    ) -> dict[str, Any] | None:
        """The claims of a value of this kind that we signed and that has not ended, or None."""
        try:
            decoded = jwt.decode_complete(
                token,
                self._private_key.public_key(),
                algorithms=[ALGORITHM],
                issuer=issuer,
                options={
                    "require": ["exp", "iss"],
                    "verify_aud": False,
                    "verify_exp": not may_be_expired,
                },
            )
        except (PyJWTError, UnicodeEncodeError):
            return None
        return decoded["payload"] if decoded["header"].get("typ") == kind else None


def _create(path: Path) -> None:
    """Make the key, readable by its owner only. Of several processes, one wins and all agree."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file:  # 0600
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return


def _thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638: the same key has the same name everywhere."""
    members = {name: jwk[name] for name in ("e", "kty", "n")}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
