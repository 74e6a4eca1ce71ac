from datetime import timedelta

from sqlalchemy import text

from db.statements import Statement
from services import idempotency
from services.actors import Actor
from tests.stack import Stack

COUNT = Statement(text("SELECT count(*) AS keys FROM idempotency_keys"))


async def test_keys_are_forgotten_after_a_day_and_not_before(stack: Stack) -> None:
    owner = await stack.user("owner")
    await stack.services.organizations.create(
        viewer=owner,
        actor=Actor.user(owner.id),
        name="acme",
        display_name="Acme",
        idempotency_key="k",
    )
    for age, left in ((timedelta(hours=23), 1), (timedelta(hours=24), 0)):
        now = stack.services.clock.now() + age
        await idempotency.forget_old(stack.services.database, now=now)
        row = await stack.services.database.fetch_row(COUNT)
        assert row is not None
        assert row["keys"] == left
