"""Each convention of the contract is seen to fail: a small schema that keeps all, then broken."""

import pytest
from graphql import build_schema

from schema import sdl
from schema.conventions import RULES, findings
from schema.fusion import fusion_sdl

GOOD = """
"." scalar FieldSelectionSet @specifiedBy(url: "https://example.com")
"." directive @key("." fields: FieldSelectionSet!) repeatable on OBJECT | INTERFACE
"." directive @lookup on FIELD_DEFINITION
"." directive @listSize("." assumedSize: Int) on FIELD_DEFINITION
"." directive @semanticNonNull on FIELD_DEFINITION
"." interface Node @key(fields: "id") { "." id: ID! }
"." interface Error { "." message: String! "." code: RefusalCode! }
"." enum RefusalCode { "." NO_CAKE }
"." type NoCakeError implements Error { "." message: String! "." code: RefusalCode! }
"." union EatCakeError = NoCakeError
"." input EatCakeInput { "." cakeId: ID! "." fork: Boolean = true }
"." type EatCakePayload { "." cake: Cake "." errors: [EatCakeError!] }
"." type Mutation { "." eatCake("." input: EatCakeInput!): EatCakePayload! }
"." type Cake implements Node @key(fields: "id") {
  "." id: ID!
  "." layers: [String!]!
  "For owner and admin." recipe: String @semanticNonNull
}
"." type CakeEdge { "." cursor: String! "." node: Cake! }
"." type CakeConnection {
  "." edges: [CakeEdge!]! "." nodes: [Cake!]! "." pageInfo: PageInfo! "." totalCount: Int!
}
"." type PageInfo { "." hasNextPage: Boolean! }
"." type Query {
  "." node("." id: ID!): Node @lookup
  "." cakes("." first: Int = 20, "." after: String): CakeConnection! @listSize(assumedSize: 20)
  "." old: Int @deprecated(reason: "Ask for cakes.")
}
"""

