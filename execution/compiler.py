"""Generates the Python function that completes a selection, as one would write it by hand.

For `members { role user { displayName } }` it is in essence

    def f2(v, run, path):                      # User
        return {"displayName": v.display_name}
    def f1(v, run, path):                      # Member
        return {"role": ROLE[v.role], "user": f2(v.user, run, None)}

with a test of every value: whatever is not as it usually is raises, and graphql-core completes the
value instead. Names and keys in the source come from the schema and the parser, which admit only
letters, digits and underscores; all else reaches it as a constant.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from math import isfinite
from types import NoneType
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path

from execution import leaves
from execution.look_ahead import waits_for_variables
from execution.sources import Attribute, Method, Resolver, source_of

Completion: TypeAlias = Callable[[Any, Executor[Any], Path], Any]
"""Completes a value for a running operation, at a path; raises for what graphql-core has to do."""


_IMMUTABLE = (str, int, float, bool, Enum, NoneType)


class CannotCompileError(Exception):
    """A selection holds what only graphql-core completes."""


def compile_value(
    type_: GraphQLObjectType | GraphQLList[Any], details: FieldDetailsList, run: Executor[Any]
) -> Completion:
    """The completion of a value of `type_`, selected by the fields `details`.

    Raises:
        CannotCompileError: for abstract types that cannot be null, asynchronous resolvers, `@defer`
            and `@stream`.
    """
    if any(map(_is_incremental, details)):
        raise CannotCompileError
    writer = _Writer(run)
    return writer.function(writer.completed(type_, details, "v", "path", nullable=False))


def compile_field(
    parent: GraphQLObjectType, details: FieldDetailsList, run: Executor[Any]
) -> Completion:
    """Resolves and completes one field of a `parent` value; raises as `compile_value` does."""
    writer = _Writer(run)
    return writer.function(writer.field(parent, details, "path"))


class _Writer:
    """Writes the functions of one completion: one for each object type and place in it."""

    def __init__(self, run: Executor[Any]) -> None:
        self._run = run
        self._lines: list[str] = []
        self._names: dict[str, object] = {
            "Path": Path,
            "as_list": leaves.as_list,
            "called": leaves.called,
            "leave": leaves.leave,
            "PLAIN": leaves.PLAIN,
            "refuse": leaves.refuse,
            "isfinite": isfinite,
        }
        self._functions: dict[tuple[int, ...], tuple[str, bool]] = {}
        self._count = 0

    def function(self, expression: str) -> Completion:
        source = "\n".join([*self._lines, f"def complete(v, run, path): return {expression}"])
        exec(compile(source, "<compiled selection>", "exec"), self._names)  # noqa: S102 - see above
        complete: Any = self._names["complete"]
        return complete  # type: ignore[no-any-return] # exec gives no types

    def completed(
        self,
        type_: GraphQLOutputType,
        details: FieldDetailsList,
        value: str,
        path: str,
        *,
        nullable: bool = True,
    ) -> str:
        """The expression that completes the expression `value` at the expression `path`."""
        if is_non_null_type(type_):
            return self.completed(type_.of_type, details, value, path, nullable=False)
        if nullable:
            bound, name = self._bound(value)
            if is_abstract_type(get_named_type(type_)):  # null is null, of whatever type it is
                return f"(None if {bound} is None else leave({name}))"
            inner = self.completed(type_, details, name, path, nullable=False)
            return f"(None if {bound} is None else {inner})"
        if is_leaf_type(type_):
            return self._leaf(type_, value)
        if is_list_type(type_):
            return self._list(type_, details, value, path)
        if is_object_type(type_):
            function, needs_path = self._object(type_, details)
            return f"{function}({value}, run, {path if needs_path else None})"
        raise CannotCompileError

    def field(self, parent: GraphQLObjectType, details: FieldDetailsList, path: str) -> str:
        """The expression that resolves and completes a field of the object `v`."""
        node = details[0].node
        definition = self._run.schema.get_field(parent, node.name.value)
        if definition is None or any(map(_is_incremental, details)):
            raise CannotCompileError
        if node.name.value == "__typename":
            return repr(parent.name)
        value = self._value(parent, definition, [detail.node for detail in details], path)
        return self.completed(definition.type, details, value, path)

    def _value(
        self, parent: GraphQLObjectType, field: GraphQLField, nodes: list[FieldNode], path: str
    ) -> str:
        source = source_of(field)
        if isinstance(source, Attribute):
            return f"v.{source.name}"
        if isinstance(source, Method):
            object_ = "v" if source.parameter is None else f"{source.parameter}=v"
            arguments = self._arguments(field, nodes[0], "python_arguments_of")
            return f"called({self._constant(source.call)}({object_}{arguments}))"
        if not isinstance(source, Resolver):
            raise CannotCompileError
        field_, nodes_, parent_ = map(self._constant, (field, nodes, parent))
        info = f"run.build_resolve_info({field_}, {nodes_}, {parent_}, {path})"
        arguments = self._arguments(field, nodes[0], "arguments_of")
        call = self._constant(source.call)
        return f"called({call}(v, {info if source.needs_info else None}{arguments}))"

    def _arguments(self, field: GraphQLField, node: FieldNode, method: str) -> str:
        """The arguments in a call: known from now on, if they wait for no variables."""
        if not field.args:
            return ""
        if not waits_for_variables(node):
            values = getattr(self._run, method)(field, node)
            if all(isinstance(value, _IMMUTABLE) for value in values.values()):
                return f", **{self._constant(values)}"
        field_, node_ = map(self._constant, (field, node))
        return f", **run.{method}({field_}, {node_})"

    def _leaf(self, type_: GraphQLLeafType, value: str) -> str:
        bound, name = self._bound(value)
        serialize = self._constant(leaves.serializer(type_))
        enum = leaves.enum_names(type_)
        if enum:
            member, names = map(self._constant, enum)
            return f"({names}[{name}] if {bound}.__class__ is {member} else {serialize}({name}))"
        if type_ not in leaves.PASSED_THROUGH:
            return f"{serialize}({value})"
        class_, test = leaves.PASSED_THROUGH[type_]
        passes = f"{bound}.__class__ is {class_.__name__}{test.format(x=name)}"
        return f"({name} if {passes} else {serialize}({name}))"

    def _list(
        self, type_: GraphQLList[Any], details: FieldDetailsList, value: str, path: str
    ) -> str:
        item, index = self._new("x"), self._new("i")
        item_path = f"Path({path}, {index}, None)"
        inner = self.completed(type_.of_type, details, item, item_path)
        if item_path in inner:
            return f"[{inner} for {index}, {item} in enumerate(as_list({value}))]"
        return f"[{inner} for {item} in as_list({value})]"

    def _object(self, type_: GraphQLObjectType, details: FieldDetailsList) -> tuple[str, bool]:
        """The name of a function that completes these objects, and whether it needs their path.

        The same fields of the same type share one, or a document that spreads its fragments twice
        at every level would grow without bound.
        """
        key = (id(type_), *(id(detail.node) for detail in details))
        if key not in self._functions:
            self._functions[key] = self._write_object(type_, details)
        return self._functions[key]

    def _write_object(
        self, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> tuple[str, bool]:
        collected = self._run.collect_subfields(type_, details)
        if collected.new_defer_usages:
            raise CannotCompileError
        entries = {
            key: self.field(type_, fields, f"Path(path, {key!r}, {type_.name!r})")
            for key, fields in collected.grouped_field_set.items()
        }
        name = self._new("f")
        body = ", ".join(f"{key!r}: {expression}" for key, expression in entries.items())
        self._lines += [
            f"def {name}(v, run, path):",
            f"    if not ({self._is_object(type_)}): raise refuse(v)",
            f"    return {{{body}}}",
        ]
        return name, any("Path(path, " in expression for expression in entries.values())

    def _bound(self, value: str) -> tuple[str, str]:
        """An expression that gives the value a name, and that name."""
        if value.isidentifier():
            return value, value
        name = self._new("x")
        return f"({name} := {value})", name

    def _is_object(self, type_: GraphQLObjectType) -> str:
        """The test that `v` is such an object.

        A predicate that asks its info for more than the value fails here, as it gets none: then
        graphql-core gives it one.
        """
        test = "PLAIN[v.__class__]"
        if not type_.is_type_of:
            return test
        return f"{test} and {self._constant(type_.is_type_of)}(v, None) is True"

    def _constant(self, value: object) -> str:
        name = self._new("c")
        self._names[name] = value
        return name

    def _new(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"


def _is_incremental(detail: Any) -> bool:
    directives = detail.node.directives or ()
    return (
        detail.defer_usage is not None
        or detail.fragment_variable_values is not None
        or any(directive.name.value == "stream" for directive in directives)
    )
