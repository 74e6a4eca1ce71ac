"""How well billing is in step with Stripe."""

from datetime import datetime

import strawberry

from db.enums import FindingKind
from schema.directives import ListSize
from schema.fields import resolved
from services.billing_health import DRIFTS

FINDINGS = ListSize(assumed_size=5, require_one_slicing_argument=False)
LAST_DRIFTS = ListSize(assumed_size=DRIFTS, require_one_slicing_argument=False)


@strawberry.type(description="Something between Stripe and us that needs a person.")
class BillingFinding:
    """The source is a `services.billing_health.BillingFindingView`."""

    kind: FindingKind = strawberry.field(description="What.")
    subject: str = strawberry.field(
        description="Stripe's id of what it is about: a subscription or a customer."
    )
    opened_at: datetime = strawberry.field(description="When it was first seen.")
    resolution: str = strawberry.field(description="What to do about it, for people.")


@strawberry.type(description="Something that was not here as it was at Stripe.")
class BillingDrift:
    """The source is a `services.billing_health.BillingDriftView`."""

    subject: str = strawberry.field(
        description="Stripe's id of the subscription, invoice, checkout or customer."
    )
    fields: list[str] = strawberry.field(
        description="What differed; `missing` when it was on one side only."
    )
    found_at: datetime = strawberry.field(description="When the reconciler found it.")
    repaired_at: datetime | None = strawberry.field(
        description="When it was fetched again; null while it waits for that."
    )


@strawberry.type(description="How well billing is in step with Stripe. Stripe is not asked for it.")
class BillingHealth:
    """The source is a `services.billing_health.BillingHealthView`."""

    webhook_lag_seconds: int | None = strawberry.field(
        description="How long Stripe's oldest event about the organization waits to be worked off;"
        " when none waits, how long the last one took. Null: there never was one."
    )
    last_webhook_at: datetime | None = strawberry.field(
        description="When Stripe's last event about the organization arrived."
    )
    last_synced_at: datetime | None = strawberry.field(
        description="When what Stripe says was last fetched and written."
    )
    last_reconciled_at: datetime | None = strawberry.field(
        description="When everything was last compared with Stripe, to the end."
    )
    findings: list[BillingFinding] = resolved(
        lambda root: root.findings,
        size=FINDINGS,
        description="What needs a person, newest first; it goes when it is put in order.",
    )
    drifts: list[BillingDrift] = resolved(
        lambda root: root.drifts,
        size=LAST_DRIFTS,
        description="The last ten differences that the reconciler found, newest first.",
    )
