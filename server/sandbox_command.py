import sys

from server.settings import Settings


def sandbox_command(settings: Settings) -> list[str]:
    """How the sandbox is started: as a program of its own, since nothing here imports it.

    Its database comes in the environment, as DATABASE_URL.
    """
    return [
        *(sys.executable, "-m", "sandbox"),
        *("--host", settings.host),
        *("--port", str(settings.sandbox_port)),
        *("--public-url", settings.sandbox_url),
    ]
