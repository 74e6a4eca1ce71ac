"""The schema as a Fusion gateway composes it: another name for two types, the same in all else.

A composed schema has its live operations at a root called `Subscription`, and refuses another type
of that name (GraphQL Composite Schemas specification, "Root Subscription Used"). Ours is a billing
type. So the gateway is shown, and asks, a schema in which the billing type and the root are called
otherwise; see docs/adr/0021-fusion.md.
"""

from functools import cache

import strawberry
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition

from schema.build import build, sdl

NAMES = {"Subscription": "OrganizationSubscription", "Updates": "Subscription"}
"""What each type is called for a gateway, by its name in `schema.graphql`."""


class _FusionNames(NameConverter):
    def from_object(self, object_type: StrawberryObjectDefinition) -> str:
        name = super().from_object(object_type)
        return NAMES.get(name, name)


@cache
def fusion_schema() -> strawberry.Schema:
    """The schema with a gateway's names, built when it is first wanted."""
    return build(_FusionNames())


def fusion_sdl() -> str:
    """Its text, which is `schema.graphqls` for `nitro fusion compose`."""
    return sdl(fusion_schema())
