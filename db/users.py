"""Users: one row per issuer and subject."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from db.database import Transaction
from db.ids import new_id
from db.models import User


async def upsert(
    transaction: Transaction,
    *,
    issuer: str,
    subject: str,
    email: str | None,
    email_key: str | None,
    email_verified: bool,
    name: str | None,
    now: datetime,
) -> User:
    """The user of (`issuer`, `subject`), made at first sight, brought in line with the token."""
    said = {
        "email": email,
        "email_key": email_key,
        "email_verified": email_verified,
        "name": name,
    }
    statement = insert(User).values(
        id=new_id(), issuer=issuer, subject=subject, created_at=now, **said
    )
    changed = or_(
        *(getattr(User, column).is_distinct_from(statement.excluded[column]) for column in said)
    )
    upsert = statement.on_conflict_do_update(
        index_elements=[User.issuer, User.subject],
        set_={column: statement.excluded[column] for column in said},
        where=changed,
    )
    await transaction.session.execute(upsert)
    return await _get(transaction, issuer=issuer, subject=subject)


async def _get(transaction: Transaction, *, issuer: str, subject: str) -> User:
    statement = select(User).filter_by(issuer=issuer, subject=subject)
    return (await transaction.session.execute(statement)).scalar_one()
