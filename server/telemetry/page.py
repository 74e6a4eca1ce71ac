"""The table of figures in `docs/operations.md`: `python -m server.telemetry.page` prints it."""

from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from server.telemetry import metrics
from server.telemetry.database_figures import FIGURES


def table() -> str:
    """A row for each figure, in markdown."""
    rows = [_row_of(one) for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    rows += [_row(one.name, "gauge", one.labels, one.meaning) for one in FIGURES]
    return "\n".join(
        ["| figure | kind | labels | what it tells |", "| --- | --- | --- | --- |", *rows]
    )


def _row_of(metric: MetricWrapperBase) -> str:
    name = f"{metric._name}_total" if isinstance(metric, Counter) else metric._name  # noqa: SLF001 # no public name
    return _row(name, metric._type, metric._labelnames, metric._documentation)  # noqa: SLF001 # no public name


def _row(name: str, kind: str | None, labels: tuple[str, ...], meaning: str) -> str:
    named = ", ".join(f"`{label}`" for label in labels)
    return f"| `{name}` | {kind} | {named} | {meaning} |"


if __name__ == "__main__":
    print(table())  # noqa: T201 # what it is for
