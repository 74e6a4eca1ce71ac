"""The documentation of the codes is the code's."""

from pathlib import Path

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.error_page import error_page

ROOT = Path(__file__).parents[3]


def test_the_page_is_made_from_the_table() -> None:
    assert (ROOT / "docs/error-codes.md").read_text() == error_page()


def test_every_code_is_used() -> None:
    """By name: a code that nothing answers with would be a promise nobody keeps."""
    sources = [
        path.read_text()
        for path in (ROOT / "server").rglob("*.py")
        if path.name != "error_codes.py"
    ]
    unused = {code for code in ErrorCode if not any(f"ErrorCode.{code}" in s for s in sources)}
    assert unused == set()
