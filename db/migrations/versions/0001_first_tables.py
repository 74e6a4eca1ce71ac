"""The first tables."""

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.dialects import postgresql

from db.job_queue import QUEUE_SETTINGS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


JOB_QUEUE = QueryBuilderEnvironment(settings=QUEUE_SETTINGS)

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

CLOSE_ONCE = """
CREATE FUNCTION close_seat_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR
       (to_jsonb(NEW) - 'ended_at' - 'ended_reason')
       IS DISTINCT FROM (to_jsonb(OLD) - 'ended_at' - 'ended_reason')
    THEN
        RAISE EXCEPTION 'a row of the seat ledger is closed once and never otherwise changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

FORWARD_ONLY = """
CREATE FUNCTION refuse_clock_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seconds < OLD.seconds THEN
        RAISE EXCEPTION 'the clock moves forward only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

TRIGGERS = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON seats"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER close_once BEFORE UPDATE ON seats"
    " FOR EACH ROW EXECUTE FUNCTION close_seat_once()",
    "CREATE TRIGGER forward_only BEFORE UPDATE ON clock_offset"
    " FOR EACH ROW EXECUTE FUNCTION refuse_clock_back()",
)

FUNCTIONS = {
    "refuse_change": APPEND_ONLY,
    "close_seat_once": CLOSE_ONCE,
    "refuse_clock_back": FORWARD_ONLY,
}


def run_script(sql: str) -> None:
    """Run many statements at once, as the job queue's own installer is written."""
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda connection: connection.execute(sql))


