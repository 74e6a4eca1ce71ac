"""Every setting with its value and where it came from; secrets are masked."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from server.doctor.settings_groups import GROUPS
from server.settings import Settings, variable_of

_KIND_OF_SECRET = re.compile(r"(?:[a-z]+_)*")
_PASSWORD = re.compile(r"(password=)[^&]*", re.IGNORECASE)
"""libpq takes one in the query, too."""


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting as it stands in the environment, or by default."""

    group: str
    variable: str
    value: str
    is_given: bool
    description: str


def list_settings(settings: Settings) -> list[SettingLine]:
    """All of them, group by group."""
    return [
        line
        for heading, names in GROUPS.items()
        for name in names
        for line in _lines_of(settings, (name,), heading=heading)
    ]


def _lines_of(owner: BaseModel, path: tuple[str, ...], *, heading: str) -> Iterator[SettingLine]:
    """One line, or, where the field is a group of settings, one for each of them."""
    value, field = getattr(owner, path[-1]), type(owner).model_fields[path[-1]]
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _lines_of(value, (*path, name), heading=heading)
    else:
        variable = variable_of(*path)
        yield SettingLine(
            group=heading,
            variable=variable,
            value=_shown(value),
            is_given=bool(os.environ.get(variable)),
            description=field.description or "",
        )


def _shown(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, SecretStr):
        return masked(value.get_secret_value())
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(map(str, value)) or "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def masked(secret: str) -> str:
    """A URL without its password; of other secrets only the kind (`sk_test_***`)."""
    parts = urlsplit(secret)
    if not parts.scheme or (not parts.netloc and not parts.query):
        kind = _KIND_OF_SECRET.match(secret)
        return f"{kind.group() if kind else ''}***"
    user, separator, host = parts.netloc.rpartition("@")
    account = f"{user.partition(':')[0]}:***" if ":" in user else user
    shown = secret.replace(parts.netloc, f"{account}{separator}{host}", 1)
    return _PASSWORD.sub(r"\1***", shown)
