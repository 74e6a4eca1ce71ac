"""Objects with a global id."""

from collections.abc import Callable
from typing import Any

import strawberry

from schema.directives import BY_ID
from schema.fields import resolved
from services import global_ids
from services.global_ids import InvalidGlobalIDError, Key
from services.refusals import InvalidInput


@strawberry.interface(directives=[BY_ID], description="An object that `node(id:)` finds again.")
class Node:
    """Each type gives its own id, and says which values it stands for (`is_type_of`)."""

    id: strawberry.ID = strawberry.field(description="The global id: opaque, and unique.")


def id_field(encode: Callable[[Any], str]) -> Any:
    """The `id` of a type, made from its value."""

    def resolve(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(encode(root))

    return resolved(resolve, description="The global id: opaque, and unique.")


def tenant_id_field(type_name: str) -> Any:
    """The `id` of a type whose rows belong to an organization."""

    def resolve(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(global_ids.encode(type_name, root.organization_id, root.id))

    return resolved(resolve, description="The global id: opaque, and unique.")


def stands_for(view: type) -> Any:
    """`is_type_of` of a type whose values are of the class `view`."""

    def is_type_of(obj: object, _info: object) -> bool:
        return isinstance(obj, view)

    return staticmethod(is_type_of)


def input_key(field: str, type_name: str, text: str) -> Any:
    """The key behind an id of an input; `InvalidInput` naming the field if it is none."""
    try:
        return global_ids.decode_as(type_name, text)
    except InvalidGlobalIDError as error:
        raise InvalidInput(field, str(error)) from None


def argument_node(field: str, text: str) -> tuple[str, Key]:
    """The type and key behind an id of any type."""
    try:
        return global_ids.decode(text)
    except InvalidGlobalIDError as error:
        raise InvalidInput(field, str(error)) from None
