"""The inbox: one fetch at a time for a customer, lists for operators, old events forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.add_column("stripe_events", sa.Column("next_attempt_at", moment, nullable=True))
    op.drop_index("ix_stripe_events_received_at", table_name="stripe_events")
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at", "id"])
    op.create_index(
        "ix_stripe_events_customer", "stripe_events", ["stripe_customer_id", "received_at", "id"]
    )
    op.create_index(
        "ix_stripe_events_dead",
        "stripe_events",
        ["received_at", "id"],
        postgresql_where=sa.text("state = 'DEAD'"),
    )
    op.create_index(
        "ix_stripe_events_closed",
        "stripe_events",
        ["closed_at"],
        postgresql_where=sa.text("state IN ('DONE', 'IGNORED')"),
    )


def downgrade() -> None:
    op.drop_index("ix_stripe_events_closed", table_name="stripe_events")
    op.drop_index("ix_stripe_events_dead", table_name="stripe_events")
    op.drop_index("ix_stripe_events_customer", table_name="stripe_events")
    op.drop_index("ix_stripe_events_received_at", table_name="stripe_events")
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at"])
    op.drop_column("stripe_events", "next_attempt_at")
