"""Global ids: opaque to clients, a type and one or two UUIDs to us.

The bytes are a letter for the type, the organization's UUID and, for what belongs to an
organization, the row's own: so every id leads to its tenant (design, section 6). Plans and Stripe's
events have no UUID: their code and Stripe's id stand there instead. Encoded as base64url without
padding.
"""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from uuid import UUID

LETTERS = {
    "Organization": b"O",
    "User": b"U",
    "Plan": b"P",
    "Price": b"R",
    "Member": b"M",
    "Invitation": b"I",
    "Seat": b"S",
    "Subscription": b"B",
    "BillingSession": b"V",
    "Invoice": b"N",
    "Quote": b"Q",
    "SeatLedgerEntry": b"L",
    "AuditEvent": b"A",
    "StripeEvent": b"E",
}
TYPES = {letter: name for name, letter in LETTERS.items()}
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
TEXT_TYPES = frozenset({"Plan", "StripeEvent"})
TENANT_TYPES = frozenset(LETTERS) - {"Organization", "User", "Price"} - TEXT_TYPES


class InvalidGlobalIDError(ValueError):
    """The text is no id of ours, or one of another type."""


@dataclass(frozen=True, slots=True)
class TenantKey:
    """The key of a row that belongs to an organization."""

    organization_id: UUID
    id: UUID


Key = UUID | str | TenantKey


def encode(type_name: str, first: UUID, second: UUID | None = None) -> str:
    """The global id of a row: its UUID, or its organization's and its own."""
    data = LETTERS[type_name] + first.bytes
    return _text(data if second is None else data + second.bytes)


def encode_plan(code: str) -> str:
    """The global id of a plan."""
    return encode_text("Plan", code)


def encode_text(type_name: str, key: str) -> str:
    """The global id of what has a text for a key, in ASCII."""
    return _text(LETTERS[type_name] + key.encode())


def decode(text: str) -> tuple[str, Key]:
    """The type and key that a global id stands for; `InvalidGlobalIDError` for anything else."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        type_name = TYPES[data[:1]]
        key = _key(type_name, data[1:])
    except (KeyError, ValueError, binascii.Error):
        raise InvalidGlobalIDError(f"{_shortened(text)} is not an id") from None
    if _text(data) != text:
        raise InvalidGlobalIDError(f"{_shortened(text)} is not an id")
    return type_name, key


def decode_as(type_name: str, text: str) -> Key:
    """The key, if the id is one of a `type_name`."""
    found, key = decode(text)
    if found != type_name:
        raise InvalidGlobalIDError(
            f"{_shortened(text)} is the id of {_one(found)}, not of {_one(type_name)}"
        )
    return key


def _key(type_name: str, data: bytes) -> Key:
    if type_name in TEXT_TYPES:
        text = data.decode("ascii")
        if not text.isprintable():  # U+0000 is none of Postgres's, and no key has the others
            raise ValueError(text)
        return text
    if type_name in TENANT_TYPES:
        return TenantKey(UUID(bytes=data[:16]), UUID(bytes=data[16:]))
    return UUID(bytes=data)


def _text(data: bytes) -> str:
    """What `base64.urlsafe_b64encode` does, without its checks: a page has hundreds of ids."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode()


def _one(type_name: str) -> str:
    """`a User`, `an Organization`."""
    return f"{'an' if type_name[0] in 'AEIO' else 'a'} {type_name}"


def _shortened(text: str, *, length: int = 60) -> str:
    return repr(text if len(text) <= length else text[:length] + "...")
