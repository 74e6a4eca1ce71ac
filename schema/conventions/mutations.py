"""Hot Chocolate's mutation convention: one `input`, one payload, refusals in its `errors`."""

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from schema.conventions.walking import types_of


def mutations_have_one_input_and_one_payload(schema: GraphQLSchema) -> Iterator[str]:
    """`doIt(input: DoItInput!): DoItPayload!`."""
    for name, payload in _payloads(schema):
        field = _mutations(schema)[name]
        arguments = {key: str(argument.type) for key, argument in field.args.items()}
        if arguments != {"input": f"{_capitalized(name)}Input!"}:
            yield f"Mutation.{name}: does not take one `input: {_capitalized(name)}Input!`"
        if str(field.type) != f"{_capitalized(name)}Payload!" or payload is None:
            yield f"Mutation.{name}: does not answer `{_capitalized(name)}Payload!`"


def results_are_nullable(schema: GraphQLSchema) -> Iterator[str]:
    """After a refusal there are none. One that has no result at all says nothing when done."""
    for name, payload in _payloads(schema):
        results = {} if payload is None else dict(payload.fields)
        results.pop("errors", None)
        if not results:
            yield f"Mutation.{name}: has no result"
        for key, field in results.items():
            if isinstance(field.type, GraphQLNonNull):
                yield f"{_capitalized(name)}Payload.{key}: is not nullable"


def errors_are_a_union_of_their_own(schema: GraphQLSchema) -> Iterator[str]:
    """`errors: [DoItError!]`, so that a client sees what this mutation can refuse."""
    for name, payload in _payloads(schema):
        errors = payload.fields.get("errors") if payload else None
        expected = f"{_capitalized(name)}Error"
        if errors is None or str(errors.type) != f"[{expected}!]":
            yield f"{_capitalized(name)}Payload: has no `errors: [{expected}!]`"
        elif not isinstance(get_named_type(errors.type), GraphQLUnionType):
            yield f"{expected}: is no union"


def errors_have_message_and_code(schema: GraphQLSchema) -> Iterator[str]:
    """Whatever stands in `errors`, or is called an error, implements `Error`, which has both."""
    error = schema.get_type("Error")
    fields = {key: str(one.type) for key, one in getattr(error, "fields", {}).items()}
    if fields != {"message": "String!", "code": "RefusalCode!"}:
        yield "Error: has not just `message: String!` and `code: RefusalCode!`"
    unions = [one for one in types_of(schema, GraphQLUnionType) if one.name.endswith("Error")]
    members = {member for union in unions for member in union.types}
    members |= {one for one in types_of(schema, GraphQLObjectType) if one.name.endswith("Error")}
    for member in sorted(members, key=lambda one: one.name):
        if error not in member.interfaces:
            yield f"{member.name}: does not implement Error"


def _payloads(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLObjectType | None]]:
    for name, field in _mutations(schema).items():
        payload = get_named_type(field.type)
        yield name, payload if isinstance(payload, GraphQLObjectType) else None


def _mutations(schema: GraphQLSchema) -> dict[str, GraphQLField]:
    return dict(schema.mutation_type.fields) if schema.mutation_type else {}


def _capitalized(name: str) -> str:
    return name[0].upper() + name[1:]
