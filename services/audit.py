"""Everything that happened to an organization is written down, in the same transaction (C5)."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from db.database import Transaction
from db.ids import new_id
from services.actors import Actor
from services.moments import moment_text


def record(
    transaction: Transaction,
    organization_id: UUID,
    *,
    actor: Actor,
    action: str,
    target: tuple[str, UUID],
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one audit event. `action` is a verb in the past, as `organization.created`.

    What was `before` and `after` is read by clients: names as in the contract, ids as `node(id:)`
    takes them, moments as `datetime`, which are written as the contract's `DateTime`.
    """
    target_type, target_id = target
    transaction.audit(
        {
            "organization_id": organization_id,
            "id": new_id(),
            "at": at,
            "actor_kind": actor.kind,
            "actor_user_id": actor.user_id,
            "action": action,
            "target_type": target_type,
            "target_id": target_id,
            "before": _written(before),
            "after": _written(after),
            "request_id": actor.request_id,
        }
    )


def _written(values: dict[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, default=moment_text)
