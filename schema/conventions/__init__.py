"""The conventions of the contract (design, section 4), each a rule that `seatwise schema --check`
runs on the text of the schema, as a client reads it.

A rule takes the schema and yields what is wrong as `Type.field: why`. Why our own and not a linter
for schemas: docs/adr/0020-contract.md.
"""

from collections.abc import Callable, Iterator

from graphql import GraphQLSchema

from schema.conventions import (
    connections,
    descriptions,
    entities,
    mutations,
    names,
    nullability,
    unions,
    unused,
)

Rule = Callable[[GraphQLSchema], Iterator[str]]

RULES: tuple[Rule, ...] = (
    descriptions.everything_is_described,
    descriptions.scalars_are_specified,
    descriptions.deprecations_have_a_reason,
    names.names_follow_the_convention,
    names.words_of_a_type_are_its_own,
    mutations.mutations_have_one_input_and_one_payload,
    mutations.results_are_nullable,
    mutations.errors_are_a_union_of_their_own,
    mutations.errors_have_message_and_code,
    connections.connections_have_four_fields,
    connections.pages_are_asked_for_by_first_and_after,
    connections.lists_say_how_long_they_are,
    nullability.guarded_fields_are_nullable,
    nullability.semantic_non_null_is_nullable,
    nullability.items_of_lists_are_not_null,
    nullability.no_default_is_null,
    unions.members_share_an_interface,
    entities.objects_with_an_id_are_nodes,
    entities.nodes_have_a_key,
    entities.lookups_find_one_object_by_its_key,
    unused.no_type_is_unused,
)


def findings(schema: GraphQLSchema) -> list[str]:
    """What is against a convention; empty when nothing is."""
    return [finding for rule in RULES for finding in rule(schema)]
