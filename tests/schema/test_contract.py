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


def test_who_changes_an_organization_is_given_it_as_it_is_now() -> None:
    """Counts, capabilities, lists and coming events change along: a cache is told at once."""
    contract = build_schema(sdl())
    assert contract.mutation_type is not None
    payloads = {name: field.type.of_type for name, field in contract.mutation_type.fields.items()}
    without = {name for name, payload in payloads.items() if "organization" not in payload.fields}
    gone = {"deleteOrganization", "leaveOrganization"}
    no_member = {"declineInvitation", "retryStripeEvent"}
    assert without == gone | no_member | {"quoteChange"}  # which changes nothing
