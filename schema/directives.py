"""Directives by which the schema says what its fields cost, after IBM's cost specification.

server/graphql_http/cost.py computes the cost of an operation from them, before it runs.
"""

import strawberry
from strawberry.schema_directive import Location

from services.pages import DEFAULT_FIRST


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.ARGUMENT_DEFINITION],
    description=(
        "What resolving this field, or building this object, costs. Unless it says so, a field "
        "that returns objects costs 1, a leaf nothing, and an object 1."
    ),
)
class Cost:
    """`@cost(weight: "10")`."""

    weight: str = strawberry.field(description="A number, in a string as the specification has it.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="How many items a list holds, for computing what an operation may cost.",
)
class ListSize:
    """`@listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])`."""

    assumed_size: int | None = strawberry.field(
        default=strawberry.UNSET, description="The size when no slicing argument says it."
    )
    slicing_arguments: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Arguments that bound the size, such as `first`."
    )
    sized_fields: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The fields below that hold the items, such as `edges` and `nodes`.",
    )
    require_one_slicing_argument: bool = strawberry.field(
        default=True, description="Whether one of them has to be given."
    )


ONE_PAGE = ListSize(
    assumed_size=DEFAULT_FIRST,
    slicing_arguments=["first"],
    sized_fields=["edges", "nodes"],
    require_one_slicing_argument=False,
)
"""Of every connection."""
