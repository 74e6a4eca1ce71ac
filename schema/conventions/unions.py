"""Unions grow: what a client does not know yet it can still show."""

from collections.abc import Iterator

from graphql import GraphQLSchema, GraphQLUnionType

from schema.conventions.walking import types_of


def members_share_an_interface(schema: GraphQLSchema) -> Iterator[str]:
    """What is selected on the interface comes from a member of a later release, too."""
    for union in types_of(schema, GraphQLUnionType):
        if not set.intersection(*(set(member.interfaces) for member in union.types)):
            yield f"{union.name}: its members share no interface"
