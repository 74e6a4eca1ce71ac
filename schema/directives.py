"""Directives by which the schema says more of its types and fields.

`@cost` and `@listSize` are IBM's cost specification: server/graphql_http/cost.py computes the cost
of an operation from them, before it runs. `@semanticNonNull` is as Relay and Apollo read it
(https://specs.apollo.dev/nullability/v0.4/). `@key`, `@lookup` and `@shareable` are those of the
GraphQL Composite Schemas specification, section 2 (https://graphql.github.io/composite-schemas-spec/),
from which a Fusion gateway composes: see docs/adr/0021-fusion.md.
"""

from typing import Any

import strawberry
from strawberry.schema_directive import Location

from schema.scalars import FieldSelectionSet
from services.pages import DEFAULT_FIRST


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
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


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Null only together with an error at the same place, such as FORBIDDEN: who treats"
    " errors apart need not expect null.",
)
class SemanticNonNull:
    """`@semanticNonNull`, as levels are left out: the field itself, not the items of its list."""

    levels: list[int] = strawberry.field(
        default=(0,),
        description="Which levels of a list it speaks of: 0 is the field, 1 are its items.",
    )


NULL_ONLY_ON_ERROR: Any = SemanticNonNull(levels=strawberry.UNSET)
"""Of every field that a role guards and that has a value for who may see it."""


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.INTERFACE],
    repeatable=True,
    description="The fields by which other schemas name the same object.",
)
class Key:
    """`@key(fields: "id")`."""

    fields: FieldSelectionSet = strawberry.field(description="A selection set without braces.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="A gateway finds an object by its key here. Null when there is none.",
)
class Lookup:
    """`@lookup`: of a nullable field that is no list, with the fields of a key as arguments."""


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.FIELD_DEFINITION],
    repeatable=True,
    description="Other schemas may define it, too, and mean the same.",
)
class Shareable:
    """`@shareable`: key fields are so anyway."""


BY_ID = Key(fields=FieldSelectionSet("id"))
"""Of every node."""

BY_NAME = Key(fields=FieldSelectionSet("name"))
"""Of organizations, whose name is unique."""
