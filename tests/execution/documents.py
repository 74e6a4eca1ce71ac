"""Draws operations of any schema: aliases, fragments, variables and directives included."""

from __future__ import annotations

import random

from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

VARIABLES = """$yes: Boolean! = true, $no: Boolean = false, $int: Int! = 2, $maybeInt: Int = 1,
    $text: String! = "t", $colour: Colour! = CRIMSON, $wish: Wish"""

_LITERALS = {"Int": ["1", "2"], "String": ['"s"', '""'], "Boolean": ["true"], "ID": ['"i"']}
_BY_VARIABLE = {"Int!": "$int", "String!": "$text", "Colour!": "$colour", "Wish": "$wish"}


class DocumentDrawer:
    """Draws one document for the schema; every choice is the given source's."""

    def __init__(self, schema: GraphQLSchema, chance: random.Random) -> None:
        self._schema = schema
        self._chance = chance
        self._fragments: list[tuple[str, str]] = []
        self._texts: list[str] = []

    def draw(self, *, depth: int) -> str:
        assert self._schema.query_type
        selection = self._selection(self._schema.query_type, depth)
        return "\n".join([f"query Q({VARIABLES}) {selection}", *self._texts])

    def _selection(self, type_: GraphQLCompositeType, depth: int) -> str:
        parts = [self._part(type_, depth) for _ in range(self._chance.randint(1, 4))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: GraphQLCompositeType, depth: int) -> str:
        kind = self._chance.random()
        if kind < 0.08:
            return "__typename" + self._directives()
        if kind < 0.25 and depth:
            return self._fragment(type_, depth)
        fields = self._fields(type_, depth)
        if not fields:
            return "__typename"
        return self._field(*self._chance.choice(fields), depth)

    def _fields(self, type_: GraphQLCompositeType, depth: int) -> list[tuple[str, GraphQLField]]:
        if not isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            return []
        return [
            (name, field)
            for name, field in type_.fields.items()
            if depth or is_leaf_type(get_named_type(field.type))
        ]

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        """An alias goes with its own arguments, so that equal response keys may be merged."""
        aliased = self._chance.random() < 0.2
        arguments = [
            f"{argument}: {self._value(definition.type, aliased=aliased)}"
            for argument, definition in field.args.items()
            if is_non_null_type(definition.type) or aliased
        ]
        text = (f"a_{name}: {name}" if aliased else name) + self._in_brackets(arguments)
        named = get_named_type(field.type)
        below = self._selection(named, depth - 1) if is_composite_type(named) else ""
        return text + self._directives() + below

    def _value(self, type_: GraphQLInputType, *, aliased: bool) -> str:
        if aliased and str(type_) in _BY_VARIABLE:
            return _BY_VARIABLE[str(type_)]
        if is_non_null_type(type_):
            type_ = type_.of_type
        if is_list_type(type_):
            return f"[{self._value(type_.of_type, aliased=aliased)}]"
        if is_input_object_type(type_):
            fields = type_.fields.items()
            entries = [f"{name}: {self._value(f.type, aliased=aliased)}" for name, f in fields]
            return "{" + ", ".join(entries) + "}"
        if is_enum_type(type_):
            return str(next(iter(type_.values)))
        return _LITERALS[str(type_)][aliased]

    def _fragment(self, type_: GraphQLCompositeType, depth: int) -> str:
        known = [name for name, on in self._fragments if self._overlap(type_, on)]
        if known and self._chance.random() < 0.4:
            return f"...{self._chance.choice(known)}{self._directives()}"
        condition = self._chance.choice([type_, *self._related(type_)])
        body = self._selection(condition, depth - 1)
        if self._chance.random() < 0.5:
            on = f" on {condition.name}" if condition is not type_ else ""
            return f"...{on}{self._directives()}{body}"
        name = f"F{len(self._texts)}"
        self._texts.append(f"fragment {name} on {condition.name} {body}")
        self._fragments.append((name, condition.name))
        return f"...{name}{self._directives()}"

    def _related(self, type_: GraphQLCompositeType) -> list[GraphQLCompositeType]:
        if is_abstract_type(type_):
            return list(self._schema.get_possible_types(type_))
        return list(type_.interfaces) if isinstance(type_, GraphQLObjectType) else []

    def _overlap(self, type_: GraphQLCompositeType, name: str) -> bool:
        other = self._schema.get_type(name)
        return other is type_ or other in self._related(type_)

    def _directives(self) -> str:
        if self._chance.random() > 0.2:
            return ""
        name = self._chance.choice(["skip", "include"])
        condition = self._chance.choice(["$yes", "$no", "true", "false"])
        return f" @{name}(if: {condition})"

    @staticmethod
    def _in_brackets(arguments: list[str]) -> str:
        return f"({', '.join(arguments)})" if arguments else ""
