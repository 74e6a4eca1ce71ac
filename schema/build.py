"""The schema, built once per process, and its text."""

from typing import Any

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
)
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from execution.completion import CompiledExecutor
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

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Updates,
    config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
    execution_context_class=CompiledExecutor,
)


def _leave_out_null_defaults() -> None:
    """`= null` says nothing: what is left out is left out, and Python's default serves."""
    for graphql_type in schema._schema.type_map.values():  # noqa: SLF001 # no public name for it
        inputs: list[Any] = []
        if isinstance(graphql_type, GraphQLInputObjectType):
            inputs += graphql_type.fields.values()
        elif isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType):
            for field in graphql_type.fields.values():
                inputs += field.args.values()
        for one in inputs:
            if one.default_value is None:
                one.default_value = Undefined


_leave_out_null_defaults()


def sdl() -> str:
    """The schema's text. It always names the roots: `Subscription` is a billing type here, which
    tools would otherwise take for the root of live operations.
    """
    text: str = print_schema(schema)
    if not text.startswith("schema {") and "\nschema {" not in text:
        roots = "schema {\n  query: Query\n  mutation: Mutation\n  subscription: Updates\n}\n\n"
        text = roots + text
    return text.rstrip() + "\n"
