"""Look-ahead against a Strawberry schema: what a resolver learns of the selection below it."""

from __future__ import annotations

import enum
from typing import Annotated

import pytest
import strawberry

from execution.look_ahead import selection_of
from execution.selection import Selection

SEEN: list[Selection] = []


@strawberry.enum
class Order(enum.Enum):
    OLDEST = "oldest"
    NEWEST = "newest"


@strawberry.input
class MemberFilter:
    display_name: str | None = None
    in_order: list[Order] = strawberry.field(default_factory=lambda: [Order.OLDEST])


@strawberry.interface
class Named:
    display_name: str


@strawberry.type
class User(Named):
    e_mail: str


@strawberry.type
class Organization(Named):
    seat_limit: int
    owner: User

    @strawberry.field
    def members(
        self,
        first: int = 10,  # noqa: ARG002 - look-ahead reads the arguments, not this resolver
        order_by: Order = Order.OLDEST,  # noqa: ARG002 - as above
        where: MemberFilter | None = None,  # noqa: ARG002 - as above
    ) -> list[User]:
        return []

    other_names: list[str] = strawberry.field(name="aka", default_factory=list)


Holder = Annotated[User | Organization, strawberry.union("Holder")]
ACME = Organization(
    display_name="Acme", seat_limit=1, owner=User(display_name="Olga", e_mail="o@acme.test")
)


@strawberry.type
class Query:
    @strawberry.field
    def organization(self, info: strawberry.Info) -> Organization:
        SEEN.append(selection_of(info._raw_info))
        return ACME

    @strawberry.field
    def named(self, info: strawberry.Info) -> list[Named]:
        SEEN.append(selection_of(info._raw_info))
        return []

    @strawberry.field
    def holder(self, info: strawberry.Info) -> Holder:
        SEEN.append(selection_of(info._raw_info))
        return ACME

    @strawberry.field
    def greeting(self, info: strawberry.Info) -> str:
        SEEN.append(selection_of(info._raw_info))
        return "hello"


schema = strawberry.Schema(Query, types=[User, Organization])


def look(document: str, **variables: object) -> Selection:
    SEEN.clear()
    result = schema.execute_sync(document, variable_values=variables)
    assert result.errors is None
    return SEEN[-1]


def test_fields_have_python_names() -> None:
    seen = look("{ organization { __typename displayName seatLimit aka owner { eMail } } }")
    assert seen.names == {"display_name", "seat_limit", "other_names", "owner"}
    assert seen["owner"].names == {"e_mail"}
    assert "members" not in seen
    assert not seen["members"]


def test_a_scalar_selects_nothing() -> None:
    assert look("{ greeting }") is Selection.EMPTY


def test_aliases_stay_apart_with_their_arguments_and_merge_below() -> None:
    seen = look(
        """{ organization {
            members { displayName }
            two: members(first: 2, orderBy: NEWEST) { eMail }
        } }"""
    )
    default, two = seen.fields("members")
    assert (default.key, default.arguments["first"]) == ("members", 10)
    assert (two.key, two.arguments["first"]) == ("two", 2)
    assert two.arguments["order_by"] is Order.NEWEST
    assert default.selection.names == {"display_name"}
    assert seen["members"].names == {"display_name", "e_mail"}


def test_input_objects_are_dicts_with_python_names() -> None:
    seen = look(
        """query ($order: [Order!]!) { organization {
            members(where: {displayName: "O", inOrder: $order}) { eMail }
        } }""",
        order=["NEWEST"],
    )
    (members,) = seen.fields("members")
    assert members.arguments["where"] == {"display_name": "O", "in_order": [Order.NEWEST]}


def test_the_same_field_in_several_places_is_one() -> None:
    seen = look(
        """{ organization { owner { eMail } ...Rest ... { owner { __typename } } } }
        fragment Rest on Organization { owner { ...Name } ...More ...More }
        fragment More on Named { ... on Organization { seatLimit } ... on User { eMail } }
        fragment Name on Named { displayName }"""
    )
    assert seen.names == {"owner", "seat_limit"}
    (owner,) = seen.fields("owner")
    assert owner.selection.names == {"e_mail", "display_name"}


def test_two_field_nodes_merge() -> None:
    seen = look("{ organization { seatLimit } organization { owner { eMail } } }")
    assert seen.names == {"seat_limit", "owner"}


