"""Opens the body of a webhook: undoes its compression and its character encoding, within bounds. Pure.

The first bytes of a body say what it is, so one is opened as well that came without `Content-Encoding`, or
with one that is not true. The header tells two things more: to try deflate where the bytes could be text,
and the name of what cannot be opened.
"""

import gzip
import io
import json
import re
import zlib

from shared.wires.inbox import Webhook

LARGEST = 256 * 1024
"""Bytes of an opened body: as many as ingest takes of one that comes as it is. Avito's have about 2 KB."""
LARGEST_UNVERIFIED = 32 * 1024
"""The same of an unverified one."""
MOST_LAYERS = 4
"""How often a body may be compressed."""
MOST_MEMBERS = 100
"""Parts of a gzip body: each costs as much as thousands of bytes."""

_GZIP_SIGN = b"\x1f\x8b"
_MEMBER = _GZIP_SIGN + b"\x08"
_WITH_HEADER, _RAW = 15, -15
"""The two forms of deflate, as zlib's `wbits`."""
_KNOWN = ("", "identity", "gzip", "x-gzip", "deflate")
_JSON = re.compile(rb"\s*[\[{]")
_AROUND = "\ufeff \t\r\n\0"
"""Byte order marks, white space, and the end of a string in C."""
_SHORTEST_UTF_16 = 4
"""Bytes of `{}`."""


class UnopenedError(ValueError):
    """A body cannot be opened; the text says why."""


def open_body(webhook: Webhook, largest: int = LARGEST) -> bytes:
    """Return the body in UTF-8, without compression and byte order mark. Raises UnopenedError.

    `largest`: bytes that a compressed one may open to. Bytes that are no character become U+FFFD, so that
    they cost a character and not the message. Of a body that was cut off, the beginning is returned: it may
    name the chat.
    """
    body = webhook.body
    if webhook.encoding or not _JSON.match(body):
        body = _decompress(body, largest)
    body = _as_utf8(body)
    if webhook.encoding and body and not _JSON.match(body):
        _name_unknown(webhook.encoding)
    return body


def readable(webhook: Webhook) -> bytes:
    """Return the opened body, or the body as it came where it cannot be opened."""
    try:
        return open_body(webhook)
    except UnopenedError:
        return webhook.body


def _decompress(body: bytes, largest: int) -> bytes:
    for _ in range(MOST_LAYERS + 1):
        is_gzip = body.startswith(_GZIP_SIGN)
        opened = _gunzip(body, largest) if is_gzip else _inflate(body, largest)
        if opened is None:
            return body
        if len(opened) > largest:
            raise UnopenedError(f"a compressed body that opens to more than {largest:,} bytes")
        body = opened
    raise UnopenedError(f"compressed more than {MOST_LAYERS} times")


def _gunzip(body: bytes, largest: int) -> bytes:
    """Return the content, cut one byte past the largest; of a broken body what comes before the break."""
    if body.count(_MEMBER) > MOST_MEMBERS:
        raise UnopenedError(f"a gzip body of more than {MOST_MEMBERS} parts")
    opened = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        try:
            while piece := file.read1(largest + 1 - len(opened)):
                opened += piece
        except (OSError, EOFError, zlib.error) as error:
            if not opened:
                raise UnopenedError(f"a gzip body that is broken: {error}") from None
    return bytes(opened)


def _inflate(body: bytes, largest: int) -> bytes | None:
    """Return the content, cut one byte past the largest; None when the body is not deflated.

    Nearly any text begins like raw deflate, so that has to be whole; not so what has zlib's header.
    """
    for wbits in (_WITH_HEADER, _RAW):
        stream = zlib.decompressobj(wbits)
        try:
            opened = stream.decompress(body, largest + 1)
        except zlib.error:
            continue
        is_whole = stream.eof and not stream.unused_data
        if is_whole or len(opened) > largest or (opened and wbits == _WITH_HEADER):
            return opened
    return None


def _as_utf8(body: bytes) -> bytes:
    encoding = json.detect_encoding(body) if len(body) >= _SHORTEST_UTF_16 else "utf-8"
    return body.decode(encoding, "replace").strip(_AROUND).encode()


def _name_unknown(encoding: bytes) -> None:
    """Raise UnopenedError for the outermost encoding that is unknown here, if there is one."""
    names = [name.strip().lower() for name in encoding.decode("latin-1").split(",")]
    unknown = [name for name in names if name not in _KNOWN]
    if unknown:
        raise UnopenedError(f"compressed as {unknown[-1][:40]!r}, which this version cannot open")
