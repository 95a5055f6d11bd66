"""Webhooks in every form that a sender or a proxy may give them, each with a message of its own."""

import gzip
import time
import zlib

import orjson

from testbed import ACCOUNT, System, shown, until

CHAT = "u2i-door-1"
H2C = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}


def webhook(message_id: str, chat: str = CHAT) -> bytes:
    """Return the body of a message."""
    value = {"id": message_id, "chat_id": chat, "user_id": ACCOUNT, "author_id": 205006007, "type": "text"}
    value |= {"created": int(time.time()), "content": {"text": "Добрый день"}}
    return orjson.dumps({"id": "d", "version": "v3", "payload": {"type": "message", "value": value}})


def deflated_raw(body: bytes) -> bytes:
    """Deflate without the header of zlib, as some clients do."""
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


def flushed(body: bytes) -> bytes:
    """Compress without an end, as a client does that only flushes."""
    stream = zlib.compressobj(wbits=31)
    return stream.compress(body) + stream.flush(zlib.Z_SYNC_FLUSH)


def forms(chat: str = CHAT) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Return body and headers of each form, by the id of its message."""

    def body(message_id: str) -> bytes:
        return webhook(message_id, chat)

    as_text = {"m-16": "utf-16", "m-16le": "utf-16-le", "m-32be": "utf-32-be", "m-bom": "utf-8-sig"}
    return {name: (body(name).decode().encode(coding), {}) for name, coding in as_text.items()} | {
        "m-gzip": (gzip.compress(body("m-gzip")), {"Content-Encoding": "gzip"}),
        "m-bare-gzip": (gzip.compress(body("m-bare-gzip")), {}),
        "m-only-named": (body("m-only-named"), {"Content-Encoding": "gzip"}),
        "m-zlib": (zlib.compress(body("m-zlib")), {"Content-Encoding": "deflate"}),
        "m-raw": (deflated_raw(body("m-raw")), {"Content-Encoding": "deflate"}),
        "m-two": (gzip.compress(zlib.compress(body("m-two"))), {"Content-Encoding": "deflate, gzip"}),
        "m-identity": (body("m-identity"), {"Content-Encoding": "identity"}),
        "m-flushed": (flushed(body("m-flushed")), {"Content-Encoding": "gzip"}),
        "m-last-h2c": (body("m-last-h2c"), {"Connection": "close, Upgrade", "Upgrade": "h2c"}),
        "m-h2c": (body("m-h2c"), H2C),
        "m-tls": (body("m-tls"), {"Connection": "Upgrade", "Upgrade": "TLS/1.2"}),
        "m-websocket": (body("m-websocket"), {"Connection": "Upgrade", "Upgrade": "websocket"}),
        "m-h2c-gzip": (gzip.compress(body("m-h2c-gzip")), H2C | {"Content-Encoding": "x-gzip"}),
    }


async def until_shown(system: System, ids: set[str], chat: str = CHAT) -> None:
    """Wait until the chat shows these messages and no others."""
    async with system.redis as redis:

        async def all_are_shown() -> bool:
            return {row[0] for row in (await shown(redis, ACCOUNT)).get(chat, [])} == ids

        await until(all_are_shown)
