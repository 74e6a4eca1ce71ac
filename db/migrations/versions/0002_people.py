"""People: mails, folded addresses, and that an organization is never without its owner."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INTENT_KINDS = (
    "CREATE_CUSTOMER",
    "UPDATE_CUSTOMER",
    "CREATE_CHECKOUT_SESSION",
    "EXPIRE_CHECKOUT_SESSION",
    "CREATE_PORTAL_SESSION",
)

REQUIRE_OWNER = """
CREATE FUNCTION require_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM members
        WHERE organization_id = OLD.organization_id AND role = 'OWNER' AND removed_at IS NULL
    ) AND EXISTS (
        SELECT FROM organizations WHERE id = OLD.organization_id AND deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'an organization has exactly one owner'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""

ONE_OWNER = """
CREATE CONSTRAINT TRIGGER one_owner AFTER UPDATE OR DELETE ON members
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.role = 'OWNER' AND OLD.removed_at IS NULL)
EXECUTE FUNCTION require_owner()
"""


def _check_intent_kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_intents_kind"), "intents", type_="check")
    op.create_check_constraint(op.f("ck_intents_kind"), "intents", f"kind IN ({listed})")


def upgrade() -> None:
    _create_mails()
    op.add_column("users", sa.Column("email_key", sa.Text(), nullable=True))
    op.execute("UPDATE users SET email_key = lower(normalize(email, NFKC))")
    op.create_index("ix_users_email_key", "users", ["email_key"], unique=False)
    op.add_column(
        "invitations",
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
    )
    op.execute("UPDATE invitations SET sent_at = created_at")
    op.alter_column("invitations", "sent_at", nullable=False)
    op.create_check_constraint(
        op.f("ck_invitations_closing"),
        "invitations",
        "(status = 'PENDING') = (closed_at IS NULL)",
    )
    for table, column in (
        ("invitations", "created_at"),
        ("seats", "began_at"),
        ("audit_events", "at"),
    ):
        columns = ["organization_id", column, "id"]
        op.create_index(f"ix_{table}_organization_id_{column}", table, columns, unique=False)
    _check_intent_kinds(*INTENT_KINDS, "CANCEL_SUBSCRIPTION")
    op.execute(REQUIRE_OWNER)
    op.execute(ONE_OWNER)


def _create_mails() -> None:
    op.create_table(
        "mails",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "INVITATION", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("queued_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (text IS NOT NULL)", name=op.f("ck_mails_erased_when_sent")
        ),
        sa.CheckConstraint("(text IS NULL) = (html IS NULL)", name=op.f("ck_mails_both_forms")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_mails_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_mails")),
        sa.UniqueConstraint(
            "organization_id",
            "cause",
            "recipient",
            name=op.f("uq_mails_organization_id_cause_recipient"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_mails_message_id")),
    )
    op.create_index(
        "ix_mails_organization_id_kind_queued_at",
        "mails",
        ["organization_id", "kind", "queued_at"],
        unique=False,
    )
    op.create_index("ix_mails_queued_at", "mails", ["queued_at", "id"], unique=False)


def downgrade() -> None:
    op.execute("DROP TRIGGER one_owner ON members")
    op.execute("DROP FUNCTION require_owner")
    op.execute("DELETE FROM intents WHERE kind = 'CANCEL_SUBSCRIPTION'")
    _check_intent_kinds(*INTENT_KINDS)
    op.drop_index("ix_audit_events_organization_id_at", table_name="audit_events")
    op.drop_index("ix_seats_organization_id_began_at", table_name="seats")
    op.drop_index("ix_invitations_organization_id_created_at", table_name="invitations")
    op.drop_constraint(op.f("ck_invitations_closing"), "invitations", type_="check")
    op.drop_column("invitations", "sent_at")
    op.drop_index("ix_users_email_key", table_name="users")
    op.drop_column("users", "email_key")
    op.drop_table("mails")
