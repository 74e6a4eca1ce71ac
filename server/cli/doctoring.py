import asyncio

import click

from server import settings as server_settings
from server.cli.command import Command
from server.doctor import Finding, SettingLine, State, examine, list_settings

_COLOURS = {State.GOOD: "green", State.NOTE: "cyan", State.PROBLEM: "red"}


@click.command(cls=Command, examples=["SEATWISE_ENVIRONMENT=production seatwise doctor"])
@click.pass_context
def doctor(context: click.Context) -> None:
    """Show the settings and check what they point to.

    Nothing is started and nothing is changed. Exits with 1 if there is a problem.
    """
    settings = server_settings.load()
    lines = list_settings(settings)
    width = max(len(line.variable) for line in lines)
    for line in lines:
        _print_setting(line, width=width)
    click.echo()
    findings = asyncio.run(examine(settings))
    for finding in findings:
        _print_finding(finding)
    if any(finding.state is State.PROBLEM for finding in findings):
        context.exit(1)


def _print_setting(line: SettingLine, *, width: int) -> None:
    origin = "environment" if line.is_given else "default"
    click.echo(f"{line.variable:{width}}  {line.value}  ({origin})")
    if line.description:
        click.secho(f"{'':{width}}  {line.description}", dim=True)


def _print_finding(finding: Finding) -> None:
    state = click.style(f"{finding.state.value:7}", fg=_COLOURS[finding.state])
    click.echo(f"{state}  {finding.subject}: {finding.text}")
    if finding.remedy:
        click.echo(f"         -> {finding.remedy}")
