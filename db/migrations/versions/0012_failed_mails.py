"""Mails that were given up: when, and why, also on the invitation. Their words are forgotten as those of sent ones are."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ERASED_WHEN_SENT = "(sent_at IS NULL) = (text IS NOT NULL)"
ERASED_WHEN_SENT_OR_GIVEN_UP = "num_nonnulls(text, sent_at, failed_at) = 1"


def upgrade() -> None:
    op.add_column("mails", sa.Column("failed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("mails", sa.Column("failure", sa.Text(), nullable=True))
    op.add_column("invitations", sa.Column("delivery_failure", sa.Text(), nullable=True))
    op.drop_constraint(op.f("ck_mails_erased_when_sent"), "mails", type_="check")
    op.create_check_constraint(
        op.f("ck_mails_erased_when_sent_or_given_up"), "mails", ERASED_WHEN_SENT_OR_GIVEN_UP
    )
    op.create_check_constraint(
        op.f("ck_mails_failure"), "mails", "(failed_at IS NULL) = (failure IS NULL)"
    )
    op.create_index(
        "ix_mails_failed_at",
        "mails",
        ["failed_at"],
        unique=False,
        postgresql_where=sa.text("failed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("UPDATE mails SET sent_at = failed_at WHERE failed_at IS NOT NULL")
    op.drop_index("ix_mails_failed_at", table_name="mails")
    op.drop_constraint(op.f("ck_mails_failure"), "mails", type_="check")
    op.drop_constraint(op.f("ck_mails_erased_when_sent_or_given_up"), "mails", type_="check")
    op.drop_column("invitations", "delivery_failure")
    op.drop_column("mails", "failure")
    op.drop_column("mails", "failed_at")
    op.create_check_constraint(op.f("ck_mails_erased_when_sent"), "mails", ERASED_WHEN_SENT)
