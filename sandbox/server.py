"""Runs the sandbox as a process of its own."""

import structlog
import uvicorn
from structlog.dev import ConsoleRenderer, plain_traceback

from sandbox.app import create_app
from sandbox.settings import Settings


def run(*, host: str, port: int, database_url: str, public_url: str | None = None) -> None:
    """Serves until interrupted. `public_url` defaults to the address that is listened on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            ConsoleRenderer(exception_formatter=plain_traceback),
        ]
    )
    settings = Settings(database_url=database_url, public_url=public_url or f"http://{host}:{port}")
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
