"""What an operator meets: help that helps, one line for a mistake, exit codes."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import jwt
import pytest

from db import migrate
from server.cli import main
from server.cli.command import Command

COMMANDS = sorted(main.commands_of)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(data_dir: Path) -> Run:
    """Run `seatwise` on a data directory of the test's own."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "server.cli", *arguments],
            env=kept | {"SEATWISE_DATA_DIR": str(data_dir)} | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def leaves(command: click.Command, context: click.Context) -> list[click.Command]:
    """A command, or those of a group."""
    if isinstance(command, click.Group):
        return [
            leaf
            for name in command.list_commands(context)
            if (below := command.get_command(context, name))
            for leaf in leaves(below, context)
        ]
    return [command]


def test_help_imports_no_command() -> None:
    code = "import sys, server.cli; print(any(m in sys.modules for m in ('pydantic', 'asyncpg')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_examples(name: str) -> None:
    context = click.Context(main)
    assert isinstance(main, click.Group)
    command = main.get_command(context, name)
    assert command is not None
    for leaf in leaves(command, context):
        assert isinstance(leaf, Command)
        assert leaf.help
        assert leaf.examples
        for example in leaf.examples:
            assert "seatwise" in example


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    module, line = main.commands_of[name]
    command = getattr(importlib.import_module(module), name)
    assert command.help.partition("\n")[0] == line


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    done = run("sell")
    assert done.returncode == 2
    assert "No such command 'sell'" in done.stderr


def test_bad_settings_are_one_line_each(run: Run) -> None:
    done = run("migrate", PORT="x", SEATWISE_GRACE_DAYS="-1")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Error: PORT: ")
    assert lines[1].startswith("SEATWISE_GRACE_DAYS: ")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_a_database_that_is_not_there_is_one_line(run: Run, host: str) -> None:
    done = run("migrate", DATABASE_URL=f"postgresql://{host}/nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the database cannot be used: ")
    assert len(done.stderr.splitlines()) == 1


def test_production_does_not_serve_without_its_settings(run: Run) -> None:
    done = run("serve", SEATWISE_ENVIRONMENT="production")
    assert done.returncode == 1
    assert "DATABASE_URL is not set" in done.stderr
    assert "STRIPE_WEBHOOK_SECRET is not set" in done.stderr


def test_a_database_is_migrated_once(run: Run, empty_database_url: str) -> None:
    first = run("migrate", DATABASE_URL=empty_database_url)
    assert first.stdout == f"from nothing to {migrate.head()}\n"
    second = run("migrate", DATABASE_URL=empty_database_url)
    assert second.stdout == f"at {migrate.head()}\n"
    unknown = run("migrate", "--to", "zzzz", DATABASE_URL=empty_database_url)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("Error: cannot migrate to 'zzzz'")
    assert unknown.stderr.count("\n") == 1


def test_the_embedded_postgres_runs_for_a_command(run: Run, data_dir: Path) -> None:
    assert run("migrate").stdout == f"from nothing to {migrate.head()}\n"
    assert run("migrate").stdout == f"at {migrate.head()}\n"
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_a_command_on_an_old_database_says_what_to_do(run: Run, empty_database_url: str) -> None:
    for command in (["catalog", "push"], ["serve"]):
        done = run(*command, DATABASE_URL=empty_database_url)
        assert done.returncode == 1
        assert done.stderr == "Error: the database is not migrated; run `seatwise migrate`\n"


def test_a_token_is_for_the_person(run: Run) -> None:
    token = run("token", "--email", "Owner@Acme.test", "--lifetime", "2h").stdout.strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["email"] == "owner@acme.test"
    assert claims["iss"] == "http://127.0.0.1:8000/dev/issuer"
    assert claims["exp"] - claims["iat"] == 7200


def test_a_token_is_for_a_service(run: Run) -> None:
    token = run("token", "--service", "reports", "--scope", "ops").stdout.strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["scope"]) == ("reports", "ops")


@pytest.mark.parametrize(
    "arguments",
    [
        ["token"],
        ["token", "--email", "nobody"],
        ["token", "--email", "a@b.test", "--lifetime", "1"],
    ],
)
def test_a_wrong_token_request_is_wrong_usage(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_no_token_is_made_for_another_issuer(run: Run) -> None:
    done = run("token", "--email", "a@b.test", SEATWISE_OIDC_ISSUER="https://login.example")
    assert done.returncode == 1
    assert "https://login.example" in done.stderr


def test_the_clock_of_production_stands(run: Run) -> None:
    done = run("clock", "advance", "1d", STRIPE_API_KEY="sk_test_x")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
