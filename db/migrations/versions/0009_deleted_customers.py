"""Invoices whose customer was deleted at Stripe; events found by their type."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "invoices",
        sa.Column("abandoned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_stripe_events_type", "stripe_events", ["type", "received_at", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_stripe_events_type", table_name="stripe_events")
    op.drop_column("invoices", "abandoned")
