"""Everything says what it is."""

from collections.abc import Iterator

from graphql import (
    DEFAULT_DEPRECATION_REASON,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_directive,
)

from schema.conventions.walking import arguments_of, fields_of, own_types, types_of


def everything_is_described(schema: GraphQLSchema) -> Iterator[str]:
    """Every type, field, argument, input field, enum value and directive has a description."""
    for place, thing in _parts_of(schema):
        if not getattr(thing, "description", None):
            yield f"{place}: has no description"


def scalars_are_specified(schema: GraphQLSchema) -> Iterator[str]:
    """Code generators know a scalar by the document that specifies it."""
    for scalar in types_of(schema, GraphQLScalarType):
        if not scalar.specified_by_url:
            yield f"{scalar.name}: has no @specifiedBy"


def deprecations_have_a_reason(schema: GraphQLSchema) -> Iterator[str]:
    """The reason says what to use instead."""
    for place, thing in _parts_of(schema):
        reason = getattr(thing, "deprecation_reason", None)
        if reason is not None and reason.strip() in {"", DEFAULT_DEPRECATION_REASON}:
            yield f"{place}: its deprecation does not say what to use instead"


def _parts_of(schema: GraphQLSchema) -> Iterator[tuple[str, object]]:
    yield from ((one.name, one) for one in own_types(schema))
    yield from fields_of(schema)
    yield from arguments_of(schema)
    for inputs in types_of(schema, GraphQLInputObjectType):
        yield from ((f"{inputs.name}.{name}", field) for name, field in inputs.fields.items())
    for enum in types_of(schema, GraphQLEnumType):
        yield from ((f"{enum.name}.{name}", value) for name, value in enum.values.items())
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive
            for name, argument in directive.args.items():
                yield f"@{directive.name}({name}:)", argument
