"""The GraphQL contract: types, inputs, payloads and the schema that they make."""

from schema.enums import describe_all

describe_all()  # before the types, which look their enums up as they are declared

from schema.build import schema, sdl  # noqa: E402 # see above

__all__ = ["schema", "sdl"]