BREAKS = {
    "everything_is_described": (
        ('"For owner and admin." recipe', "recipe", "Cake.recipe: has no description"),
        ('"." NO_CAKE', "NO_CAKE", "RefusalCode.NO_CAKE: has"),
        ('"." cakeId', "cakeId", "EatCakeInput.cakeId: has"),
        ('"." assumedSize', "assumedSize", "@listSize(assumedSize:): has"),
        ('"." after', "after", "Query.cakes(after:): has"),
        ('"." type Query', "type Query", "Query: has"),
    ),
    "scalars_are_specified": (
        ('@specifiedBy(url: "https://example.com")', "", "FieldSelectionSet: has no @specifiedBy"),
    ),
    "deprecations_have_a_reason": (
        ('(reason: "Ask for cakes.")', "", "Query.old: its deprecation does not say"),
    ),
    "names_follow_the_convention": (
        ("layers", "Layers", "Cake.Layers: is not called"),
        ("NO_CAKE", "noCake", "RefusalCode.noCake: is not called"),
        ("fork", "the_fork", "EatCakeInput.the_fork: is not called"),
        ("after:", "After:", "Query.cakes(After:): is not called"),
        ("PageInfo", "pageInfo", "pageInfo: is not called"),
    ),
    "words_of_a_type_are_its_own": (
        ("FieldSelectionSet", "SelectionInput", "SelectionInput: is no input"),
        ("RefusalCode", "CodeError", "CodeError: is no error"),
        ("RefusalCode", "CodeEdge", "CodeEdge: is no object"),
    ),
    "mutations_have_one_input_and_one_payload": (
        ("input: Eat", "data: Eat", "Mutation.eatCake: does not take one `input: EatCakeInput!`"),
        ("): EatCakePayload!", "): Cake", "Mutation.eatCake: does not answer `EatCakePayload!`"),
    ),
    "results_are_nullable": (
        ("cake: Cake ", "cake: Cake! ", "EatCakePayload.cake: is not nullable"),
        ('"." cake: Cake ', "", "Mutation.eatCake: has no result"),
    ),
    "errors_are_a_union_of_their_own": (
        ("[EatCakeError!]", "[EatCakeError]", "EatCakePayload: has no `errors: [EatCakeError!]`"),
        ("union EatCakeError = NoCakeError", "type EatCakeError { a: Int }", "EatCakeError: is no"),
    ),
    "errors_have_message_and_code": (
        ("NoCakeError implements Error", "NoCakeError", "NoCakeError: does not implement Error"),
        ('interface Error { "." message: String!', "interface Error {", "Error: has not just"),
    ),
    "connections_have_four_fields": (
        ('"." totalCount: Int!', "", "CakeConnection: has not just edges: [CakeEdge!]!, nodes: "),
        ("cursor: String!", "cursor: Int!", "CakeConnection: has not just"),
    ),
    "pages_are_asked_for_by_first_and_after": (
        (" = 20", "", "Query.cakes: has no `first: Int` with a default"),
        ("after: String", "before: String", "Query.cakes: has no `after: String`"),
    ),
    "lists_say_how_long_they_are": (
        (" @listSize(assumedSize: 20)", "", "Query.cakes: has no @listSize"),
        ("old: Int", "old: [Int!]", "Query.old: has no @listSize"),
    ),
    "guarded_fields_are_nullable": (
        ("recipe: String @semanticNonNull", "recipe: String!", "Cake.recipe: is not for everybody"),
    ),
    "semantic_non_null_is_nullable": (
        ("recipe: String ", "recipe: String! ", "Cake.recipe: is @semanticNonNull and not"),
    ),
    "items_of_lists_are_not_null": (
        ("[String!]!", "[String]!", "Cake.layers: its items may be null"),
    ),
    "no_default_is_null": (("= true", "= null", "EatCakeInput.fork: has null as its default"),),
    "members_share_an_interface": (
        ("NoCakeError implements Error", "NoCakeError", "EatCakeError: its members share no"),
        ("Error = NoCakeError", "Error = NoCakeError | Cake", "EatCakeError: its members share no"),
    ),
    "objects_with_an_id_are_nodes": (
        ("Cake implements Node", "Cake", "Cake: has an `id` and does not implement Node"),
    ),
    "nodes_have_a_key": (
        ('Node @key(fields: "id") {\n', "Node {\n", 'Cake: has no @key(fields: "id")'),
        ('Node @key(fields: "id") { "', 'Node @key(fields: "no") { "', "Node: has no field no"),
    ),
    "lookups_find_one_object_by_its_key": (
        ("Node @lookup", "Node! @lookup", "Query.node: a lookup gives one object, or null"),
        ("Node @lookup", "[Node!] @lookup", "Query.node: a lookup gives one object, or null"),
        ('node("." id', 'node("." no', 'Query.node: Cake has no @key(fields: "no")'),
        ("old: Int", "cake(id: ID!): Cake @lookup old: Int", "Cake: has 2 lookups by id"),
    ),
    "no_type_is_unused": (
        ('"." enum', "enum Spare { A } enum", "Spare: is used nowhere"),
        ('"." union', "type LostError implements Error { a: Int } union", "LostError: is used no"),
    ),
}
"""By rule: what is taken from the schema, what comes in its place, and what is found then."""

CASES = [(rule, *case) for rule, cases in BREAKS.items() for case in cases]


def found_by(rule: str, text: str) -> list[str]:
    schema = build_schema(text, assume_valid=True)
    return list(next(one for one in RULES if one.__name__ == rule)(schema))


def test_the_contract_follows_the_conventions() -> None:
    assert findings(build_schema(sdl())) == []
    assert findings(build_schema(fusion_sdl())) == []


def test_a_schema_that_follows_them() -> None:
    assert findings(build_schema(GOOD)) == []


@pytest.mark.parametrize(("rule", "old", "new", "finding"), CASES)
def test_a_broken_convention_is_found(rule: str, old: str, new: str, finding: str) -> None:
    assert old in GOOD
    assert [one for one in found_by(rule, GOOD.replace(old, new)) if finding in one]


def test_each_convention_is_seen_to_be_broken() -> None:
    assert set(BREAKS) == {rule.__name__ for rule in RULES}
