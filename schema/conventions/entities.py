"""Objects that can be found again: by `node(id:)`, and by the keys that a gateway knows."""

from collections import Counter
from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from schema.conventions.walking import (
    composites_of,
    directives_on,
    fields_of,
    text_argument,
    types_of,
)


def objects_with_an_id_are_nodes(schema: GraphQLSchema) -> Iterator[str]:
    """`id: ID!` is the global id, by which `node(id:)` finds the object again."""
    node = schema.get_type("Node")
    for one in types_of(schema, GraphQLObjectType):
        if "id" in one.fields and node not in one.interfaces:
            yield f"{one.name}: has an `id` and does not implement Node"


def nodes_have_a_key(schema: GraphQLSchema) -> Iterator[str]:
    """`@key(fields: "id")`; and the fields of every key exist."""
    node = schema.get_type("Node")
    for one in composites_of(schema):
        keys = _keys_of(one)
        if (one is node or node in one.interfaces) and "id" not in keys:
            yield f'{one.name}: has no @key(fields: "id")'
        for key in keys:
            if missing := [name for name in key.split() if name not in one.fields]:
                yield f"{one.name}: has no field {missing[0]}, which is in a @key"


def lookups_find_one_object_by_its_key(schema: GraphQLSchema) -> Iterator[str]:
    """Nullable, no list, the arguments are a key; and no two find the same type by the same key.

    The GraphQL Composite Schemas specification, section 2 (`@lookup`).
    """
    found: Counter[tuple[str, str]] = Counter()
    for place, field in fields_of(schema):
        if not directives_on(field, "lookup"):
            continue
        if isinstance(field.type, GraphQLNonNull) or is_list_type(get_nullable_type(field.type)):
            yield f"{place}: a lookup gives one object, or null"
        key = " ".join(field.args)
        possible = _possible(schema, field)
        for one in possible:
            if key not in _keys_of(one):
                yield f'{place}: {one.name} has no @key(fields: "{key}")'
        found.update((one.name, key) for one in possible)
    for (name, key), times in found.items():
        if times > 1:
            yield f"{name}: has {times} lookups by {key}"


def _possible(schema: GraphQLSchema, field: GraphQLField) -> list[GraphQLObjectType]:
    of = get_named_type(field.type)
    if isinstance(of, GraphQLInterfaceType | GraphQLUnionType):
        return list(schema.get_possible_types(of))
    return [of] if isinstance(of, GraphQLObjectType) else []


def _keys_of(one: GraphQLObjectType | GraphQLInterfaceType) -> list[str]:
    return [text_argument(key, "fields") for key in directives_on(one, "key")]
