"""Reads `@cost` and `@listSize` off the schema: Strawberry keeps them beside the definitions."""

from collections.abc import Mapping
from typing import Any, TypeVar

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
)

from schema.directives import Cost, ListSize
from server.graphql_http.cost_model import Size

D = TypeVar("D", Cost, ListSize)


def weight_of_field(field: GraphQLField, *, returns_object: bool) -> float:
    """What resolving the field costs."""
    return _weight(field, default=int(returns_object))


def weight_of_object(schema: GraphQLSchema, type_: GraphQLNamedType) -> float:
    """What building one object of the type costs, the dearest that may come; a leaf nothing."""
    if is_abstract_type(type_):
        return max(weight_of_object(schema, one) for one in schema.get_possible_types(type_))
    return _weight(type_, default=1) if isinstance(type_, GraphQLObjectType) else 0


def list_size_of(field: GraphQLField) -> ListSize | None:
    """What the schema says of the field's length."""
    return _directive(field, ListSize)


def asked_size(
    list_size: ListSize,
    node: FieldNode,
    field: GraphQLField,
    *,
    name: str,
    defaults: Mapping[str, Any],
) -> Size:
    """The size by the slicing argument of this selection, or else the assumed one."""
    for argument in list_size.slicing_arguments or ():
        default = field.args[argument].default_value
        assumed = default if isinstance(default, int) else list_size.assumed_size or 1
        given = _given(node, argument)
        if isinstance(given, IntValueNode):
            return Size(name, int(given.value))
        if isinstance(given, ListValueNode):
            return Size(name, len(given.values), is_counted=True)
        if isinstance(given, VariableNode):
            variable = given.name.value
            is_counted = is_list_type(get_nullable_type(field.args[argument].type))
            assumed = _int(defaults.get(variable), assumed)
            return Size(name, assumed, variable, is_counted=is_counted)
        return Size(name, assumed)
    return Size(name, list_size.assumed_size or 1)


def _given(node: FieldNode, argument: str) -> ValueNode | None:
    values = (given.value for given in node.arguments or () if given.name.value == argument)
    return next(values, None)


def _int(value: object, default: int) -> int:
    return value if isinstance(value, int) else default


def _weight(definition: Any, *, default: float) -> float:
    cost = _directive(definition, Cost)
    return default if cost is None else float(cost.weight)


def _directive(definition: Any, kind: type[D]) -> D | None:
    described = definition.extensions.get("strawberry-definition")
    found = (d for d in getattr(described, "directives", None) or () if isinstance(d, kind))
    return next(found, None)
