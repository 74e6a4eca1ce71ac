"""Pages of lists, by the Relay specification with `nodes` and `totalCount`, and other lists."""

from collections.abc import Iterator

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from schema.conventions.walking import (
    default_of,
    directives_on,
    fields_of,
    returns_connection,
    types_of,
)


def connections_have_four_fields(schema: GraphQLSchema) -> Iterator[str]:
    """`edges` with `cursor` and `node`, `nodes`, `pageInfo`, `totalCount`."""
    for connection in types_of(schema, GraphQLObjectType):
        if not connection.name.endswith("Connection"):
            continue
        edge = f"{connection.name.removesuffix('Connection')}Edge"
        node = _node_of(schema, edge)
        expected = {
            "edges": f"[{edge}!]!",
            "nodes": f"[{node}]!",
            "pageInfo": "PageInfo!",
            "totalCount": "Int!",
        }
        if {key: str(field.type) for key, field in connection.fields.items()} != expected:
            fields = ", ".join(f"{key}: {of}" for key, of in expected.items())
            yield f"{connection.name}: has not just {fields}"


def pages_are_asked_for_by_first_and_after(schema: GraphQLSchema) -> Iterator[str]:
    """`first` with a default, so that nobody asks for all by leaving it out, and `after`."""
    for place, field in fields_of(schema):
        if returns_connection(field):
            first, after = field.args.get("first"), field.args.get("after")
            if first is None or str(first.type) != "Int" or default_of(first) is None:
                yield f"{place}: has no `first: Int` with a default"
            if after is None or str(after.type) != "String":
                yield f"{place}: has no `after: String`"


def lists_say_how_long_they_are(schema: GraphQLSchema) -> Iterator[str]:
    """Pages, and the lists of the root, whose length a caller may choose, bear @listSize."""
    for place, field in fields_of(schema):
        is_list = is_list_type(get_nullable_type(field.type))
        chosen = returns_connection(field) or (is_list and place.startswith("Query."))
        if chosen and not directives_on(field, "listSize"):
            yield f"{place}: has no @listSize, so that its cost is not known"


def _node_of(schema: GraphQLSchema, edge: str) -> str:
    """What the edge leads to; a name that nothing has when it is no edge."""
    fields = getattr(schema.get_type(edge), "fields", {})
    if set(fields) != {"cursor", "node"} or str(fields["cursor"].type) != "String!":
        return f"what {edge} has at `node`, beside `cursor: String!`"
    return f"{get_named_type(fields['node'].type).name}!"
