"""The page of error codes for the documentation, made from the table: docs/error-codes.md."""

from server.graphql_http.error_codes import ErrorCode

_HEAD = """\
# Error codes

`errors[].extensions.code` says what went wrong, for programs. What a caller can expect is no error:
it stands in the payload of the mutation, and its codes are the enum `RefusalCode` of the schema.

Made from `server/graphql_http/error_codes.py` by
`python -m server.graphql_http.error_page > docs/error-codes.md`.

| code | meaning |
| --- | --- |
"""


def error_page() -> str:
    """The page, in Markdown."""
    return _HEAD + "".join(f"| `{code}` | {code.meaning} |\n" for code in ErrorCode)


if __name__ == "__main__":
    print(error_page(), end="")  # noqa: T201 - this is what it is run for
