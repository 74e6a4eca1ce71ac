"""The table of what was looked at, and what is wrong."""

from collections import Counter

from tests.chaos.checks import CHECKS, Finding
from tests.chaos.evidence import Evidence
from tests.chaos.run import Chaos

_MOST_SHOWN = 20


def judge(evidence: Evidence) -> tuple[list[tuple[str, int, int]], list[Finding]]:
    """For each check: its name, how many were looked at, how many are wrong; and what."""
    rows, findings = [], []
    for check in CHECKS:
        wrong = list(check.wrong(evidence))
        rows.append((check.name, check.counted(evidence), len(wrong)))
        findings += wrong
    return rows, findings


def report(chaos: Chaos, rows: list[tuple[str, int, int]], findings: list[Finding]) -> str:
    """For people."""
    plan, done = chaos.plan, chaos.done
    failed = f"{done.faults} failed calls of Stripe, {chaos.kills} killed processes"
    lines = [
        f"seed {plan.seed}: {plan.organizations} organizations lived {done.lived.days} days",
        f"{chaos.steps} steps, {failed}",
        "",
        f"{'what has to hold':52}{'looked at':>10}{'wrong':>8}",
        *(f"{name:52}{counted:>10}{wrong:>8}" for name, counted, wrong in rows),
        "",
        *(f"seed {plan.seed}, {finding}" for finding in findings[:_MOST_SHOWN]),
    ]
    if len(findings) > _MOST_SHOWN:
        lines.append(f"and {len(findings) - _MOST_SHOWN} more")
    return "\n".join(lines)


def answers(chaos: Chaos) -> str:
    """How often each mutation had each outcome."""
    counted: Counter[str] = chaos.browser.answers
    return "\n".join(f"{times:6} {what}" for what, times in sorted(counted.items()))
