"""Several operations in one call: arrays of requests, and one request with many sets of variables.

Arrays are what Apollo's batch link sends. A Fusion gateway asks for both, and for JSON Lines: there
each result comes when it is ready, and `requestIndex` and `variableIndex` say what it answers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from graphql import OperationType

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.operations import Operation
from server.graphql_http.pipeline import Payload, Payloads, Pipeline
from server.graphql_http.refusals import GraphQLRequestError, RequestRefusedError
from server.graphql_http.requests import GraphQLRequest

_AT_ONCE = 8
"""Queries of one batch that run at the same time: a batch is no way around fairness."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One operation of a batch, and the members that name it in the results."""

    request: GraphQLRequest
    indexes: dict[str, int]


def read_batch(payload: object, *, max_items: int) -> list[BatchItem] | None:
    """The operations of a batch, or None when the payload is a single request.

    Raises:
        RequestRefusedError: 400, when there are none or too many, or one of them is no request.
    """
    if isinstance(payload, list):
        numbered = [({"requestIndex": index}, member) for index, member in enumerate(payload)]
    elif isinstance(payload, dict) and isinstance(payload.get("variables"), list):
        numbered = [({}, payload)]
    else:
        return None
    if not max_items:
        raise _refused("Batches are switched off here.")
    items = [
        BatchItem(GraphQLRequest.read(single), indexes | variable_index)
        for indexes, member in numbered
        for variable_index, single in _one_for_each_set(member, max_items=max_items)
    ]
    if not 0 < len(items) <= max_items:
        raise _refused(f"A batch has 1 to {max_items} operations, not {len(items)}.")
    return items


def _one_for_each_set(member: Any, *, max_items: int) -> list[tuple[dict[str, int], Any]]:
    sets = member.get("variables") if isinstance(member, dict) else None
    if not isinstance(sets, list):
        return [({}, member)]
    if len(sets) > max_items:
        raise _refused(f"A batch has at most {max_items} sets of variables, not {len(sets)}.")
    return [({"variableIndex": i}, member | {"variables": each}) for i, each in enumerate(sets)]


async def run_batch(
    items: list[BatchItem], pipeline: Pipeline, new_context: Callable[[], Awaitable[Any]]
) -> Payloads:
    """The result of each operation, when it is ready.

    Queries run side by side and share a context, and so its loaders. If there is a mutation, all
    run one after the other, in order, each with its own.
    """
    prepared = [_prepare(item, pipeline) for item in items]
    if any(isinstance(p, Operation) and p.kind is OperationType.MUTATION for p in prepared):
        for item, operation in zip(items, prepared, strict=True):
            yield item.indexes | await _result(operation, pipeline, await new_context())
        return
    context = await new_context()
    turns = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(item: BatchItem, operation: Operation | Payload) -> Payload:
        async with turns:
            return item.indexes | await _result(operation, pipeline, context)

    tasks = [
        asyncio.create_task(in_turn(item, operation))
        for item, operation in zip(items, prepared, strict=True)
    ]
    try:
        for ready in asyncio.as_completed(tasks):
            yield await ready
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def in_order(payloads: list[Payload]) -> list[Payload]:
    """The results in the order of the batch."""
    return sorted(payloads, key=lambda p: (p.get("requestIndex", 0), p.get("variableIndex", 0)))


def _prepare(item: BatchItem, pipeline: Pipeline) -> Operation | Payload:
    """The operation, or the answer to a request that has none that may run in a batch."""
    try:
        operation = pipeline.prepare(item.request)
    except GraphQLRequestError as failure:
        return {"errors": pipeline.errors.of_request(failure)}
    if operation.kind is OperationType.SUBSCRIPTION:
        refusal = _refused("A subscription cannot be part of a batch.")
        return {"errors": pipeline.errors.of_refusal(refusal)}
    return operation


async def _result(operation: Operation | Payload, pipeline: Pipeline, context: object) -> Payload:
    if not isinstance(operation, Operation):
        return operation
    try:
        return await pipeline.single(operation, context)
    except GraphQLRequestError as failure:
        return {"errors": pipeline.errors.of_request(failure)}
    except RequestRefusedError as refusal:
        return {"errors": pipeline.errors.of_refusal(refusal)}
    except Exception as fault:  # noqa: BLE001 - the other results are not lost with this one
        return {"errors": pipeline.errors.of_fault(fault)}


def _refused(message: str) -> RequestRefusedError:
    return RequestRefusedError(message, status=400, code=ErrorCode.BATCH_REFUSED)
