"""The issuer's public keys: which key may check which token."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWTError

_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
    ("OKP", "Ed448"): frozenset({"EdDSA"}),
}

ASYMMETRIC_ALGORITHMS = frozenset[str]().union(_RSA, *_CURVES.values())
"""`none` and the HMACs are no part: whoever can read a public key could sign with it."""


class KeySet:
    """One fetched JWKS (RFC 7517). It never changes; a later fetch makes another."""

    def __init__(self, jwks: Sequence[object]) -> None:
        self._keys = [key for jwk in jwks for key in _load(jwk)]

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, *, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The key for a token, by what the key itself allows and not by the token's word alone.

        A token without `kid` is accepted only when a single key could have signed it.
        """
        fitting = [
            key
            for key in self._keys
            if key.algorithm_name == algorithm and key_id in (None, key.key_id)
        ]
        if not fitting or (key_id is None and len(fitting) > 1):
            return None
        return fitting[0]


def _load(jwk: object) -> Iterator[PyJWK]:
    """One ready key per algorithm that it allows; none for a key that we cannot use."""
    try:
        if isinstance(jwk, Mapping) and _checks_signatures(jwk):
            yield from [PyJWK(dict(jwk), name) for name in _allowed_algorithms(jwk)]
    except (PyJWTError, TypeError, ValueError):
        return  # A key of a kind that does not concern us must not spoil the others.


def _checks_signatures(jwk: Mapping[str, Any]) -> bool:
    return jwk.get("use", "sig") == "sig" and "verify" in jwk.get("key_ops", ["verify"])


def _allowed_algorithms(jwk: Mapping[str, Any]) -> frozenset[str]:
    kind = str(jwk.get("kty"))
    by_kind = _RSA if kind == "RSA" else _CURVES.get((kind, str(jwk.get("crv"))), frozenset())
    named = jwk.get("alg")
    return by_kind if named is None else by_kind & {named}
