"""One stream of log lines, ours and the libraries': readable for people, JSON for machines.

Lines go to stderr. Whatever is bound with `structlog.contextvars` while a request runs, such as
its `request_id`, stands in every line of it, in those of SQLAlchemy and uvicorn too. Local
variables are never written: they hold tokens.
"""

import logging
import sys

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.stdlib.PositionalArgumentsFormatter(),
]

_TOO_TALKATIVE = (
    "alembic", "asyncio", "httpcore", "httpx", "pgqueuer", "stripe", "uvicorn.access",
)  # fmt: skip
"""They tell at `info` what our own lines say better, and URLs with ids in them."""


def configure(*, level: str, as_json: bool, traced: bool = False) -> None:
    """Send every log line of this process through one format. May be called again.

    `traced` lines bear the `trace_id` and `span_id` of what they were written in.
    """
    shared = [*_SHARED, _trace_marker()] if traced else _SHARED
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                *(_machine_format() if as_json else _human_format()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(threshold)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error"):  # they bring handlers of their own
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True


def _trace_marker() -> Processor:
    from opentelemetry.trace import (  # noqa: PLC0415 # only if wanted
        format_span_id,
        format_trace_id,
        get_current_span,
    )

    def mark(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        context = get_current_span().get_span_context()
        if context.is_valid:
            event["trace_id"] = format_trace_id(context.trace_id)
            event["span_id"] = format_span_id(context.span_id)
        return event

    return mark


def _machine_format() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.EventRenamer("message", replace_by="_event"),
        structlog.processors.JSONRenderer(),
    ]


def _human_format() -> list[Processor]:
    return [
        _shorten_time,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]


def _shorten_time(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """On a screen the time of day is enough."""
    at = str(event.pop("at"))
    return {"timestamp": at[11:19], **event}
