"""Selections compiled from a document, with holes where the variables of a request go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues

from execution.names import python_arguments, python_name
from execution.selection import NO_ARGUMENTS, SelectedField, Selection

_Conditions: TypeAlias = frozenset[tuple[str, bool]]
"""Variables of `@skip` and `@include`, each with the value that leaves the field out."""

_Types: TypeAlias = frozenset[str]
"""Names of object types."""

_Visited: TypeAlias = dict[tuple[str, _Types], _Conditions]
"""The named fragments walked in a selection set, for which types, under which conditions."""

_Arguments: TypeAlias = Callable[[VariableValues], Mapping[str, object]]

_NO_VARIABLES = VariableValues({}, {})
_UNCONDITIONAL: _Conditions = frozenset()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One selected field, before variables are known."""

    key: str
    name: str
    types: _Types | None
    conditions: _Conditions
    arguments: Mapping[str, object] | None
    fill_arguments: _Arguments | None
    below: Template

    def is_static(self) -> bool:
        return not self.conditions and not self.fill_arguments and self.below.static is not None

    def fill(self, variables: VariableValues, filled: dict[int, Selection]) -> SelectedField | None:
        """The field with this request's values, or None when it is skipped.

        Arguments that do not coerce leave the field out too: the executor answers their error at
        the field's own place, and a look-ahead has to keep quiet until then.
        """
        values = variables.coerced
        if any(values.get(name) is unwanted for name, unwanted in self.conditions):
            return None
        try:
            arguments = self.fill_arguments(variables) if self.fill_arguments else self.arguments
        except GraphQLError:
            return None
        below = self.below.fill(variables, filled)
        return SelectedField(self.name, arguments or NO_ARGUMENTS, below, self.key, self.types)


class Template:
    """A selection that still waits for variables; `static` when it waits for none."""

    __slots__ = ("_entries", "static")

    def __init__(self, entries: tuple[_Entry, ...]) -> None:
        self._entries = entries
        self.static: Selection | None = None
        if all(entry.is_static() for entry in entries):
            self.static = self._fill(_NO_VARIABLES, {}) if entries else Selection.EMPTY

    def fill(
        self, variables: VariableValues, filled: dict[int, Selection] | None = None
    ) -> Selection:
        """The selection for these variables; `filled` keeps what several places share."""
        if self.static is not None:
            return self.static
        filled = {} if filled is None else filled
        found = filled.get(id(self))
        if found is None:
            found = filled[id(self)] = self._fill(variables, filled)
        return found

    def _fill(self, variables: VariableValues, filled: dict[int, Selection]) -> Selection:
        fields = (entry.fill(variables, filled) for entry in self._entries)
        return Selection(tuple(field for field in fields if field is not None))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a walk through a selection set stands: inside which fragments, on which type."""

    type: GraphQLCompositeType
    possible: _Types
    narrowed: bool = False
    conditions: _Conditions = _UNCONDITIONAL

    def under(self, conditions: _Conditions) -> _Scope:
        return replace(self, conditions=self.conditions | conditions) if conditions else self


class TemplateCompiler:
    """Compiles the fields of one document.

    Its work grows with the size of the document, however often its fragments are spread: a field is
    compiled once per type, and a fragment is walked at most twice per selection set.
    """

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._compiled: dict[tuple[int, str], Template] = {}

    def compile_field(self, type_: GraphQLOutputType, nodes: Iterable[FieldNode]) -> Template:
        """What is selected below `nodes`, which all stand for one field that returns `type_`."""
        named = get_named_type(type_)
        if not is_composite_type(named):
            return _EMPTY
        entries: list[_Entry] = []
        visited: _Visited = {}
        scope = _Scope(named, self._object_names(named))
        for node in nodes:
            if node.selection_set:
                entries += self._walk(node.selection_set, scope, visited)
        return Template(tuple(entries))

    def _walk(
        self,
        selection_set: SelectionSetNode,
        scope: _Scope,
        visited: _Visited,
    ) -> Iterator[_Entry]:
        for node in selection_set.selections:
            own = _conditions(node)
            if own is None:
                continue
            inner = scope.under(own)
            if isinstance(node, FieldNode):
                yield from self._entry(node, inner)
            elif isinstance(node, InlineFragmentNode):
                yield from self._walk_fragment(node, inner, visited)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._walk_spread(node.name.value, inner, visited)

    def _walk_spread(self, name: str, scope: _Scope, visited: _Visited) -> Iterator[_Entry]:
        """Walk a named fragment, the second time without conditions.

        Two spreads under different conditions thus select what either may select: more than the
        executor at times, never less, and without a walk per combination of conditions.
        """
        before = visited.get((name, scope.possible))
        if before is not None:
            if before <= scope.conditions:
                return
            scope = replace(scope, conditions=_UNCONDITIONAL)
        visited[name, scope.possible] = scope.conditions
        yield from self._walk_fragment(self._fragments[name], scope, visited)

    def _walk_fragment(
        self,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        scope: _Scope,
        visited: _Visited,
    ) -> Iterator[_Entry]:
        if fragment.type_condition:
            condition = self._schema.get_type(fragment.type_condition.name.value)
            if not is_composite_type(condition):
                return
            possible = scope.possible & self._object_names(condition)
            if not possible:
                return
            narrowed = scope.narrowed or possible != scope.possible
            scope = _Scope(condition, possible, narrowed, scope.conditions)
        yield from self._walk(fragment.selection_set, scope, visited)

    def _object_names(self, type_: GraphQLCompositeType) -> frozenset[str]:
        if is_abstract_type(type_):
            return frozenset(t.name for t in self._schema.get_possible_types(type_))
        return frozenset((type_.name,))

    def _entry(self, node: FieldNode, scope: _Scope) -> Iterator[_Entry]:
        name = node.name.value
        field = None if name.startswith("__") else self._schema.get_field(scope.type, name)
        if field is None:
            return
        filler = _argument_filler(field, node)
        waits = any(_has_variable(argument.value) for argument in node.arguments or ())
        yield _Entry(
            key=node.alias.value if node.alias else name,
            name=python_name(field, name),
            types=scope.possible if scope.narrowed else None,
            conditions=scope.conditions,
            arguments=None if waits else filler(_NO_VARIABLES),
            fill_arguments=filler if waits else None,
            below=self._below(field, node),
        )

    def _below(self, field: GraphQLField, node: FieldNode) -> Template:
        key = (id(node), get_named_type(field.type).name)
        if key not in self._compiled:
            self._compiled[key] = self.compile_field(field.type, [node])
        return self._compiled[key]


def _argument_filler(field: GraphQLField, node: FieldNode) -> _Arguments:
    def fill(variables: VariableValues) -> Mapping[str, object]:
        return python_arguments(field, get_argument_values(field, node, variables))

    return fill


def _conditions(node: SelectionNode) -> _Conditions | None:
    """The conditions that the node's directives set; None when it is always left out."""
    found = set()
    for directive in node.directives or ():
        if directive.name.value not in {"skip", "include"} or not directive.arguments:
            continue
        unwanted = directive.name.value == "skip"
        value = directive.arguments[0].value
        if isinstance(value, VariableNode):
            found.add((value.name.value, unwanted))
        elif isinstance(value, BooleanValueNode) and value.value is unwanted:
            return None
    return frozenset(found)


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


_EMPTY = Template(())
