"""Ways through a schema that the rules share."""

from collections.abc import Iterator
from typing import Any, TypeVar

from graphql import (
    DirectiveNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    StringValueNode,
    ValueNode,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

T = TypeVar("T", bound=GraphQLNamedType)


def types_of(schema: GraphQLSchema, kind: type[T]) -> Iterator[T]:
    """The schema's own types of this kind."""
    for one in schema.type_map.values():
        own = not is_introspection_type(one) and not is_specified_scalar_type(one)
        if own and isinstance(one, kind):
            yield one


def own_types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    """All the types but those that every schema has."""
    return types_of(schema, GraphQLNamedType)


def composites_of(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    """The types that have fields to select."""
    yield from types_of(schema, GraphQLInterfaceType)
    yield from types_of(schema, GraphQLObjectType)


def fields_of(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """The fields of all objects and interfaces, each with its place `Type.field`."""
    for one in composites_of(schema):
        for name, field in one.fields.items():
            yield f"{one.name}.{name}", field


def arguments_of(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLArgument]]:
    """The arguments of all fields, each with its place `Type.field(argument:)`."""
    for place, field in fields_of(schema):
        for name, argument in field.args.items():
            yield f"{place}({name}:)", argument


def directives_on(thing: Any, name: str) -> list[DirectiveNode]:
    """Where the directive stands on a type or field; only a schema built from text knows it."""
    node = getattr(thing, "ast_node", None)
    return [one for one in getattr(node, "directives", None) or () if one.name.value == name]


def text_argument(directive: DirectiveNode, name: str) -> str:
    """The value of a directive's argument that is a text; empty when it is left out."""
    for argument in directive.arguments or ():
        if argument.name.value == name and isinstance(argument.value, StringValueNode):
            return argument.value.value
    return ""


def default_of(thing: GraphQLArgument | GraphQLInputField) -> ValueNode | None:
    """The default as it stands in the text; None when there is none."""
    return thing.ast_node.default_value if thing.ast_node else None


def returns_connection(field: GraphQLField) -> bool:
    """Whether the field gives a page of a list."""
    return get_named_type(field.type).name.endswith("Connection")
