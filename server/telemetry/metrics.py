"""What is counted in this process, in Prometheus' terms. `docs/operations.md` lists it.

With several processes on one machine, `PROMETHEUS_MULTIPROC_DIR` names a directory that they share,
and each answers for all (`server.telemetry.exposition`). It has to be set before this is loaded.

No label takes values that clients invent.
"""

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

OPERATIONS = Histogram(
    "seatwise_graphql_operation_seconds",
    "How long operations took. `name` is that of trusted documents; others are one.",
    ["type", "name"],
    buckets=FAST,
)
ERRORS = Counter(
    "seatwise_graphql_errors", "Errors given to clients, by `extensions.code`.", ["code"]
)
REFUSALS = Counter(
    "seatwise_refusals", "Refusals in the payloads of mutations, by `RefusalCode`.", ["code"]
)
STREAMS = Gauge(
    "seatwise_graphql_streams",
    "Open event streams and WebSockets.",
    multiprocess_mode="livesum",
)
SIGN_IN_REFUSALS = Counter("seatwise_sign_in_refusals", "Access tokens that were refused.")
WEBHOOKS = Counter(
    "seatwise_webhooks",
    "Deliveries of Stripe, by `outcome`: new, repeated, refused, not_stored.",
    ["outcome"],
)
STRIPE_CALLS = Histogram(
    "seatwise_stripe_call_seconds",
    "Tries of calls to Stripe. `outcome` is 2xx, 4xx, 5xx, or why there was no answer.",
    ["method", "outcome"],
    buckets=SLOW,
)
JOBS = Histogram(
    "seatwise_job_seconds",
    "Jobs of the worker, by name. `outcome` is done, failed (tried again) or postponed (another"
    " does the same now).",
    ["job", "outcome"],
    buckets=SLOW,
)
CONNECTIONS = Gauge(
    "seatwise_database_connections",
    "Connections to Postgres by `pool` (read or write) and `state` (used, idle, or spare).",
    ["pool", "state"],
    multiprocess_mode="livesum",
)
