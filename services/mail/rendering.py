"""The words of mails, from the templates beside this file: plain text and HTML of each kind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from db.enums import MailKind


@dataclass(frozen=True, slots=True)
class Words:
    """A mail's subject and its two forms."""

    subject: str
    text: str
    html: str


def render(kind: MailKind, **values: Any) -> Words:
    """The words of a mail. A value that a template lacks is a fault, not a gap."""
    name = kind.lower()
    subject = _ENVIRONMENT.get_template(f"{name}_subject.txt").render(values)
    return Words(
        " ".join(subject.split()),  # a header has one line, whatever a name contains
        _ENVIRONMENT.get_template(f"{name}.txt").render(values),
        _ENVIRONMENT.get_template(f"{name}.html").render(values),
    )


def _moment(value: datetime) -> str:
    return format_datetime(value, "d MMMM yyyy, HH:mm 'UTC'", locale="en_GB")


_ENVIRONMENT = Environment(
    loader=PackageLoader("services.mail"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters["moment"] = _moment
