"""The hosted invoice page: what is owed, a way to pay it, 3-D Secure, and the PDF."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.billing.cards import find_card
from sandbox.billing.collecting import (
    collect,
    find_method_on_file,
    reject_authentication,
    subscription_of,
)
from sandbox.billing.invoices import check_payable
from sandbox.billing.money import format_amount
from sandbox.billing.payment_methods import add_card, attach
from sandbox.billing.payments import Outcome
from sandbox.engine.account import Account, Resource
from sandbox.errors import StripeError, invalid
from sandbox.pages.common import Accounts, format_day, page, read_form, see_other
from sandbox.pages.pdf import TextLine, write_pdf

_NOT_PAID = 402


class InvoicePages:
    """The handlers and their routes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """What the application serves."""
        base = "/i/{id}/{token}"
        return [
            Route(base, self.show, methods=["GET"]),
            Route(base, self.pay, methods=["POST"]),
            Route(f"{base}/3ds", self.show_authentication, methods=["GET"]),
            Route(f"{base}/3ds", self.authenticate, methods=["POST"]),
            Route(f"{base}/pdf", self.download, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The invoice in its state."""
        async with self._accounts.open("invoice", request.path_params["id"]) as account:
            return await _show(account, await _find(account, request))

    async def pay(self, request: Request) -> Response:
        """Pays with the card on file, or with a new one that is kept for next time."""
        form = await read_form(request)
        problem = None
        async with self._accounts.open("invoice", request.path_params["id"]) as account:
            invoice = await _find(account, request)
            try:
                outcome = await pay_on_page(account, invoice, card=form.get("card", ""))
            except StripeError as refusal:
                problem = str(refusal)
            else:
                if outcome is Outcome.NEEDS_ACTION:
                    return see_other(f"{request.url.path}/3ds")
                problem = await _explain(account, invoice, outcome)
            status = _NOT_PAID if problem else 200
            return await _show(account, invoice, problem=problem, form=form, status=status)

    async def show_authentication(self, request: Request) -> Response:
        """The bank asks."""
        async with self._accounts.open("invoice", request.path_params["id"]) as account:
            invoice = await _find(account, request)
            if not await _waits(account, invoice):
                return see_other(_url(request))
            return page(
                "three_d_secure.html",
                amount=invoice["amount_due"],
                currency=invoice["currency"],
            )

    async def authenticate(self, request: Request) -> Response:
        """The customer passed, or did not."""
        form = await read_form(request)
        async with self._accounts.open("invoice", request.path_params["id"]) as account:
            invoice = await _find(account, request)
            if await _waits(account, invoice):
                passed = form.get("action") == "complete"
                await finish_authentication(account, invoice, passed=passed)
        return see_other(_url(request))

    async def download(self, request: Request) -> Response:
        """The PDF."""
        async with self._accounts.open("invoice", request.path_params["id"]) as account:
            invoice = await _find(account, request)
            content = write_pdf(describe_invoice(invoice))
            name = f'attachment; filename="Invoice-{invoice["number"]}.pdf"'
            headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
            return Response(content, media_type="application/pdf", headers=headers)


async def pay_on_page(account: Account, invoice: Resource, *, card: str) -> Outcome:
    """One attempt by the customer: with `card`, or with what is on file when it is empty.

    Raises:
        StripeError: nothing can be paid here, or the card cannot be saved.
    """
    check_payable(invoice)
    intent = await account.find(invoice["_intent"])
    if intent and intent["status"] == "requires_action" and not card:
        return Outcome.NEEDS_ACTION
    method = None
    if card:
        method = add_card(account, find_card(card))
        await attach(account, method["id"], customer=invoice["customer"])
        await _keep(account, invoice, method)
    elif await find_method_on_file(account, invoice) is None:
        raise invalid("Please enter a card.")
    return await collect(account, invoice, method=method)


async def finish_authentication(account: Account, invoice: Resource, *, passed: bool) -> None:
    """The end of 3-D Secure: the money is taken, or the payment failed."""
    if not passed:
        await reject_authentication(account, invoice)
        return
    intent = await account.get("payment_intent", invoice["_intent"])
    method = await account.get("payment_method", intent["payment_method"])
    await collect(account, invoice, method=method, is_authenticated=True)


async def _keep(account: Account, invoice: Resource, method: Resource) -> None:
    """The card that pays an overdue invoice is the subscription's card from now on."""
    subscription = await subscription_of(account, invoice)
    if subscription is not None:
        subscription["default_payment_method"] = method["id"]
        account.emit("customer.subscription.updated", subscription)


async def _find(account: Account, request: Request) -> Resource:
    invoice = await account.get("invoice", request.path_params["id"])
    if invoice.get("_token") != request.path_params["token"]:
        raise HTTPException(404)
    return invoice


async def _waits(account: Account, invoice: Resource) -> bool:
    intent = await account.find(invoice.get("_intent"))
    is_asked = intent is not None and intent["status"] == "requires_action"
    return is_asked and invoice["status"] == "open"


async def _explain(account: Account, invoice: Resource, outcome: Outcome) -> str | None:
    if outcome is Outcome.PAID:
        return None
    intent = await account.get("payment_intent", invoice["_intent"])
    return str(intent["last_payment_error"]["message"])


async def _show(
    account: Account,
    invoice: Resource,
    *,
    problem: str | None = None,
    form: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    method = await find_method_on_file(account, invoice) if invoice["status"] == "open" else None
    return page(
        "invoice.html",
        status=status,
        invoice=invoice,
        lines=invoice["lines"]["data"],
        method=method,
        waits=await _waits(account, invoice),
        problem=problem,
        form=form or {},
    )


def _url(request: Request) -> str:
    return request.url.path.removesuffix("/3ds")


def describe_invoice(invoice: Resource) -> list[TextLine]:
    """The invoice as lines of text."""
    currency = invoice["currency"]
    discount = sum(entry["amount"] for entry in invoice["total_discount_amounts"])
    tax = sum(entry["amount"] for entry in invoice["total_taxes"])
    sums = [
        ("Subtotal", invoice["subtotal"]),
        *([("Discount", -discount)] if discount else []),
        *([("Tax", tax)] if tax else []),
        ("Total", invoice["total"]),
        ("Amount due", invoice["amount_due"]),
    ]
    return [
        TextLine("Invoice", style="title"),
        TextLine(),
        TextLine("Sandbox invoice: no money moved.", style="strong"),
        TextLine(f"Number: {invoice['number']}", f"Status: {invoice['status']}"),
        TextLine(f"Date: {format_day(invoice['effective_at'])}"),
        TextLine(f"Bill to: {invoice['customer_name'] or invoice['customer_email'] or ''}"),
        TextLine(),
        *_describe_lines(invoice, currency),
        TextLine(),
        *(TextLine(name, format_amount(amount, currency), "strong") for name, amount in sums),
    ]


def _describe_lines(invoice: Resource, currency: str) -> list[TextLine]:
    described = []
    for line in invoice["lines"]["data"]:
        period = f"{format_day(line['period']['start'])} to {format_day(line['period']['end'])}"
        described += [
            TextLine(line["description"], format_amount(line["amount"], currency)),
            TextLine(f"    {period}"),
        ]
    return described
