"""Hostile webhooks: invalid bodies and heads by a random source."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.contract.shapes import webhook

LONGEST = 256 * 1024
_ODD = ["", " ", "\x00", "a\nb", "*", "[0-9]*", "../..", "a:b", "\u202e", "\ud800", "🦊" * 50, "x" * 5_000]
_ODD += ["{}", "null"]
_CONTENTS = ("text", "image", "voice", "item", "call", "link", "location")
_NUMBERS = [0, -1, 1.5, 2**31, 2**63, 2**64, -(2**63), 1e308, -1e308, 9_007_199_254_740_993, 1_757_403_725]

Webhook = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Post:
    """One post: the bytes to write. `framed`: the connection can be used again after the answer."""

    head: bytes
    body: bytes
    framed: bool = True


def make_post(dice: Random, path: str, number: int) -> Post:
    """Return one hostile post to `path`."""
    good = webhook(f"u2i-fuzz-{number % 50}", f"fuzz-{number}", created=1_757_403_725 + number)
    body = dice.choice(_BODIES)(dice, good)[: LONGEST + dice.choice((0, 0, 0, 1))]
    lines = [f"POST {path} HTTP/1.1".encode(), b"Host: 127.0.0.1"]
    names = dice.sample(sorted(_HEADERS), dice.randrange(4))
    lines += [b"%b: %b" % (name, dice.choice(_HEADERS[name])) for name in names]
    if dice.random() < 0.03:
        return _broken(dice, lines, body)
    if dice.random() < 0.2:
        return Post(_head([*lines, b"Transfer-Encoding: chunked"]), _chunked(dice, body))
    return Post(_head([*lines, b"Content-Length: %d" % len(body)]), body)


def _head(lines: list[bytes]) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _chunked(dice: Random, body: bytes) -> bytes:
    size = max(dice.choice((1, 7, 1_000, 65_536)), len(body) // 50 + 1)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))


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


def _flipped(dice: Random, whole: Webhook) -> bytes:
    raw = bytearray(json.dumps(whole).encode())
    for _ in range(dice.randrange(1, 6)):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    return bytes(raw)


def _cut(dice: Random, whole: Webhook) -> bytes:
    raw = json.dumps(whole).encode()
    return raw[: dice.randrange(len(raw))]


def _twisted(dice: Random, whole: Webhook) -> bytes:
    """Return a webhook with invalid values in its fields."""
    for _ in range(dice.randrange(1, 4)):
        place = dice.choice([one for one in _objects(whole) if one])
        place[dice.choice(sorted(place))] = _anything(dice)
    return json.dumps(whole).encode()


def _objects(whole: Webhook) -> list[Webhook]:
    """Return an object and those in it."""
    return [whole, *(one for part in whole.values() if isinstance(part, dict) for one in _objects(part))]


def _content(dice: Random, whole: Webhook) -> bytes:
    """Return a webhook of some type whose content is of another, or hostile."""
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


_BODIES: tuple[Callable[[Random, Webhook], bytes], ...] = (
    lambda dice, whole: dice.randbytes(dice.choice((0, 1, 10, 600, 5_000))),
    lambda dice, whole: dice.choice((b"[", b'{"payload":')) * dice.choice((10, 1_000, 100_000)),
    lambda dice, whole: b'{"payload":"' + b"x" * dice.choice((10_000, LONGEST)) + b'"}',
    lambda dice, whole: json.dumps(whole).replace('"type"', '"type": 5, "type"').encode(),
    _cut,
    *(_flipped, _content) * 2,
    *(_twisted,) * 3,
)
_HEADERS = {
    b"Content-Type": (b"", b"text/plain", b"application/json; charset=utf-7", b"x" * 500),
    b"X-Avito-Messenger-Signature": (b"", b"00", b"f" * 64, b"z" * 5_000, b"\xff\xfe"),
    b"X-Forwarded-For": (b"127.0.0.1", b"::1, x, ,", b"," * 2_000, b"1.2.3.4:80", b"\xff"),
    b"X-Forwarded-Host": (b"evil.example", b"[::", b"a b", b"x" * 3_000),
    b"Content-Encoding": (b"gzip", b"br", b"deflate, gzip"),
    b"Expect": (b"100-continue",),
    b"Cookie": (b"avito_session=x", b";;=;", b"a=" + b"b" * 4_000),
    b"Authorization": (b"Bearer x", b"Basic \xff", b""),
    b"Upgrade": (b"h2c", b"TLS/1.0"),
}
