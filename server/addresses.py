"""Settings that say where something is, and may hold a password: judged without telling it."""

from collections.abc import Collection
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from db.urls import SCHEMES

_POSTGRES = [scheme.removesuffix("://") for scheme in SCHEMES]
_MAIL = ["smtp", "smtps"]


def _names_a_postgres(url: SecretStr) -> SecretStr:
    if not _is_address(url.get_secret_value(), schemes=_POSTGRES):
        raise ValueError(
            "must begin with postgresql://; in a password / ? # are written %2F %3F %23"
        )
    return url


def _names_a_mail_server(url: SecretStr) -> SecretStr:
    given = url.get_secret_value()
    if given and not (_is_address(given, schemes=_MAIL) and urlsplit(given).hostname):
        raise ValueError("must begin with smtp:// or smtps:// and name a host")
    return url


def _is_address(url: str, *, schemes: Collection[str]) -> bool:
    try:
        port = urlsplit(url).port
    except ValueError:  # of a port that is none; it can be half a password, so it is not told
        return False
    return urlsplit(url).scheme in schemes and port != 0


PostgresURL = Annotated[SecretStr, AfterValidator(_names_a_postgres)]
MailServerURL = Annotated[SecretStr, AfterValidator(_names_a_mail_server)]
