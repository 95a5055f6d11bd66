"""Hostile webhooks: invalid bodies and heads, which depend only on the given random source."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

LONGEST = 256 * 1024
_ODD = [
    "",
    " ",
    "\x00",
    "a\nb",
    "*",
    "[0-9]*",
    "../..",
    "a:b",
    "\u202e",
    "\ud800",
    "🦊" * 50,
    "x" * 5_000,
    "{}",
    "null",
]
_CONTENTS = ("text", "image", "voice", "item", "call", "link", "location")
_NUMBERS = [0, -1, 1.5, 2**31, 2**63, 2**64, -(2**63), 1e308, -1e308, 9_007_199_254_740_993, 1_757_403_725]


@dataclass(frozen=True, slots=True)
class Post:
    """One post: the bytes to write. `framed`: the connection can be used again after the answer."""

    head: bytes
    body: bytes
    framed: bool = True


def good(account: int, number: int) -> dict[str, Any]:
    """Return a webhook as Avito sends it."""
    value = {
        "id": f"fuzz-{number}",
        "chat_id": f"u2i-fuzz-{number % 50}",
        "user_id": account,
        "author_id": 205_006_007,
        "created": 1_757_403_725 + number,
        "type": "text",
        "content": {"text": f"message {number}"},
        "chat_type": "u2i",
    }
    return {"id": f"event-{number}", "version": "v3.0.0", "payload": {"type": "message", "value": value}}


def make_post(dice: Random, path: str, account: int, number: int) -> Post:
    """Return one hostile post to `path`."""
    body = dice.choice(_BODIES)(dice, account, number)[: LONGEST + dice.choice((0, 0, 0, 1))]
    lines = [f"POST {path} HTTP/1.1".encode(), b"Host: 127.0.0.1"]
    lines += [dice.choice(_HEADERS)(dice) for _ in range(dice.randrange(4))]
    if dice.random() < 0.03:
        return _broken(dice, lines, body)
    if dice.random() < 0.2:
        return Post(_head([*lines, b"Transfer-Encoding: chunked"]), _chunked(dice, body))
    return Post(_head([*lines, b"Content-Length: %d" % len(body)]), body)


def _head(lines: list[bytes]) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _chunked(dice: Random, body: bytes) -> bytes:
    parts = []
    while body:
        size = dice.choice((1, 7, 1_000, 65_536))
        piece, body = body[:size], body[size:]
        parts.append(b"%x\r\n%b\r\n" % (len(piece), piece))
        if len(parts) > 50:
            parts.append(b"%x\r\n%b\r\n" % (len(body), body) if body else b"")
            break
    return b"".join(parts) + b"0\r\n\r\n"


def _broken(dice: Random, lines: list[bytes], body: bytes) -> Post:
    """Return invalid HTTP, or a body that does not match its head."""
    wrong = dice.choice(
        (
            _head([*lines, b"Content-Length: 99999999"]) + body[:100],
            _head([*lines, b"Content-Length: -5"]) + body,
            _head([*lines, b"Content-Length: 5", b"Content-Length: 6"]) + body,
            _head([*lines, b"Content-Length: 5", b"Transfer-Encoding: chunked"]) + b"zz\r\n" + body,
            _head([*lines, b"Transfer-Encoding: chunked"]) + b"ffffffffffffffffff\r\n" + body,
            _head([*lines, b"Transfer-Encoding: gzip, chunked"]) + body,
            _head([*lines, b"X: " + b"y" * 100_000]),
            _head([*lines, *(b"X-%d: y" % number for number in range(2_000))]),
            _head([*lines, b"Bad Header: x"]),
            _head([b"POST " + b"/a" * 40_000 + b" HTTP/1.1", b"Host: x"]),
            b"GET\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + body[:200],
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            dice.randbytes(dice.randrange(1, 2_000)),
        )
    )
    return Post(wrong, b"", framed=False)


def _noise(dice: Random, account: int, number: int) -> bytes:
    return dice.randbytes(dice.choice((0, 1, 10, 600, 5_000)))


def _deep(dice: Random, account: int, number: int) -> bytes:
    depth = dice.choice((10, 1_000, 100_000))
    return dice.choice((b"[", b'{"payload":')) * depth


def _large(dice: Random, account: int, number: int) -> bytes:
    return b'{"payload":"' + b"x" * dice.choice((10_000, LONGEST)) + b'"}'


def _cut(dice: Random, account: int, number: int) -> bytes:
    whole = json.dumps(good(account, number)).encode()
    return whole[: dice.randrange(len(whole))]


def _flipped(dice: Random, account: int, number: int) -> bytes:
    whole = bytearray(json.dumps(good(account, number)).encode())
    for _ in range(dice.randrange(1, 6)):
        whole[dice.randrange(len(whole))] = dice.randrange(256)
    return bytes(whole)


def _twisted(dice: Random, account: int, number: int) -> bytes:
    """Return a webhook with invalid values in its fields."""
    whole = good(account, number)
    value = whole["payload"]["value"]
    for _ in range(dice.randrange(1, 4)):
        place = dice.choice((whole, whole["payload"], value, value["content"]))
        if isinstance(place, dict) and place:
            place[dice.choice(sorted(place))] = _anything(dice)
        if not isinstance(whole.get("payload"), dict) or not isinstance(whole["payload"].get("value"), dict):
            break
        value = whole["payload"]["value"]
        if not isinstance(value.get("content"), dict):
            break
    return json.dumps(whole).encode()


def _doubled(dice: Random, account: int, number: int) -> bytes:
    text = json.dumps(good(account, number))
    return text.replace('"type"', '"type": 5, "type"').encode()


def _content(dice: Random, account: int, number: int) -> bytes:
    """Return a webhook of some type whose content is of another, or hostile."""
    whole = good(account, number)
    value = whole["payload"]["value"]
    value["type"] = dice.choice([*_CONTENTS, "system", "deleted", "quote", "?"])
    value["content"] = {dice.choice([*_CONTENTS, "flow_id"]): _anything(dice)}
    return json.dumps(whole).encode()


def _anything(dice: Random) -> Any:
    return dice.choice(
        (
            None,
            dice.random() < 0.5,
            dice.choice(_NUMBERS),
            dice.choice(_ODD),
            [dice.choice(_ODD)] * dice.randrange(3),
            {dice.choice(_ODD): dice.choice(_NUMBERS)},
            {"url": "javascript:alert(1)", "sizes": {"1x1": dice.choice(_ODD)}},
        )
    )


_BODIES: tuple[Callable[[Random, int, int], bytes], ...] = (
    *(_noise, _deep, _large, _cut, _doubled),
    *(_flipped, _content) * 2,
    *(_twisted,) * 3,
)
_HEADERS: tuple[Callable[[Random], bytes], ...] = (
    lambda dice: (
        b"Content-Type: " + dice.choice((b"", b"text/plain", b"application/json; charset=utf-7", b"x" * 500))
    ),
    lambda dice: (
        b"X-Avito-Messenger-Signature: " + dice.choice((b"", b"00", b"f" * 64, b"z" * 5_000, b"\xff\xfe"))
    ),
    lambda dice: (
        b"X-Forwarded-For: " + dice.choice((b"127.0.0.1", b"::1, x, ,", b"," * 2_000, b"1.2.3.4:80", b"\xff"))
    ),
    lambda dice: b"X-Forwarded-Host: " + dice.choice((b"evil.example", b"[::", b"a b", b"x" * 3_000)),
    lambda dice: b"Content-Encoding: " + dice.choice((b"gzip", b"br", b"deflate, gzip")),
    lambda dice: b"Expect: 100-continue" if dice.random() < 0.1 else b"Accept: */*",
    lambda dice: b"Cookie: " + dice.choice((b"avito_session=x", b";;=;", b"a=" + b"b" * 4_000)),
    lambda dice: b"Authorization: " + dice.choice((b"Bearer x", b"Basic \xff", b"")),
    lambda dice: b"Upgrade: " + dice.choice((b"h2c", b"TLS/1.0")),
)
