"""Expiry: which subscriptions have run out, how far their deactivation is, mails about it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MAIL_KINDS = ("INVITATION",)
NEW_MAIL_KINDS = (
    "PAYMENT_FAILED",
    "SUBSCRIPTION_ENDED",
    "DEACTIVATION_NEAR",
    "ORGANIZATION_DEACTIVATED",
    "ORGANIZATION_RESTORED",
    "MEMBERSHIP_DEACTIVATED",
    "MEMBERSHIP_RESTORED",
)
MARKS = ("warned_at", "deactivated_at")
RUNNING = "deactivates_at IS NOT NULL"
WAITING = "deactivates_at IS NOT NULL AND deactivated_at IS NULL"


def _check_mail_kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_mails_kind"), "mails", type_="check")
    op.create_check_constraint(op.f("ck_mails_kind"), "mails", f"kind IN ({listed})")


def _index_deactivation(*columns: str, where: str) -> None:
    op.drop_index("ix_subscriptions_deactivates_at", table_name="subscriptions")
    op.create_index(
        "ix_subscriptions_deactivates_at",
        "subscriptions",
        columns,
        unique=False,
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    for mark in MARKS:
        column = sa.Column(mark, postgresql.TIMESTAMP(timezone=True), nullable=True)
        op.add_column("subscriptions", column)
    op.execute(
        "UPDATE subscriptions SET deactivates_at = NULL"
        " WHERE deactivates_at IS NOT NULL AND NOT is_current"
    )
    op.create_check_constraint(
        op.f("ck_subscriptions_expiry"),
        "subscriptions",
        "deactivates_at IS NOT NULL OR num_nulls(warned_at, deactivated_at) = 2",
    )
    op.create_index(
        "uq_subscriptions_one_expiry",
        "subscriptions",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text(RUNNING),
    )
    _index_deactivation("deactivates_at", "id", where=WAITING)
    _check_mail_kinds(*MAIL_KINDS, *NEW_MAIL_KINDS)


def downgrade() -> None:
    mails = sa.table("mails", sa.column("kind", sa.String))
    op.execute(mails.delete().where(mails.c.kind.in_(NEW_MAIL_KINDS)))
    _check_mail_kinds(*MAIL_KINDS)
    _index_deactivation("deactivates_at", where=RUNNING)
    op.drop_index("uq_subscriptions_one_expiry", table_name="subscriptions")
    op.drop_constraint(op.f("ck_subscriptions_expiry"), "subscriptions", type_="check")
    for mark in MARKS:
        op.drop_column("subscriptions", mark)
