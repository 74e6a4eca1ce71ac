"""A change that another one replaced, kept with the answer that told of it.

Once it is called off neither Stripe nor the mirror knows it any more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from db.enums import PendingChangeKind
from services.catalogue import CatalogueSnapshot
from services.views import PendingChangeView


def kept(change: PendingChangeView) -> dict[str, Any]:
    """What is kept of it, as JSON."""
    return {
        "kind": change.kind,
        "priceId": str(change.price.id),
        "seats": change.seats,
        "effectiveAt": change.effective_at and change.effective_at.isoformat(),
        "expiresAt": change.expires_at and change.expires_at.isoformat(),
        "payUrl": change.pay_url,
    }


def recalled(change: Mapping[str, Any], snapshot: CatalogueSnapshot) -> PendingChangeView:
    """The same change again."""
    price = snapshot.price(UUID(change["priceId"]))
    return PendingChangeView(
        PendingChangeKind(change["kind"]),
        snapshot.plan(price.plan_code),
        price,
        change["seats"],
        _moment(change["effectiveAt"]),
        _moment(change["expiresAt"]),
        change["payUrl"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
