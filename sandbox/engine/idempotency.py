"""Idempotency keys: the same key and request get the same answer, even when it was an error.

As with Stripe, refused parameters are not kept, declined cards and server errors are
(https://docs.stripe.com/api/idempotent_requests).
"""

import hashlib
from dataclasses import dataclass

from sandbox.engine.account import Connection
from sandbox.errors import StripeError, invalid

LONGEST_KEY = 255


@dataclass(frozen=True)
class StoredAnswer:
    """An answer as it was given."""

    status: int
    body: bytes
    request_id: str


def fingerprint(*, path: str, body: bytes) -> str:
    """What must be equal for two requests to be the same."""
    return hashlib.sha256(path.encode() + b"\n" + body).hexdigest()


def check_key(key: str) -> None:
    """Stripe's limits on a key.

    Raises:
        StripeError: the key is empty or longer than 255 characters.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise invalid(f"Idempotency keys must have between 1 and {LONGEST_KEY} characters.")


def in_use(key: str) -> StripeError:
    """The refusal while a first request with the same key is still being answered."""
    return StripeError(
        "There is currently another in-progress request using this Idempotent Key (that probably "
        f"means you submitted twice, and the other request is still going through): {key}. Please "
        "try again later.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


async def find_answer(
    connection: Connection, account: str, *, key: str, print_: str
) -> StoredAnswer | None:
    """The answer that was given to the same request before.

    Raises:
        StripeError: the key was used for another request.
    """
    row = await connection.fetchrow(
        "SELECT * FROM sandbox.idempotency WHERE account = $1 AND key = $2"
        " AND created_at > now() - interval '24 hours'",
        account,
        key,
    )
    if row is None:
        return None
    if row["fingerprint"] != print_:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            kind="idempotency_error",
        )
    return StoredAnswer(row["status"], row["body"].encode(), row["request_id"])


async def forget_answer(connection: Connection, account: str, *, key: str) -> None:
    """Makes room for another answer."""
    await connection.execute(
        "DELETE FROM sandbox.idempotency WHERE account = $1 AND key = $2", account, key
    )


async def keep_answer(
    connection: Connection, account: str, *, key: str, print_: str, answer: StoredAnswer
) -> None:
    """Keeps an answer for a day. One that is kept already stays; one that is too old does not."""
    await connection.execute(
        "INSERT INTO sandbox.idempotency (account, key, fingerprint, request_id, status, body)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (account, key) DO UPDATE SET fingerprint = $3, request_id = $4, status = $5,"
        " body = $6, created_at = now()"
        " WHERE idempotency.created_at <= now() - interval '24 hours'",
        account,
        key,
        print_,
        answer.request_id,
        answer.status,
        answer.body.decode(),
    )
