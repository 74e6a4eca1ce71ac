"""A small OpenID Connect issuer for development: anybody signs in as anybody, by address alone.

Own code and no library: Authlib, the one that is well kept, has providers for Flask and Django
only, and its maintainer says that asynchronous ones must wait for 2.0 (authlib/authlib#278). The
signatures, which are the hard part, are PyJWT's. Production refuses to start with this issuer.
"""
