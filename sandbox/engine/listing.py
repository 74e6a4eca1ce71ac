"""Lists as Stripe pages them: newest first, cursors that are ids, `has_more`, no total."""

from typing import Any

from sandbox.engine.account import Account, Resource
from sandbox.engine.selection import SelectionArguments
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
    types: list[str] | None = None,
) -> Resource:
    """The page that `limit`, `starting_after` and `ending_before` ask for.

    `customer` and `created` in `params` filter too; everything else is in `where`, as containment
    in the stored JSON.
    """
    limit = read_limit(params)
    wanted: SelectionArguments = {
        "customer": params.get("customer"),
        "where": where,
        "statuses": statuses,
        "types": types,
        "limit": limit + 1,
        **_created_range(params.get("created")),
    }
    if "ending_before" in params:
        after = await _place(account, params["ending_before"], "ending_before")
        wanted["after"] = after
        found = await account.select(kind, **wanted)
        page = found[:limit][::-1]
    else:
        before = await _place(account, params.get("starting_after"), "starting_after")
        wanted["before"] = before
        found = await account.select(kind, **wanted)
        page = found[:limit]
    return make_list(page, url=url, has_more=len(found) > limit)


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


async def _place(account: Account, key: str | None, param: str) -> int | None:
    if key is None:
        return None
    found = await account.find(key)
    if found is None:
        raise missing_resource("object", key, param=param)
    return account.sequence_of(found)


def _index_of(ids: list[str], cursor: str, param: str) -> int:
    if cursor not in ids:
        raise missing_resource("object", cursor, param=param)
    return ids.index(cursor)


def _created_range(wanted: int | dict[str, int] | None) -> SelectionArguments:
    """`created` is a moment, or a range with open (`gt`, `lt`) or closed (`gte`, `lte`) ends."""
    if wanted is None:
        return {}
    if isinstance(wanted, int):
        return {"created_from": wanted, "created_until": wanted}
    starts = [wanted["gte"]] if "gte" in wanted else []
    starts += [wanted["gt"] + 1] if "gt" in wanted else []
    ends = [wanted["lte"]] if "lte" in wanted else []
    ends += [wanted["lt"] - 1] if "lt" in wanted else []
    return {"created_from": max(starts, default=None), "created_until": min(ends, default=None)}
