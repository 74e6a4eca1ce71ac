"""Look-ahead: what is selected below the field that is being resolved.

It is collected once per field of a document, by graphql-core's own rules. A part whose arguments
hold no variables is one value that every request shares; elsewhere the arguments are filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from execution.cache import BoundedCache
from execution.names import python_arguments, python_name
from execution.places import Place, flags_of, place_of
from execution.selection import NO_ARGUMENTS, SelectedField, Selection

_MAX_FIELDS = 2_000
"""Fields whose selection is kept, over all documents: several hundred documents' worth."""

_NO_VARIABLES = VariableValues({}, {})

_Arguments: TypeAlias = Callable[[VariableValues], Mapping[str, object]]


def selection_of(info: GraphQLResolveInfo[Any]) -> Selection:
    """What is selected below the field that `info` describes.

    Fragments and `@skip`/`@include` are resolved; `__typename` is left out. Below an interface or a
    union it holds everything that may apply: see `Selection.on`. Never raises for a valid document.
    """
    variables = _variables(info)
    place = place_of(info.parent_type, info.field_nodes, flags_of(variables.coerced))
    kept = _kept.get(place)
    if kept is None:
        details = [FieldDetails(node, None) for node in info.field_nodes]
        template = _Collector(info, variables).below(info.return_type, details)
        kept = _Kept((info.parent_type, details), template)
        _kept.put(place, kept)
    return kept.template.fill(variables, {})


def _variables(info: GraphQLResolveInfo[Any]) -> VariableValues:
    """The request's variables: of Strawberry's info only their coerced values are left.

    So a variable *inside* an object literal of a custom scalar reads as null in a look-ahead.
    """
    values: VariableValues | dict[str, object] = info.variable_values
    return VariableValues({}, values) if isinstance(values, dict) else values


@dataclass(frozen=True, slots=True)
class _Entry:
    """A selected field; `fill_arguments` when its arguments wait for variables."""

    key: str
    name: str
    types: frozenset[str] | None
    arguments: Mapping[str, object]
    fill_arguments: _Arguments | None
    below: _Template

    def fill(self, variables: VariableValues, filled: dict[int, Selection]) -> SelectedField | None:
        """The field with this request's arguments.

        A field whose arguments do not coerce is left out: the executor answers their error at the
        field's own place, and a look-ahead has to keep quiet until then.
        """
        try:
            arguments = self.fill_arguments(variables) if self.fill_arguments else self.arguments
        except GraphQLError:
            return None
        below = self.below.fill(variables, filled)
        return SelectedField(self.name, arguments, below, self.key, self.types)


class _Template:
    """A selection that still waits for variables; `static` when it waits for none."""

    __slots__ = ("_entries", "static")

    def __init__(self, entries: tuple[_Entry, ...]) -> None:
        self._entries = entries
        self.static: Selection | None = None if entries else Selection.EMPTY
        if all(not e.fill_arguments and e.below.static is not None for e in entries):
            self.static = self.fill(_NO_VARIABLES, {})

    def fill(self, variables: VariableValues, filled: dict[int, Selection]) -> Selection:
        """The selection for these variables; `filled` keeps what several fields share."""
        if self.static is not None:
            return self.static
        if id(self) not in filled:
            fields = (entry.fill(variables, filled) for entry in self._entries)
            filled[id(self)] = Selection(tuple(field for field in fields if field is not None))
        return filled[id(self)]


@dataclass(frozen=True, slots=True)
class _Kept:
    keeps_alive: object
    template: _Template


_kept: BoundedCache[Place, _Kept] = BoundedCache(max_entries=_MAX_FIELDS)
"""Nothing in it is of one request, so all schemas and loops share it."""


class _Collector:
    """Collects selections of one document, each field once per type however often it is spread."""

    def __init__(self, info: GraphQLResolveInfo[Any], variables: VariableValues) -> None:
        self._info = info
        self._variables = variables
        self._fragments = {n: FragmentDetails(d) for n, d in info.fragments.items()}
        self._templates: dict[tuple[int, ...], _Template] = {}

    def below(self, type_: GraphQLOutputType, details: FieldDetailsList) -> _Template:
        """What is selected below one field, given by all its nodes, that returns `type_`."""
        named = get_named_type(type_)
        place = (id(named), *(id(detail.node) for detail in details))
        if place not in self._templates:
            self._templates[place] = self._collect(named, details)
        return self._templates[place]

    def _collect(self, type_: Any, details: FieldDetailsList) -> _Template:
        if is_object_type(type_):
            return _Template(tuple(self._entries(type_, details, None)))
        if not is_abstract_type(type_):
            return _Template(())
        entries: list[_Entry] = []
        for possible in self._info.schema.get_possible_types(type_):
            entries += self._entries(possible, details, frozenset((possible.name,)))
        return _Template(tuple(entries))

    def _entries(
        self, type_: GraphQLObjectType, details: FieldDetailsList, types: frozenset[str] | None
    ) -> list[_Entry]:
        try:
            collected = collect_subfields(
                self._info.schema,
                self._fragments,
                self._variables,
                self._info.operation,
                type_,
                details,
            )
        except GraphQLError:  # a null condition, which the executor is about to answer
            return []
        grouped = collected.grouped_field_set.items()
        entries = (self._entry(type_, key, fields, types) for key, fields in grouped)
        return [entry for entry in entries if entry]

    def _entry(
        self,
        type_: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        types: frozenset[str] | None,
    ) -> _Entry | None:
        node = details[0].node
        name = node.name.value
        field = None if name.startswith("__") else self._info.schema.get_field(type_, name)
        if field is None:
            return None
        filler = _argument_filler(field, node)
        waits = waits_for_variables(node)
        return _Entry(
            key=key,
            name=python_name(field, name),
            types=types,
            arguments=NO_ARGUMENTS if waits else filler(_NO_VARIABLES),
            fill_arguments=filler if waits else None,
            below=self.below(field.type, details),
        )


def _argument_filler(field: GraphQLField, node: FieldNode) -> _Arguments:
    def fill(variables: VariableValues) -> Mapping[str, object]:
        return python_arguments(field, get_argument_values(field, node, variables))

    return fill


def waits_for_variables(node: FieldNode) -> bool:
    """Whether the arguments of a field differ between requests of its document."""
    return any(_has_variable(argument.value) for argument in node.arguments or ())


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)
