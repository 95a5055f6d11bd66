"""Serves the panel's pages and static files; all are read once at the start."""

import hashlib
import html
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from push_gateway.auth import access
from push_gateway.auth.access import PATH, Caller
from push_gateway.http.errors import ApiError, bounded
from push_gateway.http.gateway import gateway_of

_HERE = Path(__file__).parent
_PLAIN_LOGIN = (
    '<!doctype html><html lang="{{lang}}"><title>Avito Live</title><p role="alert">{{error}}</p>'
    '<form method="post"><input name="username"><input name="password" type="password">'
    "<button>→</button></form>"
)
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of the panel; the tag is a digest of the content, so that an upgrade is never missed."""

    body: bytes = field(repr=False)
    media_type: str
    tag: str


def read_files(folder: Path) -> dict[str, File]:
    """Read all files below a folder, by their relative path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return {path.relative_to(folder).as_posix(): _read_file(path) for path in paths}


def _read_file(path: Path) -> File:
    body = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(body, _TYPES.get(path.suffix, guessed), f'"{hashlib.sha256(body).hexdigest()[:24]}"')


_FILES = read_files(_HERE.parent / "static")
_PAGES = {path.name: _read_file(path) for path in _HERE.glob("*.html")}


def language_of(request: Request) -> str:
    """Return ru or en, as the operator has chosen; Russian by default."""
    return "en" if access.cookies(request.headers.raw, "lang")[:1] == ["en"] else "ru"


def login_page(request: Request, error: str = "", status: int = 200) -> Response:
    """Return the login form with a message about the last attempt."""
    page = _PAGES.get("login.html")
    text = page.body.decode() if page else _PLAIN_LOGIN
    filled = text.replace("{{lang}}", language_of(request)).replace("{{error}}", html.escape(error))
    return Response(filled, status, media_type="text/html")


async def panel(request: Request) -> Response:
    """Answer `GET /admin/avito/`."""
    return await page_for_operators(request, "panel.html")


async def page_for_operators(request: Request, name: str) -> Response:
    """Return a page for any caller who is logged in; others are redirected to the login."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.caller_of(request)
    if caller is None:
        return RedirectResponse(f"{PATH}login", 303)
    page = _PAGES.get(name)
    if page is None:
        raise ApiError(404, "no_panel", "The panel's files are not installed.")
    return _filled(page, request, caller)


async def owners_page(request: Request) -> Response:
    """Answer `GET /admin/avito/owner`: for owners; others are redirected to the panel or the login."""
    gateway = gateway_of(request)
    caller = await gateway.authenticator.caller_of(request, fresh=True)
    if caller is None:
        return RedirectResponse(f"{PATH}login", 303)
    page = _PAGES.get("owner.html")
    if not caller.may("manage") or page is None:
        return RedirectResponse(PATH, 303)
    return _filled(page, request, caller)


def _filled(page: File, request: Request, caller: Caller) -> Response:
    text = page.body.decode().replace("{{lang}}", language_of(request)).replace("{{role}}", caller.role)
    # Last, as a name may look like a placeholder.
    text = text.replace("{{operator}}", html.escape(caller.operator))
    return Response(text, media_type="text/html")


async def static(request: Request) -> Response:
    """Answer `GET /admin/avito/static/…`; a browser asks each time and gets 304 if nothing has changed."""
    file = _FILES.get(request.path_params["path"])
    if file is None:
        raise ApiError(404, "not_found", "There is no such file.")
    headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(file.body, headers=headers, media_type=file.media_type)


async def home(request: Request) -> Response:
    """Redirect from a part of the panel's address to the panel."""
    return RedirectResponse(PATH, 307)


ROUTES = [
    Route("/", home),
    Route(PATH.rstrip("/"), home),
    Route(PATH, bounded(panel)),
    Route(f"{PATH}owner", bounded(owners_page)),
    Route(f"{PATH}static/{{path:path}}", static),
]
