import asyncio
from itertools import groupby

import click

from server import settings as server_settings
from server.cli.command import Command
from server.doctor import Finding, SettingLine, State, examine, examine_stripe, list_settings

_COLOURS = {State.GOOD: "green", State.NOTE: "cyan", State.PROBLEM: "red"}


@click.command(
    cls=Command,
    examples=["SEATWISE_ENVIRONMENT=production seatwise doctor", "seatwise doctor --stripe"],
)
@click.option(
    "--stripe",
    is_flag=True,
    help="Look at the Stripe account instead: key, webhooks, catalogue, portal, tax, clock.",
)
@click.pass_context
def doctor(context: click.Context, *, stripe: bool) -> None:
    """Show the settings and check what they point to.

    Nothing is started and nothing is changed. Exits with 1 if there is a problem.
    """
    settings = server_settings.load()
    if not stripe:
        _print_settings(list_settings(settings))
    findings = asyncio.run(examine_stripe(settings) if stripe else examine(settings))
    for finding in findings:
        _print_finding(finding)
    if any(finding.state is State.PROBLEM for finding in findings):
        context.exit(1)


def _print_settings(lines: list[SettingLine]) -> None:
    width = max(len(line.variable) for line in lines)
    for heading, group in groupby(lines, key=lambda line: line.group):
        click.secho(heading, bold=True)
        for line in group:
            _print_setting(line, width=width)
        click.echo()


def _print_setting(line: SettingLine, *, width: int) -> None:
    origin = "environment" if line.is_given else "default"
    click.echo(f"{line.variable:{width}}  {line.value}  ({origin})")
    click.secho(f"{'':{width}}  {line.description}", dim=True)


def _print_finding(finding: Finding) -> None:
    state = click.style(f"{finding.state.value:7}", fg=_COLOURS[finding.state])
    click.echo(f"{state}  {finding.subject}: {finding.text}")
    if finding.remedy:
        click.echo(f"         -> {finding.remedy}")
