"""Settings that are lists: written with commas, as hosts do it, or as JSON."""

import json
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode


def _parts(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    parts = json.loads(text) if text.startswith("[") else text.split(",")
    return tuple(part.strip() for part in map(str, parts) if part.strip())


def _without_last_slash(origins: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(origin.rstrip("/") for origin in origins)


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]
Origins = Annotated[Listed, AfterValidator(_without_last_slash)]
"""Browsers write an origin without a slash at its end; people often with one."""
