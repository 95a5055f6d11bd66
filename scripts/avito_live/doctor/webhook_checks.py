"""The webhook's public URL as a client finds it: what answers, how fast, what the proxy lets through."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2

from avito_live.doctor.rows import Row, row
from avito_live.webhook_setup.probe import BUDGET_MS, Answer, post

_BODY_KB = 200
"""Ingest takes 256 KiB; a webhook of Avito's has some kilobytes."""
_PICTURE_MB = 25
_PATIENCE_S = 4.0
_UPGRADE = {
    "connection": "Upgrade, HTTP2-Settings",
    "upgrade": "h2c",
    "http2-settings": "AAMAAABkAAQCAAAAAAIAAAAA",
}
"""What clients that would like HTTP/2 send along, as curl and Java do."""
_PROBE = b'{"test": "message"}'
_DENIED, _GONE = (401, 403, 407, 429), (502, 503, 504)


def judge(answer: Answer) -> Row:
    """Return the row of the answer to a probe. Pure."""
    values = {"status": answer.status, "ms": answer.ms, "server": answer.server, "budget": BUDGET_MS}
    if answer.status is None:
        return row("webhook_silent", error=answer.error)
    if answer.is_ours:
        return row("webhook_right" if answer.ms < BUDGET_MS else "webhook_slow", **values)
    if httpx2.codes.is_redirect(answer.status):
        return row("webhook_redirected", to=_without_path(answer.location), **values)
    if httpx2.codes.is_success(answer.status):
        return row("webhook_other", **values)
    if answer.status in _DENIED:
        return row("webhook_denied", **values)
    return row("webhook_no_ingest" if answer.status in _GONE else "webhook_not_passed", **values)


def judge_body(answer: Answer) -> list[Row]:
    """Return the row of a large webhook that did not pass. Pure."""
    if answer.is_ours or answer.status is None:
        return []
    return [row("webhook_body", kb=_BODY_KB, status=answer.status, server=answer.server)]


def judge_upgrade(answer: Answer) -> list[Row]:
    """Return the row of a webhook with an `Upgrade` header that did not pass. Pure."""
    if answer.is_ours:
        return []
    return [row("webhook_upgrade", status=answer.status or answer.error, server=answer.server)]


def judge_upload(head: bytes) -> list[Row]:
    """Return the row of a picture whose size was refused, by the head of the answer. Pure."""
    status, _, headers = head.decode("latin-1").partition("\r\n")
    if status.split()[1:2] != ["413"]:
        return []
    named = dict(line.lower().split(": ", 1) for line in headers.split("\r\n") if ": " in line)
    return [row("upload_refused", mb=_PICTURE_MB, server=named.get("server", "-"))]


async def check(url: str) -> list[Row]:
    """Post probes; what an earlier one makes impossible is left out."""
    first = judge(await post(url, b"{}"))
    if first.state != "right":
        return [first]
    padded = b'{"test": "' + b"." * (_BODY_KB * 1024) + b'"}'
    large, upgrading, head = await asyncio.gather(
        post(url, padded), post(url, _PROBE, _UPGRADE), _upload(url)
    )
    return [first, *judge_body(large), *judge_upgrade(upgrading), *judge_upload(head)]


async def _upload(url: str) -> bytes:
    """Announce a picture and send none of it; return the head of an answer, b"" where none comes.

    A proxy that bounds bodies says so at once; without a session the gateway takes no picture.
    """
    parts = urlsplit(url)
    tls = httpx2.create_ssl_context() if parts.scheme == "https" else None
    port = parts.port or (443 if tls else 80)
    request = (
        f"POST /admin/avito/api/chats/none/images HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {_PICTURE_MB * 1024**2}\r\n"
        "Connection: close\r\n\r\n"
    )
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
            try:
                writer.write(request.encode())
                return await reader.readuntil(b"\r\n\r\n")
            finally:
                writer.close()
    return b""


def _without_path(location: str) -> str:
    """Return only scheme and host of a redirect, whose path may hold the secret."""
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "-"
