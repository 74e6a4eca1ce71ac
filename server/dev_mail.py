"""`/dev/mail`: in development, the mails that no SMTP server takes. In production it is not there.

Whoever reaches this server reads everybody's invitations here, as the development issuer signs
anybody in.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.assembly import Services
from services.mail import MailView

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "dev_mail_pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""Of a mail's own HTML: it may look as it likes, and do nothing."""


def routes() -> list[BaseRoute]:
    """The list, one mail, its HTML, and all of them as JSON. Wants `services` in the state."""
    return [
        Route("/dev/mail", _list),
        Route("/dev/mail.json", _list_as_json),
        Route("/dev/mail/{mail_id:uuid}", _show),
        Route("/dev/mail/{mail_id:uuid}/html", _show_html),
    ]


async def _list(request: Request) -> Response:
    services: Services = request.app.state.services
    return _page("list.html", mails=await services.mail.list_kept())


async def _list_as_json(request: Request) -> Response:
    """The newest first; `?to=` keeps those to one address."""
    services: Services = request.app.state.services
    recipient = request.query_params.get("to")
    kept = await services.mail.list_kept()
    shown = [_as_json(mail) for mail in kept if recipient in {None, mail.recipient}]
    return JSONResponse({"mails": shown}, headers={"Cache-Control": "no-store"})


async def _show(request: Request) -> Response:
    return _page("mail.html", mail=await _asked_for(request))


async def _show_html(request: Request) -> Response:
    mail = await _asked_for(request)
    headers = {
        "Content-Security-Policy": f"{_MAIL_POLICY} allow-popups allow-popups-to-escape-sandbox",
        "Cache-Control": "no-store",
    }
    # Links leave the frame that the mail is shown in.
    content = mail.html.replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(content, headers=headers)


async def _asked_for(request: Request) -> MailView:
    services: Services = request.app.state.services
    mail_id: UUID = request.path_params["mail_id"]
    mail = await services.mail.get(mail_id)
    if mail is None:
        raise HTTPException(404, "There is no such mail.")
    return mail


def _page(name: str, **values: object) -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(_PAGES.get_template(name).render(nonce=nonce, **values), headers=headers)


def _as_json(mail: MailView) -> Mapping[str, str]:
    return {
        "id": str(mail.id),
        "to": mail.recipient,
        "messageId": mail.message_id,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "queuedAt": mail.queued_at.isoformat(),
    }
