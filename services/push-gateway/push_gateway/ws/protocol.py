"""What goes over `WS /admin/avito/ws`: every frame and every close code stands here and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, TypeGuard
from urllib.parse import parse_qs

import orjson

from shared.wires.events import JournalPosition

MAX_FRAME = 64 * 1024
"""Bytes of one client message; above it the connection is closed with 1009."""

LONGEST_ID = 256


class CloseCode(IntEnum):
    """Why the gateway ends a connection. All but NO_SESSION and FOREIGN_ORIGIN mean: come back and resume."""

    TOO_BIG = 1009
    """A client message above MAX_FRAME."""
    RESTARTING = 1012
    """The gateway ends; come back with jitter."""
    REDIS_AWAY = 1013
    """Nothing can be read now; come back later."""
    NO_SESSION = 4401
    """No session, or it has ended: log in."""
    FOREIGN_ORIGIN = 4403
    """The page that opened the socket is not one of ours."""
    TOO_SLOW = 4408
    """The client does not read, or has been silent for 45 s; it resumes from its place."""
    TOO_MANY = 4429
    """Too many connections of one session or address, or too many frames."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a hello tells of the system besides the place."""

    mode: str = "webhook"
    reason: str | None = None
    code: str | None = None
    """The reason as one word."""
    detail: str | None = None
    """What the reason names besides: a host, a number."""
    demo: bool = False
    """Whether the buyers are made up."""
    imported: tuple[int, int] | None = None
    """Chats of the first import that were read, and all of them; None when there was none."""


@dataclass(frozen=True, slots=True)
class Ping:
    """The client is there."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """The operator looks at this chat, or at none (None)."""

    chat_id: str | None


@dataclass(frozen=True, slots=True)
class Typing:
    """The operator types in this chat."""

    chat_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything up to this event has been drawn."""

    seq: int


@dataclass(frozen=True, slots=True)
class Bad:
    """Not a frame we know; `message` says why, in plain words."""

    message: str


ClientFrame = Ping | Viewing | Typing | Shown | Bad


def read(text: str) -> ClientFrame:
    """Understand one client message; whatever it is, this never raises."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Bad("not JSON")
    if not isinstance(data, dict):
        return Bad("not a JSON object")
    kind = data.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    return reader(data) if reader else Bad("unknown type")


def _viewing(data: dict[str, Any]) -> ClientFrame:
    chat_id = data.get("chat_id", "")
    if chat_id is None or _is_id(chat_id):
        return Viewing(chat_id)
    return Bad("viewing needs a chat_id")


def _typing(data: dict[str, Any]) -> ClientFrame:
    chat_id = data.get("chat_id")
    return Typing(chat_id) if _is_id(chat_id) else Bad("typing needs a chat_id")


def _shown(data: dict[str, Any]) -> ClientFrame:
    seq = data.get("seq")
    if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**63:
        return Shown(seq)
    return Bad("shown needs a seq")


def _is_id(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


_READERS: dict[str, Callable[[dict[str, Any]], ClientFrame]] = {
    "ping": lambda data: Ping(),
    "viewing": _viewing,
    "typing": _typing,
    "shown": _shown,
}


def hello(place: JournalPosition, facts: Facts, operator: str, version: str, *, recovered: bool) -> bytes:
    """Return the first frame: from `place` the following frames go on. Only a demo says that it is one."""
    frame = {
        "type": "hello",
        "epoch": place.epoch,
        "seq": place.seq,
        "recovered": recovered,
        "mode": facts.mode,
        "reason": facts.reason,
        "code": facts.code,
        "detail": facts.detail,
        "operator": operator,
        "version": version,
    }
    return orjson.dumps(frame | {"demo": True} if facts.demo else frame)


PONG = b'{"type":"pong"}'
DEMO = b'{"type":"demo"}'
"""The buyers are made up; told when it becomes known, as a worker may start after the panel was opened."""


def link(state: Literal["live", "catching_up"]) -> bytes:
    """Return the frame that says whether what is on the screen is as of now."""
    return orjson.dumps({"type": "link", "state": state})


def imported(done: int, total: int) -> bytes:
    """Return how far the first import of the account's chats is."""
    return orjson.dumps({"type": "import", "done": done, "total": total})


def presence(chat_id: str, viewing: list[str], typing: list[str]) -> bytes:
    """Return who views and types in this chat now; the lists are complete, operators by name."""
    return orjson.dumps({"type": "presence", "chat_id": chat_id, "viewing": viewing, "typing": typing})


def error(code: Literal["bad_frame", "too_many", "forbidden"], message: str) -> bytes:
    """Return the answer to a frame that was not understood or not taken."""
    return orjson.dumps({"type": "error", "code": code, "message": message})


def encode(payload: bytes) -> bytes:
    """Return a server's text frame (RFC 6455, 5.2: FIN, no mask), ready for the transport."""
    size = len(payload)
    if size < 126:
        head = bytes((0x81, size))
    elif size < 65_536:
        head = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + size.to_bytes(8, "big")
    return head + payload


def read_claim(query: str) -> JournalPosition | None:
    """Read where a client says it was (`?epoch=…&seq=…`); whatever is not a place counts as none."""
    try:
        words = parse_qs(query, max_num_fields=8)
    except ValueError:
        return None
    epoch, seq = words.get("epoch", [""])[0], words.get("seq", [""])[0]
    if not epoch or len(epoch) > 64 or not (seq.isascii() and seq.isdigit()) or len(seq) > 18:
        return None
    return JournalPosition(epoch, int(seq))
