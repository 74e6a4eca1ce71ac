"""The schema, built once per process, and its text."""

import re
from typing import Any

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    Undefined,
)
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.tools import merge_types
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from execution.completion import CompiledExecutor
from execution.resolvers import call_directly
from schema.billing_mutations import BillingMutations
from schema.cancellation_mutations import CancellationMutations
from schema.change_mutations import ChangeMutations
from schema.invitation_mutations import InvitationMutations
from schema.member_mutations import MemberMutations
from schema.organization_mutations import OrganizationMutations
from schema.query import Query
from schema.scalars import SCALARS
from schema.stripe_event_mutations import StripeEventMutations
from schema.updates import Updates

Mutation = merge_types(
    "Mutation",
    (
        OrganizationMutations,
        InvitationMutations,
        MemberMutations,
        BillingMutations,
        ChangeMutations,
        CancellationMutations,
        StripeEventMutations,
    ),
)
get_object_definition(Mutation, strict=True).description = "What can be done."


def build(names: NameConverter | None = None) -> strawberry.Schema:
    """The schema; `names` calls its types otherwise (schema/fusion.py)."""
    built = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Updates,
        config=StrawberryConfig(
            scalar_map=SCALARS,
            enable_experimental_incremental_execution=True,
            name_converter=names or NameConverter(),
        ),
        execution_context_class=CompiledExecutor,
    )
    core = built._schema  # noqa: SLF001 # Strawberry has no public name for it
    _leave_out_null_defaults(core)
    _describe_directive_arguments(core)
    call_directly(core)
    return built


def sdl(of: strawberry.Schema | None = None) -> str:
    """The schema's text. It always names the roots: `Subscription` is a billing type here, which
    tools would otherwise take for the root of live operations.
    """
    printed = of or schema
    text = _ROOTS.sub("", print_schema(printed), count=1)
    core = printed._schema  # noqa: SLF001 # see above
    named = [
        f"  {kind.value}: {root.name}"
        for kind in OperationType
        if (root := core.get_root_type(kind))
    ]
    roots = "\n".join(["schema {", *named, "}"])
    return f"{roots}\n\n{text.strip()}\n"


_ROOTS = re.compile(r"^schema \{[^}]*\}\n", re.MULTILINE)


def _leave_out_null_defaults(core: GraphQLSchema) -> None:
    """`= null` says nothing: what is left out is left out, and Python's default serves."""
    for graphql_type in core.type_map.values():
        inputs: list[Any] = []
        if isinstance(graphql_type, GraphQLInputObjectType):
            inputs += graphql_type.fields.values()
        elif isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
            for field in graphql_type.fields.values():
                inputs += field.args.values()
        for one in inputs:
            if one.default_value is None:
                one.default_value = Undefined


def _describe_directive_arguments(core: GraphQLSchema) -> None:
    """Strawberry leaves the descriptions of their arguments out."""
    for directive in core.directives:
        definition = directive.extensions.get("strawberry-definition")
        for field in getattr(definition, "fields", ()):
            argument = directive.args.get(to_camel_case(field.python_name))
            if argument is not None:
                argument.description = field.description


schema = build()
