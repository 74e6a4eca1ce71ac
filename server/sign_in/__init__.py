"""Sign-in: believing the access tokens of one OpenID Connect issuer."""
