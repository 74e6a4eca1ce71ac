"""No type stands in the schema that no operation can reach."""

from collections.abc import Iterator

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from schema.conventions.walking import own_types


def no_type_is_unused(schema: GraphQLSchema) -> Iterator[str]:
    """What implements an interface is used when a field gives that interface."""
    reached: set[GraphQLNamedType] = set()
    waiting = [root for root in _roots(schema) if root]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += _next_of(schema, one)
    for one in own_types(schema):
        if one not in reached:
            yield f"{one.name}: is used nowhere"


def _roots(schema: GraphQLSchema) -> list[GraphQLNamedType | None]:
    arguments = [one for directive in schema.directives for one in directive.args.values()]
    return [
        schema.query_type,
        schema.mutation_type,
        schema.subscription_type,
        *(get_named_type(one.type) for one in arguments),
    ]


def _next_of(schema: GraphQLSchema, one: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
    if isinstance(one, GraphQLUnionType):
        yield from one.types
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for field in one.fields.values():
            of = get_named_type(field.type)
            yield of
            if isinstance(of, GraphQLInterfaceType):
                yield from schema.get_possible_types(of)
            yield from (get_named_type(arg.type) for arg in getattr(field, "args", {}).values())
    yield from getattr(one, "interfaces", ())
