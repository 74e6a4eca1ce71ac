"""What has to hold when all is over. Each check looks at the evidence alone."""

from tests.chaos.checks.check import Check, Finding
from tests.chaos.checks.intents import INTENTS
from tests.chaos.checks.leftovers import LEFTOVERS
from tests.chaos.checks.mails import MAILS
from tests.chaos.checks.mirror import MIRROR
from tests.chaos.checks.money import MONEY
from tests.chaos.checks.seats import SEATS

CHECKS: tuple[Check, ...] = (*MIRROR, *MONEY, *INTENTS, *SEATS, *LEFTOVERS, *MAILS)

__all__ = ["CHECKS", "Check", "Finding"]
