"""What goes together is kept together: how something ended and when, who acted and as what."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CHECKS = (
    ("billing_sessions", "closing", "(status = 'OPEN') = (closed_at IS NULL)"),
    ("stripe_events", "closing", "(state = 'RECEIVED') = (closed_at IS NULL)"),
    ("audit_events", "actor", "(actor_kind = 'USER') = (actor_user_id IS NOT NULL)"),
    ("seats", "only_reservations_expire", "state = 'RESERVED' OR expires_at IS NULL"),
    (
        "subscriptions",
        "what_deactivates_has_ended",
        "deactivates_at IS NULL OR ended_at IS NOT NULL",
    ),
)


def upgrade() -> None:
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
