"""The gateway of a process that dies at its n-th write, just before or just after Stripe did it."""

from typing import Any

from services.stripe_gateway import StripeHTTPGateway

WRITES = (
    "create_",
    "update_",
    "archive_",
    "restore_",
    "change_",
    "release_",
    "void_",
    "cancel_",
    "resume_",
)


class ProcessDiedError(Exception):
    pass


class InterruptedGateway:
    def __init__(self, gateway: StripeHTTPGateway, *, at_write: int, after_work: bool) -> None:
        self._gateway = gateway
        self._left = at_write
        self._after_work = after_work

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._gateway, name)
        return self._interrupted(method) if name.startswith(WRITES) else method

    def _interrupted(self, method: Any) -> Any:
        async def write(**parameters: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after_work:
                raise ProcessDiedError
            answer = await method(**parameters)
            if self._left == 0:
                raise ProcessDiedError
            return answer

        return write
