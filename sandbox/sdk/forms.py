"""Stripe's form encoding: `items[0][price]=price_1&expand[]=customer` to nested values.

What is a list and what is a dictionary is decided later, by the shape of the parameter, because
`metadata[0]` is a key and `items[0]` an index.
"""

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from sandbox.errors import invalid

Raw: TypeAlias = "str | dict[str, Raw]"

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_SUBKEY = re.compile(r"\[([^\[\]]*)\]")
_MOST_FIELDS = 2000


def decode_form(text: str) -> dict[str, Raw]:
    """The nested values of a query string or form body.

    Raises:
        StripeError: a key is malformed, or used both as a value and as a container; a text has
            U+0000, which Postgres does not keep.
    """
    root: dict[str, Raw] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS):
        if "\0" in key + value:
            raise invalid("Invalid string: it contains a null character", param=key)
        _put(root, path=_split(key), value=value)
    return root


def _split(key: str) -> list[str]:
    match = _KEY.match(key)
    if match is None:
        raise invalid(f"Invalid parameter name: {key}", param=key)
    return [match[1], *_SUBKEY.findall(match[2])]


def _put(root: dict[str, Raw], *, path: list[str], value: str) -> None:
    node = root
    for name in path[:-1]:
        child = node.setdefault(_index(node, name), {})
        if isinstance(child, str):
            raise invalid(f"Invalid object: {path[0]}", param=path[0])
        node = child
    node[_index(node, path[-1])] = value


def _index(node: dict[str, Raw], name: str) -> str:
    """`a[]` means the next index of `a`."""
    return name or str(len(node))
