"""Lists as Stripe pages them: newest first, cursors that are ids, `has_more`, no total."""

from typing import Any

from sandbox.engine.account import Account, Resource
from sandbox.errors import invalid, missing_resource

_DEFAULT_LIMIT = 10
_MOST = 100


async def list_page(
    account: Account,
    kind: str,
    params: Resource,
    *,
    url: str,
    where: Resource | None = None,
    statuses: list[str] | None = None,
) -> Resource:
    """The page that `limit`, `starting_after` and `ending_before` ask for.

    `customer` and `created` in `params` filter too; everything else is in `where`, as containment
    in the stored JSON.
    """
    limit = read_limit(params)
    wanted: dict[str, Any] = {
        "customer": params.get("customer"),
        "where": where,
        "statuses": statuses,
    }
    if "ending_before" in params:
        after = await _place(account, params["ending_before"], "ending_before")
        found = await account.select(kind, **wanted, after=after)
        found.reverse()
        matching = [r for r in found if _is_created_in(r, params.get("created"))]
        page, has_more = matching[-limit:], len(matching) > limit
    else:
        before = await _place(account, params.get("starting_after"), "starting_after")
        rows = None if "created" in params else limit + 1
        found = await account.select(kind, **wanted, before=before, limit=rows)
        matching = [r for r in found if _is_created_in(r, params.get("created"))]
        page, has_more = matching[:limit], len(matching) > limit
    return make_list(page, url=url, has_more=has_more)


def make_list(data: list[Any], *, url: str, has_more: bool = False) -> Resource:
    """The list object around `data`."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def page_of(items: list[Resource], params: Resource, *, url: str) -> Resource:
    """A page of a list that is kept inside another object, in the order of that object."""
    limit = read_limit(params)
    ids = [item["id"] for item in items]
    start, end = 0, len(items)
    if cursor := params.get("starting_after"):
        start = _index_of(ids, cursor, "starting_after") + 1
    if cursor := params.get("ending_before"):
        end = _index_of(ids, cursor, "ending_before")
        start = max(start, end - limit)
    return make_list(items[start:end][:limit], url=url, has_more=end - start > limit)


def read_limit(params: Resource) -> int:
    """`limit`, between 1 and 100.

    Raises:
        StripeError: it is outside of these.
    """
    limit: int = params.get("limit", _DEFAULT_LIMIT)
    if limit < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            param="limit",
            code="parameter_invalid_integer",
        )
    if limit > _MOST:
        raise invalid(
            "This value must be less than or equal to 100.",
            param="limit",
            code="parameter_invalid_integer",
        )
    return limit


async def _place(account: Account, id: str | None, param: str) -> int | None:  # noqa: A002 # Stripe's word
    if id is None:
        return None
    found = await account.find(id)
    if found is None:
        raise missing_resource("object", id, param=param)
    return account.sequence_of(found)


def _index_of(ids: list[str], cursor: str, param: str) -> int:
    if cursor not in ids:
        raise missing_resource("object", cursor, param=param)
    return ids.index(cursor)


def _is_created_in(resource: Resource, wanted: int | dict[str, int] | None) -> bool:
    created: int = resource["created"]
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return created == wanted
    return (
        created > wanted.get("gt", created - 1)
        and created >= wanted.get("gte", created)
        and created < wanted.get("lt", created + 1)
        and created <= wanted.get("lte", created)
    )
