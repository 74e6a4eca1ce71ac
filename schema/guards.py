"""Fields that a role or a status guards: null and FORBIDDEN, never a nulled parent (P6)."""

from collections.abc import Callable
from typing import Any

import strawberry

from resolvers.permissions import require_permitted
from schema.fields import resolved
from services.permissions import OrganizationAction
from services.views import OrganizationView


def guarded_field(
    action: OrganizationAction, get: Callable[[OrganizationView], Any], *, description: str
) -> Any:
    """A field of an organization that needs the permission for `action`. It has to be nullable."""

    def resolve(root: strawberry.Parent[OrganizationView]) -> Any:
        require_permitted(action, root.viewer)
        return get(root)

    return resolved(resolve, description=description)
