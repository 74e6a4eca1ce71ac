"""Chooses, checks and runs one operation. Knows nothing of HTTP."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
)
from graphql.execution import (
    Executor,
    create_source_event_stream,
    map_source_to_response_event,
)

from execution.documents import DocumentCache, TooManyTokensError
from server.graphql_http.cost_limits import CostLimits
from server.graphql_http.cost_model import Cost
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import GraphQLRequestError
from server.graphql_http.requests import GraphQLRequest, Variables

Result: TypeAlias = (
    ExecutionResult
    | ExperimentalIncrementalExecutionResults
    | AsyncGenerator[ExecutionResult, None]
)
"""One result, one result in parts, or a stream of events."""

_INCREMENTAL_DIRECTIVES = ("@defer", "@stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A valid operation, not yet run."""

    document: DocumentNode
    name: str | None
    kind: OperationType
    variables: Variables
    cost: Cost
    may_come_in_parts: bool
    """Whether the text mentions `@defer` or `@stream`."""
    is_trusted: bool
    """Whether the document is one of the manifest: others are named as their senders like."""


class OperationRunner:
    """Runs operations of one schema by graphql-core's executor."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        documents: DocumentCache,
        costs: CostLimits,
        executor_class: type[Executor[Any]],
        hide_suggestions: bool = False,
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._costs = costs
        self._executor_class = executor_class
        self._hide_suggestions = hide_suggestions

    def prepare(self, text: str, request: GraphQLRequest, *, is_trusted: bool = False) -> Operation:
        """Parse, validate and choose the operation.

        Raises:
            GraphQLRequestError: with every error of the first step that failed.
        """
        document = self._valid_document(text)
        node = get_operation_ast(document, request.operation_name)
        if node is None:
            raise _no_operation(request.operation_name)
        return Operation(
            document=document,
            name=node.name.value if node.name else None,
            kind=node.operation,
            variables=request.variables,
            cost=self._costs.check(document, node, request.variables),
            may_come_in_parts=any(word in text for word in _INCREMENTAL_DIRECTIVES),
            is_trusted=is_trusted,
        )

    def _valid_document(self, text: str) -> DocumentNode:
        checked = self._documents.check(text)
        if checked.tree is None:
            too_long = isinstance(checked.errors[0], TooManyTokensError)
            code = ErrorCode.LIMIT_EXCEEDED if too_long else ErrorCode.GRAPHQL_PARSE_FAILED
            raise GraphQLRequestError(checked.errors, code=code)
        if checked.errors:
            raise GraphQLRequestError(checked.errors, code=ErrorCode.GRAPHQL_VALIDATION_FAILED)
        return checked.tree

    async def run(self, operation: Operation, context: object) -> Result:
        """Execute.

        Raises:
            GraphQLRequestError: when a variable does not fit its type.
        """
        executor = self._executor_class.build(
            self._schema,
            operation.document,
            context_value=context,
            raw_variable_values=operation.variables,
            operation_name=operation.name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            raise GraphQLRequestError(executor, code=ErrorCode.BAD_USER_INPUT)
        if operation.kind is OperationType.SUBSCRIPTION:
            return await _subscribe(executor)
        result = executor.execute_operation()
        return await result if executor.is_awaitable(result) else cast("Result", result)


async def _subscribe(executor: Executor[Any]) -> Result:
    source = create_source_event_stream(executor)
    if executor.is_awaitable(source):
        source = await source
    if isinstance(source, ExecutionResult):
        return source
    return map_source_to_response_event(executor, cast("AsyncGenerator[Any, None]", source))


def _no_operation(name: str | None) -> GraphQLRequestError:
    message = (
        f'The document has no operation named "{name}".'
        if name
        else "The document has more than one operation: `operationName` has to choose one."
    )
    return GraphQLRequestError.of(message, code=ErrorCode.OPERATION_RESOLUTION_FAILURE)
