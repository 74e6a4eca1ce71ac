"""A stand-in for Stripe over HTTP, for machines without a Stripe account. See README.md."""

from sandbox.app import create_app
from sandbox.server import run
from sandbox.settings import Settings

__all__ = ["Settings", "create_app", "run"]
