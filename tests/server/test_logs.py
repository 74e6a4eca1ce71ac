"""One format for every line, and no secret in it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from server import logs


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configuration)


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_our_lines_and_the_libraries_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", as_json=True)
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("ours").info("seat.taken", number=3)
        logging.getLogger("uvicorn.error").warning("Port %d is slow", 8000)
    ours, theirs = lines(capsys)
    assert ours["message"] == "seat.taken"
    assert ours["number"] == 3
    assert theirs["message"] == "Port 8000 is slow"
    for line in (ours, theirs):
        assert line["request_id"] == "r1"
        assert {"at", "level", "logger"} <= line.keys()


def test_what_is_less_grave_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="warning", as_json=True)
    structlog.get_logger("ours").info("left out")
    logging.getLogger("theirs").info("left out")
    logging.getLogger("theirs").warning("kept")
    assert [line["message"] for line in lines(capsys)] == ["kept"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_has_no_local_variables(
    capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    logs.configure(level="info", as_json=as_json)

    def fail(token: str) -> None:
        raise ValueError(f"a bad token of {len(token)} characters")

    try:
        fail("eyJ" + "hbGciOi")
    except ValueError:
        structlog.get_logger("ours").exception("fault")
    written = capsys.readouterr().err
    assert "a bad token of 10 characters" in written
    assert "eyJhbGciOi" not in written
