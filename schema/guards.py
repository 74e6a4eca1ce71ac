"""Fields that a role or a status guards: null and FORBIDDEN, never a nulled parent (P6)."""

from collections.abc import Callable
from typing import Any

import strawberry

from resolvers.permissions import require_permitted
from schema.directives import NULL_ONLY_ON_ERROR
from schema.fields import resolved
from services.permissions import OrganizationAction
from services.views import OrganizationView


def guarded_field(
    action: OrganizationAction,
    get: Callable[[OrganizationView], Any],
    *,
    description: str,
    always_there: bool,
) -> Any:
    """A field of an organization that needs the permission for `action`. It has to be nullable;
    `always_there` when it is null for nobody who has the permission.
    """

    def resolve(root: strawberry.Parent[OrganizationView]) -> Any:
        require_permitted(action, root.viewer)
        return get(root)

    directives = [NULL_ONLY_ON_ERROR] if always_there else []
    return resolved(resolve, description=description, directives=directives)