def test_interfaces_narrow_by_type() -> None:
    seen = look(
        """{ named {
            displayName
            ... on User { eMail }
            ... on Organization { ... on Named { ... on Organization { seatLimit } } }
        } }"""
    )
    assert seen.names == {"display_name", "e_mail", "seat_limit"}
    assert seen.on("User").names == {"display_name", "e_mail"}
    assert seen.on("Organization").names == {"display_name", "seat_limit"}


def test_unions_narrow_below_one_response_key() -> None:
    seen = look(
        """{ holder {
            ... on User { displayName }
            ... on Organization { displayName owner { eMail } }
            ... on Named { ... on Organization { owner { displayName } } }
        } }"""
    )
    assert seen.on("User").names == {"display_name"}
    assert seen.on("Organization")["owner"].names == {"e_mail", "display_name"}
    assert len(seen.fields("display_name")) == 1


CONDITIONAL = """query ($yes: Boolean!, $no: Boolean! = false) { organization {
    displayName @include(if: $yes) @skip(if: $no)
    seatLimit @skip(if: $yes)
    aka @include(if: true) @skip(if: false)
    ... @include(if: $no) { owner { eMail } }
    ...Members @include(if: $yes)
} }
fragment Members on Organization { members { eMail displayName @skip(if: $yes) } }
"""


def test_skip_and_include_follow_the_variables() -> None:
    yes = look(CONDITIONAL, yes=True)
    assert yes.names == {"display_name", "other_names", "members"}
    assert yes["members"].names == {"e_mail"}
    assert look(CONDITIONAL, yes=False, no=True).names == {"seat_limit", "other_names", "owner"}


def test_constant_conditions_cost_nothing() -> None:
    seen = look("{ organization { seatLimit @skip(if: true) aka @include(if: true) } }")
    assert seen.names == {"other_names"}
    assert not look("{ organization { ... @include(if: false) { aka } __typename } }")


def test_a_fragment_spread_twice_selects_what_either_may() -> None:
    document = """query ($a: Boolean!, $b: Boolean!) {
        organization { __typename ...F @include(if: $a) ...F @include(if: $b) }
    } fragment F on Organization { seatLimit }"""
    assert look(document, a=False, b=True).names == {"seat_limit"}


async def parsed(document: str, times: int) -> list[Selection]:
    """Run one parsed document several times, as a document cache does."""
    from graphql import execute, parse  # noqa: PLC0415 - only here is GraphQL used without its server

    tree = parse(document)
    SEEN.clear()
    for first in range(times):
        result = execute(schema._schema, tree, variable_values={"first": first})
        assert not hasattr(result, "__await__")
    return list(SEEN)


async def test_a_static_selection_is_one_object() -> None:
    one, other = await parsed("{ organization { seatLimit members(first: 3) { eMail } } }", 2)
    assert one is other


async def test_variables_fill_only_what_depends_on_them() -> None:
    one, other = await parsed(
        """query ($first: Int!) { organization {
            owner { eMail } members(first: $first) { displayName }
        } }""",
        2,
    )
    assert [s.fields("members")[0].arguments["first"] for s in (one, other)] == [0, 1]
    assert one["owner"] is other["owner"]
    assert one["members"] is other["members"]


def test_arguments_that_cannot_be_coerced_leave_their_field_to_the_executor() -> None:
    SEEN.clear()
    result = schema.execute_sync(
        "query ($n: Int) { organization { seatLimit members(first: $n) { eMail } } }",
        variable_values={"n": None},
    )
    assert result.errors is not None
    assert result.errors[0].path == ["organization", "members"]
    assert SEEN[-1].names == {"seat_limit"}


@pytest.mark.parametrize("levels", [30])
def test_nested_spreads_do_not_explode(levels: int) -> None:
    """Each fragment spreads the next twice, under two variables: 2^levels paths."""
    declared = " ".join(f"$v{i}: Boolean! = true" for i in range(levels))
    fragments = "\n".join(
        f"fragment F{i} on Organization {{ ...F{i + 1} @include(if: $v{i}) ...F{i + 1} }}"
        for i in range(levels)
    )
    seen = look(
        f"query ({declared}) {{ organization {{ ...F0 }} }} {fragments} "
        f"fragment F{levels} on Organization {{ seatLimit }}"
    )
    assert seen.names == {"seat_limit"}


def test_a_selection_written_by_hand() -> None:
    wanted = Selection.of("plan", subscription=Selection.of("price"))
    assert wanted.names == {"plan", "subscription"}
    assert "price" in wanted["subscription"]
    assert not wanted["plan"]
    assert (wanted | Selection.of("plan", "seats")).names == {"plan", "subscription", "seats"}
    assert repr(wanted) == "Selection(plan, subscription=Selection(price))"
