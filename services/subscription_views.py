"""From the mirror's rows to what is shown of a subscription."""

from db.models import Subscription
from services.catalogue import CatalogueSnapshot
from services.views import SubscriptionView


def subscription_view(row: Subscription, snapshot: CatalogueSnapshot) -> SubscriptionView:
    """What is shown of a mirrored subscription."""
    return SubscriptionView(
        row.organization_id,
        row.id,
        row.status,
        snapshot.plan(row.plan_code),
        snapshot.price(row.price_id),
        row.seats,
        row.current_period_start,
        row.current_period_end,
        row.trial_ends_at,
        row.ends_at,
        row.ended_at,
        row.deactivates_at,
    )
