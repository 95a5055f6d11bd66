"""The webhook's address in every spelling that a sender, a proxy or a slip of an owner may give it."""

import itertools
import re
from collections.abc import Iterator
from random import Random
from urllib.parse import quote, unquote_to_bytes

BEFORE = (
    "/admin/avito/webhook/",
    "//admin//avito/webhook//",
    "/admin/avito/%77ebhook/",
    "/%61dmin/avito/webhook/",
    "/admin%2Favito%2Fwebhook%2F",
    "/ADMIN/Avito/WebHook/",
    "/admin/avito/webhook;x/",
    "/admin;a=b/avito/webhook/",
    "/admin\\avito\\webhook\\",
    "/admin/avito/webhook/./",
    "/x/../admin/avito/webhook/",
    "/%2e%2e/admin/avito/webhook/",
    "/admin/avito/webhook/status/",
    "/admin/avito/webhook",
    "/admin/avito/webhook?",
    "/admin/avito/webhook?secret=",
    "/admin/avito/webhook#",
    "/admin/avito/login?next=",
    "/admin/avito/login/",
    "/admin/avito/login",
    "/admin/avito/ws?token=",
    "/admin/avito/ws/",
    "/admin/avito/api/",
    "/admin/avito/api/chats/",
    "/admin/avito/api/chats/1/messages/",
    "/admin/avito/static/",
    "/admin/avito/",
    "/admin/",
    "/",
    "",
    "/?",
    "/livez/",
    "webhook/",
)
AFTER = (
    "",
    "/",
    "?a=",
    ";x",
    "%20",
    " ",
    "%00",
    "%0a",
    "\\",
    "/..",
    "/../status",
    "é",
    '"',
    "\t",
    "%zz",
    "#x",
)
METHODS = ("POST",) * 20 + ("GET", "OPTIONS", "CONNECT", "PRI", "post", "PO ST")
VERSIONS = (" HTTP/1.1",) * 20 + (" HTTP/1.0", "", " HTTP/2.0", " HTTP/9.9", " HTPP/1.1")
ORIGINS = ("",) * 16 + ("http://{host}", "HTTPS://{host}", "http://other.example", "http:", "http://a@{host}")
HOSTS = ("Host: {host}\r\n",) * 20 + ("Host: other.example\r\n", "", "Host: a b\r\n")
HEADERS = (
    *("", "Content-Length: 2\r\n\r\n{}") * 8,
    "Content-Length: x\r\n",
    "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "Bad Header: 1\r\n",
    "Expect: what\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
    f"X-Long: {'x' * 40_000}\r\n",
)
_PIECE = 8


def requests(secret: str, host: str) -> Iterator[bytes]:
    """Yield the same raw requests each time, with the secret in target and referrer, most of them whole."""
    chance = Random(secret)
    for target in targets(secret):
        parts = [chance.choice(kinds) for kinds in (METHODS, ORIGINS, VERSIONS, HOSTS, HEADERS)]
        method, origin, version, to, headers = (part.replace("{host}", host) for part in parts)
        referrer = f"Referer: https://{host}{target}\r\n"
        yield f"{method} {origin}{target}{version}\r\n{to}{referrer}{headers}\r\n".encode()


def targets(secret: str) -> Iterator[str]:
    """Yield paths and queries that hold the secret."""
    escaped = "".join(f"%{ord(letter):02x}" for letter in secret)
    first = f"%{ord(secret[0]):02X}{secret[1:]}"
    forms = itertools.cycle((secret, first, escaped, quote(escaped), secret))
    for before, after in itertools.product(BEFORE, AFTER):
        yield f"{before}{next(forms)}{after}"
    for length in (9_000, 40_000):
        yield f"/admin/avito/webhook/{secret}/{'x' * length}"
        yield f"/{'x' * length}/{secret}"


def leaks(log: str, secret: str) -> list[str]:
    """Return the lines that hold a piece of the secret, escaped or not."""
    pieces = [secret[at : at + _PIECE].lower() for at in range(len(secret) - _PIECE + 1)]
    return [line for line in log.splitlines() if any(piece in _plain(line) for piece in pieces)]


def _plain(line: str) -> str:
    line = re.sub(r"\\+(?:x|u00)([0-9A-Fa-f]{2})", r"%\1", line)
    for _ in range(3):
        line = unquote_to_bytes(line).decode("utf-8", "replace")
    return line.lower()
