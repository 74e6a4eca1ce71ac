"""The audit log."""

from datetime import datetime

import strawberry

from db.enums import ActorKind
from schema.directives import BY_ID
from schema.fields import resolved
from schema.node import Node, stands_for, tenant_id_field
from schema.scalars import JSON
from schema.users import User
from services import global_ids
from services.record_views import AuditEventView


def _target_id(root: strawberry.Parent[AuditEventView]) -> strawberry.ID | None:
    if root.target_type == "Organization":
        return strawberry.ID(global_ids.encode("Organization", root.target_id))
    if root.target_type not in global_ids.TENANT_TYPES:
        return None
    encoded = global_ids.encode(root.target_type, root.organization_id, root.target_id)
    return strawberry.ID(encoded)


@strawberry.type(
    directives=[BY_ID],
    description="Something that happened to the organization. It is never changed.",
)
class AuditEvent(Node):
    """The source is an `AuditEventView`."""

    is_type_of = stands_for(AuditEventView)

    id: strawberry.ID = tenant_id_field("AuditEvent")
    at: datetime = strawberry.field(description="When.")
    actor_kind: ActorKind = strawberry.field(description="Who did it: a user, Stripe or Seatwise.")
    actor: User | None = strawberry.field(description="The user who did it; null for the others.")
    action: str = strawberry.field(description="What was done, as `member.removed`.")
    target_type: str = strawberry.field(description="The type of what it was done to.")
    target_id: strawberry.ID | None = resolved(
        _target_id, description="The id of what it was done to; null for what is no node."
    )
    before: JSON | None = strawberry.field(description="What was changed, before.")
    after: JSON | None = strawberry.field(description="What was changed, after.")
    request_id: str | None = strawberry.field(
        description="The request by which it was done, as in its `X-Request-ID` header."
    )
