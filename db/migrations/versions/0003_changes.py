"""Changes of a subscription: invoices, quotes, what is pending, what is paid next and how."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INTENT_KINDS = (
    "CREATE_CUSTOMER",
    "UPDATE_CUSTOMER",
    "CREATE_CHECKOUT_SESSION",
    "EXPIRE_CHECKOUT_SESSION",
    "CREATE_PORTAL_SESSION",
    "CANCEL_SUBSCRIPTION",
)
NEW_INTENT_KINDS = (
    "CHANGE_SUBSCRIPTION",
    "CREATE_SCHEDULE",
    "UPDATE_SCHEDULE",
    "RELEASE_SCHEDULE",
    "VOID_INVOICE",
    "CANCEL_AT_PERIOD_END",
    "RESUME_SUBSCRIPTION",
)

SUBSCRIPTION_CHECKS = {
    "pending_kind": "pending_kind IN ('SCHEDULED', 'AWAITING_PAYMENT')",
    "pending_change": (
        "num_nulls(pending_kind, pending_price_id, pending_seats) IN (0, 3)"
        " AND (pending_kind IS NOT DISTINCT FROM 'SCHEDULED') = (pending_effective_at IS NOT NULL)"
        " AND (pending_kind IS NOT DISTINCT FROM 'AWAITING_PAYMENT')"
        " = (pending_expires_at IS NOT NULL)"
    ),
    "next_payment": "num_nulls(next_payment_at, next_payment_amount) IN (0, 2)",
    "payment_issue": "num_nulls(pay_url, payment_failed_at) IN (0, 2)",
}


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _check_intent_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_intents_kind"), "intents", type_="check")
    op.create_check_constraint(op.f("ck_intents_kind"), "intents", f"kind IN ({_listed(kinds)})")


def upgrade() -> None:
    op.create_table(
        "portal_configurations",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("stripe_configuration_id", sa.Text(), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_portal_configurations_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_portal_configurations")),
    )
    op.create_table(
        "invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_invoice_id", sa.Text(), nullable=False),
        sa.Column("stripe_subscription_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "OPEN",
                "PAID",
                "UNCOLLECTIBLE",
                "VOID",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("period_start", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("period_end", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("hosted_url", sa.Text(), nullable=True),
        sa.Column("pdf_url", sa.Text(), nullable=True),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_invoices_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("stripe_invoice_id", name=op.f("uq_invoices_stripe_invoice_id")),
    )
    op.create_index(
        "ix_invoices_organization_id_issued_at",
        "invoices",
        ["organization_id", "issued_at", "id"],
        unique=False,
    )
    op.create_table(
        "quotes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("keep_member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("losing_member_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column(
            "timing",
            sa.Enum(
                "NOW",
                "PERIOD_END",
                name="timing",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("effective_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("discount_now", sa.BigInteger(), nullable=False),
        sa.Column("tax_now", sa.BigInteger(), nullable=False),
        sa.Column("due_now", sa.BigInteger(), nullable=False),
        sa.Column("next_invoice_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("next_invoice_total", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_quotes_created_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "subscription_id"],
            ["subscriptions.organization_id", "subscriptions.id"],
            name=op.f("fk_quotes_organization_id_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_quotes_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["price_id"], ["prices.id"], name=op.f("fk_quotes_price_id_prices")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_quotes")),
    )
    op.add_column("billing_sessions", sa.Column("promotion_code", sa.Text(), nullable=True))
    op.add_column(
        "organizations",
        sa.Column("trial_began_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column(
        "subscriptions", sa.Column("stripe_item_id", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "subscriptions",
        sa.Column("cancels_at_period_end", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("subscriptions", sa.Column("pending_kind", sa.String(length=40), nullable=True))
    op.add_column("subscriptions", sa.Column("pending_price_id", sa.Uuid(), nullable=True))
    op.add_column("subscriptions", sa.Column("pending_seats", sa.Integer(), nullable=True))
    op.add_column(
        "subscriptions",
        sa.Column("pending_effective_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column(
        "subscriptions",
        sa.Column("pending_expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column("subscriptions", sa.Column("pending_stripe_invoice_id", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("pending_pay_url", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("pending_intent_id", sa.Uuid(), nullable=True))
    op.add_column("subscriptions", sa.Column("stripe_schedule_id", sa.Text(), nullable=True))
    op.add_column(
        "subscriptions",
        sa.Column("schedule_phase_began_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column(
        "subscriptions",
        sa.Column("next_payment_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column("subscriptions", sa.Column("next_payment_amount", sa.BigInteger(), nullable=True))
    op.add_column("subscriptions", sa.Column("payment_brand", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("payment_last4", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("payment_expires_month", sa.Integer(), nullable=True))
    op.add_column("subscriptions", sa.Column("payment_expires_year", sa.Integer(), nullable=True))
    op.add_column("subscriptions", sa.Column("pay_url", sa.Text(), nullable=True))
    op.add_column(
        "subscriptions",
        sa.Column("payment_failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.add_column(
        "subscriptions",
        sa.Column(
            "discount_ids",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.alter_column("subscriptions", "stripe_item_id", server_default=None)
    op.alter_column("subscriptions", "cancels_at_period_end", server_default=None)
    for name, condition in SUBSCRIPTION_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_subscriptions_{name}"), "subscriptions", condition)
    op.create_foreign_key(
        op.f("fk_subscriptions_pending_price_id_prices"),
        "subscriptions",
        "prices",
        ["pending_price_id"],
        ["id"],
    )
    _check_intent_kinds(*INTENT_KINDS, *NEW_INTENT_KINDS)


def downgrade() -> None:
    intents = sa.table("intents", sa.column("kind", sa.String))
    op.execute(intents.delete().where(intents.c.kind.in_(NEW_INTENT_KINDS)))
    _check_intent_kinds(*INTENT_KINDS)
    for name in SUBSCRIPTION_CHECKS:
        op.drop_constraint(op.f(f"ck_subscriptions_{name}"), "subscriptions", type_="check")
    op.drop_constraint(
        op.f("fk_subscriptions_pending_price_id_prices"), "subscriptions", type_="foreignkey"
    )
    op.drop_column("subscriptions", "discount_ids")
    op.drop_column("subscriptions", "payment_failed_at")
    op.drop_column("subscriptions", "pay_url")
    op.drop_column("subscriptions", "payment_expires_year")
    op.drop_column("subscriptions", "payment_expires_month")
    op.drop_column("subscriptions", "payment_last4")
    op.drop_column("subscriptions", "payment_brand")
    op.drop_column("subscriptions", "next_payment_amount")
    op.drop_column("subscriptions", "next_payment_at")
    op.drop_column("subscriptions", "schedule_phase_began_at")
    op.drop_column("subscriptions", "stripe_schedule_id")
    op.drop_column("subscriptions", "pending_intent_id")
    op.drop_column("subscriptions", "pending_pay_url")
    op.drop_column("subscriptions", "pending_stripe_invoice_id")
    op.drop_column("subscriptions", "pending_expires_at")
    op.drop_column("subscriptions", "pending_effective_at")
    op.drop_column("subscriptions", "pending_seats")
    op.drop_column("subscriptions", "pending_price_id")
    op.drop_column("subscriptions", "pending_kind")
    op.drop_column("subscriptions", "cancels_at_period_end")
    op.drop_column("subscriptions", "stripe_item_id")
    op.drop_column("organizations", "trial_began_at")
    op.drop_column("billing_sessions", "promotion_code")
    op.drop_table("quotes")
    op.drop_index("ix_invoices_organization_id_issued_at", table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("portal_configurations")
