"""Many copies of a subscription at once, for tests of what reads a hundred thousand of them.

Making them through the API would take half an hour. A copy has a customer of its own; the objects
are those of the original with other ids, so they are as honest as it is. No events are made.
"""

from sandbox.engine.account import Account

MOST = 200_000

_COPY_CUSTOMERS = """
    INSERT INTO sandbox.objects (account, id, kind, sequence, created, data)
    SELECT account, id || '_' || n, kind, $3 + n, created,
        jsonb_set(data, '{id}', to_jsonb(id || '_' || n))
    FROM sandbox.objects, generate_series(1, $4::int) AS n
    WHERE account = $1 AND id = $2
"""
_COPY_SUBSCRIPTIONS = """
    INSERT INTO sandbox.objects
        (account, id, kind, sequence, created, customer, due_at, due_rank, data)
    SELECT account, id || '_' || n, kind, $3 + n, created, customer || '_' || n, due_at, due_rank,
        jsonb_set(data, '{items,data}', (
            SELECT jsonb_agg(item || jsonb_build_object(
                'id', item ->> 'id' || '_' || n, 'subscription', subscription.id || '_' || n))
            FROM jsonb_array_elements(data #> '{items,data}') AS item
        )) || jsonb_build_object('id', id || '_' || n, 'customer', customer || '_' || n,
            'default_payment_method', NULL, 'schedule', NULL)
    FROM sandbox.objects AS subscription, generate_series(1, $4::int) AS n
    WHERE account = $1 AND id = $2
"""


async def copy_subscription(
    account: Account, subscription: str, *, customer: str, count: int
) -> None:
    """Adds `count` copies; the n-th is called like the original with `_n` behind it."""
    await account.flush()
    for statement, original in (
        (_COPY_CUSTOMERS, customer),
        (_COPY_SUBSCRIPTIONS, subscription),
    ):
        await account.connection.execute(statement, account.id, original, account.sequence, count)
        account.sequence += count
