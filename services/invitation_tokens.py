"""Tokens of invitations: 256 random bits in the mail, and nothing but their hash with us.

A fast hash is enough: there is nothing to guess in 256 bits.
"""

import hashlib
import secrets

BYTES = 32


def new_token() -> str:
    """A token, good for URLs."""
    return secrets.token_urlsafe(BYTES)


def hash_of(token: str) -> str:
    """What is stored and looked up."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
