"""OpenTelemetry traces, when the environment names a place to send them to.

The names are OpenTelemetry's own: OTEL_EXPORTER_OTLP_ENDPOINT (or ..._TRACES_ENDPOINT) turns it on,
OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_HEADERS and the others mean what they do
everywhere. Without an endpoint nothing of it is loaded, and no hook is attached anywhere.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from server.start_error import StartError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"
_FLUSH_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where the spans of a process go."""

    tracer: "Tracer"
    provider: "TracerProvider"

    async def aclose(self) -> None:
        """Send what was not sent yet; give up after some seconds."""
        await asyncio.to_thread(self.provider.force_flush, _FLUSH_SECONDS * 1000)
        await asyncio.to_thread(self.provider.shutdown)


def is_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names a place to send traces to."""
    is_off = (
        environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
        or environment.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower() != "otlp"
    )
    return not is_off and any(environment.get(name) for name in _ENDPOINTS)


def start_tracing() -> Tracing | None:
    """What the environment asks for; None: nothing. Raises `StartError` for what we cannot speak.

    Each process calls it once, after it was forked or spawned: the sender is a thread.
    """
    if not is_wanted():
        return None
    asked = next((name for name in _PROTOCOLS if os.environ.get(name)), None)
    if asked and os.environ[asked].strip() != _PROTOCOL:
        raise StartError(
            f"{asked} is {os.environ[asked]}: traces are sent by {_PROTOCOL} only"
            " (port 4318 of most collectors)."
        )
    return _started()


def _started() -> Tracing:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 # only if wanted
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 # only if wanted
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 # only if wanted
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 # only if wanted

    name = os.environ.get("OTEL_SERVICE_NAME") or "seatwise"
    described = {"service.name": name, "service.version": version("seatwise")}
    provider = TracerProvider(
        resource=Resource.create({**described, "process.pid": os.getpid()}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider.get_tracer("seatwise", version("seatwise")), provider)
