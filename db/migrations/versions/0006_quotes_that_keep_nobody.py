"""A quote tells "keep nobody in particular" from "do not go below what is in use"."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDS = postgresql.ARRAY(sa.Uuid())


def upgrade() -> None:
    op.alter_column("quotes", "keep_member_ids", existing_type=IDS, nullable=True)


def downgrade() -> None:
    op.execute("UPDATE quotes SET keep_member_ids = '{}' WHERE keep_member_ids IS NULL")
    op.alter_column("quotes", "keep_member_ids", existing_type=IDS, nullable=False)
