"""What the IDE and the portal have in common: pages built by Vite, served from our own files."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from server.listed import Origins

WEB_SOURCES = Path(__file__).resolve().parent.parent
"""The folder that holds `ide/` and `portal/`."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


class WebPageSettings(BaseModel):
    """How our own pages sign people in at the issuer."""

    ide_client_id: str = Field(
        default="seatwise-ide", description="The IDE, as the issuer knows it"
    )
    portal_client_id: str = Field(
        default="seatwise-portal", description="The portal, as the issuer knows it"
    )
    web_sign_in_scope: str = Field(
        default="openid profile email offline_access",
        description="What our pages ask the issuer for",
    )
    web_sign_in_parameters: dict[str, str] = Field(
        default_factory=dict,
        description='Added to the authorization request: {"audience": "..."} for Auth0',
    )
    web_connect_origins: Origins = Field(
        default=(),
        description="Origins, by commas, of the issuer's endpoints, if not the issuer's own",
    )

    def sign_in(self, *, client_id: str, oidc_issuer: str) -> dict[str, object]:
        """What a page needs to know to sign somebody in."""
        return {
            "issuer": oidc_issuer,
            "clientId": client_id,
            "scope": self.web_sign_in_scope,
            "authorizationParameters": self.web_sign_in_parameters,
        }


def content_security_policy(settings: WebPageSettings, *, oidc_issuer: str) -> str:
    """The policy of our pages: own files only, and talk with this server and the issuer.

    Inline styles stay allowed, because the IDE's editor positions its text with them.
    """
    issuer = urlsplit(oidc_issuer)
    origins = (f"{issuer.scheme}://{issuer.netloc}", *settings.web_connect_origins)
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            f"connect-src 'self' ws: wss: {' '.join(origins)}",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def page_response(directory: Path, *, policy: str) -> Response:
    """The page that Vite built in `directory`, asked for again at every visit.

    A page that nobody has built yet is a plain line that says how to build it (status 503).
    """
    index = directory / "index.html"
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "same-origin",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    if not index.is_file():
        line = "This page is not built yet. Run `make web`, then load it again.\n"
        return PlainTextResponse(line, status_code=503, headers={"Cache-Control": "no-store"})
    return FileResponse(index, media_type="text/html", headers=headers)


class BuiltFiles(StaticFiles):
    """Files that Vite has built and compressed: named by their content, so kept for ever.

    The `.br` or `.gz` beside a file is sent to whoever takes it. Nothing is compressed here, on the
    event loop that answers the API.
    """

    def __init__(self, directory: Path) -> None:
        # The folder may be built after the server has started, or not at all.
        super().__init__(directory=directory, check_dir=False)

    async def check_config(self) -> None:
        """Leaves a missing folder to 404, file by file."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answers with the smallest form of the file that the client takes."""
        accepted = _accepted_encodings(Headers(scope=scope).get("accept-encoding", ""))
        plain = super().file_response(full_path, stat_result, scope, status_code)
        for encoding, suffix in _ENCODINGS:
            if encoding in accepted and (small := _regular_file(f"{full_path}{suffix}")):
                response = super().file_response(f"{full_path}{suffix}", small, scope, status_code)
                if not isinstance(response, NotModifiedResponse):
                    response.headers["Content-Type"] = plain.headers["Content-Type"]
                response.headers["Content-Encoding"] = encoding
                return _kept(response)
        return _kept(plain)


def _accepted_encodings(header: str) -> Sequence[str]:
    """The encodings that an Accept-Encoding header names and does not refuse by q=0."""
    offers = (offer.replace(" ", "").lower().split(";q=") for offer in header.split(","))
    return [name for name, *weight in offers if not weight or weight[0].strip("0.")]


def _regular_file(path: str) -> os.stat_result | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _kept(response: Response) -> Response:
    # The editor's workers live under the policy of their own file.
    response.headers["Content-Security-Policy"] = "default-src 'self'"
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
