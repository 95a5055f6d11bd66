"""Serves the panel's pages and static files; all are read once at the start."""

import hashlib
import html
import mimetypes
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from push_gateway.auth import access
from push_gateway.auth.access import PATH, Scope
from push_gateway.http.errors import ApiError
from push_gateway.http.gateway import gateway_of
from push_gateway.http.routes import bounded
from shared.command_names import named_for_here

_HERE = Path(__file__).parent
_COMMENTS = re.compile(rb"^[ \t]*(?://.*|/\*(?s:(?:(?!\*/).)*)\*/[ \t]*)$", re.MULTILINE)
"""On lines of their own; they are for those who read the source, and line numbers stay."""
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
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _read_file(path) for path in paths}


def _read_file(path: Path) -> File:
    body = path.read_bytes()
    if path.suffix == ".js" and "vendor" not in path.parts:
        body = _COMMENTS.sub(lambda comment: b"\n" * comment[0].count(b"\n"), body)
        body = named_for_here(body.decode()).encode()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(body, _TYPES.get(path.suffix, guessed), f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def _read_page(path: Path) -> str:
    text = path.read_text("utf-8").replace("{{early}}", (_HERE / "early.js").read_text("utf-8"))
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if not line.startswith("//"))


_FILES = read_files(_HERE.parent / "static")
_PAGES = {path.name: _read_page(path) for path in _HERE.glob("*.html")}


def _digests(pages: Iterable[str]) -> str:
    scripts = {script for page in pages for script in re.findall("<script>(.*?)</script>", page, re.DOTALL)}
    digests = (b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(sorted(f"'sha256-{digest}'" for digest in digests))


INLINE_SCRIPTS = _digests(_PAGES.values())
"""The scripts that stand in the pages themselves, as a content policy names them."""


def language_of(request: Request) -> str:
    """Return ru or en, as the operator has chosen; Russian by default."""
    chosen = access.cookies(request.headers.raw, "lang")  # another program's may come first
    return next((language for language in chosen if language in ("ru", "en")), "ru")


def login_page(request: Request, error: str = "", status: int = 200) -> Response:
    """Return the login form with a message about the last attempt."""
    text = _PAGES["login.html"].replace("{{lang}}", language_of(request))
    return Response(text.replace("{{error}}", html.escape(error)), status, media_type="text/html")


def page_route(path: str, page: str, scope: Scope = "read") -> Route:
    """Return the route of a page of the panel; callers who may not open it are redirected."""

    async def show(request: Request) -> Response:
        caller = await gateway_of(request).authenticator.caller_of(request, fresh=scope == "manage")
        if caller is None:
            return RedirectResponse(f"{PATH}login", 303)
        if not caller.may(scope):
            return RedirectResponse(PATH, 303)
        text = _PAGES[page].replace("{{lang}}", language_of(request)).replace("{{role}}", caller.role)
        # Last, as a name may look like a placeholder.
        return Response(text.replace("{{operator}}", html.escape(caller.operator)), media_type="text/html")

    return Route(f"{PATH}{path}", bounded(show))


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
    page_route("", "panel.html"),
    page_route("owner", "owner.html", "manage"),
    Route(f"{PATH}static/{{path:path}}", static),
]