def upgrade() -> None:
    op.create_table(
        "clock_offset",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_clock_offset_never_back")),
        sa.CheckConstraint("singleton", name=op.f("ck_clock_offset_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_clock_offset")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("billing_email", sa.Text(), nullable=True),
        sa.Column("stripe_customer_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("synced_ticket", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("synced_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "name ~ '^[a-z0-9_-]{1,63}$'", name=op.f("ck_organizations_name_format")
        ),
        sa.CheckConstraint(
            "length(display_name) between 1 and 200",
            name=op.f("ck_organizations_display_name_length"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("name", name=op.f("uq_organizations_name")),
        sa.UniqueConstraint("stripe_customer_id", name=op.f("uq_organizations_stripe_customer_id")),
    )
    op.create_table(
        "plans",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("features", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("minimum_seats", sa.Integer(), nullable=False),
        sa.Column("maximum_seats", sa.Integer(), nullable=False),
        sa.Column("stripe_product_id", sa.Text(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "minimum_seats between 1 and maximum_seats", name=op.f("ck_plans_seat_range")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_plans")),
        sa.UniqueConstraint("stripe_product_id", name=op.f("uq_plans_stripe_product_id")),
    )
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("stripe_customer_id", sa.Text(), nullable=True),
        sa.Column("stripe_created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "RECEIVED",
                "DONE",
                "IGNORED",
                "DEAD",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
    )
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at"], unique=False)
    op.create_index(
        "ix_stripe_events_waiting",
        "stripe_events",
        ["stripe_customer_id", "received_at"],
        unique=False,
        postgresql_where=sa.text("state = 'RECEIVED'"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_users_issuer_subject")),
    )
    op.create_table(
        "audit_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "USER",
                "STRIPE",
                "SYSTEM",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column(
            "before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["users.id"], name=op.f("fk_audit_events_actor_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_audit_events_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_events")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("mutation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column(
            "answer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_idempotency_keys_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False
    )
    op.create_index(
        "uq_idempotency_keys_scope",
        "idempotency_keys",
        ["user_id", "organization_id", "mutation", "key"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "intents",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CREATE_CUSTOMER",
                "UPDATE_CUSTOMER",
                "CREATE_CHECKOUT_SESSION",
                "EXPIRE_CHECKOUT_SESSION",
                "CREATE_PORTAL_SESSION",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "OPEN",
                "SUCCEEDED",
                "REFUSED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parameters", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stripe_object_id", sa.Text(), nullable=True),
        sa.Column(
            "last_failure",
            sa.Enum(
                "ANSWER_LOST",
                "FAULT_STORED",
                name="last_failure",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("attempted_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'OPEN') = (closed_at IS NULL)", name=op.f("ck_intents_closing")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_intents_created_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_intents_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_intents")),
    )
    op.create_index(
        "uq_intents_one_open_per_kind",
        "intents",
        ["organization_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.create_table(
        "members",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "OWNER",
                "ADMIN",
                "COLLABORATOR",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "ACTIVE",
                "DEACTIVATED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "deactivation_reason",
            sa.Enum(
                "SUBSCRIPTION_EXPIRED",
                "NO_SEAT",
                "BY_ADMIN",
                name="deactivation_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("deactivated_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("joined_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("removed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'DEACTIVATED') = (deactivated_at IS NOT NULL) AND (deactivated_at IS NULL) = (deactivation_reason IS NULL)",
            name=op.f("ck_members_deactivation"),
        ),
        sa.CheckConstraint(
            "role <> 'OWNER' OR status = 'ACTIVE'", name=op.f("ck_members_owner_is_active")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_members_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_members_user_id_users")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_members")),
    )
    op.create_index(
        "ix_members_organization_id_joined_at",
        "members",
        ["organization_id", "joined_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_members_user_id",
        "members",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "uq_members_one_owner",
        "members",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("role = 'OWNER' AND removed_at IS NULL"),
    )
    op.create_index(
        "uq_members_organization_id_user_id",
        "members",
        ["organization_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column(
            "interval",
            sa.Enum(
                "MONTHLY",
                "ANNUAL",
                name="interval",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("trial_days", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stripe_price_id", sa.Text(), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'", name=op.f("ck_prices_currency_format")),
        sa.CheckConstraint("unit_amount >= 0", name=op.f("ck_prices_unit_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["plan_code"], ["plans.code"], name=op.f("fk_prices_plan_code_plans")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint("stripe_price_id", name=op.f("uq_prices_stripe_price_id")),
    )
    op.create_index(
        "uq_prices_one_on_sale",
        "prices",
        ["plan_code", "interval", "currency"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_table(
        "billing_sessions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CHECKOUT",
                "PORTAL",
                "PAYMENT",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "OPEN",
                "COMPLETED",
                "EXPIRED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stripe_session_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("price_id", sa.Uuid(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_billing_sessions_created_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_billing_sessions_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["price_id"], ["prices.id"], name=op.f("fk_billing_sessions_price_id_prices")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_billing_sessions")),
        sa.UniqueConstraint(
            "stripe_session_id", name=op.f("uq_billing_sessions_stripe_session_id")
        ),
    )
    op.create_index(
        "uq_billing_sessions_one_open_checkout",
        "billing_sessions",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'CHECKOUT' AND status = 'OPEN'"),
    )
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "OWNER",
                "ADMIN",
                "COLLABORATOR",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "ACCEPTED",
                "DECLINED",
                "CANCELLED",
                "EXPIRED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role <> 'OWNER'", name=op.f("ck_invitations_nobody_is_invited_as_owner")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "invited_by"],
            ["members.organization_id", "members.id"],
            name=op.f("fk_invitations_organization_id_invited_by_members"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_invitations_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(
        "uq_invitations_one_pending_per_address",
        "invitations",
        ["organization_id", "email_key"],
        unique=True,
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_subscription_id", sa.Text(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "INCOMPLETE",
                "INCOMPLETE_EXPIRED",
                "TRIALING",
                "ACTIVE",
                "PAST_DUE",
                "UNPAID",
                "PAUSED",
                "CANCELED",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("began_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("current_period_start", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("current_period_end", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("trial_ends_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ends_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("was_entitled", sa.Boolean(), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("deactivates_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_subscriptions_seats_not_negative")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_subscriptions_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["plan_code"], ["plans.code"], name=op.f("fk_subscriptions_plan_code_plans")
        ),
        sa.ForeignKeyConstraint(
            ["price_id"], ["prices.id"], name=op.f("fk_subscriptions_price_id_prices")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint(
            "stripe_subscription_id", name=op.f("uq_subscriptions_stripe_subscription_id")
        ),
    )
    op.create_index(
        "ix_subscriptions_deactivates_at",
        "subscriptions",
        ["deactivates_at"],
        unique=False,
        postgresql_where=sa.text("deactivates_at IS NOT NULL"),
    )
    op.create_index(
        "uq_subscriptions_one_current",
        "subscriptions",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "uq_subscriptions_one_living",
        "subscriptions",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('CANCELED', 'INCOMPLETE_EXPIRED')"),
    )
    op.create_table(
        "seats",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "OCCUPIED",
                "RESERVED",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("began_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "began_reason",
            sa.Enum(
                "ORGANIZATION_CREATED",
                "INVITATION_SENT",
                "INVITATION_RESENT",
                "INVITATION_RESTORED",
                "INVITATION_ACCEPTED",
                "MEMBER_REACTIVATED",
                "SUBSCRIPTION_RENEWED",
                name="began_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "ended_reason",
            sa.Enum(
                "INVITATION_ACCEPTED",
                "INVITATION_DECLINED",
                "INVITATION_CANCELLED",
                "INVITATION_EXPIRED",
                "INVITATION_RESENT",
                "INVITATION_FROZEN",
                "MEMBER_REMOVED",
                "MEMBER_LEFT",
                "MEMBER_DEACTIVATED",
                "SUBSCRIPTION_EXPIRED",
                "NO_SEAT",
                "ORGANIZATION_DELETED",
                name="ended_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "CASE state WHEN 'OCCUPIED' THEN member_id IS NOT NULL AND invitation_id IS NULL ELSE invitation_id IS NOT NULL AND member_id IS NULL AND expires_at IS NOT NULL END",
            name=op.f("ck_seats_holder"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_reason IS NULL)", name=op.f("ck_seats_ending")
        ),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_seats_ends_after_it_began")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_seats_number_from_one")),
        sa.ForeignKeyConstraint(
            ["organization_id", "invitation_id"],
            ["invitations.organization_id", "invitations.id"],
            name=op.f("fk_seats_organization_id_invitation_id_invitations"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "member_id"],
            ["members.organization_id", "members.id"],
            name=op.f("fk_seats_organization_id_member_id_members"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_seats_organization_id_organizations"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_seats")),
    )
    op.create_index(
        "uq_seats_one_open_per_invitation",
        "seats",
        ["organization_id", "invitation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND invitation_id IS NOT NULL"),
    )
    op.create_index(
        "uq_seats_one_open_per_member",
        "seats",
        ["organization_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND member_id IS NOT NULL"),
    )
    op.create_index(
        "uq_seats_one_open_per_number",
        "seats",
        ["organization_id", "number"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute("CREATE SEQUENCE sync_tickets")
    op.execute("INSERT INTO clock_offset (singleton, seconds) VALUES (true, 0)")
    for statement in (*FUNCTIONS.values(), *TRIGGERS):
        op.execute(statement)
    run_script(JOB_QUEUE.build_install_query())


def downgrade() -> None:
    run_script(JOB_QUEUE.build_uninstall_query())
    op.drop_index(
        "uq_seats_one_open_per_number",
        table_name="seats",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "uq_seats_one_open_per_member",
        table_name="seats",
        postgresql_where=sa.text("ended_at IS NULL AND member_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_seats_one_open_per_invitation",
        table_name="seats",
        postgresql_where=sa.text("ended_at IS NULL AND invitation_id IS NOT NULL"),
    )
    op.drop_table("seats")
    op.drop_index(
        "uq_subscriptions_one_living",
        table_name="subscriptions",
        postgresql_where=sa.text("status NOT IN ('CANCELED', 'INCOMPLETE_EXPIRED')"),
    )
    op.drop_index(
        "uq_subscriptions_one_current",
        table_name="subscriptions",
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index(
        "ix_subscriptions_deactivates_at",
        table_name="subscriptions",
        postgresql_where=sa.text("deactivates_at IS NOT NULL"),
    )
    op.drop_table("subscriptions")
    op.drop_index(
        "uq_invitations_one_pending_per_address",
        table_name="invitations",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_table("invitations")
    op.drop_index(
        "uq_billing_sessions_one_open_checkout",
        table_name="billing_sessions",
        postgresql_where=sa.text("kind = 'CHECKOUT' AND status = 'OPEN'"),
    )
    op.drop_table("billing_sessions")
    op.drop_index(
        "uq_prices_one_on_sale",
        table_name="prices",
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.drop_table("prices")
    op.drop_index(
        "uq_members_organization_id_user_id",
        table_name="members",
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index(
        "uq_members_one_owner",
        table_name="members",
        postgresql_where=sa.text("role = 'OWNER' AND removed_at IS NULL"),
    )
    op.drop_index(
        "ix_members_user_id", table_name="members", postgresql_where=sa.text("removed_at IS NULL")
    )
    op.drop_index("ix_members_organization_id_joined_at", table_name="members")
    op.drop_table("members")
    op.drop_index(
        "uq_intents_one_open_per_kind",
        table_name="intents",
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.drop_table("intents")
    op.drop_index(
        "uq_idempotency_keys_scope",
        table_name="idempotency_keys",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("audit_events")
    op.drop_table("users")
    op.drop_index(
        "ix_stripe_events_waiting",
        table_name="stripe_events",
        postgresql_where=sa.text("state = 'RECEIVED'"),
    )
    op.drop_index("ix_stripe_events_received_at", table_name="stripe_events")
    op.drop_table("stripe_events")
    op.drop_table("plans")
    op.drop_table("organizations")
    op.drop_table("clock_offset")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP SEQUENCE sync_tickets")
