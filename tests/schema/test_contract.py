"""The text of the contract. Its conventions are tried in test_conventions.py."""

from graphql import build_schema

from schema import sdl


def test_the_text_names_its_roots() -> None:
    assert sdl().startswith(
        "schema {\n  query: Query\n  mutation: Mutation\n  subscription: Updates\n}\n"
    )
    contract = build_schema(sdl())
    assert contract.subscription_type is contract.get_type("Updates")
    assert "Subscription" in contract.type_map, "the billing type"
