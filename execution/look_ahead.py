"""Look-ahead: what is selected below the field that is being resolved.

A field's selection is compiled once per document (`templates.py`). A part without variables is one
value that every request shares; of the rest, arguments and conditions are filled in per request.
"""

from __future__ import annotations

from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.values import VariableValues

from execution.cache import BoundedCache
from execution.selection import Selection
from execution.templates import Template, TemplateCompiler

_MAX_FIELDS = 2_000
"""Compiled fields kept, over all documents: several hundred documents' worth."""

_Kept = tuple[GraphQLObjectType, list[FieldNode], Template]

_kept: BoundedCache[tuple[int, ...], _Kept] = BoundedCache(max_entries=_MAX_FIELDS)
"""By identity, as AST nodes compare by content. The value keeps its nodes alive, so that no id of
a key can be used again. Holds nothing of a request, so that all schemas and loops share it."""


def selection_of(info: GraphQLResolveInfo[Any]) -> Selection:
    """What is selected below the field that `info` describes.

    Fragments and `@skip`/`@include` are resolved; `__typename` is left out. Below an interface or a
    union it holds everything that may apply: see `Selection.on`. Never raises for a valid document.
    """
    nodes = info.field_nodes
    key = (id(info.parent_type), *map(id, nodes))
    kept = _kept.get(key)
    if kept is None:
        compiler = TemplateCompiler(info.schema, info.fragments)
        kept = (info.parent_type, nodes, compiler.compile_field(info.return_type, nodes))
        _kept.put(key, kept)
    return kept[2].fill(_variables(info))


def _variables(info: GraphQLResolveInfo[Any]) -> VariableValues:
    """The request's variables: of Strawberry's info only their coerced values are left.

    So a variable *inside* an object literal of a custom scalar reads as null in a look-ahead.
    """
    values: VariableValues | dict[str, object] = info.variable_values
    return VariableValues({}, values) if isinstance(values, dict) else values
