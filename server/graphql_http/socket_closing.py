"""Why the server ends a WebSocket connection."""

from enum import IntEnum

_LONGEST_REASON = 123
"""Bytes: a control frame of RFC 6455 holds no more."""


class CloseCode(IntEnum):
    """RFC 6455's codes, and those of graphql-transport-ws."""

    NORMAL = 1000
    TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429
    INTERNAL_ERROR = 4500


class SocketClosedError(Exception):
    """The server ends the connection with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


class SlowReaderError(Exception):
    """The client does not take what is sent to it. Not even a close would reach it."""
