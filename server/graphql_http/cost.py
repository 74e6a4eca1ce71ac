"""Compiles what an operation may cost, from `@cost` and `@listSize` (schema/directives.py)."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from server.graphql_http.cost_model import CostNode, Size
from server.graphql_http.cost_weights import (
    asked_size,
    list_size_of,
    weight_of_field,
    weight_of_object,
)

Alternatives = tuple[tuple[CostNode, ...], ...]


def compile_cost(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> CostNode:
    """The cost of a valid operation, with its variables left open.

    It is an upper bound: `@skip` and `@include` are not looked at.
    """
    return _Compiler(schema, document, operation).root()


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """A connection: these fields below it hold as many items as its arguments say."""

    fields: frozenset[str]
    size: Size


class _Compiler:
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        self._known: dict[tuple[int, str, _Page | None], tuple[CostNode, ...]] = {}

    def root(self) -> CostNode:
        root_type = self._schema.get_root_type(self._operation.operation)
        assert root_type is not None  # the document is valid
        below = self._nodes(self._operation.selection_set, root_type, None)
        return CostNode(0, 1, None, (below,))

    def _nodes(
        self, selections: SelectionSetNode, type_: GraphQLObjectType, page: _Page | None
    ) -> tuple[CostNode, ...]:
        """What is selected on an object. Compiled once, however many fragments lead here."""
        key = (id(selections), type_.name, page)
        if key not in self._known:
            self._known[key] = tuple(
                node
                for selection in selections.selections
                for node in self._node(selection, type_, page)
            )
        return self._known[key]

    def _node(
        self, selection: SelectionNode, type_: GraphQLObjectType, page: _Page | None
    ) -> Iterator[CostNode]:
        if isinstance(selection, FieldNode):
            if not selection.name.value.startswith("__"):
                yield self._field(selection, type_, page)
            return
        condition, selections = self._fragment(selection)
        if condition is None or self._includes(condition, type_):
            yield CostNode(0, 0, None, (self._nodes(selections, type_, page),))

    def _fragment(self, selection: SelectionNode) -> tuple[str | None, SelectionSetNode]:
        if isinstance(selection, FragmentSpreadNode):
            fragment = self._fragments[selection.name.value]
            return fragment.type_condition.name.value, fragment.selection_set
        assert isinstance(selection, InlineFragmentNode)
        condition = selection.type_condition
        return condition.name.value if condition else None, selection.selection_set

    def _includes(self, condition: str, type_: GraphQLObjectType) -> bool:
        named = self._schema.get_type(condition)
        if is_abstract_type(named):
            return self._schema.is_sub_type(named, type_)
        return named is type_

    def _field(self, node: FieldNode, type_: GraphQLObjectType, page: _Page | None) -> CostNode:
        name = node.name.value
        field = self._schema.get_field(type_, name)
        assert field is not None  # the document is valid
        returned = get_named_type(field.type)
        size, below_page = None, None
        if list_size := list_size_of(field):
            where = f"{type_.name}.{name}"
            size = asked_size(list_size, node, field, name=where, defaults=self._defaults)
            if list_size.sized_fields:
                below_page = _Page(frozenset(list_size.sized_fields), size)
        if page and name in page.fields:
            size = page.size
        return CostNode(
            own=weight_of_field(field, returns_object=is_composite_type(returned)),
            object_weight=weight_of_object(self._schema, returned),
            size=size if is_list_type(get_nullable_type(field.type)) else None,
            alternatives=self._below(node, returned, below_page),
        )

    def _below(self, node: FieldNode, type_: GraphQLNamedType, page: _Page | None) -> Alternatives:
        """One alternative for each object type that may come."""
        if node.selection_set is None:
            return ()
        if isinstance(type_, GraphQLObjectType):
            return (self._nodes(node.selection_set, type_, page),)
        assert is_abstract_type(type_)
        return tuple(
            self._nodes(node.selection_set, possible, page)
            for possible in self._schema.get_possible_types(type_)
        )
