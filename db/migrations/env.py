"""Alembic's environment: one connection, one transaction, schema `public` only.

The tables of the job queue live in a schema of their own and are not compared with our models.
"""

from alembic import context
from sqlalchemy import Connection

from db.models import Base


def run(connection: Connection) -> None:
    """Run the migrations on the caller's connection."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
