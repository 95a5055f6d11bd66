"""Hostile WebSocket sequences: invalid handshakes, frames and messages."""

from collections.abc import Callable
from random import Random

from testbed import PANEL

QUERIES = ("", "?epoch=x&seq=1", "?seq=99999999999999999999", "?epoch=%ff&seq=%00", "?" + "a=b&" * 50)
_TEXT, _BINARY, _CONT, _CLOSE, _PING, _PONG = 1, 2, 0, 8, 9, 10
_MESSAGES = [
    "",
    "{",
    "[]",
    "null",
    '{"type":"ping"}',
    '{"type":5}',
    '{"type":"viewing"}',
    '{"type":"typing","chat_id":null}',
    '{"type":"shown","seq":-1}',
    '{"type":"shown","seq":1e400}',
    '{"type":"shown","seq":9223372036854775808}',
    '{"type":"' + "x" * 5_000 + '"}',
    "[" * 20_000,
    '{"type":"viewing","chat_id":"' + "я" * 300 + '"}',
    '{"type":"viewing","chat_id":"\\ud800"}',
    '{"type":"viewing","chat_id":"\\u0000"}',
]


def invalid_handshake(dice: Random, host: str, cookie: str) -> bytes:
    """Return the bytes of a handshake that may be refused."""
    lines = [
        f"GET {PANEL}ws{dice.choice(QUERIES)} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Cookie: {cookie}",
    ]
    wrong = dice.randrange(2, len(lines) - 1)
    name = lines[wrong].partition(":")[0]
    lines[wrong] = dice.choice(("X: y", f"{name}: ", lines[wrong] + "x" * dice.choice((1, 5_000))))
    more = dice.choice(([], ['Sec-WebSocket-Extensions: permessage-deflate; x="'], ["Origin: null"]))
    return "".join(f"{line}\r\n" for line in [*lines, *more, ""]).encode()


def sequence(dice: Random) -> bytes:
    """Return some frames, one after the other, and a close."""
    number = dice.choice((1, 2, 3, 5, 20))
    some = [dice.choice(_FRAMES)(dice, dice.choice(_MESSAGES).encode()) for _ in range(number)]
    return b"".join(some) + frame(_CLOSE, b"\x03\xe8")


def frame(opcode: int, payload: bytes, *, fin: bool = True, masked: bool = True, bits: int = 0) -> bytes:
    """Return one frame as a client sends it, masked with zeros; not masked is forbidden."""
    first, mask = (0x80 if fin else 0) | (bits << 4) | opcode, 0x80 if masked else 0
    if len(payload) < 126:
        head = bytes([first, mask | len(payload)])
    elif len(payload) < 65_536:
        head = bytes([first, mask | 126]) + len(payload).to_bytes(2, "big")
    else:
        head = bytes([first, mask | 127]) + len(payload).to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + payload


def _with_ping_amid(dice: Random, message: bytes) -> bytes:
    parts = frame(_TEXT, message[:3], fin=False), frame(_PING, b"x"), frame(_CONT, message[3:])
    return b"".join(parts)


def _control(dice: Random, message: bytes) -> bytes:
    payload = b"p" * dice.choice((0, 125, 126, 3_000))
    return frame(dice.choice((_PING, _PONG)), payload, fin=dice.random() < 0.8)


_CODES = (b"", b"\x03", b"\x03\xe8", b"\x00\x01x", b"\x03\xe8\xff\xfe", b"\xff\xff")
_FRAMES: tuple[Callable[[Random, bytes], bytes], ...] = (
    *(lambda dice, message: frame(_TEXT, message),) * 4,
    _with_ping_amid,
    lambda dice, message: frame(_CONT, message),
    lambda dice, message: frame(_TEXT, dice.randbytes(dice.randrange(200))),
    lambda dice, message: frame(_BINARY, dice.randbytes(dice.choice((0, 10, 5_000)))),
    _control,
    lambda dice, message: frame(_CLOSE, dice.choice(_CODES)),
    lambda dice, message: frame(_TEXT, message, masked=False),
    lambda dice, message: frame(dice.randrange(16), message[:100], bits=dice.randrange(8)),
    lambda dice, message: frame(_TEXT, b"x" * dice.choice((65_535, 65_537, 200_000))),
    lambda dice, message: (
        b"\x81\xff" + dice.choice((b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\0" * 8)) + b"mask"
    ),
)
