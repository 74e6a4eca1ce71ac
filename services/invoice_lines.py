"""Lines of invoices and quotes, as rows keep them (JSON) and as they are seen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from services.billing_views import InvoiceLineView
from services.stripe_gateway import StripeInvoiceLine


def stored_lines(lines: Iterable[StripeInvoiceLine]) -> list[dict[str, Any]]:
    """As a row keeps them."""
    return [
        {
            "description": line.description,
            "amount": line.amount,
            "quantity": line.quantity,
            "periodStart": line.period_start.isoformat(),
            "periodEnd": line.period_end.isoformat(),
            "proration": line.proration,
        }
        for line in lines
    ]


def line_views(stored: str, *, currency: str) -> tuple[InvoiceLineView, ...]:
    """As they are seen; the driver gives JSON as text."""
    return tuple(
        InvoiceLineView(
            line["description"],
            line["amount"],
            currency,
            line["quantity"],
            datetime.fromisoformat(line["periodStart"]),
            datetime.fromisoformat(line["periodEnd"]),
            line["proration"],
        )
        for line in orjson.loads(stored)
    )
