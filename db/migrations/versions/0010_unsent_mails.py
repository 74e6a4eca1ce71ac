"""Mails that were not sent are found by their id, however many were."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_mails_unsent",
        "mails",
        ["id"],
        unique=False,
        postgresql_where=sa.text("text IS NOT NULL"),
    )
    op.drop_index("ix_mails_queued_at", table_name="mails")


def downgrade() -> None:
    op.create_index("ix_mails_queued_at", "mails", ["queued_at", "id"], unique=False)
    op.drop_index("ix_mails_unsent", table_name="mails")
