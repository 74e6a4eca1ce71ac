"""Each bad token is refused, and the challenge says why."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.sign_in.refusals import SignInRefusedError
from server.sign_in.sign_in import SignIn
from tests.server.sign_in.issuer_app import IssuerApp, private_key

Make = Callable[[IssuerApp], str]


def _segment(value: object) -> str:
    text = json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _unsigned(issuer: IssuerApp, **header: object) -> str:
    return f"{_segment(header)}.{_segment(issuer.claims())}."


def _signed_with_the_public_key(issuer: IssuerApp) -> str:
    public = private_key("first").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": "first", "typ": "at+jwt"}
    signing_input = f"{_segment(header)}.{_segment(issuer.claims())}"
    # By hand, for PyJWT itself declines to sign with a public key.
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        signing_input.encode(), pem
    )
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _tampered(issuer: IssuerApp) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{_segment(issuer.claims(sub='somebody-else'))}.{signature}"


def _id_token_by(claim: str) -> Make:
    mark: dict[str, Any] = {claim: "x"}
    return lambda issuer: issuer.token(header={"typ": "JWT"}, scope="openid", **mark)


BAD_TOKENS: dict[str, tuple[Make, str]] = {
    "expired": (lambda i: i.token(exp=int(time.time()) - 60), "The token has expired"),
    "not yet": (lambda i: i.token(nbf=int(time.time()) + 3600), "not valid yet"),
    "issued in the future": (lambda i: i.token(iat=int(time.time()) + 3600), "not valid yet"),
    "another audience": (
        lambda i: i.token(aud="payroll"),
        "meant for 'payroll', not for 'seatwise-tests'",
    ),
    "an audience that contains ours": (
        lambda i: i.token(aud="not-seatwise-tests"),
        "not for 'seatwise-tests'",
    ),
    "another audience list": (lambda i: i.token(aud=["a", "b"]), "not for 'seatwise-tests'"),
    "no audience": (lambda i: i.token(without=("aud",)), "no claim 'aud'"),
    "no subject": (lambda i: i.token(without=("sub",)), "no claim 'sub'"),
    "no end": (lambda i: i.token(without=("exp",)), "no claim 'exp'"),
    "subject is empty": (lambda i: i.token(sub=""), "The claim 'sub' is not usable"),
    "subject with NUL": (lambda i: i.token(sub="a\0b"), "The claim 'sub' is not usable"),
    "subject is too long": (lambda i: i.token(sub="a" * 256), "The claim 'sub' is not usable"),
    "another issuer": (lambda i: i.token(iss="https://evil.example"), "not from the issuer"),
    "no issuer": (lambda i: i.token(without=("iss",)), "no claim 'iss'"),
    "unknown key": (lambda i: i.token(key_id="other"), "has no key 'other' for RS256"),
    "another's signature": (lambda i: i.token(signer="thief"), "signature is not the issuer's"),
    "tampered": (_tampered, "signature is not the issuer's"),
    "alg none": (lambda i: _unsigned(i, alg="none", typ="at+jwt"), "'none' is not accepted"),
    "alg None": (lambda i: _unsigned(i, alg="None", kid="first"), "'None' is not accepted"),
    "alg missing": (lambda i: _unsigned(i, kid="first"), "'None' is not accepted"),
    "alg is a list": (lambda i: _unsigned(i, alg=["RS256"]), "is not accepted"),
    "HS256 with the public key": (_signed_with_the_public_key, "'HS256' is not accepted"),
    "alg of another kind": (
        lambda i: i.token(algorithm="ES256", signer="curve"),
        "has no key 'first' for ES256",
    ),
    "critical extension": (
        lambda i: i.token(header={"crit": ["exp"], "exp": 1}),
        "Unsupported critical extension",
    ),
    "critical extension that PyJWT knows": (
        lambda i: _unsigned(i, alg="RS256", crit=["b64"], b64=True),
        "critical extensions",
    ),
    **{
        f"ID token by its {claim}": (_id_token_by(claim), "ID tokens are not accepted")
        for claim in ("nonce", "at_hash", "c_hash", "s_hash")
    },
    "ID token of Keycloak": (
        lambda i: i.token(header={"typ": "JWT"}, typ="ID", scope="openid"),
        "ID tokens are not accepted",
    ),
    "ID token of Cognito": (
        lambda i: i.token(header={"typ": None}, token_use="id", client_id="web"),
        "ID tokens are not accepted",
    ),
    "nothing but what an ID token has": (
        lambda i: i.token(header={"typ": "JWT"}),
        "does not show that it is an access token",
    ),
    "logout token": (lambda i: i.token(header={"typ": "logout+jwt"}), "not 'at+jwt'"),
    "bound to a key": (lambda i: i.token(cnf={"jkt": "x"}), "bound to a key"),
    "oversize": (lambda i: i.token(filler="x" * 20_000), "longer than 16384"),
    "no JWT": (lambda _: "opaque", "not a signed JWT"),
    "five parts": (lambda _: "a.b.c.d.e", "not a signed JWT"),
    "no base64": (lambda _: "!.!.!", "not a signed JWT"),
    "no JSON": (lambda _: "YWJj.YWJj.YWJj", "not a signed JWT"),
    "header is a list": (lambda _: f"{_segment([])}.e30.AA", "not a signed JWT"),
    "kid is a number": (lambda i: _unsigned(i, alg="RS256", kid=1), "not a signed JWT"),
    "lone surrogate": (lambda _: "\ud800.a.b", "not a signed JWT"),
    "e-mail is no address": (lambda i: i.token(email="ada"), "'email' is no address"),
    "e-mail is a number": (lambda i: i.token(email=7), "'email' is no address"),
    "no e-mail anywhere": (lambda i: i.token(without=("email",)), "e-mail address"),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_bad_token_is_refused_with_the_reason(
    case: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    make, reason = BAD_TOKENS[case]
    with pytest.raises(SignInRefusedError) as refused:
        await sign_in.authenticate(f"Bearer {make(issuer)}")
    prefix = 'Bearer realm="seatwise", error="invalid_token", error_description="'
    challenge = refused.value.www_authenticate
    assert challenge.startswith(prefix)
    assert reason in challenge
    assert challenge.isascii()
    assert challenge.isprintable()


async def test_a_refusal_does_not_let_a_token_write_into_the_header(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    token = issuer.token(aud='x\r\nSet-Cookie: a="b"\\')
    with pytest.raises(SignInRefusedError) as refused:
        await sign_in.authenticate(f"Bearer {token}")
    description = refused.value.www_authenticate.partition("error_description=")[2]
    assert description.startswith("\"The token is meant for 'x??Set-Cookie: a=?b??'")
    assert description.count('"') == 2


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("Basic YTpi", "The scheme 'Basic' is not accepted"),
        ("Bearer", "has no token"),
        ("Bearer   ", "has no token"),
        ("", "The scheme '' is not accepted"),
    ],
)
async def test_other_credentials_are_refused(
    authorization: str, reason: str, sign_in: SignIn
) -> None:
    with pytest.raises(SignInRefusedError, match=reason):
        await sign_in.authenticate(authorization)


async def test_a_short_rsa_key_proves_nothing(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.jwks = [issuer.jwk("short")]
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = issuer.token(key_id="short", signer="short")
    with pytest.raises(SignInRefusedError, match="not valid"):
        await sign_in.authenticate(f"Bearer {token}")
