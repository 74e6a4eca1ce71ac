"""Rate limits hold for all processes together, because Postgres counts."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from db import rate_counts
from db.database import Database
from db.models import RateCount
from db.rate_counts import RateCountStorage
from services.limited_actions import LimitedAction, RateLimit
from services.rate_limits import RateLimits, holder_of
from services.refusals import RateLimited
from tests.waiting import until_waiting_or_done

SEND, CHARGE = LimitedAction.SEND, LimitedAction.CHARGE
VIEWER = uuid4()
LIMITS = {SEND: RateLimit.of(per_viewer="3/minute; 4/hour", per_address="5/minute")}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def limits(database: Database) -> RateLimits:
    return RateLimits(database, LIMITS)


async def how_many_pass(
    limits: RateLimits, calls: int, *, viewer_id: UUID = VIEWER, address: str | None = "192.0.2.1"
) -> int:
    """Of calls made at once."""
    results = await asyncio.gather(
        *(limits.require(SEND, viewer_id=viewer_id, address=address) for _ in range(calls)),
        return_exceptions=True,
    )
    assert all(result is None or isinstance(result, RateLimited) for result in results)
    return results.count(None)


async def let_pass(database: Database, window: str) -> None:
    """The windows of this length are over."""
    async with database.begin() as transaction:
        await transaction.session.execute(
            text("UPDATE rate_counts SET expires_at = clock_timestamp() WHERE key LIKE :keys"),
            {"keys": f"%/{window}"},
        )


async def test_no_more_pass_than_the_limit_however_many_come_at_once(limits: RateLimits) -> None:
    assert await how_many_pass(limits, 12) == 3


async def test_a_refusal_says_the_limit_and_when_to_come_back(limits: RateLimits) -> None:
    await how_many_pass(limits, 3)
    with pytest.raises(RateLimited) as refusal:
        await limits.require(SEND, viewer_id=VIEWER, address=None)
    assert refusal.value.limit == "3 per 1 minute"
    assert 0 < refusal.value.retry_after_seconds <= 60


async def test_all_limits_of_an_action_hold(limits: RateLimits, database: Database) -> None:
    assert await how_many_pass(limits, 3) == 3
    await let_pass(database, "3/1/minute")
    assert await how_many_pass(limits, 2) == 1
    with pytest.raises(RateLimited) as refusal:
        await limits.require(SEND, viewer_id=VIEWER, address=None)
    assert refusal.value.limit == "4 per 1 hour"


async def test_an_address_is_limited_whoever_calls_from_it(limits: RateLimits) -> None:
    passed = [await how_many_pass(limits, 1, viewer_id=uuid4()) for _ in range(8)]
    assert passed == [1, 1, 1, 1, 1, 0, 0, 0]
    assert await how_many_pass(limits, 1, viewer_id=uuid4(), address="192.0.2.2") == 1


async def test_two_processes_share_one_limit(limits: RateLimits, database_url: str) -> None:
    other_process = Database(database_url)
    await other_process.open()
    try:
        elsewhere = RateLimits(other_process, LIMITS)
        assert await how_many_pass(limits, 2) == 2
        assert await how_many_pass(elsewhere, 2) == 1
    finally:
        await other_process.close()


async def test_what_has_no_limit_is_not_even_counted(
    limits: RateLimits, database: Database
) -> None:
    for _ in range(10):
        await limits.require(CHARGE, viewer_id=VIEWER, address="192.0.2.1")
    assert await count(database) == 0


async def test_windows_that_are_over_are_forgotten(limits: RateLimits, database: Database) -> None:
    await how_many_pass(limits, 1)
    assert await count(database) == 3
    await let_pass(database, "minute")
    await rate_counts.forget_old(database)
    assert await count(database) == 1


async def test_who_counts_and_who_forgets_do_not_wait_for_each_other(database: Database) -> None:
    """Two windows that are over: one is counted in anew, then the other, and both are forgotten."""
    for key in ("address", "viewer"):
        async with database.begin() as transaction:
            await RateCountStorage(transaction).incr(key, 0)
    async with database.begin() as transaction:
        counters = RateCountStorage(transaction)
        await counters.incr("viewer", 60)
        forgetting = asyncio.create_task(rate_counts.forget_old(database))
        await until_waiting_or_done(database, forgetting)
        await counters.incr("address", 60)
    await forgetting
    assert await count(database) == 2


async def count(database: Database) -> int:
    async with database.begin() as transaction:
        statement = select(func.count()).select_from(RateCount)
        return (await transaction.session.execute(statement)).scalar_one()


@pytest.mark.parametrize(
    ("address", "holder"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_whose_an_address_is(address: str, holder: str) -> None:
    assert holder_of(address) == holder
