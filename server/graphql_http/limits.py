"""Bounds on the shape of a document: how deep it is, how many aliases and root fields it has.

They are checked before the document is validated, which is the dearer work.
"""

import sys
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationRule,
)

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.settings import GraphQLHTTPSettings

_COUNTED = 1_000_000
"""Fragments that repeat each other reach numbers that nobody can write down."""

_MOST_DIGITS = sys.int_info.str_digits_check_threshold
"""640: Python reads as many however it is set up. The largest number of any type has 309."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a selection reaches, fragments included."""

    depth: int = 0
    fields: int = 0
    """Directly selected: on a root, the root fields."""
    aliases: int = 0
    width: int = 0
    """The longest list of selections between two braces."""


class _DigitLimit(ValidationRule):
    """A longer number may be one that Python refuses to read, in words that are not ours."""

    def enter_int_value(self, node: IntValueNode, *_args: Any) -> None:
        digits = len(node.value.removeprefix("-"))
        if digits > _MOST_DIGITS:
            message = f"The number has {digits} digits; at most {_MOST_DIGITS} are allowed."
            self.report_error(_too_much(message, node, limit=_MOST_DIGITS, reached=digits))


def limit_rule(settings: GraphQLHTTPSettings) -> type[ValidationRule]:
    """The rule with these bounds. Build it once: documents are cached with their rules."""
    bounds = (
        ("depth", settings.max_depth, "is {} levels deep"),
        ("fields", settings.max_root_fields, "has {} root fields"),
        ("aliases", settings.max_aliases, "has {} aliases"),
        ("width", settings.max_selections, "has {} selections in one place"),
    )

    class LimitRule(_DigitLimit):
        def enter_document(self, node: DocumentNode, *_args: Any) -> None:
            measure = _Measure(node)
            for definition in node.definitions:
                if isinstance(definition, OperationDefinitionNode):
                    self._check(definition, measure.of(definition.selection_set))

        def _check(self, operation: OperationDefinitionNode, extent: Extent) -> None:
            for attribute, most, words in bounds:
                reached = getattr(extent, attribute)
                if reached > most:
                    message = f"The operation {words.format(reached)}; at most {most} are allowed."
                    self.report_error(_too_much(message, operation, limit=most, reached=reached))

    return LimitRule


class _Measure:
    """Measures selections, each fragment once. One that contains itself counts as empty there."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, Extent] = {}

    def of(self, selections: SelectionSetNode) -> Extent:
        depth = fields = aliases = 0
        width = len(selections.selections)
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                below = self._below(selection)
                aliased = selection.alias is not None
                extent = Extent(below.depth + 1, 1, below.aliases + aliased, below.width)
            elif isinstance(selection, InlineFragmentNode):
                extent = self.of(selection.selection_set)
            else:
                assert isinstance(selection, FragmentSpreadNode)
                extent = self._of_fragment(selection.name.value)
            depth = max(depth, extent.depth)
            fields += extent.fields
            aliases += extent.aliases
            width = max(width, extent.width)
        return Extent(depth, min(fields, _COUNTED), min(aliases, _COUNTED), width)

    def _below(self, field: FieldNode) -> Extent:
        """Introspection has a bound of its own: IDEs ask for it with depth 13 and more."""
        if field.selection_set is None or field.name.value.startswith("__"):
            return Extent()
        return self.of(field.selection_set)

    def _of_fragment(self, name: str) -> Extent:
        if name not in self._known:
            self._known[name] = Extent()
            if name in self._fragments:
                self._known[name] = self.of(self._fragments[name])
        return self._known[name]


def _too_much(message: str, node: Node, *, limit: int, reached: int) -> GraphQLError:
    return GraphQLError(
        message,
        node,
        extensions={"code": ErrorCode.LIMIT_EXCEEDED, "limit": limit, "reached": reached},
    )
