"""From the SDK's annotations to shapes.

Request parameters are TypedDicts whose values are forward references; answers are classes with
nested classes. Both name types that exist only under TYPE_CHECKING, so names are resolved from the
import statements of the module that uses them.
"""

import ast
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, partial
from importlib import import_module
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from sandbox.sdk.shapes import (
    AnyOf,
    Anything,
    DictOf,
    Fields,
    ListOf,
    Nullable,
    OneOf,
    Reference,
    Scalar,
    Shape,
)

_SCALARS = (str, int, bool, float, Decimal)
_ANY_STRING = Scalar(str)
_EMPTY = OneOf(("",))
_UNSET_IN_FACT = {("CustomerUpdateParams", "email")}
"""What Stripe lets an empty string unset though the SDK's types do not say so; a maintainer's word:
https://github.com/stripe/stripe-node/pull/1834.
"""
_RESOURCES: dict[tuple[str, str, Shape | None], Fields] = {}


@cache
def shape_of_params(params: type) -> Fields:
    """The shape of a TypedDict of `stripe.params`."""
    return Fields(params.__name__, lambda: _compile_params(params))


def shape_of_resource(resource: type, item: Shape | None = None) -> Fields:
    """The shape of a resource class; `item` is the element of a list object."""
    key = (resource.__module__, resource.__qualname__, item)
    if key not in _RESOURCES:
        compile_ = partial(_compile_resource, resource, item)
        _RESOURCES[key] = Fields(resource.__qualname__, compile_)
    return _RESOURCES[key]


def _compile_params(params: type) -> tuple[dict[str, Shape], frozenset[str]]:
    annotations = {
        name: annotation
        for name, annotation in params.__annotations__.items()
        if name not in RequestOptions.__annotations__
    }
    shapes = {name: shape_of(value, params.__module__) for name, value in annotations.items()}
    for name in shapes.keys() & {
        name for owner, name in _UNSET_IN_FACT if owner == params.__name__
    }:
        shapes[name] = AnyOf((_EMPTY, shapes[name]))
    required: frozenset[str] = params.__required_keys__  # type: ignore[attr-defined] # TypedDict
    return shapes, required & shapes.keys()


def _compile_resource(
    resource: type, item: Shape | None
) -> tuple[dict[str, Shape], frozenset[str]]:
    shapes: dict[str, Shape] = {}
    if issubclass(resource, StripeObject) and hasattr(resource, "OBJECT_NAME"):
        shapes["object"] = OneOf((resource.OBJECT_NAME,))
    for name, annotation in _own_annotations(resource):
        shapes[name] = _field_shape(annotation, resource, item)
    required = {name for name, shape in shapes.items() if not isinstance(shape, Nullable)}
    return shapes, frozenset(required)


def _own_annotations(resource: type) -> Iterator[tuple[str, Any]]:
    for name, annotation in inspect.get_annotations(resource).items():
        origin: Any = get_origin(annotation)
        if not name.startswith("_") and origin is not typing.ClassVar:
            yield name, annotation


def _field_shape(annotation: Any, resource: type, item: Shape | None) -> Shape:
    if item is not None and get_origin(annotation) is list:
        return ListOf(item)
    return shape_of(annotation, resource.__module__)


def shape_of(annotation: Any, module: str) -> Shape:
    """The shape that `annotation`, written in `module`, stands for."""
    if isinstance(annotation, str | ForwardRef):
        return shape_of(_resolve(annotation, module), module)
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return _shape_of_class(annotation)
    return _shape_of_generic(annotation, module)


def _shape_of_class(annotation: type[Any]) -> Shape:
    if annotation in _SCALARS:
        return Scalar(annotation)
    if is_typeddict(annotation):
        return shape_of_params(annotation)  # type: ignore[arg-type] # every class is hashable
    if annotation is UntypedStripeObject:
        return DictOf(Anything())
    if issubclass(annotation, StripeObject):
        return shape_of_resource(annotation)
    return Anything()


def _shape_of_generic(annotation: Any, module: str) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return OneOf(arguments)
    if origin in (typing.NotRequired, typing.Required, typing.Annotated):
        return shape_of(arguments[0], module)
    if origin in (Union, types.UnionType):
        return _shape_of_union(arguments, module)
    return _shape_of_container(origin, arguments, module)


def _shape_of_container(origin: Any, arguments: tuple[Any, ...], module: str) -> Shape:
    if origin is list:
        return ListOf(shape_of(arguments[0], module))
    if origin is dict:
        return DictOf(shape_of(arguments[1], module))
    if origin is UntypedStripeObject:
        return DictOf(shape_of(arguments[0], module))
    if isinstance(origin, type) and issubclass(origin, ListObject):
        return shape_of_resource(origin, shape_of(arguments[0], module))
    return Anything()


def _shape_of_union(arguments: tuple[Any, ...], module: str) -> Shape:
    shapes = [shape_of(a, module) for a in arguments if a is not type(None)]
    nullable = type(None) in arguments
    shape = _union(_closed(shapes))
    if _is_expandable(shapes):
        shape = Reference(_union([s for s in shapes if s != _ANY_STRING]))
    return Nullable(shape) if nullable else shape


def _closed(shapes: list[Shape]) -> list[Shape]:
    """Drops "or any string" beside an enum, but keeps it beside the lone empty string (unset)."""
    enums = [shape for shape in shapes if isinstance(shape, OneOf) and shape.values != ("",)]
    kept = [s for s in shapes if s != _ANY_STRING] if enums else shapes
    return sorted(kept, key=lambda shape: shape == _ANY_STRING)


def _union(shapes: list[Shape]) -> Shape:
    return shapes[0] if len(shapes) == 1 else AnyOf(tuple(shapes))


def _is_expandable(shapes: list[Shape]) -> bool:
    """`ExpandableField[T]` is `Union[str, T]` with a resource that has an id."""
    others = [shape for shape in shapes if shape != _ANY_STRING]
    if not others:
        return False
    flat = [o for other in others for o in (other.options if isinstance(other, AnyOf) else [other])]
    return len(others) < len(shapes) and all(isinstance(shape, Fields) for shape in flat)


def _resolve(reference: str | ForwardRef, module: str) -> Any:
    text = reference if isinstance(reference, str) else reference.__forward_arg__
    return eval(text, {}, _names_of(module))  # noqa: S307 # annotations of the installed SDK, no user input


@cache
def _names_of(module: str) -> "_Names":
    return _Names(module)


class _Names(dict[str, Any]):
    """The names of a module, those imported only for type checkers included."""

    def __init__(self, module: str) -> None:
        super().__init__(vars(sys.modules[module]))
        self._module = module

    def __missing__(self, name: str) -> Any:
        source = _type_checking_imports(self._module).get(name)
        if source is None:
            raise KeyError(name)
        module, original = source
        self[name] = getattr(import_module(module), original)
        return self[name]


@cache
def _type_checking_imports(module: str) -> dict[str, tuple[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
