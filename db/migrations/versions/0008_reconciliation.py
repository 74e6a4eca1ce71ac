"""Reconciliation: what was found, how far a comparison has come, what is open at Stripe."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "DRIFT",
                "SEVERAL_LIVING_SUBSCRIPTIONS",
                "UNKNOWN_PRICE",
                "CUSTOMER_DELETED",
                "SUBSCRIBED_AFTER_DELETION",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_findings_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_findings")),
    )
    op.create_index(
        "ix_findings_open",
        "findings",
        ["kind", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_findings_organization_id_opened_at",
        "findings",
        ["organization_id", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_findings_one_open",
        "findings",
        ["organization_id", "kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "SUBSCRIPTIONS",
                "INVOICES",
                "CHECKOUTS",
                "CUSTOMERS",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("compared", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("drifted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("began_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=False),
        sa.Column("leased_until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_reconciliations_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(
        "ix_reconciliations_finished_at", "reconciliations", ["finished_at"], unique=False
    )
    op.create_index(
        "uq_reconciliations_one_running",
        "reconciliations",
        ["organization_id", "dry_run"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "sightings",
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliations.id"],
            name=op.f("fk_sightings_reconciliation_id_reconciliations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reconciliation_id", "stripe_id", name=op.f("pk_sightings")),
    )
    op.create_index(
        "ix_invoices_open",
        "invoices",
        ["stripe_invoice_id"],
        unique=False,
        postgresql_where=sa.text("status = 'OPEN'"),
    )


def downgrade() -> None:
    op.drop_index("ix_invoices_open", table_name="invoices")
    op.drop_table("sightings")
    op.drop_index("uq_reconciliations_one_running", table_name="reconciliations")
    op.drop_index("ix_reconciliations_finished_at", table_name="reconciliations")
    op.drop_table("reconciliations")
    op.drop_index("uq_findings_one_open", table_name="findings")
    op.drop_index("ix_findings_organization_id_opened_at", table_name="findings")
    op.drop_index("ix_findings_open", table_name="findings")
    op.drop_table("findings")
